// Periods cut into buckets. Everything is whole UTC hours: a bucket is a run of hours, and an hour belongs to the bucket
// in which it begins. Days of zones with whole-hour offsets are exact by that; in a zone such as Asia/Kolkata (+05:30) a
// day begins up to 45 minutes late. Clock changes are right: such a day has 23 or 25 hours.
import { AppError } from "./errors.ts";
import { type BucketSize, MAX_BUCKETS, MAX_STATS_DAYS } from "../protocol/operation/analytics.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const DEFAULT_DAYS = 30;

/** From inclusive to exclusive, on whole hours. */
export interface Period {
  from: Date;
  to: Date;
  tz: string;
}

/** Hours of one UTC day that lie in one bucket: bit n is the hour n. */
export interface DayPart {
  bucket: number;
  /** `2026-01-31` */
  day: string;
  mask: number;
}

const hourBelow = (ms: number) => Math.floor(ms / HOUR_MS) * HOUR_MS;
export const hourOf = (at: Date): Date => new Date(hourBelow(at.getTime()));

/** @throws AppError `validation_failed`: an unknown zone, nothing between from and to, more than 5 years */
export function periodOf(input: { from?: string; to?: string; tz: string }, now: Date): Period {
  const tz = zoneOf(input.tz);
  const to = input.to ? Math.ceil(Date.parse(input.to) / HOUR_MS) * HOUR_MS : hourBelow(now.getTime()) + HOUR_MS;
  const from = input.from ? hourBelow(Date.parse(input.from)) : daysBefore(to, DEFAULT_DAYS, tz);
  if (to <= from) throw invalid("to", "must be after from");
  if (to - from > MAX_STATS_DAYS * DAY_MS) throw invalid("from", `at most ${MAX_STATS_DAYS} days before to`);
  if (from < 0 || to > 4e12) throw invalid("from", "outside of what can be asked for");
  return { from: new Date(from), to: new Date(to), tz };
}

/** The period of the same length that ends where this one begins. */
export function periodBefore({ from, to, tz }: Period): Period {
  return { from: new Date(2 * from.getTime() - to.getTime()), to: from, tz };
}

/** Midnight that begins the last `count` days, the one before `to` included. */
function daysBefore(to: number, count: number, tz: string): number {
  const last = zoned(to - 1, tz).startOfDay();
  return hourAtOrAfter(last.subtract({ days: count - 1 }).epochMilliseconds);
}

/** When each bucket begins; the first begins with the period. @throws AppError `validation_failed`: too many */
export function bucketStarts({ from, to, tz }: Period, size: BucketSize): Date[] {
  const starts = [from];
  if (size === "hour") {
    const count = (to.getTime() - from.getTime()) / HOUR_MS;
    if (count > MAX_BUCKETS) throw tooMany();
    for (let i = 1; i < count; i++) starts.push(new Date(from.getTime() + i * HOUR_MS));
    return starts;
  }
  const step = size === "day" ? { days: 1 } : size === "week" ? { weeks: 1 } : { months: 1 };
  let at = zoned(from.getTime(), tz).startOfDay();
  if (size === "week") at = at.subtract({ days: at.dayOfWeek - 1 });
  if (size === "month") at = at.with({ day: 1 });
  for (;;) {
    at = at.add(step).startOfDay();
    const ms = hourAtOrAfter(at.epochMilliseconds);
    if (ms >= to.getTime()) return starts;
    if (ms > from.getTime()) starts.push(new Date(ms));
    if (starts.length > MAX_BUCKETS) throw tooMany();
  }
}

/** Which hours of which UTC days make up the buckets. `starts` in order, the period's own start first. */
export function dayParts(starts: readonly Date[], to: Date): DayPart[] {
  const parts: DayPart[] = [];
  starts.forEach((start, bucket) => {
    const end = (starts[bucket + 1] ?? to).getTime();
    for (let at = start.getTime(); at < end;) {
      const midnight = Math.floor(at / DAY_MS) * DAY_MS;
      const until = Math.min(end, midnight + DAY_MS);
      const first = (at - midnight) / HOUR_MS, count = (until - at) / HOUR_MS;
      const mask = ((2 ** count - 1) * 2 ** first) >>> 0;
      parts.push({ bucket, day: new Date(midnight).toISOString().slice(0, 10), mask });
      at = until;
    }
  });
  return parts;
}

const hourAtOrAfter = (ms: number) => Math.ceil(ms / HOUR_MS) * HOUR_MS;
const zoned = (ms: number, tz: string) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(tz);

function zoneOf(name: string): string {
  try {
    zoned(0, name);
    return name;
  } catch {
    throw invalid("tz", "not a time zone such as Europe/Madrid");
  }
}

function tooMany(): AppError {
  return invalid("bucket", `more than ${MAX_BUCKETS} buckets; take larger ones or a shorter period`);
}

function invalid(path: string, message: string): AppError {
  return new AppError("validation_failed", `${path}: ${message}`, { errors: [{ path, message }] });
}
