// Prepares a group of messages that people and programs want to send: who they are, whether they may, whom they name and
// what they attach. A fixed number of statements, whatever the number of messages. The rights are read in the same
// transaction that writes, so a right that was taken away does not write any more. A message that may not be sent fails
// alone, with its own error.
import { type Actor, isGuest } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { sql, type Tx } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import {
  type Attachment,
  CONFIRM_MENTIONS_FROM,
  type Mention,
  type Message,
  type SendInput,
} from "../../../protocol/chat/chat.ts";
import { mentionedIds } from "../../../protocol/chat/mentions.ts";
import { findUploads, type MediaRow } from "../../media/mod.ts";
import { type Access, accessOf, isOpen, requireRight } from "../channels/access.ts";
import { accessRows } from "../channels/store.ts";
import type { checkContent } from "../filter/filter.ts";
import { notYourUpload } from "./files.ts";
import { type GroupMention, groupsNamed } from "./group_mentions.ts";
import type { MentionWords } from "./mentions.ts";
import { MESSAGE_COLUMNS } from "./store.ts";
import { finishWithMessages, insertMessages, isPlain, type PendingMessage, threadOf } from "./write.ts";
import { authorOf, type MessageRow, type PersonRow, toMessages } from "./views.ts";

export interface SendItem {
  id: string;
  actor: Actor;
  channelId: string;
  input: SendInput;
  /** Shown instead of the person's name: webhooks. */
  senderName: string | null;
  /** Written by a program. */
  bot: boolean;
  words: MentionWords;
  verdict: Awaited<ReturnType<typeof checkContent>>;
  createdAt: Date;
  /** How many of the organisation are connected now, for `@here`. */
  online: number;
}

/** Everything the items need, looked up once. */
interface Known {
  /** By the place of the item; undefined where there is no such channel. */
  access: (Access | undefined)[];
  people: Map<string, PersonRow>;
  /** `channel user client_id` → the message that was sent with it. */
  sent: Map<string, MessageRow>;
  targets: Map<string, MessageRow>;
  /** `channel name` → the member of that name. */
  named: Map<string, { id: string; username: string }>;
  /** `channel handle` → the group, with those of it who are there. */
  groups: Map<string, GroupMention>;
  /** By item. */
  media: Map<SendItem, MediaRow[]>;
}

const clientKey = (channelId: string, userId: string | null, clientId: string) => `${channelId} ${userId} ${clientId}`;

/** @returns for each item its message (the earlier one for a repeated `client_id`) or its error */
export async function writeSends(tx: Tx, items: readonly SendItem[], now: Date): Promise<(Message | Error)[]> {
  const known = await lookUp(tx, items, now);
  const results: (Message | Error)[] = new Array(items.length);
  const pending: PendingMessage[] = [], indexes: number[] = [];
  const repeated: { index: number; row: MessageRow }[] = [];
  const duplicates: { index: number; of: number }[] = [];
  const inGroup = new Map<string, number>();
  items.forEach((item, i) => {
    try {
      const access = known.access[i];
      if (!access) throw notFound("channel");
      const key = item.input.client_id ? clientKey(item.channelId, item.actor.userId, item.input.client_id) : undefined;
      mayWrite(item, access);
      const earlier = key && known.sent.get(key);
      if (earlier) return void repeated.push({ index: i, row: earlier });
      const first = key === undefined ? undefined : inGroup.get(key);
      if (first !== undefined) return void duplicates.push({ index: i, of: first });
      pending.push(pendingOf(item, access, known));
      indexes.push(i);
      if (key) inGroup.set(key, i);
    } catch (error) {
      results[i] = error as Error;
    }
  });
  // Read before: the write may end the transaction.
  for (const { index, row } of repeated) {
    results[index] = (await toMessages(tx, row.organization_id, [row]))[0]!;
  }
  const flagged = indexes.filter((i) => items[i]!.verdict.verdict === "flag");
  const written = pending.length && pending.every(isPlain) && flagged.length === 0
    ? await finishWithMessages(tx, pending)
    : await insertMessages(tx, pending);
  written.forEach(({ message }, n) => results[indexes[n]!] = message);
  for (const i of flagged) emitFlagged(tx, items[i]!, results[i] as Message);
  for (const { index, of } of duplicates) results[index] = results[of]!;
  return results;
}

function emitFlagged(tx: Tx, { actor, verdict }: SendItem, message: Message): void {
  if (verdict.verdict !== "flag") return;
  tx.emit({
    organizationId: actor.organizationId,
    channel: channels.moderation(),
    type: "message_flagged",
    data: {
      message_id: message.id,
      channel_id: message.channel_id,
      user_id: actor.userId,
      rule: verdict.rule,
      reason: verdict.reason,
    },
  });
}

async function lookUp(tx: Tx, items: readonly SendItem[], now: Date): Promise<Known> {
  const withClientId = items.filter((item) => item.input.client_id);
  const targetIds = items.map((item) => item.input.reply_to_id).filter((id) => typeof id === "string");
  const names = items.flatMap((item) => item.words.names.map((name) => ({ channelId: item.channelId, name })));
  const withFiles = items.filter((item) => item.input.attachments.length > 0 && item.actor.userId);
  // Sent without waiting in between.
  const [rows, sent, targets, named, groups, media] = await Promise.all([
    accessRows(
      tx,
      items.map(({ actor, channelId }) => ({
        organizationId: actor.organizationId,
        channelId,
        userId: actor.userId,
      })),
      now,
    ),
    withClientId.length === 0 ? [] : tx.rows<MessageRow>(sql`
      select ${MESSAGE_COLUMNS} from messages x
      where (x.channel_id, x.user_id, x.client_id) in (select * from unnest(
        ${withClientId.map((item) => item.channelId)}::uuid[], ${withClientId.map((item) => item.actor.userId)}::uuid[],
        ${withClientId.map((item) => item.input.client_id)}::text[])) and x.client_id is not null`),
    targetIds.length === 0 ? [] : tx.rows<MessageRow & { root_author: string | null }>(sql`
      select ${MESSAGE_COLUMNS} from messages x where x.id = any(${targetIds}::uuid[])
      union
      select ${MESSAGE_COLUMNS} from messages x
      where x.id in (select root_id from messages where id = any(${targetIds}::uuid[]))`),
    names.length === 0 ? [] : tx.rows<{ channel_id: string; name: string; id: string; username: string }>(sql`
      select n.channel_id, n.name, u.id, u.username
      from (select distinct * from unnest(${names.map((n) => n.channelId)}::uuid[], ${names.map((n) => n.name)}::text[])
        as d (channel_id, name)) n
      join users u on lower(u.username) = n.name and u.is_active
      join channel_members m on m.channel_id = n.channel_id and m.user_id = u.id`),
    groupsNamed(tx, names),
    Promise.all(withFiles.map(async (item): Promise<[SendItem, MediaRow[]]> => [
      item,
      await findUploads(tx, item.actor.organizationId, item.actor.userId!, item.input.attachments),
    ])),
  ]);
  return {
    access: rows.map((row, i) => row && accessOf(items[i]!.actor, row)),
    people: new Map(rows.flatMap((row) => row?.person ? [[row.person.id, row.person]] : [])),
    sent: new Map(sent.map((row) => [clientKey(row.channel_id, row.user_id, row.client_id!), row])),
    targets: new Map(targets.map((row) => [row.id, row])),
    named: new Map(named.map((row) => [`${row.channel_id} ${row.name}`, { id: row.id, username: row.username }])),
    groups,
    media: new Map(media),
  };
}

/** @throws AppError */
function mayWrite(item: SendItem, access: Access): void {
  if (!isOpen(item.actor, access) && !access.rights.has("read") && !access.banned) throw notFound("channel");
  requireRight(access, "post");
  if (item.input.attachments.length) requireRight(access, "upload");
}

/** @throws AppError */
function pendingOf(item: SendItem, access: Access, known: Known): PendingMessage {
  const { actor, input } = item;
  const media = known.media.get(item) ?? [];
  const missing = input.attachments.findIndex((id) => !media.some((row) => row.id === id));
  if (missing >= 0) throw notYourUpload(missing);
  const props = { ...(item.bot ? { bot: true } : {}), ...(input.cards?.length ? { cards: input.cards } : {}) };
  const person = known.people.get(actor.userId ?? "");
  return {
    id: item.id,
    organizationId: actor.organizationId,
    channelId: item.channelId,
    direct: access.channel.type === "direct",
    userId: actor.userId,
    senderName: item.senderName,
    author: authorOf({ user_id: actor.userId, sender_name: item.senderName, props }, person),
    replyTo: replyOf(item, access, known.targets),
    messageType: media.length === 0 ? "text" : media.every((row) => row.kind === "image") ? "image" : "file",
    content: input.content,
    mentions: mentionsOf(item, access, known),
    attachments: media.map(toAttachment),
    props,
    clientId: input.client_id ?? null,
    createdAt: item.createdAt,
  };
}

function replyOf(item: SendItem, access: Access, targets: Map<string, MessageRow>): PendingMessage["replyTo"] {
  const id = item.input.reply_to_id;
  if (!id) return null;
  const target = targets.get(id);
  const readable = target && target.channel_id === item.channelId && target.seq > access.member!.visible_after_seq;
  if (!readable || target.message_type === "system") {
    throw new AppError("validation_failed", "The message to answer is not in this channel.", {
      errors: [{ path: "reply_to_id", message: "no such message in this channel" }],
    });
  }
  const rootId = target.root_id ?? target.id;
  return { id, ...threadOf(rootId, targets.get(rootId)) };
}

function mentionsOf(item: SendItem, access: Access, { named, groups }: Known): Mention[] {
  const { words } = item;
  const found = new Map<string, Mention>();
  for (const name of words.names) {
    const key = `${item.channelId} ${name}`;
    const person = named.get(key), group = isGuest(item.actor) ? undefined : groups.get(key);
    if (person) found.set(person.id, { type: "user", ...person });
    else if (group) found.set(group.id, group);
  }
  const mentions = [...found.values()];
  const others = access.channel.member_count - 1;
  if (words.channel || words.here) {
    requireRight(access, "mention_all");
    confirm(item, words.channel ? others : Math.min(others, item.online));
    return [...mentions, { type: words.channel ? "channel" : "here" }];
  }
  const inGroups = mentionedIds(mentions.filter((mention) => mention.type === "group")).length;
  // So many are everybody by another name.
  if (inGroups >= CONFIRM_MENTIONS_FROM) requireRight(access, "mention_all");
  confirm(item, inGroups);
  return mentions;
}

/** @throws AppError `confirmation_required` when many would be notified and nobody has said that this is meant */
function confirm(item: SendItem, reached: number): void {
  if (reached < CONFIRM_MENTIONS_FROM || item.input.confirm_mentions) return;
  throw new AppError(
    "confirmation_required",
    `This would notify ${reached} people. Send it with confirm_mentions: true if that is meant.`,
  );
}

function toAttachment(row: MediaRow): Attachment {
  const url = `/api/v1/media/${row.id}`;
  return {
    id: row.id,
    filename: row.filename,
    mime_type: row.mime_type,
    size: row.size,
    url,
    thumbnail_url: row.kind === "image" ? `${url}?size=thumb` : null,
    width: row.width,
    height: row.height,
  };
}
