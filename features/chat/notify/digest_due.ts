// When a mail about what was missed is due. Pure.
import type { ChatPreferences } from "../../../protocol/notifications/push.ts";

const DAILY_AT = "08:00";

/**
 * A mail is due when the oldest thing missed is from this moment or before: 15 minutes or an hour ago, or, for daily mails, the
 * last 08:00 on the person's clock. So whoever wants an hourly mail gets at most one an hour, and none when nothing came.
 */
export function dueSince(digest: ChatPreferences["digest"], timezone: string, now: Date): Date {
  if (digest === "15m") return new Date(now.getTime() - 15 * 60_000);
  if (digest === "hourly") return new Date(now.getTime() - 3_600_000);
  if (digest === "off") return new Date(0);
  const local = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timezone);
  const at = local.toPlainDate().toPlainDateTime(Temporal.PlainTime.from(DAILY_AT)).toZonedDateTime(timezone);
  const last = at.epochMilliseconds <= now.getTime()
    ? at
    : local.toPlainDate().subtract({ days: 1 }).toPlainDateTime(Temporal.PlainTime.from(DAILY_AT))
      .toZonedDateTime(timezone);
  return new Date(last.epochMilliseconds);
}
