// Erasing messages for good, with everything that hangs on them. Deleting by a person leaves a tombstone instead (changes.ts).
import { type Queryable, rawSql, sql, type Tx } from "../../../db/sql.ts";

/**
 * Erases messages of one organisation. Replies whose first message goes become messages of their own.
 * @param ids at most some hundred, so that the transaction stays short
 * @returns the files that the messages showed; whoever calls this sees to those that nothing shows any more
 */
export async function deleteMessages(tx: Tx, organizationId: string, ids: readonly string[]): Promise<string[]> {
  const files = await tx.rows<{ media_id: string }>(sql`
    delete from message_attachments where message_id = any(${ids}::uuid[]) and organization_id = ${organizationId}
    returning media_id`);
  for (const table of ["message_edits", "message_reactions", "message_mentions"]) {
    await tx.run(sql`delete from ${rawSql(table)} where message_id = any(${ids}::uuid[])`);
  }
  await tx.run(sql`delete from thread_members where root_id = any(${ids}::uuid[])`);
  await tx.run(sql`update messages set root_id = null where root_id = any(${ids}::uuid[])`);
  await tx.run(sql`delete from messages where id = any(${ids}::uuid[]) and organization_id = ${organizationId}`);
  return [...new Set(files.map((row) => row.media_id))];
}

/**
 * Takes the content out of messages that must stay because younger replies hang on them: what remains is a tombstone.
 * @returns the files that they showed
 */
export async function emptyMessages(
  tx: Tx,
  organizationId: string,
  ids: readonly string[],
  now: Date,
): Promise<string[]> {
  const files = await tx.rows<{ media_id: string }>(sql`
    delete from message_attachments where message_id = any(${ids}::uuid[]) and organization_id = ${organizationId}
    returning media_id`);
  for (const table of ["message_edits", "message_reactions", "message_mentions"]) {
    await tx.run(sql`delete from ${rawSql(table)} where message_id = any(${ids}::uuid[])`);
  }
  await tx.run(sql`
    update messages set content = '', mentions = '[]', attachments = '[]', props = '{}', has_file = false,
      has_link = false, deleted_at = coalesce(deleted_at, ${now}), pinned_at = null, pinned_by = null
    where id = any(${ids}::uuid[]) and organization_id = ${organizationId}`);
  return [...new Set(files.map((row) => row.media_id))];
}

/** Messages of a channel from before a time, oldest first. `keeps`: it began a thread that has younger replies. */
export async function expiredMessages(
  db: Queryable,
  organizationId: string,
  channelId: string,
  before: Date,
  limit: number,
): Promise<{ id: string; keeps: boolean }[]> {
  return await db.rows<{ id: string; keeps: boolean }>(sql`
    select x.id, k.keeps from messages x
    cross join lateral (select x.reply_count > 0 and exists (
      select 1 from messages r where r.root_id = x.id and r.created_at >= ${before}) as keeps) k
    where x.channel_id = ${channelId} and x.organization_id = ${organizationId} and x.created_at < ${before}
      and not (k.keeps and x.deleted_at is not null and x.content = '')
    order by x.created_at limit ${limit}`);
}

/**
 * After a channel's oldest messages went: nobody has unread what is no longer there, and threads that stay count the
 * replies that are left.
 */
export async function settleChannel(tx: Tx, organizationId: string, channelId: string): Promise<void> {
  await tx.run(sql`
    with first as (
      select seq - 1 as seq, root_no - (case when root_id is null and message_type <> 'system' then 1 else 0 end) as root_no
      from messages where channel_id = ${channelId} and organization_id = ${organizationId} and deleted_at is null
      order by seq limit 1
    ), upto as (
      select coalesce(f.seq, c.last_seq) as seq, coalesce(f.root_no, c.root_count) as root_no
      from channels c left join first f on true where c.id = ${channelId} and c.organization_id = ${organizationId}
    )
    update channel_members m set read_seq = greatest(m.read_seq, upto.seq),
      read_root_no = greatest(m.read_root_no, upto.root_no + (
        select count(*) from messages x
        where x.channel_id = m.channel_id and x.user_id = m.user_id and x.seq > upto.seq and x.root_id is null
          and x.message_type <> 'system'))
    from upto where m.channel_id = ${channelId} and m.read_seq < upto.seq`);
  await tx.run(sql`
    update messages x set reply_count = n.count
    from (
      select t.id, (select count(*) from messages r where r.root_id = t.id and r.deleted_at is null)::int as count
      from messages t
      where t.channel_id = ${channelId} and t.organization_id = ${organizationId} and t.content = ''
        and t.deleted_at is not null and t.reply_count > 0
    ) n where x.id = n.id and x.reply_count <> n.count`);
}

/**
 * Takes files out of the messages that show them. A message that was nothing but files becomes a tombstone.
 * @returns those of `ids` that a message showed
 */
export async function removeFiles(
  tx: Tx,
  organizationId: string,
  ids: readonly string[],
  now: Date,
): Promise<string[]> {
  const rows = await tx.rows<{ message_id: string; media_id: string }>(sql`
    delete from message_attachments where media_id = any(${ids}::uuid[]) and organization_id = ${organizationId}
    returning message_id, media_id`);
  await tx.run(sql`
    update messages x set attachments = n.attachments, has_file = jsonb_array_length(n.attachments) > 0,
      message_type = case when jsonb_array_length(n.attachments) = 0 then 'text' else x.message_type end,
      deleted_at = case when jsonb_array_length(n.attachments) = 0 and btrim(x.content) = '' and not x.props ? 'cards'
        then coalesce(x.deleted_at, ${now}) else x.deleted_at end
    from (
      select m.id, coalesce((select jsonb_agg(a.value order by a.ordinality)
        from jsonb_array_elements(m.attachments) with ordinality a
        where not (a.value ->> 'id' = any(${ids}::text[]))), '[]') as attachments
      from messages m where m.id = any(${rows.map((r) => r.message_id)}::uuid[])
    ) n where x.id = n.id and x.organization_id = ${organizationId}`);
  // Those that became tombstones are no replies any more.
  await tx.run(sql`
    update messages x set reply_count = n.count
    from (
      select t.root_id as id, (select count(*) from messages r where r.root_id = t.root_id and r.deleted_at is null)::int
        as count
      from messages t where t.id = any(${rows.map((r) => r.message_id)}::uuid[]) and t.root_id is not null
        and t.deleted_at is not null group by t.root_id
    ) n where x.id = n.id and x.organization_id = ${organizationId}`);
  return [...new Set(rows.map((row) => row.media_id))];
}
