// What a list of channels shows beside the rows themselves: mentions, unread threads, the last message, the people of direct
// channels. Four statements for the whole list.
import { requireUser } from "../../kernel/actor.ts";
import { sql } from "../../db/sql.ts";
import type { ChatUser } from "../../protocol/chat.ts";
import type { Ctx } from "../context.ts";
import type { Access } from "./access.ts";
import { MESSAGE_COLUMNS } from "./message_store.ts";
import { type ChannelExtras, type MessageRow, type PersonRow, toChatUser, toMessages } from "./views.ts";

/** Threads without a reply for so long do not count as unread any more. */
const THREAD_DAYS = 90;

export const NO_EXTRAS: ChannelExtras = {
  mention_count: 0,
  thread_unread_count: 0,
  last_message: null,
  members: [],
};

/** By channel id. */
export async function channelExtras(ctx: Ctx, accesses: readonly Access[]): Promise<Map<string, ChannelExtras>> {
  const own = accesses.filter((access) => access.member && access.rights.has("read"));
  const out = new Map(accesses.map(({ channel }) => [channel.id, { ...NO_EXTRAS, members: [] as ChatUser[] }]));
  const set = (id: string, change: Partial<ChannelExtras>) => Object.assign(out.get(id)!, change);
  const [mentions, threads, last, people] = await Promise.all([
    mentionCounts(ctx, own),
    threadCounts(ctx, own),
    lastMessages(ctx, own),
    directMembers(ctx, own),
  ]);
  for (const row of mentions) set(row.channel_id, { mention_count: row.count });
  for (const row of threads) set(row.channel_id, { thread_unread_count: row.count });
  for (const message of last) set(message.channel_id, { last_message: message });
  for (const row of people) out.get(row.channel_id)!.members.push(toChatUser(row));
  return out;
}

type Count = { channel_id: string; count: number };

/** Unread mentions of the person, not counting those in threads. */
export async function mentionCounts(ctx: Ctx, accesses: readonly Access[]): Promise<Count[]> {
  const unread = accesses.filter(({ channel, member }) => channel.last_seq > member!.read_seq);
  if (unread.length === 0) return [];
  const me = requireUser(ctx.actor);
  return await ctx.app.db.rows<Count>(sql`
    select x.channel_id, least(count(*), 999)::int as count
    from unnest(${unread.map((a) => a.channel.id)}::uuid[], ${unread.map((a) => a.member!.read_seq)}::int8[])
      as r (channel_id, read_seq)
    join message_mentions x on x.channel_id = r.channel_id and x.seq > r.read_seq
    where x.organization_id = ${ctx.actor.organizationId} and x.root_id is null
      and (x.user_id is null or x.user_id = ${me}) and x.sender_id is distinct from ${me}
    group by x.channel_id`);
}

async function threadCounts(ctx: Ctx, accesses: readonly Access[]): Promise<Count[]> {
  if (accesses.length === 0) return [];
  const me = requireUser(ctx.actor);
  const since = new Date(ctx.app.now().getTime() - THREAD_DAYS * 86_400_000);
  return await ctx.app.db.rows<Count>(sql`
    select t.channel_id, least(count(*), 999)::int as count
    from thread_members t
    join messages x on x.root_id = t.root_id and x.seq > t.read_seq
    where t.user_id = ${me} and t.following and t.updated_at > ${since}
      and t.channel_id = any(${accesses.map((a) => a.channel.id)}::uuid[])
      and x.deleted_at is null and x.user_id is distinct from ${me}
    group by t.channel_id`);
}

async function lastMessages(ctx: Ctx, accesses: readonly Access[]) {
  const some = accesses.filter(({ channel, member }) => channel.last_seq > member!.visible_after_seq);
  if (some.length === 0) return [];
  const rows = await ctx.app.db.rows<MessageRow>(sql`
    select x.* from unnest(${some.map((a) => a.channel.id)}::uuid[],
      ${some.map((a) => a.member!.visible_after_seq)}::int8[]) as c (id, visible_after)
    cross join lateral (
      select ${MESSAGE_COLUMNS} from messages x
      where x.channel_id = c.id and x.seq > c.visible_after and x.organization_id = ${ctx.actor.organizationId}
      order by x.seq desc limit 1
    ) x`);
  return await toMessages(ctx.app.db, ctx.actor.organizationId, rows);
}

async function directMembers(ctx: Ctx, accesses: readonly Access[]) {
  const direct = accesses.filter(({ channel }) => channel.type === "direct");
  if (direct.length === 0) return [];
  return await ctx.app.db.rows<PersonRow & { channel_id: string }>(sql`
    select m.channel_id, u.id, u.username, u.display_name, u.avatar_url
    from channel_members m join users u on u.id = m.user_id
    where m.channel_id = any(${direct.map((a) => a.channel.id)}::uuid[])
      and m.organization_id = ${ctx.actor.organizationId}
    order by m.channel_id, lower(u.username)`);
}
