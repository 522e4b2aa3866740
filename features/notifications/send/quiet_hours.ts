// When a person wants no push. The window is in the person's own time zone and may pass midnight; a day of the clock
// change is right because the end is found on the calendar, not by adding hours.
import type { QuietHours } from "../../../protocol/notifications/notifications.ts";

/** The moment the quiet hours that `now` lies in end, or null when `now` is not in quiet hours. */
export function quietUntil(quiet: QuietHours, now: Date): Date | null {
  if (!quiet.enabled || quiet.start === quiet.end) return null;
  const local = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(quiet.timezone);
  const time = local.toPlainTime();
  const start = Temporal.PlainTime.from(quiet.start), end = Temporal.PlainTime.from(quiet.end);
  const afterStart = Temporal.PlainTime.compare(time, start) >= 0;
  const beforeEnd = Temporal.PlainTime.compare(time, end) < 0;
  const overMidnight = Temporal.PlainTime.compare(start, end) > 0;
  if (overMidnight ? !afterStart && !beforeEnd : !afterStart || !beforeEnd) return null;

  const date = overMidnight && !beforeEnd ? local.toPlainDate().add({ days: 1 }) : local.toPlainDate();
  const at = (disambiguation: "earlier" | "later") =>
    date.toPlainDateTime(end).toZonedDateTime(quiet.timezone, { disambiguation });
  const first = at("earlier");
  // An end that the clock skips: quiet until it jumps.
  if (!first.toPlainTime().equals(end)) {
    return new Date(first.getTimeZoneTransition("next")?.epochMilliseconds ?? first.epochMilliseconds);
  }
  // An end that the clock shows twice has passed once already when we are in the repeated hour.
  return new Date(first.epochMilliseconds > now.getTime() ? first.epochMilliseconds : at("later").epochMilliseconds);
}
