// Dates in a search: a day or a month in the caller's time zone as a stretch of time. Days are 23 or 25 hours long when
// the clocks change; a midnight that does not exist becomes the first moment after it.
import { AppError } from "../../../kernel/errors.ts";

/** `from` is in it, `to` is not. */
export interface TimeRange {
  from: Date;
  to: Date;
}

/** @throws AppError `validation_failed` when there is no such time zone. */
export function checkTimeZone(tz: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone: tz });
  } catch {
    throw new AppError("validation_failed", `There is no time zone "${tz}".`, {
      errors: [{ path: "tz", message: "a name as in Europe/Madrid" }],
    });
  }
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatOf(tz: string): Intl.DateTimeFormat {
  let format = FORMATS.get(tz);
  if (!format) {
    if (FORMATS.size > 500) FORMATS.clear();
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: tz,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    FORMATS.set(tz, format);
  }
  return format;
}

/** The clock of the zone at an instant, as milliseconds of a UTC clock that shows the same. */
function wallClock(tz: string, instant: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(tz).formatToParts(instant)) part[type] = Number(value);
  return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
}

/** The first instant of a calendar day; `month` counts from 0 and, like `day`, may run over. */
function startOfDay(tz: string, year: number, month: number, day: number): Date {
  const wanted = Date.UTC(year, month, day);
  let instant = wanted - (wallClock(tz, wanted) - wanted);
  instant = wanted - (wallClock(tz, instant) - instant);
  // A clock that skipped midnight shows something else now: the first moment of the day is where it jumped to.
  const shown = wallClock(tz, instant);
  return new Date(shown < wanted ? instant + (wanted - shown) : instant);
}

const MIN_YEAR = 1970, MAX_YEAR = 9998;
const TODAY = new Set(["today", "hoy"]);
const YESTERDAY = new Set(["yesterday", "ayer"]);

/**
 * `2026-03-09`, `2026-03`, `2026`, `today`/`hoy`, `yesterday`/`ayer`. undefined: not a date that exists.
 * @param tz checked with `checkTimeZone`
 */
export function dateRange(text: string, tz: string, now: Date): TimeRange | undefined {
  const word = text.toLowerCase();
  if (TODAY.has(word) || YESTERDAY.has(word)) {
    const today = new Date(wallClock(tz, now.getTime()));
    const day = today.getUTCDate() - (YESTERDAY.has(word) ? 1 : 0);
    return stretch(tz, today.getUTCFullYear(), today.getUTCMonth(), day, "day");
  }
  const match = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(word);
  if (!match) return undefined;
  const year = Number(match[1]), month = Number(match[2] ?? 1), day = Number(match[3] ?? 1);
  if (year < MIN_YEAR || year > MAX_YEAR || month < 1 || month > 12) return undefined;
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  return stretch(tz, year, month - 1, day, match[3] ? "day" : match[2] ? "month" : "year");
}

function stretch(tz: string, year: number, month: number, day: number, unit: "day" | "month" | "year"): TimeRange {
  const from = startOfDay(tz, year, month, day);
  const to = unit === "day"
    ? startOfDay(tz, year, month, day + 1)
    : unit === "month"
    ? startOfDay(tz, year, month + 1, 1)
    : startOfDay(tz, year + 1, 0, 1);
  return { from, to };
}
