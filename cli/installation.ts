// Finds the installation that a command is about. Invariant: a command that finds none says where it looked and leaves
// nothing behind, no empty database, no secret: a token made in the wrong folder would be worth nothing, and a secret made
// there would lock the right one out.
import { resolve } from "node:path";
import type { Queryable } from "../db/sql.ts";
import { sql } from "../db/sql.ts";
import type { Config } from "../kernel/config.ts";
import { UsageError } from "./flags.ts";
import { placeOf } from "../server/place.ts";
import { secretFile } from "../server/secret.ts";

const isFile = (path: string) => Deno.stat(path).then((info) => info.isFile, () => false);

/** Does the data folder have an embedded database? */
export const hasDatabase = (dataDir: string): Promise<boolean> => isFile(`${dataDir}/db/PG_VERSION`);

/** @throws UsageError when there is no database in the data folder, or no secret to read it with */
export async function requireInstallation(config: Config): Promise<void> {
  const { databaseUrl, dataDir, secret } = config;
  if (!databaseUrl && !await hasDatabase(dataDir)) {
    throw new UsageError(
      `There is no Pulpo in ${placeOf(config)}. Start the server there first, or name the data folder of the one you ` +
        "mean: --data-dir FOLDER, PULPO_DATA_DIR or data_dir in pulpo.toml. Nothing was created.",
      1,
    );
  }
  if (!secret && !await isFile(secretFile(dataDir))) {
    throw new UsageError(
      `There is no secret in ${resolve(dataDir)}. Give PULPO_SECRET as the server has it, or name the server's data ` +
        "folder with --data-dir or PULPO_DATA_DIR. Nothing was created.",
      1,
    );
  }
}

/** @throws UsageError when the database was never used by Pulpo */
export async function requireTables(db: Queryable, config: Config): Promise<void> {
  const { table } = await db.one<{ table: string | null }>(sql`select to_regclass('organizations')::text as "table"`);
  if (table) return;
  throw new UsageError(`There is no Pulpo in ${placeOf(config)}. Start the server with it first.`, 1);
}
