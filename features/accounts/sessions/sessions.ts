// Ending sessions, and the list of the devices where a person is signed in.
import { authorize, requireUser, sessionIdOf } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import type { Session } from "../../../protocol/accounts/accounts.ts";
import type { Page } from "../../../protocol/common.ts";
import { deviceName } from "../../../protocol/accounts/device_name.ts";
import { type AuditInput, writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { endSession, endSessions } from "./revocation.ts";
import { sessionRows } from "./store.ts";

function own(ctx: Ctx) {
  return { organizationId: ctx.actor.organizationId, userId: requireUser(ctx.actor) };
}

/** Ends the session that this request came with; its sockets and streams close on every instance. */
export async function logout(ctx: Ctx): Promise<void> {
  const sessionId = sessionIdOf(ctx.actor);
  if (!sessionId) throw new AppError("forbidden", "An API token has no session to end. Delete the token instead.");
  await ctx.app.db.withTx(async (tx) => {
    if (!await endSession(ctx.app, tx, own(ctx), sessionId)) return;
    await writeAudit(tx, ctx, { action: "auth.logout", subject_type: "session", subject_id: sessionId });
  });
}

/** Ends all sessions of the caller. API tokens stay. */
export async function logoutAll(ctx: Ctx): Promise<void> {
  authorize(ctx.actor, "profile.manage");
  await ctx.app.db.withTx(async (tx) => {
    const sessions = await endSessions(ctx.app, tx, own(ctx));
    const entry: AuditInput = {
      action: "auth.logout_all",
      subject_type: "user",
      subject_id: ctx.actor.userId,
      details: { sessions },
    };
    await writeAudit(tx, ctx, entry);
  });
}

/** Ends all sessions of the caller but the one of this request. @returns how many @throws AppError `forbidden` for tokens */
export async function endOtherSessions(ctx: Ctx): Promise<number> {
  authorize(ctx.actor, "profile.manage");
  const sessionId = sessionIdOf(ctx.actor);
  if (!sessionId) throw new AppError("forbidden", "An API token has no session of its own to keep.");
  return await ctx.app.db.withTx(async (tx) => {
    const sessions = await endSessions(ctx.app, tx, own(ctx), sessionId);
    const subject = { subject_type: "user", subject_id: ctx.actor.userId };
    await writeAudit(tx, ctx, { action: "auth.others_ended", ...subject, details: { sessions } });
    return sessions;
  });
}

export async function listSessions(ctx: Ctx): Promise<Page<Session>> {
  authorize(ctx.actor, "profile.manage");
  const { organizationId, userId } = own(ctx);
  const rows = await sessionRows(ctx.app.db, organizationId, userId, ctx.app.now(), sessionIdOf(ctx.actor));
  const items = rows.map((r) => ({
    id: r.id,
    ip: r.ip,
    user_agent: r.user_agent,
    device: deviceName(r.user_agent),
    method: r.method,
    created_at: r.created_at.toISOString(),
    last_seen_at: r.last_seen_at.toISOString(),
    expires_at: r.expires_at.toISOString(),
    current: r.id === sessionIdOf(ctx.actor),
  }));
  return { items, next_cursor: null };
}

/** Ends one of the caller's own sessions. @throws AppError `not_found` */
export async function deleteSession(ctx: Ctx, sessionId: string): Promise<void> {
  authorize(ctx.actor, "profile.manage");
  await ctx.app.db.withTx(async (tx) => {
    if (!await endSession(ctx.app, tx, own(ctx), sessionId)) throw notFound("session");
    await writeAudit(tx, ctx, { action: "session.ended", subject_type: "session", subject_id: sessionId });
  });
}
