// The PostgreSQL server that all files of tests/ share in one run (tests/support/server_databases.ts); starting one in each
// file took longer than many of their tests.
import { memoryFolder } from "./memory_folder.ts";
import { available, startPostgres } from "./services.ts";
// @ts-types="@types/pg"
import pg from "pg";

export interface TestPostgres {
  /** What the test processes are told. */
  env: Record<string, string>;
  /** Removes the databases of a process that has ended. */
  forget(pid: number): Promise<void>;
  close(): Promise<void>;
}

/** @returns undefined where PostgreSQL is not installed */
export async function startTestPostgres(): Promise<TestPostgres | undefined> {
  if (!available().postgres) return undefined;
  const service = await startPostgres({ max_connections: "500" }, memoryFolder());
  return {
    env: { TEST_POSTGRES_URL: service.url },
    async forget(pid) {
      const client = new pg.Client({ connectionString: service.url });
      await client.connect();
      const { rows } = await client.query("select datname from pg_database where starts_with(datname, $1)", [
        `test_${pid}_`,
      ]);
      for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`);
      await client.end();
    },
    close: service.close,
  };
}
