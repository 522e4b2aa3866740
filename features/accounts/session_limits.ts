// How long a session may last where the organisation has decided that (`settings.sessions`). Whatever asks whether a session
// is alive asks here: sign-in by token, refresh, tickets, open sockets.
import type { Queryable } from "../../db/sql.ts";
import type { SessionSettings } from "../../protocol/session_settings.ts";
import { settingsOf } from "./organization.ts";
import { type SessionUserRow, userBySession } from "./session_store.ts";

const DAY_MS = 24 * 3600_000;
const HOUR_MS = 3600_000;

/** When the session ends by its age, whatever happens (milliseconds); Infinity: it does not. */
export function endByAge(row: SessionUserRow): number {
  const { max_days } = settingsOf(row).sessions;
  return max_days === null ? Infinity : row.session_created_at.getTime() + max_days * DAY_MS;
}

function isOver(row: SessionUserRow, { idle_hours }: SessionSettings, now: number): boolean {
  if (endByAge(row) <= now) return true;
  return idle_hours !== null && row.session_seen_at.getTime() + idle_hours * HOUR_MS <= now;
}

/** The person behind a session that is alive and within the organisation's limits; undefined when it has ended. */
export async function liveSession(
  q: Queryable,
  sessionId: string,
  userId: string,
  now: Date,
): Promise<SessionUserRow | undefined> {
  const row = await userBySession(q, sessionId, userId, now);
  return row && !isOver(row, settingsOf(row).sessions, now.getTime()) ? row : undefined;
}
