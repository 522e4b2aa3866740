// What a list of channels shows beside the rows themselves: what is unread, mentions, unread threads, the last message, the
// people of direct channels. Four statements for the whole list.
import { requireUser } from "../../../kernel/actor.ts";
import { sql } from "../../../db/sql.ts";
import type { ChatUser } from "../../../protocol/chat/chat.ts";
import type { Ctx } from "../../context.ts";
import type { Access } from "./access.ts";
import { MESSAGE_COLUMNS } from "../messages/store.ts";
import { ownThreadCounts } from "../messages/thread_counts.ts";
import {
  type ChannelExtras,
  MAX_UNREAD,
  type MessageRow,
  type PersonRow,
  toChatUser,
  toMessages,
} from "../messages/views.ts";

export const NO_EXTRAS: ChannelExtras = {
  unread_count: 0,
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
  const [unread, threads, last, people] = await Promise.all([
    unreadCounts(ctx, own),
    ownThreadCounts(
      ctx.app.db,
      requireUser(ctx.actor),
      own.map((a) => ({ channelId: a.channel.id, visibleAfter: a.member!.visible_after_seq })),
      ctx.app.now(),
    ),
    lastMessages(ctx, own),
    directMembers(ctx, own),
  ]);
  for (const [id, counts] of unread) set(id, counts);
  for (const row of threads) set(row.channel_id, { thread_unread_count: row.count });
  for (const message of last) set(message.channel_id, { last_message: message });
  for (const row of people) out.get(row.channel_id)!.members.push(toChatUser(row));
  return out;
}

/**
 * Unread messages and mentions of the person by channel, not counting those in threads; channels in which nothing is unread
 * are left out. Messages are numbered, and `read_root_no` counts one's own behind the position as read, so unread is one
 * subtraction, without those of others that were deleted since: an index holds only the deleted ones.
 */
export async function unreadCounts(
  ctx: Ctx,
  accesses: readonly Access[],
): Promise<Map<string, Pick<ChannelExtras, "unread_count" | "mention_count">>> {
  const behind = accesses.filter(({ channel, member }) => channel.last_seq > member!.read_seq);
  if (behind.length === 0) return new Map();
  const me = requireUser(ctx.actor), { organizationId } = ctx.actor;
  const rows = await ctx.app.db.rows<{ channel_id: string; deleted: number; mentions: number }>(sql`
    select r.channel_id, (
      select count(*)::int from messages x
      where x.channel_id = r.channel_id and x.organization_id = ${organizationId}
        and x.seq > r.read_seq and x.seq <= r.last_seq
        and x.deleted_at is not null and x.root_id is null and x.message_type <> 'system'
        and x.user_id is distinct from ${me}) as deleted, (
      select least(count(*), 999)::int from message_mentions x
      where x.channel_id = r.channel_id and x.organization_id = ${organizationId} and x.seq > r.read_seq
        and x.root_id is null and (x.user_id is null or x.user_id = ${me})
        and x.sender_id is distinct from ${me}) as mentions
    from unnest(${behind.map((a) => a.channel.id)}::uuid[], ${behind.map((a) => a.member!.read_seq)}::int8[],
      ${behind.map((a) => a.channel.last_seq)}::int8[]) as r (channel_id, read_seq, last_seq)`);
  const counts = new Map(rows.map((row) => [row.channel_id, row]));
  return new Map(behind.map(({ channel, member }) => {
    const { deleted, mentions } = counts.get(channel.id)!;
    const unread_count = Math.min(MAX_UNREAD, Math.max(0, channel.root_count - member!.read_root_no - deleted));
    // Whoever writes to somebody directly means that person.
    return [channel.id, { unread_count, mention_count: channel.type === "direct" ? unread_count : mentions }];
  }));
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
        and x.deleted_at is null
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
