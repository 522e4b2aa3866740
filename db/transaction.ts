// `withTx` of both drivers. Invariants:
//  - BEGIN travels together with the first statement, the event flush together with COMMIT, so a transaction of one
//    statement and one event is two round trips (one with `finish`); a body that asks nothing of the database costs none;
//  - nothing that was emitted is visible or published before COMMIT; offsets are final once `withTx` returns;
//  - serialization failures and deadlocks run the body again (3 times), anything else never does;
//  - a COMMIT whose answer was lost is reported as `unavailable` and not repeated;
//  - after 10 s the caller gets `timeout` and the transaction is rolled back, whatever the body is doing.
import { AsyncLocalStorage } from "node:async_hooks";
import { AppError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/log.ts";
import { type Lease, queryable, type Result, type Run, unavailable } from "./driver.ts";
import { applyFlush, finishStatement, flushStatement, loggedEvent, newEvent, type PendingEvent } from "./emit.ts";
import { type CommitListener, type LoggedEvent, type Row, type Sql, SqlError, type Tx, type TxOptions } from "./sql.ts";

const MAX_RETRIES = 3;
const MAX_OPEN_MS = 10_000;
const MAX_COMMIT_MS = 30_000;

export interface TransactionHost {
  acquire(): Promise<Lease>;
  log: Logger;
}

interface Scope {
  open: boolean;
}

/** Runs transactions, and knows whether the calling code is inside one. */
export class Transactions {
  #scope = new AsyncLocalStorage<Scope>();
  readonly listeners: CommitListener[] = [];

  constructor(private readonly host: TransactionHost) {}

  /** @throws Error when called inside the body of an open transaction of this database. */
  assertOutside(): void {
    if (this.#scope.getStore()?.open) {
      throw new Error("The database itself was used inside withTx; use the `tx` that the body was given.");
    }
  }

  async withTx<T>(body: (tx: Tx) => Promise<T>, options: TxOptions = {}): Promise<T> {
    this.assertOutside();
    for (let retry = 0;; retry++) {
      const attempt = new Attempt(this.host, options);
      const scope = { open: true };
      try {
        const result = await this.#scope.run(scope, () => attempt.run(body));
        scope.open = false; // callbacks may use the database again
        attempt.afterCommit(this.listeners);
        return result;
      } catch (error) {
        if (retry >= MAX_RETRIES || !attempt.mayRetry) throw error;
      } finally {
        scope.open = false;
      }
      await new Promise((done) => setTimeout(done, (10 << retry) * (0.5 + Math.random())));
    }
  }
}

class Attempt {
  mayRetry = false;
  #lease!: Lease;
  #begun = false;
  #ended: Error | undefined;
  #events: PendingEvent[] = [];
  /** The last statement and COMMIT, when the body has asked for them with `finish`. */
  #finished: Promise<Row[]> | undefined;
  /** Events that the last statement has written itself. */
  #logged: LoggedEvent[] = [];
  #callbacks: (() => void)[] = [];

  constructor(private readonly host: TransactionHost, private readonly options: TxOptions) {}

  async run<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    this.#lease = await this.host.acquire();
    const work = this.#work(body);
    const limit = this.options.timeoutMs ?? MAX_OPEN_MS;
    if (limit === Infinity) return await work;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        if (this.#ended) {
          // COMMIT is on its way and only its answer tells the outcome; but nobody waits for ever.
          timer = setTimeout(() => reject(unavailable()), MAX_COMMIT_MS);
          return;
        }
        this.#ended = new AppError("timeout", "The transaction took too long and was rolled back.");
        this.#lease.abandon();
        reject(this.#ended);
      }, limit);
    });
    try {
      return await Promise.race([work, timeout]);
    } finally {
      clearTimeout(timer);
      work.catch(() => {}); // after a timeout the body may still end with an error of its own
    }
  }

  async #work<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await body(this.#tx());
      if (this.#finished) await this.#finished;
      else {
        if (this.#ended) throw this.#ended;
        this.#ended = new Error("The transaction has ended; `tx` was used after the body had returned.");
        await this.#commit();
      }
    } catch (error) {
      if (!(this.#ended instanceof AppError)) {
        this.#ended ??= new Error("The transaction has failed.");
        await this.#rollback();
      }
      throw error;
    }
    this.#lease.release();
    return result;
  }

  #tx(): Tx {
    const run: Run = (text, values) => {
      if (this.#ended) return Promise.reject(this.#ended);
      return this.#send(text, values);
    };
    return {
      ...queryable(run),
      emit: (event) => {
        if (this.#ended) throw this.#ended;
        const pending = newEvent(event);
        this.#events.push(pending);
        return pending.emitted;
      },
      finish: <T>(ctes: Sql) => {
        if (this.#ended) return Promise.reject(this.#ended);
        if (this.#events.length) throw new Error("`finish` writes all events; nothing may be emitted before it.");
        this.#ended = new Error("The transaction has ended; `tx` was used after `finish`.");
        this.#finished = this.#commitBehind(finishStatement(ctes));
        return this.#finished as Promise<T[]>;
      },
      afterCommit: (callback) => void this.#callbacks.push(callback),
    };
  }

  async #send(text: string, values: readonly unknown[]): Promise<Result> {
    // Not awaited: if BEGIN fails, the connection is gone and the statement fails too.
    if (!this.#begun) {
      this.#begun = true;
      this.#lease.run(this.options.begin ?? "begin", []).catch(() => {});
    }
    try {
      return await this.#lease.run(text, values);
    } catch (error) {
      if (error instanceof SqlError && (error.code === "40001" || error.code === "40P01")) this.mayRetry = true;
      throw error;
    }
  }

  async #commit(): Promise<void> {
    let flushed: Promise<Result> | undefined;
    if (this.#events.length) {
      const statement = flushStatement(this.#events);
      flushed = this.#send(statement.text, statement.values);
      flushed.catch(() => {});
    }
    if (!this.#begun) return;
    const committed = this.#sendCommit();
    if (flushed) applyFlush(this.#events, (await flushed).rows);
    await committed;
  }

  /** Sends COMMIT. The answer must have come before the connection is given back. */
  #sendCommit(): Promise<void> {
    const committed = this.#send("commit", []).then(({ command }) => {
      if (command === "COMMIT") return;
      throw new SqlError("The transaction was rolled back: a statement had failed and its error was ignored.", "25P02");
    });
    committed.catch(() => {});
    // Whatever COMMIT answers, the transaction is over then: no ROLLBACK is sent behind it.
    this.#begun = false;
    this.#lease.ending?.();
    return committed;
  }

  async #commitBehind({ text, values }: Sql): Promise<Row[]> {
    const last = this.#send(text, values);
    const committed = this.#sendCommit();
    const [answer, commit] = await Promise.allSettled([last, committed]);
    // The statement's own error says more than what COMMIT tells about it.
    if (answer.status === "rejected") throw answer.reason;
    if (commit.status === "rejected") throw commit.reason;
    this.#logged = answer.value.rows.map(loggedEvent);
    return answer.value.rows;
  }

  async #rollback(): Promise<void> {
    try {
      if (this.#begun) await this.#lease.run("rollback", []);
      this.#lease.release();
    } catch {
      this.#lease.abandon();
    }
  }

  /** Hands out events and calls callbacks. Never throws. */
  afterCommit(listeners: readonly CommitListener[]): void {
    const events = [...this.#events.map((event) => event.emitted), ...this.#logged];
    if (events.length) { for (const listener of listeners) this.#guard(() => listener(events)); }
    for (const callback of this.#callbacks) this.#guard(callback);
  }

  #guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.host.log.error("A callback after COMMIT failed", { error });
    }
  }
}
