import assert from "node:assert/strict";
import { clock, dateTime, fileSize, minute } from "./format.ts";

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

Deno.test("times: one way to write hours per language, with and without seconds and days", () => {
  const at = new Date(2026, 0, 16, 14, 3, 7).getTime();
  assert.deepEqual([minute(at, "es"), clock(at, "es")], ["14:03", "14:03:07"]);
  assert.deepEqual([minute(at, "en-US"), clock(at, "en-US")].map(plain), ["2:03 PM", "2:03:07 PM"]);
  for (const locale of ["en-US", "en-GB", "es", "es-MX"]) {
    assert.ok(dateTime(at, locale, 0).includes(minute(at, locale)), dateTime(at, locale, 0));
    assert.equal(dateTime(at, locale, at), minute(at, locale));
  }
});

Deno.test("sizes: short units", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [192, "192 B"],
    [999, "999 B"],
    [1_000, "1 kB"],
    [1_536, "1.5 kB"],
    [
      999_600,
      "1 MB",
    ],
    [12_345_678, "12 MB"],
    [5e12, "5 TB"],
  ];
  for (const [bytes, shown] of cases) assert.equal(plain(fileSize(bytes, "en")), shown);
  assert.equal(plain(fileSize(1_536, "es")), "1,5 kB");
});
