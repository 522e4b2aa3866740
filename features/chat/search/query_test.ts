import assert from "node:assert/strict";
import { AppError } from "../../../kernel/errors.ts";
import { MAX_QUERY, MAX_TERMS } from "../../../protocol/chat/search.ts";
import { dateRange } from "./dates.ts";
import { accentVariants, parseQuery } from "./query.ts";

const NOW = new Date("2026-03-10T12:00:00Z");
const parse = (q: string, tz = "UTC") => parseQuery(q, tz, NOW);
const words = (q: string) => parse(q).terms.map((t) => `${t.negated ? "-" : ""}${t.mode}:${t.text}`);

Deno.test("words, phrases, beginnings, negations and signs", () => {
  assert.deepEqual(words('deploy "blue green" despl* -error -"no va" 🎉 -🚀'), [
    "word:deploy",
    "exact:blue green",
    "prefix:despl",
    "-word:error",
    "-exact:no va",
    "literal:🎉",
    "-literal:🚀",
  ]);
  assert.deepEqual(words('"without an end'), ["exact:without an end"]);
  assert.deepEqual(words("a* * ** - -- ... 'x'"), ["word:a", "word:'x'"]);
});

Deno.test("operators in both languages, quoted names, negations", () => {
  const q = parse('from:@ana de:"Juan Pérez" -from:me in:#general en:@ben -in:ops tiene:archivo -is:thread es:editado');
  assert.deepEqual(q.from.map((r) => [r.name, r.negated]), [["ana", false], ["Juan Pérez", false], ["me", true]]);
  assert.deepEqual(q.in.map((r) => [r.name, r.person, r.negated]), [
    ["general", false, false],
    ["ben", true, false],
    ["ops", false, true],
  ]);
  assert.deepEqual(q.flags.map((r) => [r.flag, r.negated]), [["file", false], ["thread", true], ["edited", false]]);
  assert.deepEqual(parse("is:mine").from.map((r) => r.name), ["me"]);
  assert.deepEqual([q.from[1]!.start, q.from[1]!.end], [10, 25]);
});

Deno.test("what is no operator is text", () => {
  assert.deepEqual(words("http://x.org todo: es: foo:bar constructor:x __proto__:y toString:z"), [
    "word:http://x.org",
    "word:todo:",
    "word:es:",
    "word:foo:bar",
    "word:constructor:x",
    "word:__proto__:y",
    "word:toString:z",
  ]);
});

Deno.test("dates are days and months of the caller's time zone", () => {
  const range = (text: string, tz: string) => {
    const found = dateRange(text, tz, NOW);
    return found && [found.from.toISOString(), found.to.toISOString()];
  };
  assert.deepEqual(range("2026-03-09", "UTC"), ["2026-03-09T00:00:00.000Z", "2026-03-10T00:00:00.000Z"]);
  assert.deepEqual(range("2026-03-09", "Europe/Madrid"), ["2026-03-08T23:00:00.000Z", "2026-03-09T23:00:00.000Z"]);
  assert.deepEqual(range("2026-03-29", "Europe/Madrid"), ["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"]);
  assert.deepEqual(range("2026-10-25", "Europe/Madrid"), ["2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"]);
  // The clocks went from 24:00 to 01:00: the day began at one.
  assert.deepEqual(range("2018-11-04", "America/Sao_Paulo"), ["2018-11-04T03:00:00.000Z", "2018-11-05T02:00:00.000Z"]);
  assert.deepEqual(range("2026-02", "America/Bogota"), ["2026-02-01T05:00:00.000Z", "2026-03-01T05:00:00.000Z"]);
  assert.deepEqual(range("2025", "UTC"), ["2025-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"]);
  assert.deepEqual(range("hoy", "Pacific/Auckland"), ["2026-03-10T11:00:00.000Z", "2026-03-11T11:00:00.000Z"]);
  assert.deepEqual(range("yesterday", "UTC"), ["2026-03-09T00:00:00.000Z", "2026-03-10T00:00:00.000Z"]);
  for (const wrong of ["2026-02-30", "2026-13", "2026-00-01", "0001-01-01", "9999-12-31", "lunes", "2026-3-9-1", ""]) {
    assert.equal(dateRange(wrong, "UTC", NOW), undefined, wrong);
  }
  const [before, after, on] = parse("before:2026-03-09 after:2026-03-09 -on:2026-03-09").dates;
  assert.deepEqual([before!.from, before!.to?.toISOString()], [undefined, "2026-03-09T00:00:00.000Z"]);
  assert.deepEqual([after!.from?.toISOString(), after!.to], ["2026-03-10T00:00:00.000Z", undefined]);
  assert.ok(on!.negated && on!.from && on!.to);
});

Deno.test("what cannot be understood is a 422 that names the place", () => {
  for (
    const [q, at] of [["has:nothing", 5], ["foo is:weird", 8], ["antes:ayeer", 7], ['on:"2026-02-30"', 4]] as const
  ) {
    assert.throws(() => parse(q), (error: AppError) => {
      assert.equal(error.code, "validation_failed");
      assert.equal(error.errors![0]!.path, "q");
      assert.match(error.detail, new RegExp(`character ${at}\\)`), error.detail);
      return true;
    });
  }
  assert.throws(() => parse("a ".repeat(MAX_TERMS + 1)), (error: AppError) => error.code === "validation_failed");
});

Deno.test("accents that may have been left out", () => {
  assert.ok(accentVariants("informacion").includes("información"));
  assert.ok(accentVariants("información").includes("informacion"));
  assert.ok(accentVariants("ano").includes("año"));
  assert.ok(accentVariants("a".repeat(500)).length < 30);
});

Deno.test("arbitrary input is a query or a 422, in no time", () => {
  let seed = 42;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
  const pieces = [
    ..."-\"*:#@'\\|&!()<>%_ \t\n.,;/🎉é\u0301ñ漢\u200b\u{1F468}",
    "from:",
    "in:#",
    "before:",
    "has:file",
    "is:",
    "2026-01-01",
    "-",
    '"',
    "word",
    "::",
    "despues:",
    "\ud83d",
  ];
  for (let round = 0; round < 20_000; round++) {
    let q = "";
    for (let k = random(14); k >= 0; k--) q += pieces[random(pieces.length)];
    try {
      const parsed = parse(q.slice(0, MAX_QUERY));
      for (const part of [...parsed.terms, ...parsed.from, ...parsed.in, ...parsed.flags, ...parsed.dates]) {
        assert.ok(part.start >= 0 && part.end > part.start && part.end <= q.length, JSON.stringify(q));
      }
    } catch (error) {
      assert.ok(error instanceof AppError && error.code === "validation_failed", `${JSON.stringify(q)}: ${error}`);
    }
  }
});
