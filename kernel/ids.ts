// Identifiers and random secrets.
import { uuidv7 } from "uuidv7";

/** A new UUIDv7 (RFC 9562): sorts by creation time, monotonic within this process. */
export function newId(): string {
  return uuidv7();
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(value: string): boolean {
  return UUID.test(value);
}

/** The organisation that owns the system's own rows (control events). No person belongs to it. */
export const SYSTEM_ORGANIZATION = "00000000-0000-0000-0000-000000000000";

/** `bytes` random bytes as base64url text without padding; 32 bytes are 43 characters. */
export function randomToken(bytes = 32): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

export function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** SHA-256 of a text as lower-case hex. For high-entropy tokens only, never for passwords. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

/** Compares two strings in time that depends on their length only. */
export function constantTimeEqual(a: string, b: string): boolean {
  const x = new TextEncoder().encode(a), y = new TextEncoder().encode(b);
  let difference = x.length ^ y.length;
  for (let i = 0; i < x.length; i++) difference |= x[i]! ^ (y[i % Math.max(1, y.length)] ?? 0);
  return difference === 0;
}
