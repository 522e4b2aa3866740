// Who might have to hear of new messages. Ordinary messages look only at those who are named, follow the thread, have
// keywords or want everything: what a message costs does not grow with its channel. Only @channel and @here walk over
// all members, in pages.
import { joinSql, type Queryable, type Sql, sql } from "../../../db/sql.ts";
import type { ChannelType, Message, NotifyLevel } from "../../../protocol/chat/chat.ts";
import { mentionedIds } from "../../../protocol/chat/mentions.ts";
import type { ChatPreferences } from "../../../protocol/notifications/push.ts";
import { readChatPreferences } from "../../notifications/mod.ts";
import type { Listener } from "./rules.ts";

const PAGE = 1000;

export interface NotifyChannel {
  id: string;
  type: ChannelType;
  name: string | null;
}

export async function notifyChannels(
  db: Queryable,
  organizationId: string,
  ids: Iterable<string>,
): Promise<Map<string, NotifyChannel>> {
  const rows = await db.rows<NotifyChannel>(sql`
    select id, type, name from channels
    where id = any(${[...new Set(ids)]}::uuid[]) and organization_id = ${organizationId}`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Followers of threads, by the id of the first message. */
export async function threadFollowers(
  db: Queryable,
  organizationId: string,
  rootIds: Iterable<string>,
): Promise<Map<string, Set<string>>> {
  const ids = [...new Set(rootIds)];
  if (ids.length === 0) return new Map();
  const rows = await db.rows<{ root_id: string; user_ids: string[] }>(sql`
    select root_id, array_agg(user_id) as user_ids from thread_members
    where root_id = any(${ids}::uuid[]) and organization_id = ${organizationId} and following group by root_id`);
  return new Map(rows.map((row) => [row.root_id, new Set(row.user_ids)]));
}

/** Members who may have to hear of any message of these channels: all of direct ones, elsewhere who wants more. */
async function attentive(
  db: Queryable,
  organizationId: string,
  channels: readonly NotifyChannel[],
): Promise<{ channel_id: string; user_id: string }[]> {
  const of = (direct: boolean) => channels.filter((c) => (c.type === "direct") === direct).map((c) => c.id);
  const direct = of(true), others = of(false);
  const parts: Sql[] = [];
  if (direct.length) {
    parts.push(sql`
      select channel_id, user_id from channel_members
      where channel_id = any(${direct}::uuid[]) and organization_id = ${organizationId}`);
  }
  if (others.length) {
    parts.push(
      sql`select channel_id, user_id from channel_members
        where channel_id = any(${others}::uuid[]) and organization_id = ${organizationId} and notify = 'all'`,
      sql`select m.channel_id, m.user_id from chat_preferences p
        join channel_members m on m.user_id = p.user_id and m.channel_id = any(${others}::uuid[])
        where p.organization_id = ${organizationId} and p.listens`,
    );
  }
  return parts.length ? await db.rows(sql`${joinSql(parts, " union ")}`) : [];
}

interface ListenerRow {
  channel_id: string;
  user_id: string;
  visible_after_seq: number;
  joined_at: Date;
  muted_until: Date | null;
  notify: NotifyLevel;
  locale: string;
  value: Partial<ChatPreferences> | null;
}

/** Members `m` with their account `u`: active, not banned, not kept from reading. */
const listeners = (now: Date): Sql =>
  sql`
  join users u on u.id = m.user_id and u.organization_id = m.organization_id and u.is_active
    and (u.banned_until is null or u.banned_until <= ${now})
  left join chat_preferences p on p.user_id = m.user_id
  where coalesce((m.permissions ->> 'read')::boolean, true)
    and not exists (select 1 from chat_restrictions r where r.user_id = m.user_id and r.channel_id = m.channel_id
      and r.kind = 'ban' and (r.expires_at is null or r.expires_at > ${now}))`;
const COLUMNS =
  sql`m.channel_id, m.user_id, m.visible_after_seq, m.joined_at, m.muted_until, m.notify, u.locale, p.value`;

const toListener = (row: ListenerRow): Listener => ({
  userId: row.user_id,
  visibleAfterSeq: row.visible_after_seq,
  joinedAt: row.joined_at,
  mutedUntil: row.muted_until,
  notify: row.notify,
  preferences: readChatPreferences(row.value),
  locale: row.locale,
});

/**
 * Who may have to hear of which of these messages, by message id: those named, followers of threads, and the attentive.
 * All of one organisation.
 */
export async function listenersOf(
  db: Queryable,
  organizationId: string,
  messages: readonly Message[],
  channels: ReadonlyMap<string, NotifyChannel>,
  followers: ReadonlyMap<string, ReadonlySet<string>>,
  now: Date,
): Promise<Map<string, Listener[]>> {
  const always = Map.groupBy(await attentive(db, organizationId, [...channels.values()]), (row) => row.channel_id);
  const wanted = new Map<string, Set<string>>();
  const pairs = new Map<string, [channelId: string, userId: string]>();
  for (const message of messages) {
    const ids = new Set((always.get(message.channel_id) ?? []).map((row) => row.user_id));
    for (const id of mentionedIds(message.mentions)) ids.add(id);
    for (const id of followers.get(message.root_id ?? "") ?? []) ids.add(id);
    wanted.set(message.id, ids);
    for (const id of ids) pairs.set(`${message.channel_id} ${id}`, [message.channel_id, id]);
  }
  if (pairs.size === 0) return new Map();
  const list = [...pairs.values()];
  const rows = await db.rows<ListenerRow>(sql`
    select ${COLUMNS}
    from unnest(${list.map(([c]) => c)}::uuid[], ${list.map(([, u]) => u)}::uuid[]) as k (channel_id, user_id)
    join channel_members m on m.channel_id = k.channel_id and m.user_id = k.user_id
      and m.organization_id = ${organizationId}
    ${listeners(now)}`);
  const found = new Map(rows.map((row) => [`${row.channel_id} ${row.user_id}`, toListener(row)]));
  return new Map(messages.map((message) => [
    message.id,
    [...wanted.get(message.id)!].flatMap((id) => found.get(`${message.channel_id} ${id}`) ?? []),
  ]));
}

/** All who may read the channel, page by page. @param among only these, for @here */
export async function* everyListener(
  db: Queryable,
  organizationId: string,
  channelId: string,
  now: Date,
  among?: readonly string[],
): AsyncGenerator<Listener[]> {
  let after = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const rows = await db.rows<ListenerRow>(sql`
      select ${COLUMNS} from (
        select * from channel_members
        where channel_id = ${channelId} and organization_id = ${organizationId} and user_id > ${after}
          ${among ? sql`and user_id = any(${among}::uuid[])` : sql``}
        order by user_id limit ${PAGE}) m
      ${listeners(now)} order by m.user_id`);
    if (rows.length) yield rows.map(toListener);
    const last = await db.maybe<{ user_id: string }>(sql`
      select user_id from channel_members
      where channel_id = ${channelId} and organization_id = ${organizationId} and user_id > ${after}
        ${among ? sql`and user_id = any(${among}::uuid[])` : sql``}
      order by user_id offset ${PAGE - 1} limit 1`);
    if (!last) return;
    after = last.user_id;
  }
}

/** Of these people those who have read up to the message already. */
export async function alreadyRead(db: Queryable, message: Message, userIds: readonly string[]): Promise<string[]> {
  const rows = await db.rows<{ user_id: string }>(
    message.root_id
      ? sql`select user_id from thread_members
          where root_id = ${message.root_id} and user_id = any(${userIds}::uuid[]) and read_seq >= ${message.seq}`
      : sql`select user_id from channel_members
          where channel_id = ${message.channel_id} and user_id = any(${userIds}::uuid[]) and read_seq >= ${message.seq}`,
  );
  return rows.map((row) => row.user_id);
}
