// From rows to what goes over the wire. Pure, apart from `chatUsers` and `toMessages`, which look up what a page needs
// in a fixed number of statements.
import { DELETED_USERNAME } from "../../../protocol/accounts/deleted_user.ts";
import type { Queryable } from "../../../db/sql.ts";
import type { Card } from "../../../protocol/chat/cards.ts";
import { sql } from "../../../db/sql.ts";
import type {
  Attachment,
  Channel,
  ChannelInfo,
  ChatUser,
  LinkPreview,
  Mention,
  Message,
  Reaction,
  SystemEvent,
} from "../../../protocol/chat/chat.ts";
import { CHANNEL_RIGHTS } from "../../../protocol/chat/chat.ts";
import type { Access } from "../channels/access.ts";
import type { ChannelRow } from "../channels/store.ts";

/** A row of `messages` (MESSAGE_COLUMNS of store.ts). */
export interface MessageRow {
  id: string;
  organization_id: string;
  channel_id: string;
  seq: number;
  root_no: number;
  user_id: string | null;
  sender_name: string | null;
  root_id: string | null;
  reply_to_id: string | null;
  message_type: Message["message_type"];
  content: string;
  mentions: Mention[];
  attachments: Attachment[];
  props: MessageProps;
  client_id: string | null;
  created_at: Date;
  edited_at: Date | null;
  deleted_at: Date | null;
  pinned_at: Date | null;
  reply_count: number;
  last_reply_at: Date | null;
}

/** Whether it is an unread message of its channel: replies in threads and the server's words are not. */
export const isCounted = (row: Pick<MessageRow, "root_id" | "message_type">): boolean =>
  row.root_id === null && row.message_type !== "system";

export interface MessageProps {
  /** Written by a program: an API token or a webhook. */
  bot?: boolean;
  system?: SystemEvent;
  previews?: LinkPreview[];
  cards?: Card[];
  /** The incoming webhook that posted it: where clicks on its cards go. */
  hook?: string;
}

export interface PersonRow {
  id: string;
  username: string;
  display_name: string;
  avatar_url: string | null;
}

export const SERVER_NAME = "Pulpo";

/** How a message names its author; `person` is undefined for the server, webhooks and accounts that are gone. */
export function authorOf(
  row: Pick<MessageRow, "user_id" | "sender_name" | "props">,
  person: PersonRow | undefined,
): ChatUser {
  const isBot = row.props.bot === true;
  const name = row.sender_name ?? (row.user_id ? DELETED_USERNAME : SERVER_NAME);
  if (!person) return { id: null, username: name, display_name: name, avatar_url: null, is_bot: isBot };
  const user = toChatUser(person, isBot);
  return row.sender_name && isBot ? { ...user, display_name: row.sender_name } : user;
}

export function toChatUser(person: PersonRow, isBot = false): ChatUser {
  return {
    id: person.id,
    username: person.username,
    display_name: person.display_name || person.username,
    avatar_url: person.avatar_url,
    is_bot: isBot,
  };
}

export function toMessage(row: MessageRow, user: ChatUser, reactions: Reaction[]): Message {
  const gone = row.deleted_at !== null;
  return {
    id: row.id,
    channel_id: row.channel_id,
    seq: row.seq,
    user,
    content: gone ? "" : row.content,
    message_type: row.message_type,
    reply_to_id: row.reply_to_id,
    root_id: row.root_id,
    reply_count: row.reply_count,
    last_reply_at: row.last_reply_at?.toISOString() ?? null,
    attachments: gone ? [] : row.attachments,
    cards: gone ? [] : row.props.cards ?? [],
    reactions: gone ? [] : reactions,
    mentions: gone ? [] : row.mentions,
    previews: gone ? [] : row.props.previews ?? [],
    system: row.props.system ?? null,
    is_pinned: !gone && row.pinned_at !== null,
    created_at: row.created_at.toISOString(),
    edited_at: gone ? null : row.edited_at?.toISOString() ?? null,
    is_deleted: gone,
    client_id: row.client_id,
  };
}

/** People of the organisation by id; unknown ids are left out. */
export async function chatUsers(
  db: Queryable,
  organizationId: string,
  ids: Iterable<string | null>,
): Promise<Map<string, PersonRow>> {
  const wanted = [...new Set(ids)].filter((id) => id !== null);
  if (wanted.length === 0) return new Map();
  const rows = await db.rows<PersonRow>(sql`
    select id, username, display_name, avatar_url from users
    where id = any(${wanted}::uuid[]) and organization_id = ${organizationId}`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** The first people of each reaction that are named. */
const MAX_REACTION_USERS = 50;

/** Reactions of several messages, by message id, each in the order in which the emoji came. */
export async function reactionsOf(
  db: Queryable,
  organizationId: string,
  messageIds: readonly string[],
): Promise<Map<string, Reaction[]>> {
  if (messageIds.length === 0) return new Map();
  const rows = await db.rows<{ message_id: string; emoji: string; count: number; user_ids: string[] }>(sql`
    select message_id, emoji, count(*)::int as count,
      (array_agg(user_id order by created_at, user_id))[1:${MAX_REACTION_USERS}::int] as user_ids
    from message_reactions
    where message_id = any(${messageIds}::uuid[]) and organization_id = ${organizationId}
    group by message_id, emoji order by message_id, min(created_at), emoji`);
  const out = new Map<string, Reaction[]>();
  for (const { message_id, ...reaction } of rows) {
    const list = out.get(message_id);
    if (list) list.push(reaction);
    else out.set(message_id, [reaction]);
  }
  return out;
}

/** The people whom a message names beside its author. */
function namedIn({ mentions, props }: MessageRow): string[] {
  const { user, actor } = props.system ?? {};
  const ids = mentions.flatMap((mention) => mention.type === "user" ? [mention.id] : []);
  return [...ids, user?.id, actor?.id].filter((id) => id !== undefined);
}

/** `@ana` becomes `@deleted-user`, which the console says in the reader's language. */
function withoutName(content: string, username: string): string {
  const name = username.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&");
  return content.replace(new RegExp(`(?<![a-z0-9@.])@${name}(?![a-z0-9_-]|\\.[a-z0-9])`, "gi"), `@${DELETED_USERNAME}`);
}

/** Names that stand in a row stay there; those whose accounts are gone are not shown. */
function forgetting(row: MessageRow, people: ReadonlyMap<string, PersonRow>): MessageRow {
  if (namedIn(row).every((id) => people.has(id))) return row;
  const shown = <T extends { id: string; username: string }>(one: T): T =>
    people.has(one.id) ? one : { ...one, username: DELETED_USERNAME };
  const { system } = row.props;
  const gone = row.mentions.flatMap((one) => one.type === "user" && !people.has(one.id) ? [one.username] : []);
  return {
    ...row,
    content: gone.reduce(withoutName, row.content),
    mentions: row.mentions.map((mention) => mention.type === "user" ? shown(mention) : mention),
    props: system
      ? {
        ...row.props,
        system: {
          ...system,
          ...(system.user ? { user: shown(system.user) } : {}),
          ...(system.actor ? { actor: shown(system.actor) } : {}),
        },
      }
      : row.props,
  };
}

/** Rows as messages, in the same order: two statements, whatever their number. */
export async function toMessages(
  db: Queryable,
  organizationId: string,
  rows: readonly MessageRow[],
): Promise<Message[]> {
  if (rows.length === 0) return [];
  const [people, reactions] = await Promise.all([
    chatUsers(db, organizationId, rows.flatMap((row) => [row.user_id, ...namedIn(row)])),
    reactionsOf(db, organizationId, rows.filter((row) => row.message_type !== "system").map((row) => row.id)),
  ]);
  return rows.map((row) =>
    toMessage(forgetting(row, people), authorOf(row, people.get(row.user_id ?? "")), reactions.get(row.id) ?? [])
  );
}

export function toChannelInfo(row: ChannelRow): ChannelInfo {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    topic: row.topic,
    type: row.type,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    is_archived: row.archived_at !== null,
    history: row.history,
    policy: row.policy,
    is_default: row.is_default,
    auto_archive_days: row.auto_archive_days,
    member_count: row.member_count,
  };
}

/** What has to be counted or looked up for a channel in a list. */
export interface ChannelExtras {
  unread_count: number;
  mention_count: number;
  thread_unread_count: number;
  last_message: Message | null;
  members: ChatUser[];
}

/** Nobody needs to know how much exactly is unread above this. */
export const MAX_UNREAD = 9999;

export function toChannel(access: Access, extras: ChannelExtras): Channel {
  const { channel, member, role, rights } = access;
  return {
    ...toChannelInfo(channel),
    role,
    rights: CHANNEL_RIGHTS.filter((right) => rights.has(right)),
    unread_count: extras.unread_count,
    mention_count: extras.mention_count,
    thread_unread_count: extras.thread_unread_count,
    read_seq: member?.read_seq ?? 0,
    favorite: member?.favorite ?? false,
    muted_until: member?.muted_until?.toISOString() ?? null,
    notify: member?.notify ?? "default",
    hidden: member?.hidden ?? false,
    is_member: member !== null,
    members: extras.members,
    last_message: extras.last_message,
    last_message_at: channel.last_message_at?.toISOString() ?? null,
  };
}
