// Fresh, migrated databases for tests, of either kind. One PostgreSQL server per test process, one database per test on it.
import { dirname } from "node:path";
import { sha256Hex } from "../../kernel/ids.ts";
import type { EventSource, StoredEvent } from "../../db/event_log.ts";
import { loadMigrations } from "../../db/migrate.ts";
import { copyFolder } from "../../db/snapshot.ts";
import { silentLogger } from "../../kernel/log.ts";
import { type Database, openDatabase, type OpenOptions } from "../../db/open.ts";
import type { LoggedEvent } from "../../db/sql.ts";
import { openJobs } from "../../workers/jobs.ts";
import { available, type Service, startPostgres } from "../../tools/services.ts";
// @ts-types="@types/pg"
import pg from "pg";

export type DbKind = "embedded" | "server";

export interface TestDb extends Database {
  readonly kind: DbKind;
  /** Of the server's database; undefined for embedded. */
  readonly url: string | undefined;
  readonly dataDir: string;
  [Symbol.asyncDispose](): Promise<void>;
}

let told = false;

/**
 * The kinds that can be tested here: both, or only embedded where PostgreSQL is not installed. That is said loudly, and
 * is an error in CI.
 */
export function testedKinds(): DbKind[] {
  if (available().postgres) return ["embedded", "server"];
  const text =
    "PostgreSQL is not installed: the tests on a database server do NOT run (Debian: apt-get install postgresql).";
  if (Deno.env.get("CI") === "true") throw new Error(text);
  if (!told) console.error(`\n*** ${text} ***\n`);
  told = true;
  return ["embedded"];
}

let shared: Promise<Service> | undefined;

/** The PostgreSQL server that all tests of this process share; ended when the process ends. */
export function sharedPostgres(): Promise<Service> {
  return shared ??= startPostgres().then((service) => {
    globalThis.addEventListener("unload", () => {
      service.kill(); // the signal is sent at once
      Deno.removeSync(service.folder, { recursive: true });
    });
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

let template: Promise<string> | undefined;

/**
 * Folder of an embedded database with all migrations, made once per state of the code and shared by all test processes:
 * copying it takes 0.1 s, making it 4 s.
 */
function embeddedTemplate(): Promise<string> {
  return template ??= (async () => {
    const state = (await loadMigrations()).map((m) => m.checksum).join("") + resolved("@electric-sql/pglite") +
      resolved("pg-boss");
    const folder = `${tempFolder()}/pulpo-test-template-${(await sha256Hex(state)).slice(0, 16)}`;
    if (await Deno.stat(folder).then(() => true, () => false)) return folder;
    const draft = await Deno.makeTempDir({ prefix: "pulpo-test-draft-" });
    const database = await openDatabase({ dataDir: draft, log: silentLogger });
    await database.migrate();
    await (await openJobs({ db: database.db, log: silentLogger }, [])).stop(); // makes the tables of the job queue
    await database.close();
    // Another process may have been faster; its template is as good as ours.
    await Deno.rename(draft, folder).catch(() => Deno.remove(draft, { recursive: true }));
    return folder;
  })();
}

/** Where the import map leads to, version included. */
function resolved(name: string): string {
  return import.meta.resolve(name);
}

function tempFolder(): string {
  const probe = Deno.makeTempDirSync();
  Deno.removeSync(probe);
  return dirname(probe);
}

/** A new data folder with a migrated embedded database. The caller removes it. */
export async function copyOfTemplate(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-test-" });
  await copyFolder(`${await embeddedTemplate()}/db`, `${folder}/db`);
  return folder;
}

/**
 * A new database with all migrations: embedded in a temporary folder (or in `options.dataDir`, which is then kept), or on
 * the shared server. Close it at the end of the test.
 */
export async function openTestDb(kind: DbKind, options: Partial<OpenOptions> = {}): Promise<TestDb> {
  const url = kind === "server" ? options.databaseUrl ?? await createServerDatabase(await sharedPostgres()) : undefined;
  const ownFolder = kind === "embedded" && options.dataDir === undefined ? await copyOfTemplate() : undefined;
  const dataDir = options.dataDir ?? ownFolder ?? ":memory:";
  const database = await openDatabase({ pool: 10, log: silentLogger, ...options, dataDir, databaseUrl: url });
  await database.migrate();
  const close = async (ms?: number) => {
    await database.close(ms);
    if (ownFolder) await Deno.remove(ownFolder, { recursive: true }).catch(() => {});
  };
  return { ...database, kind, url, dataDir, close, [Symbol.asyncDispose]: () => close() };
}

/** One test per kind: `body` gets a fresh database and the events that it has committed so far. */
export function onBoth(name: string, body: (database: TestDb, committed: LoggedEvent[]) => Promise<void>): void {
  for (const kind of testedKinds()) {
    Deno.test(`${kind}: ${name}`, async () => {
      const committed: LoggedEvent[] = [];
      await using database = await openTestDb(kind);
      database.db.onCommitted((events) => void committed.push(...events));
      await body(database, committed);
    });
  }
}

/** What the promise is rejected with. @throws when it is not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("Expected an error");
}

/** The newest position of one channel. */
export async function logHead(
  source: EventSource,
  organizationId: string,
  channel: string,
): Promise<{ epoch: string; offset: number }> {
  return (await source.heads([{ organizationId, channel }]))[0]!;
}

/** Events of one channel. */
export async function logEvents(
  source: EventSource,
  organizationId: string,
  channel: string,
  after: number,
  limit: number,
): Promise<StoredEvent[]> {
  return (await source.read([{ organizationId, channel, after, limit }]))[0]!;
}
