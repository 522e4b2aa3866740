// Values between JavaScript and PostgreSQL's text format, the same for both databases (the table is in sql.ts).
import { Buffer } from "node:buffer";
// @ts-types="@types/pg"
import pg from "pg";

type Parse = (text: string) => unknown;

const builtin = (oid: number): Parse => pg.types.getTypeParser(oid, "text");
const text: Parse = (value) => value;
const int8: Parse = (value) => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
};
const bytea: Parse = (value) => new Uint8Array(builtin(17)(value) as ArrayLike<number>);

/** Element type → [type, its array type, parser]. Everything that is not here stays text. */
const TYPES: [oid: number, arrayOid: number, parse: Parse][] = [
  [16, 1000, (value) => value === "t"], // bool
  [17, 1001, bytea],
  [18, 1002, text], // "char"
  [19, 1003, text], // name
  [20, 1016, int8],
  [21, 1005, Number], // int2
  [23, 1007, Number], // int4
  [25, 1009, text],
  [26, 1028, Number], // oid
  [114, 199, JSON.parse],
  [700, 1021, Number], // float4
  [701, 1022, Number], // float8
  [869, 1041, text], // inet
  [1042, 1014, text], // bpchar
  [1043, 1015, text], // varchar
  [1082, 1182, text], // date
  [1083, 1183, text], // time
  [1114, 1115, text], // timestamp without time zone: no moment in time, so no Date
  [1184, 1185, builtin(1184)], // timestamptz
  [1186, 1187, text], // interval
  [1700, 1231, text], // numeric
  [2950, 2951, text], // uuid
  [3802, 3807, JSON.parse], // jsonb
  [5069, 271, text], // xid8
];

/** Splits an array literal (PostgreSQL docs 8.15.6) and parses its elements; nested arrays nest. */
export function parseArray(literal: string, parse: Parse): unknown[] {
  let at = literal.indexOf("{"); // skips bounds such as [0:1]=
  const list = (): unknown[] => {
    const out: unknown[] = [];
    at++;
    while (at < literal.length && literal[at] !== "}") {
      if (literal[at] === ",") at++;
      if (literal[at] === "{") {
        out.push(list());
      } else if (literal[at] === '"') {
        let element = "";
        for (at++; literal[at] !== '"'; at++) {
          if (literal[at] === "\\") at++;
          element += literal[at];
        }
        at++;
        out.push(parse(element));
      } else {
        const start = at;
        while (literal[at] !== "," && literal[at] !== "}") at++;
        const element = literal.slice(start, at);
        out.push(element === "NULL" ? null : parse(element));
      }
    }
    at++;
    return out;
  };
  return list();
}

const scalar = new Map(TYPES.map(([oid, , parse]) => [oid, parse]));
const array = new Map(TYPES.map(([, oid, parse]) => [oid, (value: string) => parseArray(value, parse)]));

/** The parsers of one database: the built-in types plus arrays of its own enums and extension types. */
export class WireTypes {
  #own = new Map<number, Parse>();

  /** @param arrayOids array types of this database with elements that stay text. */
  setOwnArrays(arrayOids: number[]): void {
    this.#own = new Map(arrayOids.map((oid) => [oid, (value: string) => parseArray(value, text)]));
  }

  /** What the `pg` driver asks for every column. */
  getTypeParser(oid: number, _format?: unknown): Parse {
    return scalar.get(oid) ?? array.get(oid) ?? this.#own.get(oid) ?? text;
  }
}

/** Array types that `setOwnArrays` wants: those made by migrations and extensions, without the row types of tables. */
export const OWN_ARRAYS = `select e.typarray::int8 as oid from pg_type e
  where e.typarray >= 16384 and e.typtype in ('e', 'b', 'd') and e.typcategory <> 'A'`;

/** A parameter as the driver sends it. @throws TypeError for what has no meaning in SQL. */
export function encodeValue(value: unknown): unknown {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new TypeError("An invalid Date was passed to the database.");
    return value.toISOString();
  }
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return value.map(encodeValue);
  if (value !== null && typeof value === "object") {
    throw new TypeError("An object was passed to the database; JSON values go through json().");
  }
  return value;
}
