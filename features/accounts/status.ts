// The status that a person shows: online, away, busy or (hidden) offline, with a short text.
import { authorize, requireUser } from "../../kernel/actor.ts";
import { notFound } from "../../kernel/errors.ts";
import type { StatusInput, User } from "../../protocol/accounts.ts";
import { writeAudit } from "../audit/mod.ts";
import type { Ctx } from "../context.ts";
import { emitControl } from "./revocation.ts";
import { requirePowerOver } from "./roles.ts";
import { updateUserRow, userById, type UserRow } from "./user_store.ts";
import { userView } from "./users.ts";

/** Sets one's own status, or as a manager of users that of another. @throws AppError `not_found`, `forbidden` */
export async function setStatus(ctx: Ctx, userId: string, input: StatusInput): Promise<User> {
  const { app, actor } = ctx;
  const { organizationId } = actor;
  const own = userId === requireUser(actor);
  authorize(actor, own ? "profile.manage" : "users.manage");
  const row = await app.db.withTx(async (tx) => {
    const before = await userById(tx, organizationId, userId, { lock: true });
    if (!before) throw notFound("user");
    if (!own) requirePowerOver(app, actor, before.role);
    const text = input.text === undefined ? before.status_text : input.text || null;
    if (before.status === input.status && before.status_text === text) return before;
    const now = app.now();
    const seen = own ? { last_seen_at: now } : {};
    await updateUserRow(tx, organizationId, userId, { status: input.status, status_text: text, ...seen }, now);
    if (!own) {
      const details = { changed: ["status"], status: input.status };
      await writeAudit(tx, ctx, { action: "user.updated", subject_type: "user", subject_id: userId, details });
    }
    emitControl(app, tx, { kind: "user_changed", user_id: userId, organization_id: organizationId, disabled: false });
    return await userById(tx, organizationId, userId) as UserRow;
  });
  return userView(app, actor, row);
}
