// What both drivers share: running one statement on a `pg` client, errors in our classes, and `Queryable` on top.
// @ts-types="@types/pg"
import type pg from "pg";
import { AppError } from "../kernel/errors.ts";
import { type Queryable, type Row, type Sql, SqlError } from "./sql.ts";
import { encodeValue } from "./wire_types.ts";

export interface Result {
  rows: Row[];
  /** Rows touched. */
  count: number;
  /** SELECT, INSERT, COMMIT, ROLLBACK, … */
  command: string;
}

/** True when the script may have changed tables or types, so that what was learnt or planned before is void. */
export function changesSchema(script: string): boolean {
  return /\b(create|alter|drop)\b/i.test(script);
}

/** Runs one statement. */
export type Run = (text: string, values: readonly unknown[]) => Promise<Result>;

/** A connection that belongs to one transaction. Statements may be sent without waiting for the one before. */
export interface Lease {
  run: Run;
  /** The last statement (COMMIT) is on its way: another transaction may send its own behind it. */
  ending?(): void;
  /** Gives the connection back. */
  release(): void;
  /** Gives up a transaction whose statement may still run: rolls back without making the caller wait. */
  abandon(): void;
}

/** @param name prepares the statement under this name on the connection. */
export async function runOn(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[],
  name?: string,
): Promise<Result> {
  const encoded = values.length ? values.map(encodeValue) : undefined;
  try {
    const answer = await client.query(name ? { text, values: encoded, name } : { text, values: encoded });
    // A script without parameters may be several statements.
    const results = (Array.isArray(answer) ? answer : [answer]) as pg.QueryResult[];
    const last = results.at(-1)!;
    const rows = results.length === 1 ? last.rows : results.flatMap((result) => result.rows);
    return { rows, count: last.rowCount ?? 0, command: last.command };
  } catch (error) {
    throw toDbError(error);
  }
}

// Classes of SQLSTATE that mean "the server is not there or is going away".
const AWAY = /^(08...|57P0[1235]|53300)$/;
/** SQLSTATEs of a server that is there and can store nothing for now: what the caller is told. */
const CLOSED: Record<string, string> = {
  "25006": "The database takes no changes at the moment. Try again later.",
  "53100": "The disk of the database is full. Nothing can be stored until there is room.",
  "53200": "The database is out of memory. Try again in a moment.",
};

/** Maps what the driver throws: SqlError, or AppError `unavailable`/`timeout` when the database did not answer. */
export function toDbError(error: unknown): Error {
  if (error instanceof AppError || error instanceof SqlError || error instanceof TypeError) return error;
  if (!(error instanceof Error)) return new Error(String(error));
  const { code, constraint, severity } = error as Error & { code?: string; constraint?: string; severity?: string };
  if (severity && code && !AWAY.test(code)) {
    // Statement timeout. What the statement did is rolled back.
    if (code === "57014") return new AppError("timeout", "The database took too long to answer.", { cause: error });
    if (CLOSED[code]) return new AppError("unavailable", CLOSED[code], { cause: error, retryAfterSeconds: 10 });
    return new SqlError(error.message, code, constraint, { cause: error });
  }
  if (/Query read timeout/.test(error.message)) {
    return new AppError("timeout", "The database took too long to answer.", { cause: error });
  }
  return unavailable(error);
}

export function unavailable(cause?: unknown): AppError {
  return new AppError("unavailable", "The database does not answer. Try again in a moment.", { cause });
}

/** `promise`, or AppError `timeout` when it takes longer; what it stands for goes on. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError("timeout", "The database took too long to answer.")), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => {});
  }
}

/** The four reading methods over one `Run`. */
export function queryable(run: Run): Queryable {
  return {
    rows: async <T>(s: Sql) => (await run(s.text, s.values)).rows as T[],
    one: async <T>(s: Sql) => {
      const { rows } = await run(s.text, s.values);
      if (rows.length !== 1) throw new Error(`Expected one row, got ${rows.length}: ${s.text.slice(0, 200)}`);
      return rows[0] as T;
    },
    maybe: async <T>(s: Sql) => (await run(s.text, s.values)).rows[0] as T | undefined,
    run: async (s: Sql) => (await run(s.text, s.values)).count,
  };
}
