import assert from "node:assert/strict";
import { quietUntil } from "./quiet_hours.ts";

const CASES: [name: string, start: string, end: string, zone: string, now: string, until: string | null][] = [
  ["before the window", "22:00", "07:00", "Europe/Madrid", "2026-01-15T20:59:59Z", null],
  ["at its start", "22:00", "07:00", "Europe/Madrid", "2026-01-15T21:00:00Z", "2026-01-16T06:00:00.000Z"],
  [
    "before midnight UTC, after it in Madrid",
    "22:00",
    "07:00",
    "Europe/Madrid",
    "2026-01-15T23:30:00Z",
    "2026-01-16T06:00:00.000Z",
  ],
  ["in the morning part", "22:00", "07:00", "Europe/Madrid", "2026-01-16T05:59:00Z", "2026-01-16T06:00:00.000Z"],
  ["at its end", "22:00", "07:00", "Europe/Madrid", "2026-01-16T06:00:00Z", null],
  [
    "summer time shifts it in UTC",
    "22:00",
    "07:00",
    "Europe/Madrid",
    "2026-07-15T20:30:00Z",
    "2026-07-16T05:00:00.000Z",
  ],
  [
    "the night the clock goes forward is an hour shorter",
    "22:00",
    "07:00",
    "Europe/Madrid",
    "2026-03-28T21:00:00Z",
    "2026-03-29T05:00:00.000Z",
  ],
  [
    "the night the clock goes back is an hour longer",
    "22:00",
    "07:00",
    "Europe/Madrid",
    "2026-10-24T20:00:00Z",
    "2026-10-25T06:00:00.000Z",
  ],
  [
    "an end that does not exist that night",
    "22:00",
    "02:30",
    "Europe/Madrid",
    "2026-03-28T23:00:00Z",
    "2026-03-29T01:00:00.000Z",
  ],
  [
    "an end that comes twice: the first",
    "22:00",
    "02:30",
    "Europe/Madrid",
    "2026-10-25T00:10:00Z",
    "2026-10-25T00:30:00.000Z",
  ],
  [
    "an end that comes twice: in the repeated hour",
    "22:00",
    "02:30",
    "Europe/Madrid",
    "2026-10-25T01:10:00Z",
    "2026-10-25T01:30:00.000Z",
  ],
  ["within one day", "13:00", "15:00", "America/Bogota", "2026-05-05T18:00:00Z", "2026-05-05T20:00:00.000Z"],
  ["within one day, outside", "13:00", "15:00", "America/Bogota", "2026-05-05T20:00:00Z", null],
  [
    "a zone with a quarter hour",
    "22:00",
    "07:00",
    "Asia/Kathmandu",
    "2026-05-05T16:15:00Z",
    "2026-05-06T01:15:00.000Z",
  ],
];

for (const [name, start, end, timezone, now, until] of CASES) {
  Deno.test(`quiet hours: ${name}`, () => {
    const found = quietUntil({ enabled: true, start, end, timezone }, new Date(now));
    assert.equal(found?.toISOString() ?? null, until);
    assert.equal(quietUntil({ enabled: false, start, end, timezone }, new Date(now)), null);
  });
}
