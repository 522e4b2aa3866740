// History that is written in bulk (imports): rows with their positions, without pushes and without notifications. Invariants:
//  - positions are taken under the channels' row locks, as everywhere; messages that are there already are left out, so
//    the same batch may come twice;
//  - members who had read everything have still read everything afterwards: history is never unread;
//  - replies are counted anew from the rows, so that no order of batches makes a wrong count.
// Callers pass JSON text that a worker has prepared: nothing is built per message on the event loop that serves sockets.
import { json, sql, type Tx } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { ChannelEvents } from "../../../protocol/pushes/chat.ts";
import { CHANNEL_COLUMNS, type ChannelRow } from "../channels/store.ts";
import { toChannelInfo } from "./views.ts";

/** One batch; every text is a JSON array of objects with the columns of its table. */
export interface HistoryBatch {
  /** `n` is the order; ids of channels and people of the organisation. */
  messages: string;
  /** `message_id`, `user_id` (null: everybody). */
  mentions: string;
  edits: string;
  reactions: string;
  /** First messages of the threads that replies of this batch belong to. */
  roots: string[];
}

/** Writes the batch. @returns how many messages were new */
export async function insertHistory(tx: Tx, organizationId: string, batch: HistoryBatch, now: Date): Promise<number> {
  const written = tx.rows<{ count: number }>(sql`
    with input as materialized (
      select * from json_to_recordset(${batch.messages}::text::json) as i (n int, id uuid, channel_id uuid, user_id uuid,
        sender_name text, root_id uuid, reply_to_id uuid, message_type text, content text, mentions jsonb,
        attachments jsonb, props jsonb, has_file boolean, has_link boolean, created_at timestamptz, edited_at timestamptz,
        deleted_at timestamptz, pinned_at timestamptz, pinned_by uuid)
    ), base as materialized (
      select c.id, c.last_seq, c.root_count from channels c
      where c.organization_id = ${organizationId} and c.id in (select channel_id from input) order by c.id for update
    ), fresh as materialized (
      select i.*, b.last_seq + row_number() over w as seq,
        b.root_count + count(*) filter (where i.root_id is null and i.message_type <> 'system') over w as root_no
      from input i join base b on b.id = i.channel_id
      where not exists (select from messages m where m.id = i.id)
      window w as (partition by i.channel_id order by i.n)
    ), rows as (
      insert into messages (id, organization_id, channel_id, seq, root_no, user_id, sender_name, root_id, reply_to_id,
        message_type, content, mentions, attachments, props, has_file, has_link, created_at, edited_at, deleted_at,
        pinned_at, pinned_by)
      select id, ${organizationId}, channel_id, seq, root_no, user_id, sender_name, root_id, reply_to_id, message_type,
        content, coalesce(mentions, '[]'), coalesce(attachments, '[]'), coalesce(props, '{}'), has_file, has_link,
        created_at, edited_at, deleted_at, pinned_at, pinned_by
      from fresh order by n
    ), named as (
      insert into message_mentions (channel_id, seq, message_id, organization_id, root_id, user_id, sender_id)
      select f.channel_id, f.seq, f.id, ${organizationId}, f.root_id, m.user_id, f.user_id
      from json_to_recordset(${batch.mentions}::text::json) as m (message_id uuid, user_id uuid)
      join fresh f on f.id = m.message_id
    ), tops as (
      select f.channel_id, max(f.seq) as seq, max(f.root_no) as root_no, count(*) as count,
        max(f.created_at) filter (where f.message_type <> 'system') as at
      from fresh f group by f.channel_id
    ), readers as (
      update channel_members m set read_seq = t.seq, read_root_no = t.root_no
      from tops t join base b on b.id = t.channel_id
      where m.channel_id = t.channel_id and m.organization_id = ${organizationId} and (m.read_seq >= b.last_seq or m.read_root_no >= b.root_count)
    )
    update channels c set last_seq = t.seq, root_count = t.root_no, last_message_at = greatest(c.last_message_at, t.at)
    from tops t where c.id = t.channel_id
    returning t.count`);
  const rest = [
    batch.edits === "[]" ? 0 : tx.run(sql`
      insert into message_edits (message_id, version, organization_id, channel_id, content, cards, edited_by, edited_at)
      select e.message_id, e.version, ${organizationId}, m.channel_id, e.content, e.cards, e.edited_by, e.edited_at
      from json_to_recordset(${batch.edits}::text::json) as e (message_id uuid, version int, content text, cards jsonb, edited_by uuid,
        edited_at timestamptz)
      join messages m on m.id = e.message_id and m.organization_id = ${organizationId} on conflict do nothing`),
    batch.reactions === "[]" ? 0 : tx.run(sql`
      insert into message_reactions (message_id, emoji, user_id, organization_id, channel_id, created_at)
      select r.message_id, r.emoji, r.user_id, ${organizationId}, m.channel_id, r.created_at
      from json_to_recordset(${batch.reactions}::text::json) as r (message_id uuid, emoji text, user_id uuid,
        created_at timestamptz)
      join messages m on m.id = r.message_id and m.organization_id = ${organizationId} on conflict do nothing`),
    ...threads(tx, organizationId, batch.roots, now),
  ];
  const [counts] = await Promise.all([written, ...rest]);
  return counts.reduce((sum, row) => sum + row.count, 0);
}

/** Counts replies; whoever began, answered or was named in a thread follows it and has read it. */
function threads(tx: Tx, organizationId: string, roots: readonly string[], now: Date): Promise<number>[] {
  if (roots.length === 0) return [];
  return [
    tx.run(sql`
      update messages m set reply_count = r.count, last_reply_at = r.at
      from (select root_id, count(*) filter (where deleted_at is null) as count, max(created_at) as at from messages
        where root_id = any(${roots}::uuid[]) and organization_id = ${organizationId} group by root_id) r
      where m.id = r.root_id and m.organization_id = ${organizationId}`),
    tx.run(sql`
      insert into thread_members (root_id, user_id, organization_id, channel_id, read_seq, updated_at)
      select t.root_id, t.user_id, ${organizationId}, t.channel_id, c.last_seq, ${now}
      from (
        select root_id, user_id, channel_id from messages where root_id = any(${roots}::uuid[])
          and organization_id = ${organizationId} and user_id is not null
        union
        select id, user_id, channel_id from messages where id = any(${roots}::uuid[])
          and organization_id = ${organizationId} and user_id is not null
        union
        select m.root_id, n.user_id, m.channel_id from messages m join message_mentions n on n.message_id = m.id
        where m.root_id = any(${roots}::uuid[]) and m.organization_id = ${organizationId} and n.user_id is not null
      ) t join channels c on c.id = t.channel_id join users u on u.id = t.user_id
      order by t.root_id, t.user_id
      on conflict (root_id, user_id) do update set read_seq = greatest(thread_members.read_seq, excluded.read_seq)`),
  ];
}

export interface HistoryMember {
  channel_id: string;
  user_id: string;
  role: string;
  permissions?: unknown;
  favorite?: boolean;
  notify?: string;
  muted_until?: string | null;
}

/**
 * Ends the import of channels: their people come in, with everything read, and everybody who has one of them open is
 * told once. Who is a member already stays as he is.
 * @param online people whose consoles should show the channels at once
 */
export async function finishHistory(
  tx: Tx,
  organizationId: string,
  ids: readonly string[],
  members: readonly HistoryMember[],
  online: ReadonlySet<string>,
  now: Date,
): Promise<void> {
  if (ids.length === 0) return;
  const added = await tx.rows<{ channel_id: string; user_id: string }>(sql`
    insert into channel_members (channel_id, user_id, organization_id, role, joined_at, read_seq, read_root_no, read_at,
      permissions, favorite, notify, muted_until)
    select c.id, u.id, ${organizationId}, n.role, ${now}, c.last_seq, c.root_count, ${now}, coalesce(n.permissions, '{}'),
      coalesce(n.favorite, false), coalesce(n.notify, 'default'), n.muted_until
    from jsonb_to_recordset(${json(members)}) as n (channel_id uuid, user_id uuid, role text, permissions jsonb,
      favorite boolean, notify text, muted_until timestamptz)
    join channels c on c.id = n.channel_id and c.organization_id = ${organizationId}
    join users u on u.id = n.user_id and u.organization_id = ${organizationId}
    on conflict do nothing returning channel_id, user_id`);
  const rows = await tx.rows<ChannelRow>(sql`
    update channels c set member_count = (select count(*) from channel_members m where m.channel_id = c.id)
    where c.id = any(${ids}::uuid[]) and c.organization_id = ${organizationId} returning ${CHANNEL_COLUMNS}`);
  for (const row of rows) {
    const data: ChannelEvents["channel_updated"] = { channel: toChannelInfo(row) };
    tx.emit({ organizationId, channel: channels.chat(row.id), type: "channel_updated", data });
  }
  for (const { channel_id, user_id } of added) {
    if (!online.has(user_id)) continue;
    tx.emit({ organizationId, channel: channels.userChat(user_id), type: "channel_added", data: { channel_id } });
  }
}
