// What a template of a test database holds: the tables of this state of the code, those of the job queue among them.
import { loadMigrations } from "../../db/migrate.ts";
import type { Database } from "../../db/open.ts";
import { sha256Hex } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/log.ts";
import { openJobs } from "../../workers/jobs.ts";

/** Short digest of all that decides about the tables; a template of another state is of no use. */
export async function stateOfTables(): Promise<string> {
  const state = [
    ...(await loadMigrations()).map((m) => m.checksum),
    ...["@electric-sql/pglite", "pg-boss"].map((name) => import.meta.resolve(name)),
  ];
  return (await sha256Hex(state.join())).slice(0, 16);
}

/** Makes the tables in a new database. */
export async function makeTables(database: Database): Promise<void> {
  await database.migrate();
  await (await openJobs({ db: database.db, log: silentLogger }, [])).stop();
}
