// Who may upload: whoever holds the permission and is not muted everywhere (features/moderation writes the restriction; a
// mute in one channel is judged where the file is sent).
import { authorize, requireUser } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { sql } from "../../db/sql.ts";
import type { Ctx } from "../context.ts";

/** @returns the person. @throws AppError `forbidden`, `muted` */
export async function requireUploader(ctx: Ctx): Promise<string> {
  authorize(ctx.actor, "media.upload");
  const userId = requireUser(ctx.actor);
  const muted = await ctx.app.db.maybe(sql`
    select 1 from chat_restrictions where user_id = ${userId} and organization_id = ${ctx.actor.organizationId}
      and kind = 'mute' and channel_id is null and (expires_at is null or expires_at > ${ctx.app.now()})`);
  if (muted) throw new AppError("muted", "A moderator has muted you: you cannot upload files now.");
  return userId;
}
