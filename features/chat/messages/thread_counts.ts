// How many replies a person has not read in the threads that they follow, channel by channel; and telling their open windows
// when that changes. Told only to who is online: everybody else asks when they come.
import { type Queryable, type Sql, sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { UserChatEvents } from "../../../protocol/pushes/chat.ts";
import type { App } from "../../context.ts";

/** Threads without a reply for so long do not count as unread any more. */
const THREAD_DAYS = 90;

type Count = { user_id: string; channel_id: string; count: number };

/**
 * By person and channel, at most 999; where nothing is unread there is a row with 0.
 * @param pairs a statement with the columns `user_id`, `channel_id` and `visible_after`
 */
function threadCounts(db: Queryable, pairs: Sql, now: Date): Promise<Count[]> {
  const since = new Date(now.getTime() - THREAD_DAYS * 86_400_000);
  return db.rows<Count>(sql`
    select c.user_id, c.channel_id, (
      select least(count(*), 999)::int
      from thread_members t join messages x on x.root_id = t.root_id and x.seq > t.read_seq
      where t.user_id = c.user_id and t.channel_id = c.channel_id and t.following and t.updated_at > ${since}
        -- a thread that began before the person was let in is not theirs to read
        and (c.visible_after = 0 or exists (select from messages f where f.id = t.root_id and f.seq > c.visible_after))
        and x.deleted_at is null and x.user_id is distinct from c.user_id
    ) as count
    from (${pairs}) c`);
}

/** Of one person. @param places channels of which they are a member, and where their history begins */
export async function ownThreadCounts(
  db: Queryable,
  userId: string,
  places: readonly { channelId: string; visibleAfter: number }[],
  now: Date,
): Promise<Count[]> {
  if (places.length === 0) return [];
  const pairs = sql`select ${userId}::uuid as user_id, id as channel_id, visible_after
    from unnest(${places.map((one) => one.channelId)}::uuid[], ${places.map((one) => one.visibleAfter)}::int8[])
      as p (id, visible_after)`;
  return await threadCounts(db, pairs, now);
}

/** Replies came or went in these threads: who follows them and is online hears how many are unread now. */
export async function tellFollowers(app: App, organizationId: string, rootIds: readonly string[]): Promise<void> {
  const online = app.realtime.onlineUsers(organizationId);
  if (rootIds.length === 0 || online.length === 0) return;
  const pairs = sql`select distinct m.user_id, m.channel_id, m.visible_after_seq as visible_after
    from thread_members t join channel_members m on m.channel_id = t.channel_id and m.user_id = t.user_id
    where t.root_id = any(${rootIds}::uuid[]) and t.organization_id = ${organizationId} and t.following
      and t.user_id = any(${online}::uuid[])`;
  for (const count of await threadCounts(app.db, pairs, app.now())) tell(app, organizationId, count);
}

/** The person's other windows hear what is left after they have read or left a thread. */
export async function tellOwnWindows(
  app: App,
  organizationId: string,
  userId: string,
  place: { channelId: string; visibleAfter: number },
): Promise<void> {
  for (const count of await ownThreadCounts(app.db, userId, [place], app.now())) tell(app, organizationId, count);
}

function tell(app: App, organizationId: string, { user_id, channel_id, count }: Count): void {
  const data: UserChatEvents["thread_unread"] = { channel_id, thread_unread_count: count };
  app.realtime.publishEphemeral(organizationId, channels.userChat(user_id), "thread_unread", data);
}
