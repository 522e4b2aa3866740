// One-time codes by time (TOTP, RFC 6238): SHA-1, steps of 30 s, six digits, as all authenticator apps know them. Only
// computation; what is stored is in store.ts.
import { createHmac } from "node:crypto";
import { constantTimeEqual } from "../../../kernel/ids.ts";

const STEP_MS = 30_000;
const DIGITS = 6;
/** Steps before and after now whose codes are taken: clocks differ, and people type slowly. */
const WINDOW = 1;
const SECRET_BYTES = 20;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A new key of 160 bits, as RFC 4226 (section 4) recommends. */
export function newTotpSecret(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}

/** RFC 4648, section 6, without padding: what people type when they cannot scan. */
export function base32(bytes: Uint8Array): string {
  let out = "", value = 0, bits = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) out += BASE32[(value >>> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? out + BASE32[(value << (5 - bits)) & 31] : out;
}

/** The address behind the QR code, in the form that authenticator apps read. */
export function otpauthUrl(of: { issuer: string; account: string; secret: Uint8Array }): string {
  const issuer = of.issuer.replaceAll(":", " ");
  const query = new URLSearchParams({
    secret: base32(of.secret),
    issuer,
    algorithm: "SHA1",
    digits: String(DIGITS),
    period: String(STEP_MS / 1000),
  });
  // Apps show a plus as it is.
  const parameters = query.toString().replaceAll("+", "%20");
  return `otpauth://totp/${encodeURIComponent(issuer)}:${encodeURIComponent(of.account)}?${parameters}`;
}

/** The time step of a moment. */
export function stepOf(now: Date): number {
  return Math.floor(now.getTime() / STEP_MS);
}

/** The code of a time step (RFC 4226, section 5.3). */
export function codeOfStep(secret: Uint8Array, step: number): string {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = createHmac("sha1", secret).update(new Uint8Array(counter.buffer)).digest();
  const offset = mac[mac.length - 1]! & 15;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}

/**
 * The time step whose code this is, if it may be taken now.
 * @param after the step of the last code that was taken: that one and those before it are not taken any more
 */
export function stepOfCode(secret: Uint8Array, code: string, now: Date, after: number): number | undefined {
  const typed = code.replace(/\s/g, "");
  let found: number | undefined;
  for (let step = stepOf(now) - WINDOW; step <= stepOf(now) + WINDOW; step++) {
    if (constantTimeEqual(typed, codeOfStep(secret, step)) && step > after) found ??= step;
  }
  return found;
}
