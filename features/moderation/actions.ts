// Warnings, mutes and bans. Invariants:
//  - nobody acts on themselves or on somebody of the same or a higher role, and nobody undoes what a higher role did;
//  - an action and what it takes away are one transaction: mutes and bans from a channel are rows of chat_restrictions
//    (chat reads them at every step), a ban from the organisation stands with the account (every credential asks there);
//  - open connections lose what was taken within a second on every instance (control events);
//  - actions may overlap: lifting one leaves the others.
import { atLeast, authorize, may, requireUser, type Role } from "../../kernel/actor.ts";
import { toPage } from "../../kernel/cursor.ts";
import { AppError, notFound } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { sql, type Tx } from "../../db/sql.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { Page } from "../../protocol/common.ts";
import type { ActionInput, ActionQuery, ModerationAction, Restriction } from "../../protocol/chat/moderation.ts";
import type { UserChatEvents } from "../../protocol/pushes/chat.ts";
import { emitControl, setBan } from "../accounts/mod.ts";
import { writeAudit } from "../audit/mod.ts";
import { forgetChannel } from "../chat/mod.ts";
import type { App, Ctx } from "../context.ts";
import {
  type ActionRow,
  actionRow,
  actionRows,
  activeActions,
  activeBans,
  insertAction,
  type NewAction,
  revokeAction,
  toActions,
} from "./action_store.ts";
import { lockTarget } from "./people.ts";
import { cursorId, tell } from "./reports.ts";

/** @throws AppError not_found, forbidden, validation_failed */
export async function createAction(ctx: Ctx, input: ActionInput): Promise<ModerationAction> {
  const { app, actor } = ctx;
  authorize(actor, "chat.moderate");
  const { organizationId } = actor;
  return await app.db.withTx(async (tx) => {
    const now = app.now();
    const target = await lockTarget(tx, actor, input.user_id);
    await checkPlace(tx, ctx, input);
    const seconds = input.duration_seconds ?? null;
    const action = await enact(app, tx, {
      id: newId(),
      organization_id: organizationId,
      user_id: target.id,
      user_name: target.username,
      moderator_id: actor.userId,
      moderator_name: actor.username,
      action_type: input.action_type,
      reason: input.reason,
      channel_id: input.channel_id ?? null,
      report_id: input.report_id ?? null,
      created_at: now,
      expires_at: seconds === null ? null : new Date(now.getTime() + seconds * 1000),
    }, now);
    const details = { action_type: input.action_type, user_id: target.id, username: target.username, seconds };
    await writeAudit(tx, ctx, {
      action: `moderation.${AUDIT[input.action_type]}`,
      subject_type: "user",
      subject_id: target.id,
      details: { ...details, action_id: action!.id, channel_id: action!.channel_id, reason: input.reason },
    });
    return action!;
  });
}

const AUDIT = { warning: "warned", mute: "muted", ban: "banned" } as const;

/** Channel and report must be ones that the moderator may know of. @throws AppError not_found, validation_failed */
async function checkPlace(tx: Tx, ctx: Ctx, { channel_id, report_id }: ActionInput): Promise<void> {
  const { organizationId, userId } = ctx.actor;
  const report = report_id
    ? await tx.maybe<{ channel_id: string }>(sql`
      select channel_id from moderation_reports where id = ${report_id} and organization_id = ${organizationId}`)
    : undefined;
  if (report_id && !report) {
    throw new AppError("validation_failed", "There is no such report.", {
      errors: [{ path: "report_id", message: "no such report" }],
    });
  }
  if (!channel_id || channel_id === report?.channel_id) return;
  const known = await tx.maybe(sql`
    select 1 from channels c where c.id = ${channel_id} and c.organization_id = ${organizationId}
      and (c.type = 'public' or (c.type = 'private' and ${may(ctx.actor, "chat.manage")}::boolean) or exists (
        select 1 from channel_members m where m.channel_id = c.id and m.user_id = ${userId}))`);
  if (!known) throw notFound("channel");
}

/**
 * Writes the action with what it takes away, and tells moderators and instances. The caller has checked who may do it.
 * @returns undefined when there is an action of the same cause already
 */
export async function enact(app: App, tx: Tx, input: NewAction, now: Date): Promise<ModerationAction | undefined> {
  const row = await insertAction(tx, input);
  if (!row) return undefined;
  if (row.action_type === "mute" || row.action_type === "ban" && row.channel_id) {
    await tx.run(sql`
      insert into chat_restrictions (id, organization_id, user_id, channel_id, kind, reason, expires_at)
      values (${row.id}, ${row.organization_id}, ${row.user_id}, ${row.channel_id}, ${row.action_type}, ${row.reason},
        ${row.expires_at})`);
  }
  if (row.action_type === "ban") await banChanged(app, tx, row, now);
  const [action] = await toActions(tx, row.organization_id, [row], now);
  tell(tx, row.organization_id, "action_created", { action: action! });
  return action;
}

/** A ban has begun or was lifted: the account or the channel says so from COMMIT on. */
async function banChanged(app: App, tx: Tx, row: ActionRow, now: Date): Promise<void> {
  const { organization_id: organizationId, user_id: userId, channel_id } = row;
  if (channel_id) {
    emitControl(app, tx, {
      kind: "channel_changed",
      organization_id: organizationId,
      channel: channels.chat(channel_id),
    });
    if (!row.revoked_at) await forgetChannel(app, tx, organizationId, [userId], channel_id);
    const type: keyof UserChatEvents = row.revoked_at ? "channel_added" : "channel_removed";
    tx.emit({ organizationId, channel: channels.userChat(userId), type, data: { channel_id } });
    return;
  }
  const [longest] = await activeBans(tx, organizationId, userId, now);
  await setBan(
    app,
    tx,
    { organizationId, userId },
    longest ? { until: longest.expires_at, reason: longest.reason } : null,
  );
}

/** @throws AppError not_found, forbidden, conflict when it does not hold any more */
export async function liftAction(ctx: Ctx, id: string, reason = ""): Promise<ModerationAction> {
  const { app, actor } = ctx;
  authorize(actor, "chat.moderate");
  const { organizationId } = actor;
  const moderatorId = requireUser(actor);
  return await app.db.withTx(async (tx) => {
    const now = app.now();
    const row = await actionRow(tx, organizationId, id, true);
    if (!row) throw notFound("action");
    await lockTarget(tx, actor, row.user_id);
    await requireNotAbove(tx, ctx, row.moderator_id);
    if (row.revoked_at || row.expires_at && row.expires_at <= now) {
      throw new AppError("conflict", "This action does not hold any more.");
    }
    Object.assign(row, { revoked_at: now, revoked_by: moderatorId, revoke_reason: reason });
    await revokeAction(tx, row);
    await tx.run(sql`delete from chat_restrictions where id = ${id} and organization_id = ${organizationId}`);
    if (row.action_type === "ban") await banChanged(app, tx, row, now);
    await writeAudit(tx, ctx, {
      action: "moderation.lifted",
      subject_type: "user",
      subject_id: row.user_id,
      details: { action_id: id, action_type: row.action_type, channel_id: row.channel_id, reason },
    });
    const [action] = await toActions(tx, organizationId, [row], now);
    tell(tx, organizationId, "action_lifted", { action: action! });
    return action!;
  });
}

/** @throws AppError `forbidden` when the moderator who acted has a higher role now */
async function requireNotAbove(tx: Tx, { actor }: Ctx, moderatorId: string | null): Promise<void> {
  const moderator = moderatorId
    ? await tx.maybe<{ role: Role }>(sql`
      select role from users where id = ${moderatorId} and organization_id = ${actor.organizationId}`)
    : undefined;
  if (moderator && !atLeast(actor.role, moderator.role)) {
    throw new AppError("forbidden", "Somebody with a higher role did this: ask them to lift it.");
  }
}

/** Newest first. Needs `chat.moderate`. */
export async function listActions(ctx: Ctx, query: ActionQuery): Promise<Page<ModerationAction>> {
  authorize(ctx.actor, "chat.moderate");
  const { app: { db }, actor: { organizationId } } = ctx;
  const now = ctx.app.now();
  const before = query.cursor ? cursorId(query.cursor) : undefined;
  const rows = await actionRows(db, organizationId, query, now, before, query.limit + 1);
  const actions = await toActions(db, organizationId, rows, now);
  return toPage(actions, query.limit, (action) => [action.id], (action) => action);
}

/** @throws AppError not_found */
export async function getAction(ctx: Ctx, id: string): Promise<ModerationAction> {
  authorize(ctx.actor, "chat.moderate");
  const { app: { db }, actor: { organizationId } } = ctx;
  const row = await actionRow(db, organizationId, id);
  if (!row) throw notFound("action");
  return (await toActions(db, organizationId, [row], ctx.app.now()))[0]!;
}

/** What holds against the caller now. */
export async function ownRestrictions(ctx: Ctx): Promise<{ items: Restriction[] }> {
  const { app, actor } = ctx;
  authorize(actor, "chat.read");
  const rows = await activeActions(app.db, actor.organizationId, requireUser(actor), app.now());
  return {
    items: rows.map((row) => ({
      id: row.id,
      action_type: row.action_type as Restriction["action_type"],
      channel_id: row.channel_id,
      reason: row.reason,
      expires_at: row.expires_at?.toISOString() ?? null,
    })),
  };
}
