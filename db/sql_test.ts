import assert from "node:assert/strict";
import { joinSql, json, rawSql, sql } from "./sql.ts";
import { encodeValue, parseArray } from "./wire_types.ts";

Deno.test("sql: values become parameters, fragments keep their own in order", () => {
  const name = sql`name = ${"x"}`;
  const both = sql`select * from t where ${name} and id = ${5} and ${sql`a > ${1} and b < ${2}`} limit ${3}`;
  assert.equal(both.text, "select * from t where name = $1 and id = $2 and a > $3 and b < $4 limit $5");
  assert.deepEqual(both.values, ["x", 5, 1, 2, 3]);
  assert.equal(sql`select ${undefined}`.values[0], null);
});

Deno.test("sql: json travels as text, raw text as it is", () => {
  const statement = sql`insert into ${rawSql('"t"')} values (${json({ a: 1 })}, ${json(undefined)})`;
  assert.equal(statement.text, 'insert into "t" values ($1::text::jsonb, $2::text::jsonb)');
  assert.deepEqual(statement.values, ['{"a":1}', "null"]);
});

Deno.test("sql: joined fragments are numbered through", () => {
  assert.deepEqual(joinSql([], " and "), sql``);
  const parts = Array.from({ length: 12 }, (_, i) => sql`c${rawSql(String(i))} = ${i}`);
  const joined = joinSql(parts, " or ");
  assert.equal(joined.text, parts.map((_, i) => `c${i} = $${i + 1}`).join(" or "));
  assert.deepEqual(joined.values, parts.map((_, i) => i));
});

Deno.test("array literals: quotes, escapes, nesting, null, bounds", () => {
  const text = (value: string) => value;
  assert.deepEqual(parseArray("{}", text), []);
  assert.deepEqual(parseArray('{a,"b,c","d\\"e","f\\\\g",NULL,"NULL",""}', text), [
    "a",
    "b,c",
    'd"e',
    "f\\g",
    null,
    "NULL",
    "",
  ]);
  assert.deepEqual(parseArray("{{1,2},{3,NULL}}", Number), [[1, 2], [3, null]]);
  assert.deepEqual(parseArray("[0:1]={5,6}", Number), [5, 6]);
});

Deno.test("parameters: dates in UTC, arrays by element, no objects", () => {
  assert.equal(encodeValue(new Date(0)), "1970-01-01T00:00:00.000Z");
  assert.deepEqual(encodeValue([new Date(0), null, 1n]), ["1970-01-01T00:00:00.000Z", null, 1n]);
  assert.throws(() => encodeValue({}), TypeError);
  assert.throws(() => encodeValue(new Date(NaN)), TypeError);
});
