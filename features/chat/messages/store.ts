// Statements that read messages. What a person may not see is left out here, by channel membership and by the position
// from which on the person was let in.
import { type Actor, authorize } from "../../../kernel/actor.ts";
import { notFound } from "../../../kernel/errors.ts";
import { joinSql, type Queryable, type Sql, sql } from "../../../db/sql.ts";
import { type Access, accessOf, requireRight } from "../channels/access.ts";
import { accessRows } from "../channels/store.ts";
import type { MessageRow } from "./views.ts";

export const MESSAGE_COLUMNS: Sql = sql`
  x.id, x.organization_id, x.channel_id, x.seq, x.root_no, x.user_id, x.sender_name, x.root_id, x.reply_to_id,
  x.message_type, x.content, x.mentions, x.attachments, x.props, x.client_id, x.created_at, x.edited_at, x.deleted_at,
  x.pinned_at, x.reply_count, x.last_reply_at`;

export async function messageById(
  db: Queryable,
  organizationId: string,
  id: string,
  forUpdate = false,
): Promise<MessageRow | undefined> {
  return await db.maybe<MessageRow>(sql`
    select ${MESSAGE_COLUMNS} from messages x where x.id = ${id} and x.organization_id = ${organizationId}
    ${forUpdate ? sql`for update` : sql``}`);
}

export interface Readable {
  row: MessageRow;
  access: Access;
}

/**
 * A message that the actor may read, with the rights in its channel.
 * @param forUpdate keeps others from changing it until the transaction ends
 * @throws AppError `not_found`
 */
export async function readableMessage(
  db: Queryable,
  actor: Actor,
  id: string,
  now: Date,
  forUpdate = false,
): Promise<Readable> {
  authorize(actor, "chat.read");
  const row = await messageById(db, actor.organizationId, id, forUpdate);
  if (!row) throw notFound("message");
  const [found] = await accessRows(
    db,
    [{ organizationId: actor.organizationId, channelId: row.channel_id, userId: actor.userId }],
    now,
  );
  const access = found && accessOf(actor, found);
  if (!access?.rights.has("read") || row.seq <= access.member!.visible_after_seq) throw notFound("message");
  return { row, access };
}

/** The same for something that is about to be changed. @throws AppError `not_found` also for deleted messages */
export async function changeableMessage(db: Queryable, actor: Actor, id: string, now: Date): Promise<Readable> {
  authorize(actor, "chat.send");
  const found = await readableMessage(db, actor, id, now, true);
  if (found.row.deleted_at) throw notFound("message");
  return found;
}

export interface MessageRange {
  organizationId: string;
  channelId: string;
  /** Messages up to this position are not shown. */
  visibleAfter: number;
  /** Exclusive bounds. */
  before?: number;
  after?: number;
  /** false: without replies in threads. */
  replies: boolean;
  /** true: newest first. */
  descending: boolean;
  limit: number;
}

/** A stretch of a channel in its order. */
export async function messageRange(db: Queryable, range: MessageRange): Promise<MessageRow[]> {
  const lower = Math.max(range.visibleAfter, range.after ?? 0);
  const conditions = [
    sql`x.channel_id = ${range.channelId}`,
    sql`x.organization_id = ${range.organizationId}`,
    sql`x.seq > ${lower}`,
  ];
  if (range.before !== undefined) conditions.push(sql`x.seq < ${range.before}`);
  if (!range.replies) conditions.push(sql`x.root_id is null`);
  return await db.rows<MessageRow>(sql`
    select ${MESSAGE_COLUMNS} from messages x where ${joinSql(conditions, " and ")}
    order by x.seq ${range.descending ? sql`desc` : sql``} limit ${range.limit}`);
}

/** Position of the first message at or after a time; undefined when there is none. */
export async function seqAt(
  db: Queryable,
  organizationId: string,
  channelId: string,
  at: Date,
): Promise<number | undefined> {
  const row = await db.maybe<{ seq: number }>(sql`
    select seq from messages where channel_id = ${channelId} and organization_id = ${organizationId}
      and created_at >= ${at} order by created_at, seq limit 1`);
  return row?.seq;
}

/** @throws AppError as `requireRight`, after the message itself was found. */
export async function messageWith(
  db: Queryable,
  actor: Actor,
  id: string,
  right: Parameters<typeof requireRight>[1],
  now: Date,
): Promise<Readable> {
  const found = await changeableMessage(db, actor, id, now);
  requireRight(found.access, right);
  return found;
}
