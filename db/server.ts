// A PostgreSQL server through a pool of `pg` connections. Invariants:
//  - a server that goes away never ends this process: every client and the pool have an error listener;
//  - while it is away calls fail with `unavailable` within about 5 s, and work again by themselves once it is back;
//  - only getting a connection is retried, never a statement: it may have committed;
//  - no statement runs for more than 30 s, no wait for an answer more than 35 s.
// @ts-types="@types/pg"
import pg from "pg";
import type { Logger } from "../kernel/log.ts";
import { changesSchema, type Lease, queryable, runOn, toDbError, unavailable, within } from "./driver.ts";
import { type Db, type LoggedEvent, preparedName, type Row, sql } from "./sql.ts";
import { Transactions } from "./transaction.ts";
import { OWN_ARRAYS, WireTypes } from "./wire_types.ts";

export interface ServerOptions {
  /** postgres://user:password@host:port/database?sslmode=… */
  databaseUrl: string;
  /** Connections at most. */
  pool: number;
  log: Logger;
  onCommitted?: (events: LoggedEvent[]) => void;
}

const CONNECT_TRIES = 3;

class Server implements Db {
  readonly kind = "server";
  #pool: pg.Pool;
  #config: pg.ClientConfig;
  #types = new WireTypes();
  #transactions: Transactions;
  #closing: Promise<void> | undefined;

  #shared = queryable(async (text, values) => {
    this.#transactions.assertOutside();
    const client = await this.#connect();
    try {
      return await runOn(client, text, values, preparedName(text));
    } finally {
      this.#free(client);
    }
  });
  rows = this.#shared.rows;
  one = this.#shared.one;
  maybe = this.#shared.maybe;
  run = this.#shared.run;

  constructor(private readonly options: ServerOptions) {
    const { log, onCommitted = () => {} } = options;
    this.#config = {
      connectionString: options.databaseUrl,
      connectionTimeoutMillis: 5000,
      application_name: "pulpo",
      options: "-c timezone=UTC -c default_transaction_isolation=read\\ committed",
      keepAlive: true,
      types: this.#types,
      pipeline: true,
    } as pg.ClientConfig;
    this.#pool = new pg.Pool({
      ...this.#config,
      max: options.pool,
      idleTimeoutMillis: 60_000,
      statement_timeout: 30_000,
      query_timeout: 35_000,
      // For a process that vanished in the middle of a transaction; ours end after 10 s.
      idle_in_transaction_session_timeout: 20_000,
    });
    this.#pool.on("error", (error) => log.debug("An idle database connection was lost", { error: error.message }));
    this.#pool.on("connect", (client) => client.on("error", () => {})); // the running statement reports it
    this.#transactions = new Transactions({ acquire: () => this.#lease(), log, onCommitted });
  }

  async open(): Promise<void> {
    await this.#learnTypes();
    const { knows } = await this.one<{ knows: boolean }>(sql`select lower('Ñ') = 'ñ' as knows`);
    if (!knows) {
      this.options.log.warn(
        "The database knows capital letters of English only, so looking for names with accents finds less. Make it anew with a UTF-8 locale, such as initdb --locale=C.UTF-8",
      );
    }
  }

  withTx: Db["withTx"] = (body, options) => this.#transactions.withTx(body, options);

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
    const client = new pg.Client(this.#config);
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

  close(): Promise<void> {
    return this.#closing ??= this.#pool.end();
  }

  async #connect(tries = CONNECT_TRIES): Promise<pg.PoolClient> {
    for (let attempt = 1;; attempt++) {
      if (this.#closing) throw unavailable();
      try {
        return await this.#pool.connect();
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
    client.release(!usable || status !== "I");
  }

  async #lease(): Promise<Lease> {
    const client = await this.#connect();
    let held = true;
    return {
      run: (text, values) => runOn(client, text, values, preparedName(text)),
      release: () => {
        if (held) this.#free(client);
        held = false;
      },
      abandon: () => {
        if (!held) return;
        held = false;
        client.release(true);
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

/** Connects. @throws AppError `unavailable` when the server does not answer, SqlError when it refuses (password, name). */
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
