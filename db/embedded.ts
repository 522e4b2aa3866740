// The embedded database: PGlite in a Web Worker of ours, spoken to with the `pg` driver over PostgreSQL's wire protocol. Invariants:
//  - one connection; a transaction has it alone (FifoLock), single statements are pipelined;
//  - an answered COMMIT is in the files of the data folder: it survives `kill -9` of this process;
//  - a worker that dies fails all waiting and later calls with `unavailable`; nothing hangs, and the files are opened anew
//    by themselves until that works;
//  - with less than `floorBytes` free on the disk nothing is written: the engine would stop in the middle.
// The caller holds the lock of the data folder (lock.ts): two engines on one folder destroy it.
// @ts-types="@types/pg"
import pg from "pg";
import { AppError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/log.ts";
import { newEpoch } from "./event_log.ts";
import { changesSchema, type Lease, queryable, type Result, runOn, unavailable, within } from "./driver.ts";
import { type DiskWatch, watchDisk } from "./disk_watch.ts";
import { FifoLock } from "./fifo_lock.ts";
import type { FromWorker, ToWorker } from "./pglite_messages.ts";
import { PgliteStream } from "./pglite_stream.ts";
import type { Db, Row } from "./sql.ts";
import { templateUrl, unpackTemplate } from "./template.ts";
import { Transactions } from "./transaction.ts";
import { OWN_ARRAYS, WireTypes } from "./wire_types.ts";

export interface EmbeddedOptions {
  /** Folder of the database itself; null: in memory. */
  directory: string | null;
  log: Logger;
  /** A new database may come from the template, with its tables; default true. */
  template?: boolean;
  /** Writes are refused while less is free on the disk of `directory`; default 0: never. */
  floorBytes?: number;
}

export interface EmbeddedDb extends Db {
  readonly kind: "embedded";
  /** Nobody uses the database at this moment. */
  readonly idle: boolean;
  /** Runs `body` while nobody else uses the connection, for as long as it takes. */
  alone<T>(body: () => Promise<T>): Promise<T>;
}

/** For closing where the caller sets no limit. */
const CLOSE_MS = 10_000;

/** A single statement without an answer for so long fails with `timeout`: the engine hangs. */
const MAX_STATEMENT_MS = 30_000;

/** Prepared statements kept on the connection; texts beyond that are sent unprepared. */
const MAX_PREPARED = 500;

/** Opens the database, making it first where the folder has none. @throws Error when the files cannot be used. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedDb> {
  const fresh = options.directory !== null && !hasDatabase(options.directory);
  const fromTemplate = fresh && await initialise(options.directory!, options.template ?? true);
  const db = new Embedded(options);
  await db.open();
  if (fromTemplate) await newEpoch(db); // every installation has its own
  return db;
}

/**
 * Makes a new database, from the template where there is one. Initialising takes 600 MB for a moment, so it happens in a
 * worker of its own, whose memory goes with it;
 * in a folder of its own, so that a half-made database is never taken for a whole one.
 * @returns whether it came from the template, and so has tables already.
 */
async function initialise(directory: string, useTemplate: boolean): Promise<boolean> {
  const draft = `${directory}.new`;
  await Deno.remove(draft, { recursive: true }).catch(() => {});
  const fromTemplate = useTemplate && await unpackTemplate(await templateUrl(), draft);
  if (!fromTemplate) {
    const engine = new Engine();
    await engine.start({ kind: "create", dataDir: draft });
    engine.end();
  }
  await Deno.rename(draft, directory);
  return fromTemplate;
}

/** True when the folder holds a database. */
function hasDatabase(directory: string): boolean {
  try {
    return Deno.statSync(`${directory}/PG_VERSION`).isFile;
  } catch {
    return false;
  }
}

/** The worker and its byte stream. */
class Engine {
  readonly worker = new Worker(new URL("./pglite_worker.ts", import.meta.url), { type: "module", name: "pglite" });
  readonly stream = new PgliteStream(this.worker);
  #ready = Promise.withResolvers<void>();
  #closed = Promise.withResolvers<void>();

  constructor() {
    this.#ready.promise.catch(() => {});
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === "wire") this.stream.receive(data);
      else if (data.kind === "ready") this.#ready.resolve();
      else if (data.kind === "closed") this.#closed.resolve();
      else this.fail(new Error(`The embedded database stopped: ${data.message}`));
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.fail(new Error(`The embedded database stopped: ${event.message}`));
    };
    this.worker.onmessageerror = () => this.fail(new Error("The embedded database sent an unreadable message."));
  }

  async start(message: ToWorker & { kind: "open" | "create" }): Promise<void> {
    this.worker.postMessage(message);
    await this.#ready.promise;
  }

  end(): void {
    this.stream.destroy();
    this.worker.terminate();
  }

  /** Ends it; whoever waits for an answer gets the error. */
  fail(error: Error): void {
    this.#ready.reject(error);
    this.#closed.resolve();
    this.stream.destroy(error);
    this.worker.terminate();
  }

  /** Writes a checkpoint and ends the worker; gives up when the time is over (nothing is lost: recovery replays the log). */
  async close(ms: number): Promise<void> {
    this.worker.postMessage({ kind: "close" } satisfies ToWorker);
    await within(ms, this.#closed.promise).catch(() => {});
    this.end();
  }
}

/** One life of the engine, with all that ends with it. */
class Session {
  readonly engine = new Engine();
  readonly lock = new FifoLock();
  readonly client: pg.Client;
  readonly #types = new WireTypes();
  #names = new Map<string, string>();
  #generation = 0;
  /** What ended it. */
  failed: Error | undefined;

  constructor(onError: (error: Error) => void) {
    this.client = new pg.Client({
      stream: () => this.engine.stream,
      user: "postgres",
      password: "",
      database: "postgres",
      ssl: false,
      pipeline: true,
      types: this.#types,
    } as unknown as pg.ClientConfig);
    this.client.on("error", (error) => {
      this.failed ??= error;
      onError(error);
    });
  }

  async open(directory: string | null): Promise<void> {
    await this.engine.start({ kind: "open", dataDir: directory });
    await this.client.connect();
    await this.learnTypes();
  }

  run(text: string, values: readonly unknown[]): Promise<Result> {
    return runOn(this.client, text, values, values.length ? this.#nameFor(text) : undefined);
  }

  /** A statement that is asked again is prepared under a name: planning costs more than running it. */
  #nameFor(text: string): string | undefined {
    let name = this.#names.get(text);
    if (name === undefined && this.#names.size < MAX_PREPARED) {
      name = `p${this.#generation}_${this.#names.size}`;
      this.#names.set(text, name);
    }
    return name;
  }

  async forgetPrepared(): Promise<void> {
    this.#names.clear();
    this.#generation++;
    await runOn(this.client, "deallocate all", []);
  }

  async learnTypes(): Promise<void> {
    const { rows } = await runOn(this.client, OWN_ARRAYS, []);
    this.#types.setOwnArrays(rows.map((row) => row.oid));
  }
}

class Embedded implements EmbeddedDb {
  readonly kind = "embedded";
  #session: Session;
  #transactions: Transactions;
  #broken: Error | undefined;
  #closing: Promise<void> | undefined;
  #reviving = Promise.resolve();
  #watch: DiskWatch | undefined;

  #shared = queryable(async (text, values) => {
    this.#transactions.assertOutside();
    const session = await this.#acquire(false);
    const answer = this.#run(session, text, values).finally(() => session.lock.release(false));
    return await within(MAX_STATEMENT_MS, answer);
  });
  rows = this.#shared.rows;
  one = this.#shared.one;
  maybe = this.#shared.maybe;
  run = this.#shared.run;

  constructor(private readonly options: EmbeddedOptions) {
    const { log } = options;
    this.#session = this.#newSession();
    this.#transactions = new Transactions({ acquire: () => this.#lease(), log });
  }

  async open(): Promise<void> {
    await this.#session.open(this.options.directory);
    const { directory, floorBytes = 0, log } = this.options;
    if (directory === null || floorBytes === 0) return;
    this.#watch = watchDisk({ folder: directory, floorBytes, log, onChange: (low) => this.#refuseWrites(low) });
  }

  get idle(): boolean {
    return this.#session.lock.idle;
  }

  get state(): "ok" | "read_only" | "down" {
    return this.#broken ? "down" : this.#watch?.low ? "read_only" : "ok";
  }

  onCommitted: Db["onCommitted"] = (listener) => void this.#transactions.listeners.push(listener);

  withTx: Db["withTx"] = (body, options) => this.#transactions.withTx(body, options);

  exec(script: string): Promise<Row[]> {
    return this.#alone(async (session) => {
      try {
        return (await runOn(session.client, script, [])).rows;
      } catch (error) {
        await runOn(session.client, "rollback", []).catch(() => {}); // the next one must not find an open transaction
        throw error;
      } finally {
        if (changesSchema(script)) {
          await session.forgetPrepared();
          await session.learnTypes();
        }
      }
    });
  }

  alone<T>(body: () => Promise<T>): Promise<T> {
    return this.#alone(body);
  }

  async #alone<T>(body: (session: Session) => Promise<T>): Promise<T> {
    this.#transactions.assertOutside();
    const session = await this.#acquire(true);
    try {
      return await body(session);
    } finally {
      session.lock.release(true);
    }
  }

  async ping(): Promise<number> {
    const start = performance.now();
    // Not through the lock: a long transaction is no reason to call the database dead, and the empty statement disturbs none.
    if (this.#broken || this.#closing) throw unavailable(this.#broken);
    await within(2000, runOn(this.#session.client, "", []));
    return performance.now() - start;
  }

  close(ms = CLOSE_MS): Promise<void> {
    return this.#closing ??= (async () => {
      const end = performance.now() + ms;
      this.#watch?.stop();
      await within(ms / 2, this.#reviving).catch(() => {});
      const { lock, engine } = this.#session;
      // Lets running work end. A transaction that goes on for longer is rolled back by the engine's end.
      if (!this.#broken) {
        await within(Math.max(0, end - ms / 2 - performance.now()), lock.acquire(true)).catch(() => {});
      }
      lock.refuseAll(unavailable());
      await engine.close(end - performance.now());
    })();
  }

  #newSession(): Session {
    const session: Session = new Session((error) => this.#stopped(session, error));
    return session;
  }

  #stopped(session: Session, error: Error): void {
    if (this.#closing || this.#session !== session || this.#broken) return;
    this.#broken = error;
    const { log, directory } = this.options;
    log.error("The embedded database stopped; nothing that was acknowledged is lost", { error });
    session.engine.fail(error); // two engines on one folder would destroy it
    session.lock.refuseAll(unavailable(error));
    if (directory !== null) this.#reviving = this.#revive();
  }

  /** Opens the files anew until that works: most often the disk was full, and somebody makes room. */
  async #revive(): Promise<void> {
    const { directory, log } = this.options;
    for (let attempt = 0; !this.#closing; attempt++) {
      await new Promise((done) => setTimeout(done, Math.min(500 * 2 ** attempt, 5_000) * (0.5 + Math.random())));
      if (this.#closing) return;
      const next = this.#session = this.#newSession();
      try {
        await next.open(directory);
        await this.#watch?.look();
        if (this.#watch?.low) await runOn(next.client, readOnly(true), []);
        if (next.failed) throw next.failed; // nobody was told of it meanwhile
        this.#broken = undefined;
        log.info("The embedded database works again", { attempts: attempt + 1 });
        return;
      } catch (error) {
        next.engine.end();
        log.warn("The embedded database cannot be opened yet; it will be tried again", { error });
      }
    }
  }

  /** The engine itself refuses then, whatever the statement; reading goes on. */
  async #refuseWrites(low: boolean): Promise<void> {
    const { log, directory } = this.options;
    if (!this.#broken) {
      await this.#alone(({ client }) => runOn(client, readOnly(low), []));
    }
    const free_mb = Math.round(this.#watch!.freeBytes / 1e6);
    if (low) {
      log.error("The disk is almost full: nothing is stored until there is room", { folder: directory, free_mb });
    } else log.info("There is room on the disk again: writing goes on", { folder: directory, free_mb });
  }

  async #acquire(exclusive: boolean): Promise<Session> {
    if (this.#broken || this.#closing) throw unavailable(this.#broken);
    const session = this.#session;
    await session.lock.acquire(exclusive);
    return session;
  }

  async #run(session: Session, text: string, values: readonly unknown[]): Promise<Result> {
    try {
      return await session.run(text, values);
    } catch (error) {
      if (sqlState(error) === "25006") throw diskFull(error);
      // A write that found no room leaves the engine in the middle of its protocol: later answers would not come.
      if (sqlState(error) === "53100") this.#stopped(session, error as Error);
      throw error;
    }
  }

  async #lease(): Promise<Lease> {
    const session = await this.#acquire(true);
    let held = true;
    const release = () => {
      if (held) session.lock.release(true);
      held = false;
    };
    return {
      run: (text, values) => this.#run(session, text, values),
      // The engine works in the order of sending, so the next transaction need not wait for the answer of this COMMIT:
      // the worker stays busy while this thread handles answers (twice the transactions per second).
      ending: release,
      release,
      // The statement that runs now cannot be interrupted; ROLLBACK waits behind it.
      abandon: () => void runOn(session.client, "rollback", []).catch(() => {}).finally(release),
    };
  }
}

const readOnly = (on: boolean) => `set default_transaction_read_only = ${on ? "on" : "off"}`;

/** SQLSTATE behind what the caller is told. */
const sqlState = (error: unknown): string | undefined =>
  error instanceof AppError ? (error.cause as { code?: string } | undefined)?.code : undefined;

const diskFull = (cause: unknown): AppError =>
  new AppError("unavailable", "The server's disk is almost full: nothing can be stored until there is room.", {
    cause,
    retryAfterSeconds: 30,
  });

/** @throws AppError `unavailable` unless this is an embedded database. */
export function asEmbedded(db: Db): EmbeddedDb {
  if (db.kind !== "embedded") throw new AppError("unavailable", "This needs the embedded database.");
  return db as EmbeddedDb;
}
