// A PostgreSQL server through a pool of `pg` connections. Invariants:
//  - a server that goes away never ends this process: every client and the pool have an error listener;
//  - while it is away calls fail with `unavailable` within about 5 s, and work again by themselves once it is back;
//  - only getting a connection is retried, never a statement: it may have committed;
//  - no statement runs for more than 30 s, no wait for an answer more than 35 s;
//  - behind a pooler (PgBouncer) nothing is left on a connection that the next user of it would find: no prepared
//    statements, no settings of the session. A transaction is all that such a connection keeps together.
// @ts-types="@types/pg"
import pg from "pg";
import type { Logger } from "../kernel/log.ts";
import { changesSchema, type Lease, queryable, runOn, toDbError, unavailable, within } from "./driver.ts";
import { type Db, preparedName, type Row, sql } from "./sql.ts";
import { explainRefusal, OLDEST, oldServer } from "./server_refusal.ts";
import { Transactions } from "./transaction.ts";
import { OWN_ARRAYS, WireTypes } from "./wire_types.ts";

export interface ServerOptions {
  /** postgres://user:password@host:port/database?sslmode=… */
  databaseUrl: string;
  /** Connections at most. */
  pool: number;
  log: Logger;
}

const CONNECT_TRIES = 3;
/** What a connection of ours to the server itself is told first. */
const SESSION = `set statement_timeout = '30s'; set idle_in_transaction_session_timeout = '20s';
  set default_transaction_isolation = 'read committed'`;
/** For closing where the caller sets no limit. */
const CLOSE_MS = 10_000;

/** Behind a pooler the session is not ours, so a transaction brings its own. */
const POOLED_BEGIN = "begin isolation level read committed; set local statement_timeout = '30s'";

/**
 * A pooler refuses start-up parameters that it does not know. TimeZone is one of the five that PgBouncer passes on, and
 * gives to every connection that it hands out.
 */
class Client extends pg.Client {
  getStartupConf(): Record<string, string> {
    const base = pg.Client.prototype as unknown as { getStartupConf(): Record<string, string> };
    return { ...base.getStartupConf.call(this), TimeZone: "UTC" };
  }
}

class Server implements Db {
  readonly kind = "server";
  readonly state = "ok";
  #pool: pg.Pool;
  #config: pg.ClientConfig;
  #types = new WireTypes();
  #transactions: Transactions;
  #closing: Promise<void> | undefined;
  /** Connections out of the pool. */
  #inUse = new Set<pg.PoolClient>();
  /** There is a pooler between the server and us. Known after `open`. */
  #pooled = false;

  #shared = queryable(async (text, values) => {
    this.#transactions.assertOutside();
    const client = await this.#connect();
    try {
      return await runOn(client, text, values, this.#nameFor(text));
    } finally {
      this.#free(client);
    }
  });
  rows = this.#shared.rows;
  one = this.#shared.one;
  maybe = this.#shared.maybe;
  run = this.#shared.run;

  constructor(private readonly options: ServerOptions) {
    const { log } = options;
    this.#config = {
      connectionString: options.databaseUrl,
      connectionTimeoutMillis: 5000,
      application_name: "pulpo",
      keepAlive: true,
      types: this.#types,
      pipeline: true,
    } as pg.ClientConfig;
    this.#pool = new pg.Pool({
      ...this.#config,
      Client,
      max: options.pool,
      idleTimeoutMillis: 60_000,
      query_timeout: 35_000,
      onConnect: async (client: pg.ClientBase) => {
        if (!this.#pooled) await client.query(SESSION);
      },
    } as pg.PoolConfig);
    this.#pool.on("error", (error) => log.debug("An idle database connection was lost", { error: error.message }));
    this.#pool.on("connect", (client) => client.on("error", () => {})); // the running statement reports it
    this.#transactions = new Transactions({ acquire: () => this.#lease(), log });
  }

  async open(): Promise<void> {
    await this.#meet();
    await this.#learnTypes();
    const { knows } = await this.one<{ knows: boolean }>(sql`select lower('Ñ') = 'ñ' as knows`);
    if (!knows) {
      this.options.log.warn(
        "The database knows capital letters of English only, so looking for names with accents finds less. Make it anew with a UTF-8 locale, such as initdb --locale=C.UTF-8",
      );
    }
  }

  /** Who answers at the other end, and whether that will do. @throws RefusedDatabase */
  async #meet(): Promise<void> {
    const client = new Client(this.#config);
    client.on("error", () => {});
    try {
      await client.connect();
      const { rows } = await client.query(
        "select pg_backend_pid() as pid, current_setting('server_version_num')::int as version",
      );
      const { pid, version } = rows[0] as { pid: number; version: number };
      // A pooler makes up the key that a client gets; the server's own names its process.
      this.#pooled = pid !== (client as unknown as { processID: number }).processID;
      if (version < OLDEST) throw oldServer(version);
      if (this.#pooled) await client.query("begin").then(() => client.query("rollback"));
    } catch (error) {
      throw explainRefusal(error, this.options.databaseUrl);
    } finally {
      await client.end().catch(() => {});
    }
    if (this.#pooled) this.options.log.info("The database is behind a pooler; statements are not prepared");
  }

  #nameFor(text: string): string | undefined {
    return this.#pooled ? undefined : preparedName(text);
  }

  onCommitted: Db["onCommitted"] = (listener) => void this.#transactions.listeners.push(listener);

  withTx: Db["withTx"] = (body, options = {}) =>
    this.#transactions.withTx(body, this.#pooled ? { begin: POOLED_BEGIN, ...options } : options);

  async exec(script: string): Promise<Row[]> {
    this.#transactions.assertOutside();
    const client = await this.dedicated();
    try {
      return (await runOn(client, script, [])).rows;
    } finally {
      await client.end().catch(() => {});
      if (changesSchema(script)) await this.#learnTypes();
    }
  }

  /** A connection of its own, without time limits; the caller ends it. */
  async dedicated(): Promise<pg.Client> {
    const client = new Client(this.#config);
    client.on("error", () => {});
    try {
      await client.connect();
    } catch (error) {
      throw toDbError(error);
    }
    return client;
  }

  async ping(): Promise<number> {
    const start = performance.now();
    await within(2000, this.#connect(1).then((client) => runOn(client, "", []).finally(() => this.#free(client))));
    return performance.now() - start;
  }

  close(ms = CLOSE_MS): Promise<void> {
    return this.#closing ??= (async () => {
      const ended = this.#pool.end(); // waits for the connections in use
      const late = setTimeout(() => {
        for (const client of this.#inUse) this.#giveBack(client, true);
      }, ms / 2);
      await ended.finally(() => clearTimeout(late));
    })();
  }

  async #connect(tries = CONNECT_TRIES): Promise<pg.PoolClient> {
    for (let attempt = 1;; attempt++) {
      if (this.#closing) throw unavailable();
      try {
        const client = await this.#pool.connect();
        this.#inUse.add(client);
        return client;
      } catch (error) {
        // A full pool or a silent server has already cost 5 s; only a quick refusal is worth another try.
        if (attempt >= tries || /timeout/.test(String(error))) throw toDbError(error);
      }
      await new Promise((done) => setTimeout(done, (50 << attempt) * (0.5 + Math.random())));
    }
  }

  /** Back to the pool; a connection that is dead or still inside a transaction is closed instead. */
  #free(client: pg.PoolClient): void {
    const { _queryable: usable, _txStatus: status } = client as unknown as { _queryable: boolean; _txStatus: string };
    this.#giveBack(client, !usable || status !== "I");
  }

  /** @param end whether the connection is closed instead of used again; one that was given back already is left alone */
  #giveBack(client: pg.PoolClient, end: boolean): void {
    if (this.#inUse.delete(client)) client.release(end);
  }

  async #lease(): Promise<Lease> {
    const client = await this.#connect();
    let held = true;
    return {
      run: (text, values) => runOn(client, text, values, this.#nameFor(text)),
      release: () => {
        if (held) this.#free(client);
        held = false;
      },
      abandon: () => {
        if (!held) return;
        held = false;
        this.#giveBack(client, true);
        if (this.#pooled) return; // the number is none of the server's
        // The server would notice the closed connection only when the statement is done.
        const { processID } = client as unknown as { processID: number };
        this.#pool.query("select pg_cancel_backend($1)", [processID]).catch(() => {});
      },
    };
  }

  async #learnTypes(): Promise<void> {
    const client = await this.#connect();
    try {
      const { rows } = await runOn(client, OWN_ARRAYS, []);
      this.#types.setOwnArrays(rows.map((row) => row.oid));
    } finally {
      this.#free(client);
    }
  }
}

export type ServerDb = Server;

/** Connects. @throws RefusedDatabase with the cause and what to do. */
export async function openServer(options: ServerOptions): Promise<ServerDb> {
  const db = new Server(options);
  try {
    await db.open();
  } catch (error) {
    await db.close();
    throw error;
  }
  return db;
}
