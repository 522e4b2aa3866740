// Adds messages to channels, in the caller's transaction: positions, rows, thread and read state, and the durable event
// that everybody in the channel gets. Whoever calls this has checked what may be written. Invariants:
//  - positions are taken under the channels' row locks, in the order of channel ids: no gaps, no deadlocks, and a
//    message with a higher position was committed later;
//  - however many messages there are, each step is one statement.
import { eventBody } from "../../../db/emit.ts";
import { hot, json, type NewEvent, sql, type Tx } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { ChatUser, Mention, Message } from "../../../protocol/chat/chat.ts";
import { callsEverybody, mentionedIds } from "../../../protocol/chat/mentions.ts";
import { messageText } from "../../../protocol/chat/card_text.ts";
import type { ChannelEvents } from "../../../protocol/pushes/chat.ts";
import { hasLink } from "./mentions.ts";
import { isCounted, type MessageProps, type MessageRow, toMessage } from "./views.ts";

/** A message that may be written; positions are not known yet. */
export interface PendingMessage {
  id: string;
  organizationId: string;
  channelId: string;
  /** A direct channel: who had closed it sees it again. */
  direct: boolean;
  userId: string | null;
  senderName: string | null;
  author: ChatUser;
  /** The message answered, with its thread, whose first message has an author and names people. */
  replyTo: { id: string; rootId: string; rootAuthor: string | null; rootNamed: readonly string[] } | null;
  messageType: Message["message_type"];
  content: string;
  mentions: Message["mentions"];
  attachments: Message["attachments"];
  props: MessageProps;
  clientId: string | null;
  createdAt: Date;
}

/** The thread of a reply, by its first message. */
export function threadOf(
  rootId: string,
  root: MessageRow | undefined,
): Omit<NonNullable<PendingMessage["replyTo"]>, "id"> {
  return {
    rootId,
    rootAuthor: root?.user_id ?? null,
    rootNamed: root && !root.deleted_at ? mentionedIds(root.mentions) : [],
  };
}

export interface Written {
  row: MessageRow;
  message: Message;
}

/** @returns the messages in the order of the pending ones; their events are pushed after COMMIT */
export async function insertMessages(tx: Tx, pending: readonly PendingMessage[]): Promise<Written[]> {
  if (pending.length === 0) return [];
  const rows = await insertRows(tx, pending);
  // Sent without waiting in between; most messages need none of these.
  const [threads] = await Promise.all([
    countReplies(tx, pending, rows),
    ...attachmentRows(tx, rows),
    ...mentionRows(tx, rows),
    ...followRows(tx, pending, rows),
    ...reopen(tx, pending),
  ]);
  return rows.map((row, i) => {
    const root = row.root_id ? threads.get(row.root_id)?.shift() : undefined;
    const { message, event } = announce(row, pending[i]!, root);
    tx.emit(event);
    return { row, message };
  });
}

/** True when nothing but the message itself is to be written. */
export const isPlain = (message: PendingMessage) =>
  !message.direct && !message.replyTo && message.mentions.length === 0 && message.attachments.length === 0;

const SEQ = '"seq":0';

/**
 * Adds plain messages and ends the transaction: one statement takes the positions, writes the rows and the events, and
 * COMMIT follows without waiting for its answer. A channel in which several instances write is locked for half as long.
 */
export async function finishWithMessages(tx: Tx, pending: readonly PendingMessage[]): Promise<Written[]> {
  const rows = pending.map(newRow);
  const events = rows.map((row, ord) => {
    const { event } = announce(row, pending[ord]!, undefined);
    const body = eventBody(event);
    // Only ids stand before the position.
    const end = body.indexOf(SEQ) + SEQ.length;
    return {
      ord,
      organization_id: row.organization_id,
      channel: event.channel,
      type: event.type,
      before: body.slice(0, end - 1),
      after: body.slice(end),
    };
  });
  const placed = await tx.finish<Place>(sql`
    placed as materialized (select ord, seq, root_no from chat_insert_messages(${json(insertItems(rows))})),
    late as materialized (
      select p.*, e.organization_id, e.channel, e.type, e.before || p.seq || e.after as body
      from placed p
      join jsonb_to_recordset(${
    json(events)
  }) as e (ord int, organization_id uuid, channel text, type text, before text,
        after text) using (ord)
    )`);
  for (const { ord, seq, root_no } of placed) Object.assign(rows[ord]!, { seq, root_no });
  return rows.map((row, i) => ({ row, message: toMessage(row, pending[i]!.author, []) }));
}

type ChatMessageEvent = NewEvent<ReturnType<typeof channels.chat>, "chat_message">;

/** The message as everybody in the channel gets it. */
function announce(
  row: MessageRow,
  { author }: PendingMessage,
  root: ThreadRoot | undefined,
): { message: Message; event: ChatMessageEvent } {
  const message = toMessage(row, author, []);
  const data: ChannelEvents["chat_message"] = { message, ...(root ? { root } : {}) };
  const channel = channels.chat(row.channel_id);
  return { message, event: { organizationId: row.organization_id, channel, type: "chat_message", data } };
}

/** Takes positions, writes the rows, and moves what their authors have read (0035_own_messages_read.sql). */
async function insertRows(tx: Tx, pending: readonly PendingMessage[]): Promise<MessageRow[]> {
  const rows = pending.map(newRow);
  const placed = await tx.rows<Place>(hot(sql`
    select ord, seq, root_no from chat_insert_messages(${json(insertItems(rows))})`));
  for (const { ord, seq, root_no } of placed) Object.assign(rows[ord]!, { seq, root_no });
  return rows;
}

interface Place {
  ord: number;
  seq: number;
  root_no: number;
}

/** The row of a new message, which has no position yet. */
function newRow(message: PendingMessage): MessageRow {
  return {
    id: message.id,
    organization_id: message.organizationId,
    channel_id: message.channelId,
    seq: 0,
    root_no: 0,
    user_id: message.userId,
    sender_name: message.senderName,
    root_id: message.replyTo?.rootId ?? null,
    reply_to_id: message.replyTo?.id ?? null,
    message_type: message.messageType,
    content: message.content,
    mentions: message.mentions,
    attachments: message.attachments,
    props: message.props,
    client_id: message.clientId,
    created_at: message.createdAt,
    edited_at: null,
    deleted_at: null,
    pinned_at: null,
    reply_count: 0,
    last_reply_at: null,
  };
}

/** What `chat_insert_messages` takes. */
const insertItems = (rows: readonly MessageRow[]) =>
  rows.map(({ seq: _, root_no: __, ...row }, ord) => ({
    ...row,
    ord,
    counts: isCounted(row) ? 1 : 0,
    has_file: row.attachments.length > 0,
    has_link: row.message_type !== "system" && hasLinks(row.content, row.props.cards),
  }));

/** In the text or behind anything of the cards. */
export const hasLinks = (content: string, cards: MessageProps["cards"]): boolean =>
  hasLink(messageText({ content, cards })) ||
  (cards ?? []).some((card) => card.title_url || card.author?.url || card.actions?.some((action) => action.url));

function attachmentRows(tx: Tx, rows: readonly MessageRow[]): Promise<number>[] {
  const values = rows.flatMap((row) =>
    row.attachments.map(({ id }, position) => ({
      message_id: row.id,
      media_id: id,
      position,
      organization_id: row.organization_id,
      channel_id: row.channel_id,
    }))
  );
  if (values.length === 0) return [];
  return [tx.run(sql`
    insert into message_attachments (message_id, media_id, position, organization_id, channel_id)
    select * from jsonb_to_recordset(${json(values)}) as n
      (message_id uuid, media_id uuid, position smallint, organization_id uuid, channel_id uuid)
    on conflict do nothing`)];
}

/** Who is meant, as `message_mentions` has it: ids, or null alone for everybody. */
export function mentionTargets(mentions: readonly Mention[]): (string | null)[] {
  return mentions.some(callsEverybody) ? [null] : mentionedIds(mentions);
}

export function mentionRows(
  tx: Tx,
  rows: readonly Pick<
    MessageRow,
    "id" | "channel_id" | "seq" | "organization_id" | "root_id" | "user_id" | "mentions"
  >[],
): Promise<number>[] {
  const values = rows.flatMap((row) =>
    mentionTargets(row.mentions).map((user_id) => ({
      channel_id: row.channel_id,
      seq: row.seq,
      message_id: row.id,
      organization_id: row.organization_id,
      root_id: row.root_id,
      user_id,
      sender_id: row.user_id,
    }))
  );
  if (values.length === 0) return [];
  return [tx.run(sql`
    insert into message_mentions (channel_id, seq, message_id, organization_id, root_id, user_id, sender_id)
    select * from jsonb_to_recordset(${json(values)}) as n (channel_id uuid, seq bigint, message_id uuid,
      organization_id uuid, root_id uuid, user_id uuid, sender_id uuid)`)];
}

type ThreadRoot = NonNullable<ChannelEvents["chat_message"]["root"]>;

/** Counts replies at the first message. Answers, by thread, how that message is after each of the replies in turn. */
async function countReplies(
  tx: Tx,
  pending: readonly PendingMessage[],
  rows: readonly MessageRow[],
): Promise<Map<string, ThreadRoot[]>> {
  const roots = new Map<string, { id: string; count: number; at: Date }>();
  rows.forEach((row, i) => {
    const to = pending[i]!.replyTo;
    if (!to) return;
    const root = roots.get(to.rootId) ?? { id: to.rootId, count: 0, at: row.created_at };
    root.count++;
    if (row.created_at > root.at) root.at = row.created_at;
    roots.set(to.rootId, root);
  });
  if (roots.size === 0) return new Map();
  const updated = await tx.rows<{ id: string; reply_count: number; last_reply_at: Date }>(sql`
    update messages x set reply_count = x.reply_count + n.count, last_reply_at = greatest(x.last_reply_at, n.at)
    from jsonb_to_recordset(${json([...roots.values()])}) as n (id uuid, count int, at timestamptz)
    where x.id = n.id returning x.id, x.reply_count, x.last_reply_at`);
  return new Map(updated.map(({ id, reply_count, last_reply_at }) => {
    const { count } = roots.get(id)!;
    return [
      id,
      Array.from({ length: count }, (_, i) => ({
        id,
        reply_count: reply_count - count + i + 1,
        last_reply_at: last_reply_at.toISOString(),
      })),
    ];
  }));
}

/** Somebody who follows a thread from now on. */
export interface Follower {
  root_id: string;
  user_id: string;
  organization_id: string;
  channel_id: string;
  read_seq: number;
  updated_at: Date;
}

/** Who began a thread, who answers in it and who is named there, also in its first message, follows it. */
function followRows(tx: Tx, pending: readonly PendingMessage[], rows: readonly MessageRow[]): Promise<number>[] {
  const followers = new Map<string, Follower>();
  const follow = (row: MessageRow, rootId: string, userId: string | null, readSeq: number) => {
    if (!userId) return;
    const key = `${rootId} ${userId}`;
    const known = followers.get(key);
    if (known) known.read_seq = Math.max(known.read_seq, readSeq);
    else {
      followers.set(key, {
        root_id: rootId,
        user_id: userId,
        organization_id: row.organization_id,
        channel_id: row.channel_id,
        read_seq: readSeq,
        updated_at: row.created_at,
      });
    }
  };
  rows.forEach((row, i) => {
    const to = pending[i]!.replyTo;
    if (!to) return;
    follow(row, to.rootId, row.user_id, row.seq);
    follow(row, to.rootId, to.rootAuthor, 0);
    for (const id of [...to.rootNamed, ...mentionedIds(row.mentions)]) follow(row, to.rootId, id, 0);
  });
  return followThreads(tx, [...followers.values()]);
}

/** Members of the channel only; whoever stopped following a thread stays out of it. One for each person and thread. */
export function followThreads(tx: Tx, followers: readonly Follower[]): Promise<number>[] {
  if (followers.length === 0) return [];
  const key = (f: Follower) => `${f.root_id} ${f.user_id}`;
  const sorted = [...followers].sort((a, b) => key(a) < key(b) ? -1 : 1);
  return [tx.run(sql`
    insert into thread_members as t (root_id, user_id, organization_id, channel_id, read_seq, updated_at)
    select n.root_id, n.user_id, n.organization_id, n.channel_id, n.read_seq, n.updated_at
    from jsonb_to_recordset(${json(sorted)}) as n (root_id uuid, user_id uuid, organization_id uuid, channel_id uuid,
      read_seq bigint, updated_at timestamptz)
    join channel_members m on m.channel_id = n.channel_id and m.user_id = n.user_id
    on conflict (root_id, user_id) do update
      set read_seq = greatest(t.read_seq, excluded.read_seq), following = coalesce(t.following, true),
        updated_at = excluded.updated_at`)];
}

function reopen(tx: Tx, pending: readonly PendingMessage[]): Promise<number>[] {
  const ids = [...new Set(pending.filter((message) => message.direct).map((message) => message.channelId))];
  if (ids.length === 0) return [];
  return [tx.run(sql`update channel_members set hidden = false where channel_id = any(${ids}::uuid[]) and hidden`)];
}
