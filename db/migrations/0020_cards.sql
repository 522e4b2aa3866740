-- Cards: what programs say in a message besides its text. They stand in `messages.props`, as protocol/cards.ts has them, and
-- are found like its text.

-- null: the edit changed nothing but the text
alter table message_edits add column cards jsonb;

-- Where clicks on the actions of a webhook's cards are told; the signing secret is derived from the salt.
alter table incoming_webhooks add column action_url text;
alter table incoming_webhooks add column secret_salt text not null default replace(gen_random_uuid()::text, '-', '');
alter table incoming_webhooks alter column secret_salt drop default;

-- Clicks on their way to the program that sent the message, and what became of them; kept for 30 days.
create table message_actions (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  message_id uuid not null,
  action_id text not null,
  user_id uuid not null references users (id) on delete cascade,
  webhook_id uuid not null references incoming_webhooks (id) on delete cascade,
  body text not null,
  status text not null check (status in ('pending', 'delivered', 'failed')),
  attempts int not null default 0,
  response_status int,
  error text,
  created_at timestamptz not null,
  last_attempt_at timestamptz
);
-- the same click a moment ago
create index message_actions_click on message_actions (message_id, user_id, created_at);
-- what is old
create index message_actions_created on message_actions (created_at);

-- The words of a message's cards; null when it has none.
create function search.card_text(props jsonb) returns text language sql immutable as $$
  select string_agg(word #>> '{}', E'\n') from (
    select jsonb_path_query(props, '$.cards[*].author.name') as word
    union all select jsonb_path_query(props, '$.cards[*].title')
    union all select jsonb_path_query(props, '$.cards[*].text')
    union all select jsonb_path_query(props, '$.cards[*].fields[*].title')
    union all select jsonb_path_query(props, '$.cards[*].fields[*].value')
    union all select jsonb_path_query(props, '$.cards[*].image_alt')
    union all select jsonb_path_query(props, '$.cards[*].thumb_alt')
    union all select jsonb_path_query(props, '$.cards[*].footer')
    union all select jsonb_path_query(props, '$.cards[*].actions[*].label')
  ) words where props ? 'cards';
$$;

-- Makes the rows of these messages, anew where they exist.
-- (plpgsql, because it keeps its plan: planning costs more than indexing one message.)
create or replace function search.index_messages(ids uuid[]) returns void language plpgsql as $$
begin
  with made as materialized (
    select m.id, m.organization_id, m.channel_id, m.seq, m.user_id, m.created_at, m.has_file, m.attachments, m.has_link,
      m.pinned_at, m.edited_at, c.content, p.plain, to_tsvector('pg_catalog.simple', p.plain) as words
    from public.messages m
      cross join lateral (select search.composed(concat_ws(E'\n', m.content, search.card_text(m.props))) as content offset 0) c
      cross join lateral (select search.plain(c.content) as plain offset 0) p
    where m.id = any(ids) and m.deleted_at is null and m.message_type <> 'system'
  ), put as (
    insert into search.messages (message_id, organization_id, channel_id, seq, user_id, created_at, vector)
    select id, organization_id, channel_id, seq, user_id, created_at,
      words || strip(to_tsvector('pg_catalog.english', plain))
        || strip(to_tsvector('pg_catalog.spanish', search.spanish(content)))
        || array_to_tsvector(array_remove(array[
          '=c' || right(channel_id::text, 8), '=u' || right(user_id::text, 8),
          '=m' || to_char(created_at at time zone 'UTC', 'YYYYMM'),
          case when has_file then '=file' end,
          case when has_file and attachments @? '$[*].mime_type ? (@ starts with "image/")' then '=image' end,
          case when has_link then '=link' end, case when pinned_at is not null then '=pin' end,
          case when edited_at is not null then '=edited' end], null))
    from made
    on conflict (message_id) do update set vector = excluded.vector, user_id = excluded.user_id
  )
  insert into search.words_pending (organization_id, words)
  select organization_id, tsvector_to_array(words) from made where length(words) > 0;
end $$;

drop trigger messages_search_update on messages;
create trigger messages_search_update
  after update of content, deleted_at, pinned_at, edited_at, attachments, has_file, has_link, user_id, props on messages
  for each row when ((old.content, old.deleted_at, old.pinned_at, old.edited_at, old.attachments, old.has_file,
    old.has_link, old.user_id, old.props -> 'cards') is distinct from (new.content, new.deleted_at, new.pinned_at, new.edited_at,
    new.attachments, new.has_file, new.has_link, new.user_id, new.props -> 'cards'))
  execute function search.on_update();
