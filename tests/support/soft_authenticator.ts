// An authenticator in software (WebAuthn level 2, "none" attestation, ES256), for what a real one never does: lie about the
// origin, repeat an answer, turn its counter back.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { base64url } from "../../kernel/ids.ts";

const USER_PRESENT = 1, USER_VERIFIED = 4, ATTESTED = 64;

const sha256 = (data: string | Uint8Array) => new Uint8Array(createHash("sha256").update(data).digest());
const join = (...parts: (Uint8Array | number[])[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const uint = (value: number, size: number) =>
  Array.from({ length: size }, (_, i) => (value >>> (8 * (size - 1 - i))) & 255);

/** CBOR (RFC 8949), as much as is needed: small integers, bytes, texts, maps. */
function cbor(value: number | string | Uint8Array | Map<unknown, unknown>): Uint8Array {
  const head = (major: number, n: number) =>
    n < 24 ? [major << 5 | n] : n < 256 ? [major << 5 | 24, n] : [major << 5 | 25, ...uint(n, 2)];
  if (typeof value === "number") return Uint8Array.from(value < 0 ? head(1, -1 - value) : head(0, value));
  if (typeof value === "string") return join(head(3, value.length), new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return join(head(2, value.length), value);
  return join(head(5, value.size), ...[...value].flatMap((pair) => pair.map((one) => cbor(one as string))));
}

/** What an answer says beside the truth. */
export interface Lies {
  origin?: string;
  rpId?: string;
  verified?: boolean;
  counter?: number;
  userHandle?: string;
  /** Instead of the own id. */
  id?: string;
  /** Signs with the key of this one. */
  keyOf?: SoftAuthenticator;
}

export class SoftAuthenticator {
  readonly #key: KeyObject;
  readonly #public: Uint8Array;
  readonly id = base64url(new Uint8Array(randomBytes(32)));
  counter = 0;
  userHandle = "";

  constructor(readonly origin: string, readonly rpId: string) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#key = privateKey;
    const { x, y } = publicKey.export({ format: "jwk" });
    const part = (text?: string) => Uint8Array.fromBase64(text!, { alphabet: "base64url" });
    this.#public = cbor(new Map<unknown, unknown>([[1, 2], [3, -7], [-1, 1], [-2, part(x)], [-3, part(y)]]));
  }

  #data(lies: Lies, more: Uint8Array = new Uint8Array()): Uint8Array {
    const flags = USER_PRESENT | (lies.verified === false ? 0 : USER_VERIFIED) | (more.length ? ATTESTED : 0);
    return join(sha256(lies.rpId ?? this.rpId), [flags], uint(lies.counter ?? this.counter, 4), more);
  }

  #client(type: string, challenge: string, lies: Lies): Uint8Array {
    const origin = lies.origin ?? this.origin;
    return new TextEncoder().encode(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  /** Answers `PublicKeyCredentialCreationOptionsJSON`. */
  // deno-lint-ignore no-explicit-any
  register(options: any, lies: Lies = {}) {
    this.userHandle = options.user.id;
    const id = Uint8Array.fromBase64(this.id, { alphabet: "base64url" });
    const attested = join(new Uint8Array(16), uint(id.length, 2), id, this.#public);
    const authData = this.#data(lies, attested);
    const attestation = new Map<unknown, unknown>([["fmt", "none"], ["attStmt", new Map()], ["authData", authData]]);
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(this.#client("webauthn.create", options.challenge, lies)),
        attestationObject: base64url(cbor(attestation)),
        transports: ["internal"],
      },
    };
  }

  /** Answers `PublicKeyCredentialRequestOptionsJSON`. */
  authenticate(options: { challenge: string }, lies: Lies = {}) {
    this.counter = lies.counter ?? this.counter + 1;
    const authData = this.#data(lies);
    const client = this.#client("webauthn.get", options.challenge, lies);
    const id = lies.id ?? this.id;
    return {
      id,
      rawId: id,
      type: "public-key",
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(client),
        authenticatorData: base64url(authData),
        signature: base64url(new Uint8Array(sign("sha256", join(authData, sha256(client)), (lies.keyOf ?? this).#key))),
        userHandle: lies.userHandle ?? this.userHandle,
      },
    };
  }
}
