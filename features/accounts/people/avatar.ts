// Whose picture may be changed by whom, and the rows of it. The picture itself is features/media's.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { notFound } from "../../../kernel/errors.ts";
import { sql, type Tx } from "../../../db/sql.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { emitControl } from "../sessions/revocation.ts";
import { requirePowerOver } from "../roles/roles.ts";
import { updateUserRow, userById } from "./store.ts";

/** One's own, or as a manager of users that of another. @returns who asks. @throws AppError `not_found`, `forbidden` */
export async function requireAvatarRight(ctx: Ctx, userId: string): Promise<string> {
  const { app, actor } = ctx;
  const by = requireUser(actor);
  authorize(actor, userId === by ? "profile.manage" : "users.manage");
  const row = await userById(app.db, actor.organizationId, userId);
  if (!row) throw notFound("user");
  if (userId !== by) requirePowerOver(app, actor, row.role);
  return by;
}

/** Call `requireAvatarRight` before. @returns the file that was the picture until now */
export async function changeAvatar(
  ctx: Ctx,
  tx: Tx,
  userId: string,
  picture: { mediaId: string; url: string } | null,
): Promise<string | null> {
  const { app, actor } = ctx;
  const before = await tx.maybe<{ avatar_media_id: string | null; avatar_url: string | null }>(sql`
    select avatar_media_id, avatar_url from users
    where organization_id = ${actor.organizationId} and id = ${userId} for update`);
  if (!before) throw notFound("user");
  if (!picture && before.avatar_url === null) return null;
  const change = { avatar_url: picture?.url ?? null, avatar_media_id: picture?.mediaId ?? null };
  await updateUserRow(tx, actor.organizationId, userId, change, app.now());
  const action = picture ? "user.picture_changed" : "user.picture_removed";
  await writeAudit(tx, ctx, { action, subject_type: "user", subject_id: userId, details: {} });
  emitControl(app, tx, {
    kind: "user_changed",
    user_id: userId,
    organization_id: actor.organizationId,
    disabled: false,
  });
  return before.avatar_media_id;
}
