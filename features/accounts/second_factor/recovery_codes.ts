// Recovery codes: ten, each good once, for whoever has lost the authenticator. 50 random bits each; stored is a MAC under
// a key of PULPO_SECRET, so a copy of the database alone is nothing to try codes against.
import type { Queryable } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import { type Owner, replaceRecoveryCodes } from "./store.ts";

const COUNT = 10;
/** Crockford's letters without those that are mixed up; 32, so that a byte gives five even bits. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 10;

function newCode(): string {
  const letters = [...crypto.getRandomValues(new Uint8Array(LENGTH))].map((byte) => LETTERS[byte & 31]).join("");
  return `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`;
}

/** What is stored of a code, as somebody may have typed it: any case, with or without the dash, o for 0, i and l for 1. */
export function recoveryCodeMac(app: App, userId: string, typed: string): Promise<string> {
  const code = typed.toLowerCase().replace(/[\s-]/g, "").replaceAll("o", "0").replace(/[il]/g, "1");
  return app.keys.mac("recovery-code", `${userId}:${code}`);
}

/** New codes in the place of all earlier ones, in the caller's transaction. They are shown this once. */
export async function newRecoveryCodes(app: App, tx: Queryable, of: Owner): Promise<string[]> {
  const codes = new Set<string>();
  while (codes.size < COUNT) codes.add(newCode());
  const macs = await Promise.all([...codes].map((code) => recoveryCodeMac(app, of.userId, code)));
  await replaceRecoveryCodes(tx, of, macs);
  return [...codes];
}
