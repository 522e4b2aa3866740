// What a code is: HMAC-SHA-256 of its row under a key of the server, cut to six digits as RFC 4226 cuts (by a remainder of far
// more bits than digits, so that all codes are alike likely).
import type { App } from "../../context.ts";
import type { CodeKey } from "./store.ts";

const CODES = 1_000_000n;

/** The code of the row with this id. */
export async function codeOf(app: App, key: CodeKey & { id: string }): Promise<string> {
  const mac = await app.keys.mac("sign-in-code", `${key.purpose} ${key.ownerId} ${key.target} ${key.id}`);
  const bytes = Uint8Array.fromBase64(mac, { alphabet: "base64url" });
  return String(new DataView(bytes.buffer).getBigUint64(0) % CODES).padStart(6, "0");
}
