// How long a session may last where the organisation has decided that (`settings.sessions`). Whatever asks whether a session
// is alive asks here: sign-in by token, refresh, tickets, open sockets.
import type { Queryable } from "../../../db/sql.ts";
import type { SessionSettings } from "../../../protocol/accounts/session_settings.ts";
import { settingsOf } from "../organization/settings.ts";
import { type SessionKey, type SessionUserRow, usersBySessions } from "./store.ts";

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

/** The people behind sessions that are alive and within their organisations' limits; undefined when one has ended. */
export async function liveSessions(
  q: Queryable,
  keys: readonly SessionKey[],
  now: Date,
): Promise<(SessionUserRow | undefined)[]> {
  const rows = await usersBySessions(q, keys, now);
  return rows.map((row) => row && !isOver(row, settingsOf(row).sessions, now.getTime()) ? row : undefined);
}

/** The same for one. */
export async function liveSession(
  q: Queryable,
  sessionId: string,
  userId: string,
  now: Date,
): Promise<SessionUserRow | undefined> {
  return (await liveSessions(q, [{ sessionId, userId }], now))[0];
}
