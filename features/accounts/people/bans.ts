// Bans from the organisation. Invariants: while a ban lasts no credential of the person is taken (password, session, API
// token, ticket, refresh token) and open connections end within a second on every instance; when it is over everything
// works again without anybody doing anything, because only the time is compared. Who may ban whom is moderation's rule.
import { AppError } from "../../../kernel/errors.ts";
import { type Queryable, sql, type Tx } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import { emitControl } from "../sessions/revocation.ts";

/** Stands for "without end": dates that a JavaScript Date holds, on every driver. */
const FOR_EVER = new Date("9999-01-01T00:00:00Z");

export interface BanState {
  banned_until: Date | null;
  banned_reason: string | null;
}

/** @throws AppError `banned` while the ban lasts. Only for callers who have proved who they are. */
export function refuseBanned(row: BanState, now: Date): void {
  const error = bannedError(row, now);
  if (error) throw error;
}

export function bannedError(row: BanState, now: Date): AppError | undefined {
  if (!row.banned_until || row.banned_until <= now) return undefined;
  const until = row.banned_until >= FOR_EVER ? "" : ` until ${row.banned_until.toISOString()}`;
  return new AppError("banned", `A moderator has banned this account${until}. Reason: ${row.banned_reason}`);
}

/** Bans the person, or changes or lifts the ban. `until` null: without end. `ban` null: not banned any more. */
export async function setBan(
  app: App,
  tx: Tx,
  who: { organizationId: string; userId: string },
  ban: { until: Date | null; reason: string } | null,
): Promise<void> {
  await tx.run(sql`
    update users set banned_until = ${ban ? ban.until ?? FOR_EVER : null}, banned_reason = ${ban?.reason ?? null}
    where organization_id = ${who.organizationId} and id = ${who.userId}`);
  emitControl(app, tx, {
    kind: "user_changed",
    user_id: who.userId,
    organization_id: who.organizationId,
    disabled: ban !== null,
  });
}

/** Forgets bans that are over. Nothing depends on it. */
export async function clearEndedBans(q: Queryable, now: Date): Promise<void> {
  await q.run(sql`update users set banned_until = null, banned_reason = null where banned_until <= ${now}`);
}
