// The one SQL surface over embedded PGlite and a PostgreSQL server. Statements are tagged templates, so that every
// value travels as a parameter; fragments nest. Both drivers return the same JavaScript types (tests/contract_db.ts):
//   int2/int4/float → number, int8 → number when safe else bigint, numeric/date/time/uuid/enum/inet → string,
//   timestamptz → Date, bytea → Uint8Array, json/jsonb → parsed, arrays of these → arrays, null → null.
// Times that a caller passes are Dates; JSON values go through `json()`; arrays need a cast: `${ids}::uuid[]`.
import type { ChannelName, DurableType, PushData, PushExtra } from "../protocol/wire/channels.ts";

export class Sql {
  constructor(readonly text: string, readonly values: readonly unknown[]) {}
}

class JsonParam {
  constructor(readonly value: unknown) {}
}

/** Marks a value to be sent as jsonb. */
export function json(value: unknown): unknown {
  return new JsonParam(value);
}

/** Builds a statement: sql`select * from users where id = ${id}`. A nested Sql is spliced, everything else is a parameter. */
export function sql(strings: TemplateStringsArray, ...params: unknown[]): Sql {
  let text = strings[0]!;
  const values: unknown[] = [];
  params.forEach((param, i) => {
    if (param instanceof Sql) {
      const base = values.length;
      text += base === 0 ? param.text : param.text.replace(/\$(\d+)/g, (_, n) => `$${Number(n) + base}`);
      values.push(...param.values);
    } else if (param instanceof JsonParam) {
      values.push(JSON.stringify(param.value ?? null));
      text += `$${values.length}::text::jsonb`;
    } else {
      values.push(param === undefined ? null : param);
      text += `$${values.length}`;
    }
    text += strings[i + 1];
  });
  return new Sql(text, values);
}

/** Fragments joined by a separator text, for lists of conditions: joinSql([a, b], " and "). Empty list: empty text. */
export function joinSql(parts: readonly Sql[], separator: string): Sql {
  let out = parts[0] ?? new Sql("", []);
  for (const part of parts.slice(1)) {
    const base = out.values.length;
    const shifted = part.text.replace(/\$(\d+)/g, (_, n) => `$${Number(n) + base}`);
    out = new Sql(out.text + separator + shifted, [...out.values, ...part.values]);
  }
  return out;
}

const prepared = new Map<string, string>();

/**
 * Marks a statement that is asked hundreds of times a second: each connection to a server plans it once and keeps the plan,
 * since planning costs more than running it. Its text must be the same every time, and so must the best plan.
 * (The embedded database keeps the plans of all statements.)
 */
export function hot(statement: Sql): Sql {
  if (!prepared.has(statement.text)) prepared.set(statement.text, `hot_${prepared.size}`);
  return statement;
}

/** The name under which a `hot` statement is prepared. */
export const preparedName = (text: string): string | undefined => prepared.get(text);

/** Text that goes into the statement as it is: only for constants of this program, never for input. */
export function rawSql(text: string): Sql {
  return new Sql(text, []);
}

// deno-lint-ignore no-explicit-any
export type Row = Record<string, any>;

export interface Queryable {
  /** All rows. @throws SqlError */
  rows<T = Row>(statement: Sql): Promise<T[]>;
  /** The only row. @throws Error when there is none or more than one. */
  one<T = Row>(statement: Sql): Promise<T>;
  /** The first row or undefined. */
  maybe<T = Row>(statement: Sql): Promise<T | undefined>;
  /** Runs a statement; returns the number of rows it touched. */
  run(statement: Sql): Promise<number>;
}

/** An event to be written to the log in this transaction: one of the durable pushes of its channel (protocol/wire/pushes.ts). */
export interface NewEvent<C extends ChannelName, T extends DurableType<C>> {
  organizationId: string;
  /** Canonical, from a constructor in protocol/wire/channels.ts. */
  channel: C;
  type: T;
  data: PushData<C, T>;
  /** Further top-level fields of the push (`id` and `message` of a notification). */
  extra?: PushExtra<C, T>;
}

/** The same where its channel is not known any more. */
export interface AnyEvent {
  organizationId: string;
  channel: string;
  type: string;
  data: unknown;
  extra?: object;
}

/** An event whose transaction has committed. `body` is the JSON text of the push without channel, offset and epoch. */
export interface LoggedEvent {
  organizationId: string;
  channel: string;
  epoch: string;
  offset: number;
  body: string;
}

/** What `emit` returns: `offset` and `epoch` are filled in just before COMMIT (0 and "" until then). */
export type EmittedEvent = LoggedEvent;

export interface Tx extends Queryable {
  /**
   * Adds a durable event. Offsets are taken in one statement right before COMMIT, channels in sorted order (no
   * deadlocks), under the channel's row lock: offset order is commit order. Published after COMMIT only.
   */
  emit<C extends ChannelName, T extends DurableType<C>>(event: NewEvent<C, T>): EmittedEvent;
  /**
   * The last statement, which writes the transaction's events too: COMMIT is sent right behind it, so that what it locks is
   * free again after one round trip. For events whose content only the database knows; nothing may be emitted besides.
   * @param ctes parts of a `with`; one, `late (ord, organization_id, channel, type, body, …)`, has a row for each event, with
   *   the JSON text of the push in `body`. Its text must be the same every time (see `hot`).
   * @returns the rows of `late` in the order of `ord`, with "offset" and epoch, once they are committed
   */
  finish<T = Row>(ctes: Sql): Promise<T[]>;
  /** Runs after a successful COMMIT; errors in it are logged, not thrown. */
  afterCommit(callback: () => void): void;
}

/** For the rare transaction that is not an ordinary one (backup, migrations). */
export interface TxOptions {
  /** Statement that opens the transaction; default `begin`. A constant of this program. */
  begin?: string;
  /** Rolled back after this many milliseconds; default 10,000; Infinity: no limit. */
  timeoutMs?: number;
}

export interface Db extends Queryable {
  readonly kind: "embedded" | "server";
  /**
   * Of the embedded database: `read_only` while its disk is almost full, `down` while it has stopped and is opened anew.
   * A server's state is known only by asking it (`ping`).
   */
  readonly state: "ok" | "read_only" | "down";
  /**
   * Runs `body` in one transaction (READ COMMITTED). Serialization failures and deadlocks are retried up to 3 times with
   * jitter, so `body` must have no side effects outside `tx`. Using `db` itself inside `body` throws (it would deadlock
   * the embedded engine). A transaction that is open for more than 10 s is rolled back with `timeout`.
   */
  withTx<T>(body: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>;
  /**
   * From now on the listener gets the events of each transaction right after its COMMIT, synchronously, in commit order on the
   * embedded database and in the order in which COMMIT answered on a server (per channel the hub puts offsets in order).
   */
  onCommitted(listener: CommitListener): void;
  /**
   * Runs several statements without parameters, with a connection to itself and without limit of time (migrations,
   * maintenance). Returns the rows of all of them. A transaction that the script leaves open is rolled back.
   */
  exec(script: string): Promise<Row[]>;
  /** Round trip in milliseconds. @throws when the database does not answer within 2 s. */
  ping(): Promise<number>;
  /** See `Database.close`. */
  close(ms?: number): Promise<void>;
}

/** What it throws is logged, and is nobody's error. */
export type CommitListener = (events: LoggedEvent[]) => void;

/** A database error with PostgreSQL's SQLSTATE in `code` and the constraint's name where there is one. */
export class SqlError extends Error {
  override readonly name = "SqlError";
  constructor(message: string, readonly code: string, readonly constraint?: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** SQLSTATE 23505, optionally of one named constraint or unique index. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return error instanceof SqlError && error.code === "23505" && (!constraint || error.constraint === constraint);
}
