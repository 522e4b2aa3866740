// Keys, all derived from the one PULPO_SECRET with HKDF-SHA-256 (RFC 5869), one label per use: whoever holds the secret
// on several instances gets the same keys. Access tokens are EdDSA JWTs (RFC 8037) signed with the derived Ed25519 key.
import { base64url } from "./ids.ts";

export interface Keys {
  signing: CryptoKey;
  verifying: CryptoKey;
  /** HMAC-SHA-256 of a text as base64url under the key of that label. */
  mac(label: string, text: string): Promise<string>;
  /** Public fingerprint of the secret: equal on instances that share it. */
  fingerprint: string;
}

/** PKCS#8 head of a raw 32-byte Ed25519 seed (RFC 8410). */
const ED25519_PKCS8_HEAD = Uint8Array.fromHex("302e020100300506032b657004220420");

async function derive(secret: string, label: string, bits: number): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const root = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveBits"]);
  const info = encoder.encode(`pulpo/v1/${label}`);
  const out = await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
    root,
    bits,
  );
  return new Uint8Array(out);
}

/** @param secret at least 32 characters of high entropy. */
export async function deriveKeys(secret: string): Promise<Keys> {
  const seed = await derive(secret, "jwt", 256);
  const pkcs8 = new Uint8Array([...ED25519_PKCS8_HEAD, ...seed]);
  const exportable = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const jwk = await crypto.subtle.exportKey("jwk", exportable);
  const signing = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  const publicJwk = { kty: jwk.kty, crv: jwk.crv, x: jwk.x };
  const verifying = await crypto.subtle.importKey("jwk", publicJwk, "Ed25519", true, ["verify"]);
  const macKeys = new Map<string, Promise<CryptoKey>>();
  const macKey = (label: string) => {
    let key = macKeys.get(label);
    if (!key) {
      key = derive(secret, `mac/${label}`, 256).then((raw) =>
        crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
      );
      macKeys.set(label, key);
    }
    return key;
  };
  return {
    signing,
    verifying,
    mac: async (label, text) =>
      base64url(new Uint8Array(await crypto.subtle.sign("HMAC", await macKey(label), new TextEncoder().encode(text)))),
    fingerprint: base64url(await derive(secret, "fingerprint", 96)),
  };
}
