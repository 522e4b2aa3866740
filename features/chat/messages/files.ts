// Files in messages, and in what is kept for later: who may read the channel may read the file, as long as the message
// stands there.
import { AppError } from "../../../kernel/errors.ts";
import { type Queryable, sql, type Tx } from "../../../db/sql.ts";
import type { Ctx } from "../../context.ts";
import { findUploads } from "../../media/mod.ts";
import { readableChannels } from "../channels/store.ts";

/** Whether the caller reads a channel in which the file was sent, or a message whose preview shows it. */
export async function mayReadMedia(ctx: Ctx, mediaId: string): Promise<boolean> {
  const { app, actor } = ctx;
  if (!actor.userId) return false;
  const row = await app.db.maybe(sql`
    select 1 from message_attachments a join messages x on x.id = a.message_id
    join ${readableChannels(actor.organizationId, actor.userId, app.now())} rc
      on rc.channel_id = a.channel_id and x.seq > rc.visible_after_seq
    where a.media_id = ${mediaId} and a.organization_id = ${actor.organizationId} and x.deleted_at is null limit 1`);
  return row !== undefined;
}

/** Which of these files a message shows. */
export async function mediaInMessages(
  db: Queryable,
  organizationId: string,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await db.rows<{ media_id: string }>(sql`
    select distinct a.media_id from message_attachments a join messages x on x.id = a.message_id
    where a.media_id = any(${ids}::uuid[]) and a.organization_id = ${organizationId} and x.deleted_at is null`);
  return rows.map((row) => row.media_id);
}

/** Files in drafts, and in scheduled messages that are still to be sent. */
export async function mediaKeptForLater(
  db: Queryable,
  organizationId: string,
  ids: readonly string[],
): Promise<string[]> {
  const wanted = sql`unnest(${ids}::text[]) as w (id)`;
  const rows = await db.rows<{ id: string }>(sql`
    select w.id from ${wanted}
    where exists (select 1 from scheduled_messages s where s.organization_id = ${organizationId} and s.status <> 'sent'
        and s.attachments @> jsonb_build_array(w.id))
      or exists (select 1 from chat_drafts d where d.organization_id = ${organizationId}
        and d.attachments @> jsonb_build_array(w.id))`);
  return rows.map((row) => row.id);
}

/** @param index of the file in what was asked for */
export const notYourUpload = (index: number): AppError =>
  new AppError("validation_failed", "An attachment is not a finished upload of yours.", {
    errors: [{ path: `attachments.${index}`, message: "no such upload" }],
  });

/** What is kept for later must be the author's own files today. They stay as long as the transaction lasts. @throws AppError */
export async function requireOwnUploads(tx: Tx, owner: { organizationId: string; userId: string }, ids: string[]) {
  if (ids.length === 0) return;
  const found = new Set((await findUploads(tx, owner.organizationId, owner.userId, ids)).map((row) => row.id));
  const missing = ids.findIndex((id) => !found.has(id));
  if (missing >= 0) throw notYourUpload(missing);
}
