// Threads: the replies to a message. Each has its own read position per person, and is followed by who began it, who answers
// and who is named in it, until they say otherwise.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { notFound } from "../../../kernel/errors.ts";
import { type Queryable, sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { FollowedThread, Thread, ThreadInput, ThreadQuery, ThreadReadState } from "../../../protocol/chat/chat.ts";
import type { Page, PageQuery } from "../../../protocol/common.ts";
import type { Ctx } from "../../context.ts";
import { readPlace } from "../../notifications/mod.ts";
import { readableChannels } from "../channels/store.ts";
import { MESSAGE_COLUMNS, messageById, readableMessage } from "./store.ts";
import { tellOwnWindows } from "./thread_counts.ts";
import { type MessageRow, toMessages } from "./views.ts";

interface ThreadState {
  following: boolean;
  read_seq: number;
  unread_count: number;
}

async function threadState(db: Queryable, ctx: Ctx, rootId: string): Promise<ThreadState> {
  const me = requireUser(ctx.actor);
  const row = await db.maybe<ThreadState>(sql`
    select coalesce(t.following, false) as following, t.read_seq, (select count(*)::int from messages x where x.root_id = t.root_id
      and x.seq > t.read_seq and x.deleted_at is null and x.user_id is distinct from ${me}) as unread_count
    from thread_members t where t.root_id = ${rootId} and t.user_id = ${me}`);
  return row ?? { following: false, read_seq: 0, unread_count: 0 };
}

/** The thread that a message begins or belongs to; replies oldest first. @throws AppError not_found */
export async function getThread(ctx: Ctx, id: string, query: ThreadQuery): Promise<Thread> {
  const { app, actor } = ctx;
  const { row, access } = await readableMessage(app.db, actor, id, app.now());
  const rootId = row.root_id ?? row.id;
  const root = row.root_id ? await messageById(app.db, actor.organizationId, rootId) : row;
  // The thread began before the person was let in: its first message is not theirs to see, nor is the thread.
  if (!root || root.seq <= access.member!.visible_after_seq) throw notFound("thread");
  const after = query.cursor
    ? Number(decodeCursor(query.cursor, 1)[0])
    : query.after
    ? (await messageById(app.db, actor.organizationId, query.after))?.seq ?? 0
    : 0;
  const [rows, state] = await Promise.all([
    app.db.rows<MessageRow>(sql`
      select ${MESSAGE_COLUMNS} from messages x
      where x.root_id = ${rootId} and x.seq > ${after} and x.organization_id = ${actor.organizationId}
      order by x.seq limit ${query.limit + 1}`),
    threadState(app.db, ctx, rootId),
  ]);
  const [first, ...replies] = await toMessages(app.db, actor.organizationId, [root, ...rows]);
  return { root: first!, ...toPage(replies, query.limit, ({ seq }) => [seq], (message) => message), ...state };
}

/** Follows or leaves a thread, and notes how far it was read; the person's other devices hear of it. */
export async function updateThread(ctx: Ctx, id: string, input: ThreadInput): Promise<ThreadReadState> {
  const { app, actor } = ctx;
  const me = requireUser(actor);
  const { row, access } = await readableMessage(app.db, actor, id, app.now());
  const rootId = row.root_id ?? row.id;
  let readSeq = 0;
  if (input.read_message_id) {
    const read = await messageById(app.db, actor.organizationId, input.read_message_id);
    if (!read || (read.root_id ?? read.id) !== rootId) throw notFound("message");
    readSeq = read.seq;
  }
  await app.db.run(sql`
    insert into thread_members as t (root_id, user_id, organization_id, channel_id, following, read_seq, updated_at)
    values (${rootId}, ${me}, ${actor.organizationId}, ${row.channel_id}, ${
    input.following ?? null
  }::boolean, ${readSeq},
      ${app.now()})
    on conflict (root_id, user_id) do update set following = coalesce(${input.following ?? null}::boolean, t.following),
      read_seq = greatest(t.read_seq, excluded.read_seq)`);
  if (readSeq > 0) {
    const { organizationId } = actor;
    await readPlace(app, { organizationId, userId: me, placeId: row.channel_id, partId: rootId, seq: readSeq });
  }
  const state: ThreadReadState = {
    root_id: rootId,
    channel_id: row.channel_id,
    ...await threadState(app.db, ctx, rootId),
  };
  app.realtime.publishEphemeral(actor.organizationId, channels.userChat(me), "thread_read_state", state);
  const place = { channelId: row.channel_id, visibleAfter: access.member!.visible_after_seq };
  await tellOwnWindows(app, actor.organizationId, me, place);
  return state;
}

/** Threads that the caller follows, the one with the newest reply first. */
export async function listThreads(ctx: Ctx, query: PageQuery): Promise<Page<FollowedThread>> {
  const { app, actor } = ctx;
  authorize(actor, "chat.read");
  const me = requireUser(actor);
  const before = query.cursor ? decodeCursor(query.cursor, 2) : undefined;
  const rows = await app.db.rows<
    MessageRow & {
      unread_count: number;
      mention_count: number;
      channel_name: string | null;
      channel_type: FollowedThread["channel"]["type"];
    }
  >(sql`
    select ${MESSAGE_COLUMNS}, c.name as channel_name, c.type as channel_type,
      (select count(*)::int from messages r where r.root_id = x.id and r.seq > t.read_seq and r.deleted_at is null
        and r.user_id is distinct from ${me}) as unread_count,
      (select count(*)::int from message_mentions n where n.channel_id = x.channel_id and n.root_id = x.id
        and n.seq > t.read_seq and (n.user_id is null or n.user_id = ${me}) and n.sender_id is distinct from ${me})
        as mention_count
    from thread_members t
    join messages x on x.id = t.root_id and x.organization_id = ${actor.organizationId}
    join channels c on c.id = x.channel_id
    join ${readableChannels(actor.organizationId, me, app.now())} rc
      on rc.channel_id = x.channel_id and x.seq > rc.visible_after_seq
    where t.user_id = ${me} and t.following and x.reply_count > 0
      ${before ? sql`and (x.last_reply_at, x.id) < (${before[0]}::timestamptz, ${before[1]}::uuid)` : sql``}
    order by x.last_reply_at desc, x.id desc limit ${query.limit + 1}`);
  const roots = await toMessages(app.db, actor.organizationId, rows);
  const items = rows.map((row, i): FollowedThread => ({
    root: roots[i]!,
    channel: { id: row.channel_id, name: row.channel_name, type: row.channel_type },
    unread_count: row.unread_count,
    mention_count: row.mention_count,
    last_reply_at: row.last_reply_at?.toISOString() ?? null,
  }));
  return toPage(items, query.limit, ({ root }) => [root.last_reply_at ?? "", root.id], (item) => item);
}
