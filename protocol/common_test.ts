import assert from "node:assert/strict";
import { timeInput, timestamp, utcTime } from "./common.ts";

const FORMS: [text: string, utc: string | undefined][] = [
  ["2026-01-15T10:30:00Z", "2026-01-15T10:30:00.000Z"],
  ["2026-01-15T10:30:00.5Z", "2026-01-15T10:30:00.500Z"],
  ["2026-01-15T10:30:00.123456789Z", "2026-01-15T10:30:00.123Z"],
  ["2026-01-15T10:30:00.9999Z", "2026-01-15T10:30:00.999Z"],
  ["2026-01-15t10:30:00z", "2026-01-15T10:30:00.000Z"],
  ["2026-01-15 10:30:00Z", "2026-01-15T10:30:00.000Z"],
  ["2026-01-15T10:30:00+02:00", "2026-01-15T08:30:00.000Z"],
  ["2026-01-15T10:30:00 02:00", "2026-01-15T08:30:00.000Z"],
  ["2026-01-15T23:30:00.250-05:30", "2026-01-16T05:00:00.250Z"],
  ["2026-01-15T10:30:00-00:00", "2026-01-15T10:30:00.000Z"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
  ["2017-01-01T01:59:60.7+02:00", "2017-01-01T00:00:00.000Z"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ["2026-01-15T10:30:60Z", undefined],
  ["2026-01-15T10:30:61Z", undefined],
  ["2026-01-15T24:00:00Z", undefined],
  ["2026-01-15T10:60:00Z", undefined],
  ["2026-02-29T00:00:00Z", undefined],
  ["2026-13-01T00:00:00Z", undefined],
  ["2026-00-10T00:00:00Z", undefined],
  ["2026-01-15T10:30:00+24:00", undefined],
  ["2026-01-15T10:30:00+02:60", undefined],
  ["0000-06-01T00:00:00Z", undefined],
  ["0001-01-01T00:00:00+01:00", undefined],
  ["9999-12-31T23:59:59-01:00", undefined],
  ["2026-01-15T10:30:00", undefined],
  ["2026-01-15T10:30Z", undefined],
  ["2026-01-15", undefined],
  ["2026-01-15T10:30:00.Z", undefined],
  ["1768473000", undefined],
  ["tomorrow", undefined],
  ["", undefined],
];
for (const [text, utc] of FORMS) {
  Deno.test(`time: ${text || "nothing"}`, () => {
    assert.equal(utcTime(text), utc);
    const parsed = timeInput.safeParse(text);
    assert.equal(parsed.success, utc !== undefined);
    if (parsed.success) assert.ok(timestamp.safeParse(parsed.data).success);
  });
}
