// The status that a person shows: online, away, busy or (hidden) offline, with a short text, for ever or until a time. Others
// see it at once (presence.ts). Invariant: whoever reads compares with the time, so a status never outlives its end, even if
// the job that writes the end into the row (and tells everybody) is late.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { sql } from "../../../db/sql.ts";
import type { StatusInput, User } from "../../../protocol/accounts/accounts.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import type { JobRule } from "../../define.ts";
import { emitControl } from "../sessions/revocation.ts";
import { requirePowerOver } from "../roles/roles.ts";
import { shownStatus, updateUserRow, userById, type UserRow } from "./store.ts";
import { userView } from "./users.ts";

const LONGEST_MS = 366 * 24 * 3_600_000;
const BATCH = 500;

/**
 * Sets one's own status, or as a manager of users that of another.
 * @throws AppError `not_found`, `forbidden`, `validation_failed` (`until` is not in the coming year)
 */
export async function setStatus(ctx: Ctx, userId: string, input: StatusInput): Promise<User> {
  const { app, actor } = ctx;
  const { organizationId } = actor;
  const own = userId === requireUser(actor);
  authorize(actor, own ? "profile.manage" : "users.manage");
  const until = endOf(app, input.until);
  const row = await app.db.withTx(async (tx) => {
    const before = await userById(tx, organizationId, userId, { lock: true });
    if (!before) throw notFound("user");
    if (!own) requirePowerOver(app, actor, before.role);
    const now = app.now();
    const shown = shownStatus(before, now);
    const text = input.text === undefined ? shown.status_text : input.text || null;
    // Nothing to hold until then: online without a text is how everybody begins.
    const ends = input.status === "online" && text === null ? null : until;
    const same = before.status === input.status && before.status_text === text &&
      before.status_until?.getTime() === ends?.getTime();
    if (same) return before;
    const seen = own ? { last_seen_at: now } : {};
    const change = { status: input.status, status_text: text, status_until: ends, ...seen };
    await updateUserRow(tx, organizationId, userId, change, now);
    if (!own) {
      const details = {
        changed: ["status"],
        status: { from: shown.status, to: input.status },
        ...(shown.status_text === text ? {} : { status_text: { from: shown.status_text, to: text } }),
      };
      await writeAudit(tx, ctx, { action: "user.updated", subject_type: "user", subject_id: userId, details });
    }
    emitControl(app, tx, { kind: "user_changed", user_id: userId, organization_id: organizationId, disabled: false });
    return await userById(tx, organizationId, userId) as UserRow;
  });
  if (row.status_until) await endThen(app, row.status_until);
  return userView(app, actor, row);
}

function endOf(app: App, until: string | null | undefined): Date | null {
  if (!until) return null;
  const end = new Date(until), now = app.now().getTime();
  if (end.getTime() > now && end.getTime() <= now + LONGEST_MS) return end;
  const message = "A status ends in the future, within a year.";
  throw new AppError("validation_failed", message, { errors: [{ path: "until", message }] });
}

/** Beyond a day the clock job is precise enough. */
async function endThen(app: App, end: Date): Promise<void> {
  const seconds = Math.ceil((end.getTime() - app.now().getTime()) / 1000);
  if (seconds > 24 * 3600) return;
  await app.jobs.enqueue(endStatusesJob.name, {}, { delaySeconds: Math.max(1, seconds) });
}

/** Statuses that are over are `online` again, and everybody is told. */
async function endStatuses(app: App): Promise<void> {
  for (let ended = BATCH; ended === BATCH;) {
    ended = await app.db.withTx(async (tx) => {
      const rows = await tx.rows<{ id: string; organization_id: string }>(sql`
        update users set status = 'online', status_text = null, status_until = null, updated_at = ${app.now()}
        where id in (select id from users where status_until <= ${app.now()} order by id limit ${BATCH} for update)
        returning id, organization_id`);
      for (const { id, organization_id } of rows) {
        emitControl(app, tx, { kind: "user_changed", user_id: id, organization_id, disabled: false });
      }
      return rows.length;
    });
  }
}

export const endStatusesJob: JobRule = {
  name: "accounts.end_statuses",
  retryLimit: 2,
  cron: "* * * * *",
  handle: endStatuses,
};
