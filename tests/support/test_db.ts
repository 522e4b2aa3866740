// Fresh, migrated databases for tests, of either kind, each a copy of a template that has all tables.
import { dirname } from "node:path";
import type { EventSource, StoredEvent } from "../../db/event_log.ts";
import { copyFolder } from "../../db/snapshot.ts";
import { silentLogger } from "../../kernel/log.ts";
import { type Database, openDatabase, type OpenOptions } from "../../db/open.ts";
import type { LoggedEvent } from "../../db/sql.ts";
import { memoryFolder } from "../../tools/memory_folder.ts";
import { available } from "../../tools/services.ts";
import { databaseFromTemplate } from "./server_databases.ts";
import { makeTables, stateOfTables } from "./template_state.ts";

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

let template: Promise<string> | undefined;

/**
 * Folder of an embedded database with all migrations, made once per state of the code and shared by all test processes:
 * copying it takes 0.1 s, making it 4 s.
 */
function embeddedTemplate(): Promise<string> {
  return template ??= (async () => {
    const folder = `${tempFolder()}/pulpo-test-template-${await stateOfTables()}`;
    if (await Deno.stat(folder).then(() => true, () => false)) return folder;
    const draft = await Deno.makeTempDir({ prefix: "pulpo-test-draft-" });
    const database = await openDatabase({ dataDir: draft, log: silentLogger });
    await makeTables(database);
    await database.close();
    // Another process may have been faster; its template is as good as ours.
    await Deno.rename(draft, folder).catch(() => Deno.remove(draft, { recursive: true }));
    return folder;
  })();
}

function tempFolder(): string {
  const probe = Deno.makeTempDirSync();
  Deno.removeSync(probe);
  return dirname(probe);
}

/** A new data folder with a migrated embedded database. The caller removes it. */
export async function copyOfTemplate(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "pulpo-test-", dir: memoryFolder() });
  await copyFolder(`${await embeddedTemplate()}/db`, `${folder}/db`);
  return folder;
}

/**
 * A new database with all migrations: embedded in a temporary folder (or in `options.dataDir`, which is then kept), or on
 * the shared server. Close it at the end of the test.
 */
export async function openTestDb(kind: DbKind, options: Partial<OpenOptions> = {}): Promise<TestDb> {
  const url = kind === "server" ? options.databaseUrl ?? await databaseFromTemplate() : undefined;
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
