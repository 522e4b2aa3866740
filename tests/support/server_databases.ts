// Databases on a PostgreSQL server for tests. `deno task test` starts one server for the whole run and names it in
// TEST_POSTGRES_URL; a file that runs by itself starts its own. Either way every test has a database of its own.
import { openDatabase } from "../../db/open.ts";
import { silentLogger } from "../../kernel/log.ts";
import { memoryFolder } from "../../tools/memory_folder.ts";
import { type Service, startPostgres } from "../../tools/services.ts";
import { makeTables, stateOfTables } from "./template_state.ts";
// @ts-types="@types/pg"
import pg from "pg";

/** A server that others use at the same time: it can be neither stopped nor restarted. */
export type SharedServer = Pick<Service, "url" | "port">;

let shared: Promise<SharedServer> | undefined;

/** The server that all tests share; one of this process's own ends with it. */
export function sharedPostgres(): Promise<SharedServer> {
  return shared ??= (async () => {
    const url = Deno.env.get("TEST_POSTGRES_URL");
    if (url) return { url, port: Number(new URL(url).port) };
    const service = await startPostgres({}, memoryFolder());
    globalThis.addEventListener("unload", () => {
      service.kill(); // the signal is sent at once
      Deno.removeSync(service.folder, { recursive: true });
    });
    return service;
  })();
}

/** Makes an empty database and returns its URL. @param service default: the shared server */
export async function emptyDatabase(service?: SharedServer): Promise<string> {
  const server = service ?? await sharedPostgres(), name = newName();
  await asked(server.url, (client) => client.query(`create database ${name}`));
  return urlOf(server, name);
}

/** Makes a database with all tables on the shared server and returns its URL: that is many times as quick as migrating. */
export async function databaseFromTemplate(): Promise<string> {
  const server = await sharedPostgres(), source = await serverTemplate(server), name = newName();
  await asked(server.url, (client) => client.query(`create database ${name} template ${source}`));
  const url = urlOf(server, name);
  // Every installation has an epoch of its own.
  await asked(url, (client) => client.query("update meta set value = left(md5($1), 12) where key = 'epoch'", [name]));
  return url;
}

// Whoever ran this process removes what it left behind: `deno task test` goes by the number in the name.
const newName = () => `test_${Deno.pid}_${crypto.randomUUID().replaceAll("-", "")}`;

const urlOf = (server: SharedServer, name: string) => server.url.replace(/\/postgres$/, `/${name}`);

let template: Promise<string> | undefined;

/** Name of the database to copy, which the first process that asks makes. */
function serverTemplate(server: SharedServer): Promise<string> {
  return template ??= (async () => {
    const name = `tables_${await stateOfTables()}`;
    await asked(server.url, async (client) => {
      await client.query("select pg_advisory_lock(1)"); // of the database `postgres`, until the connection ends
      const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
      if (rowCount) return;
      await client.query(`drop database if exists ${name}_draft`);
      await client.query(`create database ${name}_draft`);
      const databaseUrl = urlOf(server, `${name}_draft`);
      const database = await openDatabase({ databaseUrl, dataDir: ":memory:", log: silentLogger });
      await makeTables(database);
      await database.close();
      await client.query(`alter database ${name}_draft rename to ${name}`);
    });
    return name;
  })();
}

async function asked<T>(url: string, ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}
