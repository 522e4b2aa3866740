// PULPO_SECRET, or the one made once in the data folder. All instances of one installation need the same secret; the
// database remembers its fingerprint, so that a wrong one is found at start and not by people who cannot sign in.
import { ExplainedError } from "../kernel/errors.ts";
import { randomToken } from "../kernel/ids.ts";
import type { Config } from "../kernel/config.ts";
import type { Keys } from "../kernel/keys.ts";
import { type Db, sql } from "../db/sql.ts";

export const secretFile = (dataDir: string): string => `${dataDir}/secret`;

/** Reads or creates `<dataDir>/secret` with mode 0600. */
export async function loadSecret(config: Config): Promise<string> {
  if (config.secret) return config.secret;
  const path = secretFile(config.dataDir);
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const secret = randomToken(48);
  await Deno.mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(path, secret + "\n", { createNew: true, mode: 0o600 });
  return secret;
}

/** @throws ExplainedError when the database was used with another secret before. */
export async function checkSecret(db: Db, keys: Keys): Promise<void> {
  const row = await db.one<{ value: string }>(sql`
    insert into meta (key, value) values ('secret_fingerprint', ${keys.fingerprint})
    on conflict (key) do update set value = meta.value returning value`);
  if (row.value === keys.fingerprint) return;
  throw new ExplainedError(
    "This database was set up with another PULPO_SECRET. Give every instance the same secret: set PULPO_SECRET to the " +
      "content of the file `secret` in the data folder of the first one.",
  );
}
