// Secrets that the server must be able to read again, encrypted at rest: AES-256-GCM under a key that is derived from
// PULPO_SECRET for one use and one owner, so that a row put beside another owner's name opens nothing.
import type { App } from "../../context.ts";

const IV_BYTES = 12;

async function keyOf(app: App, use: string, owner: string): Promise<CryptoKey> {
  const raw = Uint8Array.fromBase64(await app.keys.mac(use, owner), { alphabet: "base64url" });
  return await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** @param use a word for what it is; @param owner the id of whose it is. The same two open it. */
export async function seal(app: App, use: string, owner: string, secret: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(app, use, owner), secret);
  const out = new Uint8Array(IV_BYTES + sealed.byteLength);
  out.set(iv);
  out.set(new Uint8Array(sealed), IV_BYTES);
  return out;
}

/** @throws DOMException when it was sealed for another use or owner, under another secret, or changed. */
export async function unseal(app: App, use: string, owner: string, stored: Uint8Array): Promise<Uint8Array> {
  const bytes = new Uint8Array(stored);
  const [iv, sealed] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES)];
  return new Uint8Array(
    await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await keyOf(app, use, owner), sealed),
  );
}
