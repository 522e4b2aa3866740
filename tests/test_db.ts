// Fresh, migrated databases for tests, of either kind. One PostgreSQL server per test process, one database per test on it.
import { silentLogger } from "../kernel/log.ts";
import { type Database, openDatabase, type OpenOptions } from "../db/open.ts";
import { available, type Service, startPostgres } from "../tools/services.ts";
// @ts-types="@types/pg"
import pg from "pg";

export type DbKind = "embedded" | "server";

export interface TestDb extends Database {
  readonly kind: DbKind;
  /** Of the server's database; undefined for embedded. */
  readonly url: string | undefined;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The kinds that can be tested here: both, or only embedded where PostgreSQL is not installed. That is said loudly, and
 * is an error in CI.
 */
export function testedKinds(): DbKind[] {
  if (available().postgres) return ["embedded", "server"];
  const text =
    "PostgreSQL is not installed: the tests on a database server do NOT run (Debian: apt-get install postgresql).";
  if (Deno.env.get("CI") === "true") throw new Error(text);
  console.error(`\n*** ${text} ***\n`);
  return ["embedded"];
}

let shared: Promise<Service> | undefined;

/** The PostgreSQL server that all tests of this process share; ended when the process ends. */
export function sharedPostgres(): Promise<Service> {
  return shared ??= startPostgres().then((service) => {
    globalThis.addEventListener("unload", () => void service.kill());
    return service;
  });
}

/** Makes an empty database on the server and returns its URL. */
export async function createServerDatabase(service: Service): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  const client = new pg.Client({ connectionString: service.url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return service.url.replace(/\/postgres$/, `/${name}`);
}

/** A new database with all migrations: embedded in memory, or on the shared server. Close it at the end of the test. */
export async function openTestDb(kind: DbKind, options: Partial<OpenOptions> = {}): Promise<TestDb> {
  const url = kind === "server" ? options.databaseUrl ?? await createServerDatabase(await sharedPostgres()) : undefined;
  const database = await openDatabase({
    dataDir: ":memory:",
    pool: 10,
    log: silentLogger,
    ...options,
    databaseUrl: url,
  });
  await database.migrate();
  return { ...database, kind, url, [Symbol.asyncDispose]: () => database.close() };
}
