import assert from "node:assert/strict";
import { bucketStarts, dayParts, periodBefore, periodOf } from "./time_buckets.ts";

const iso = (dates: Date[]) => dates.map((d) => d.toISOString().slice(0, 16));
const period = (from: string, to: string, tz = "UTC") => periodOf({ from, to, tz }, new Date(0));

Deno.test("buckets: days of a zone, over both clock changes, have 23, 24 and 25 hours", () => {
  const spring = bucketStarts(period("2026-03-28T00:00+01:00", "2026-03-31T00:00+02:00", "Europe/Madrid"), "day");
  assert.deepEqual(iso(spring), ["2026-03-27T23:00", "2026-03-28T23:00", "2026-03-29T22:00"]);
  const autumn = bucketStarts(period("2026-10-25T00:00+02:00", "2026-10-27T00:00+01:00", "Europe/Madrid"), "day");
  assert.deepEqual(iso(autumn), ["2026-10-24T22:00", "2026-10-25T23:00"]);
});

Deno.test("buckets: weeks begin on Monday, months on the first; the first bucket begins with the period", () => {
  assert.deepEqual(iso(bucketStarts(period("2026-01-01T00:00Z", "2026-01-13T00:00Z"), "week")), [
    "2026-01-01T00:00",
    "2026-01-05T00:00",
    "2026-01-12T00:00",
  ]);
  assert.deepEqual(iso(bucketStarts(period("2026-01-15T05:20Z", "2026-03-01T00:00Z"), "month")), [
    "2026-01-15T05:00",
    "2026-02-01T00:00",
  ]);
});

Deno.test("buckets: a half-hour zone begins its days at the next whole hour", () => {
  const days = bucketStarts(period("2026-01-01T00:00Z", "2026-01-02T00:00Z", "Asia/Kolkata"), "day");
  assert.deepEqual(iso(days), ["2026-01-01T00:00", "2026-01-01T19:00"]);
});

Deno.test("buckets: hours of UTC days that make up a bucket", () => {
  const p = period("2026-01-01T22:00Z", "2026-01-03T02:00Z");
  assert.deepEqual(dayParts([p.from], p.to), [
    { bucket: 0, day: "2026-01-01", mask: 0b11 << 22 },
    { bucket: 0, day: "2026-01-02", mask: 2 ** 24 - 1 },
    { bucket: 0, day: "2026-01-03", mask: 0b11 },
  ]);
});

Deno.test("periods: 30 days by default, the one before is as long, nonsense is refused", () => {
  const now = new Date("2026-02-10T12:34:00Z");
  const p = periodOf({ tz: "America/Bogota" }, now);
  assert.deepEqual([p.from.toISOString(), p.to.toISOString()], [
    "2026-01-12T05:00:00.000Z",
    "2026-02-10T13:00:00.000Z",
  ]);
  assert.equal(periodBefore(p).to, p.from);
  const refused = (input: Parameters<typeof periodOf>[0]) =>
    assert.throws(() => periodOf(input, now), { code: "validation_failed" });
  refused({ tz: "Mars/Olympus" });
  refused({ tz: "UTC", from: "2026-02-01T00:00Z", to: "2026-01-01T00:00Z" });
  refused({ tz: "UTC", from: "2016-02-01T00:00Z" });
  assert.throws(() => bucketStarts(period("2026-01-01T00:00Z", "2026-03-01T00:00Z"), "hour"), {
    code: "validation_failed",
  });
});
