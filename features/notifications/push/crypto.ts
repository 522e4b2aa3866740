// Web Push cryptography with WebCrypto: the content coding aes128gcm (RFC 8188) with the keys of RFC 8291, and the
// server's signature of RFC 8292 (VAPID). One record per message, so a payload has at most 3993 bytes of text.
// Pure: tests/notifications/web_push_test.ts checks it against the vector of RFC 8291.
import { base64url } from "../../../kernel/ids.ts";

/** What push services take is 4096 bytes with head (86), tag (16) and delimiter (1). */
const MAX_PAYLOAD_BYTES = 3993;
const RECORD_SIZE = 4096;
/** RFC 8292: at most 24 hours; services want clocks to be off a little. */
const TOKEN_SECONDS = 12 * 3600;

type Bytes = Uint8Array<ArrayBuffer>;
const encoder = new TextEncoder();
const P256 = { name: "ECDH", namedCurve: "P-256" } as const;

export const fromBase64url = (text: string): Bytes => Uint8Array.fromBase64(text, { alphabet: "base64url" });

/** The receiver's side of a subscription. */
export interface PushKeys {
  /** Uncompressed point, 65 bytes, base64url. */
  p256dh: string;
  /** 16 bytes, base64url. */
  auth: string;
}

/**
 * Encrypts one message for one subscription.
 * @param fixed key pair and salt of the RFC's example; otherwise both are random for every message
 * @returns the body of the request, Content-Encoding aes128gcm
 * @throws when the receiver's key is no point of the curve
 */
export async function encryptPush(
  text: Bytes,
  receiver: PushKeys,
  fixed?: { keys: CryptoKeyPair; salt: Bytes },
): Promise<Bytes> {
  if (text.length > MAX_PAYLOAD_BYTES) throw new Error(`A push holds at most ${MAX_PAYLOAD_BYTES} bytes.`);
  const keys = fixed?.keys ?? await crypto.subtle.generateKey(P256, false, ["deriveBits"]) as CryptoKeyPair;
  const salt = fixed?.salt ?? crypto.getRandomValues(new Uint8Array(16));
  const ours = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
  const theirs = fromBase64url(receiver.p256dh);
  const receiverKey = await crypto.subtle.importKey("raw", theirs, P256, false, []);
  const shared = new Uint8Array(
    await crypto.subtle.deriveBits({ name: "ECDH", public: receiverKey }, keys.privateKey, 256),
  );
  const info = concat(encoder.encode("WebPush: info\0"), theirs, ours);
  const secret = await hkdf(fromBase64url(receiver.auth), shared, info, 32);
  const key = await hkdf(salt, secret, encoder.encode("Content-Encoding: aes128gcm\0"), 16);
  const nonce = await hkdf(salt, secret, encoder.encode("Content-Encoding: nonce\0"), 12);
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  // 2 marks the last record.
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, aes, concat(text, Uint8Array.of(2)));
  const head = new Uint8Array(21);
  head.set(salt);
  new DataView(head.buffer).setUint32(16, RECORD_SIZE);
  head[20] = ours.length;
  return concat(head, ours, new Uint8Array(sealed));
}

async function hkdf(salt: Bytes, secret: Bytes, info: Bytes, bytes: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, bytes * 8));
}

function concat(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export interface ServerKeys {
  /** Uncompressed point, base64url: what browsers subscribe with. */
  publicKey: string;
  signing: CryptoKey;
}

/** The Authorization header for a push service. @param subject who runs this server: an https: or mailto: address */
export async function vapidHeader(keys: ServerKeys, endpoint: string, subject: string, now: Date): Promise<string> {
  const part = (value: unknown) => base64url(encoder.encode(JSON.stringify(value)));
  const claims = {
    aud: new URL(endpoint).origin,
    exp: Math.floor(now.getTime() / 1000) + TOKEN_SECONDS,
    sub: subject,
  };
  const unsigned = `${part({ typ: "JWT", alg: "ES256" })}.${part(claims)}`;
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    keys.signing,
    encoder.encode(unsigned),
  );
  return `vapid t=${unsigned}.${base64url(new Uint8Array(signature))}, k=${keys.publicKey}`;
}
