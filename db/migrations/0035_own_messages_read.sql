-- Writing in a channel reads nothing of others: `channel_members.read_root_no` counts what a person has read up to the position,
-- and what they wrote behind it, so that unread stays one subtraction (features/chat/channel_extras.ts).

update channel_members r set read_root_no = r.read_root_no + n.own
from (
  select m.channel_id, m.user_id, count(*) as own
  from channel_members m
  join messages x on x.channel_id = m.channel_id and x.seq > m.read_seq and x.user_id = m.user_id
    and x.root_id is null and x.message_type <> 'system'
  group by m.channel_id, m.user_id
) n
where r.channel_id = n.channel_id and r.user_id = n.user_id;

-- Adds messages to their channels: takes positions under the channels' row locks (in the order of their ids: no deadlocks),
-- writes the rows and moves the read positions of who wrote them. `items`: an array in the order of writing, with `ord`
-- from 0 and `counts` 1 for what counts as unread.
create or replace function chat_insert_messages(items jsonb) returns table (ord int, seq bigint, root_no bigint)
language plpgsql as $$
#variable_conflict use_column
begin
  return query
  with item as materialized (
    select i.*, row_number() over one_channel as place, sum(i.counts) over one_channel as roots
    from jsonb_to_recordset(items) as i (ord int, id uuid, organization_id uuid, channel_id uuid, counts int,
      user_id uuid, sender_name text, root_id uuid, reply_to_id uuid, message_type text, content text,
      mentions jsonb, attachments jsonb, props jsonb, client_id text, created_at timestamptz, has_file boolean,
      has_link boolean)
    window one_channel as (partition by i.channel_id order by i.ord)
  ), wanted as (
    select channel_id, count(*) as count, sum(counts) as roots,
      -- The server's own words do not keep a channel from being archived.
      max(created_at) filter (where message_type <> 'system') as at
    from item group by channel_id
  ), locked as (
    select c.id from channels c join wanted w on w.channel_id = c.id order by c.id for update of c
  ), moved as (
    update channels c set last_seq = c.last_seq + w.count, root_count = c.root_count + w.roots,
      last_message_at = coalesce(w.at, c.last_message_at),
      archive_notice_at = case when w.at is null then c.archive_notice_at end
    from wanted w join locked l on l.id = w.channel_id
    where c.id = w.channel_id
    returning c.id, c.last_seq - w.count as seq, c.root_count - w.roots as roots
  ), placed as (
    select i.*, m.seq + i.place as seq, (m.roots + i.roots)::bigint as root_no
    from item i join moved m on m.id = i.channel_id
  ), put as (
    insert into messages (id, organization_id, channel_id, seq, root_no, user_id, sender_name, root_id, reply_to_id,
      message_type, content, mentions, attachments, props, client_id, created_at, has_file, has_link)
    select id, organization_id, channel_id, seq, root_no, user_id, sender_name, root_id, reply_to_id, message_type,
      content, mentions, attachments, props, client_id, created_at, has_file, has_link
    from placed order by ord
  ), last as (
    select distinct on (channel_id, user_id) channel_id, user_id, seq, root_no, created_at,
      sum(counts) over (partition by channel_id, user_id)::bigint as own
    from placed where user_id is not null and message_type <> 'system'
    order by channel_id, user_id, seq desc
  ), have_read as (
    -- With nothing of others in between the position goes on; otherwise only what one wrote is known to be read.
    update channel_members r set read_root_no = r.read_root_no + n.own,
      read_seq = case when r.read_root_no + n.own >= n.root_no then n.seq else r.read_seq end,
      read_at = case when r.read_root_no + n.own >= n.root_no then n.created_at else r.read_at end
    from last n
    where r.channel_id = n.channel_id and r.user_id = n.user_id and r.read_seq < n.seq
      and (n.own > 0 or r.read_root_no + n.own >= n.root_no)
  )
  select ord, seq, root_no from placed order by ord;
end $$;
