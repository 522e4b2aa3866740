-- Search in messages. Everything here is made from `messages` by triggers and lies in a schema of its own: it is not
-- part of backups and comes back by itself when the rows are restored. docs/decisions/0011-search.md has the measurements.
--
-- One row per message that can be found (not deleted, not written by the server). Its vector holds three readings:
--   words as they stand, without accents, capital letters and punctuation, with positions (phrases, prefixes);
--   English stems of the same; Spanish stems of the accented text;
-- and what is asked for besides words: '=c…' channel and '=u…' author (last 8 digits of the id, checked again by the
-- query), '=m202603' month in UTC, '=file', '=image', '=link', '=pin', '=edited'. The parser never makes a word that
-- begins with '='.

create schema search;

create table search.messages (
  message_id uuid primary key,
  organization_id uuid not null,
  channel_id uuid not null,
  seq bigint not null,
  user_id uuid,
  created_at timestamptz not null,
  vector tsvector not null
);
-- the newest messages first, however many there are
create index search_messages_newest on search.messages (organization_id, created_at, message_id);
-- the same in one channel
create index search_messages_channel on search.messages (channel_id, created_at, message_id);
-- a short list of pending entries: half the cost of an insert, about 1 ms for a search that reads it
create index search_messages_vector on search.messages using gin (vector)
  with (fastupdate = on, gin_pending_list_limit = 512);

-- Every word that was ever written, for parts of words (`desplie` in the middle of `redespliegue`). Not a permission: a
-- word from here is looked up among the messages that the person may read.
create table search.words (
  organization_id uuid not null,
  word text not null,
  primary key (organization_id, word)
);
create index search_words_part on search.words using gin (word gin_trgm_ops);
-- New words on their way there (features/chat/search_words.ts): sending a message never waits for the table of words.
create table search.words_pending (
  id bigint generated always as identity primary key,
  organization_id uuid not null,
  words text[] not null
);

-- Composed form, where there is anything to compose (normalize is the dearest step, and hardly ever needed).
create function search.composed(content text) returns text language sql stable as $$
  select case when content ~ '[\u0300-\u036f]' then normalize(content, NFC) else content end;
$$;

-- Text as words are compared: without accents, lower case, ASCII punctuation as spaces.
create function search.plain(content text) returns text language sql stable as $$
  select regexp_replace(lower(public.unaccent('public.unaccent'::regdictionary, content)),
    '[-!"#$%&''()*+,./:;<=>?@[\\\]^_`{|}~]+', ' ', 'g');
$$;

-- Text for the Spanish stemmer, which needs the accents; the one that is left out most often is put back.
create function search.spanish(content text) returns text language sql stable as $$
  select regexp_replace(regexp_replace(lower(content), '[-!"#$%&''()*+,./:;<=>?@[\\\]^_`{|}~¿¡]+', ' ', 'g'),
    '([cst])ion\M', '\1ión', 'g');
$$;

-- Makes the rows of these messages, anew where they exist.
-- (plpgsql, because it keeps its plan: planning costs more than indexing one message.)
create function search.index_messages(ids uuid[]) returns void language plpgsql as $$
begin
  with made as materialized (
    select m.id, m.organization_id, m.channel_id, m.seq, m.user_id, m.created_at, m.has_file, m.attachments, m.has_link,
      m.pinned_at, m.edited_at, c.content, p.plain, to_tsvector('pg_catalog.simple', p.plain) as words
    from public.messages m
      cross join lateral (select search.composed(m.content) as content offset 0) c
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

-- New messages on their way into the index: sending one only notes it here, which costs a tenth of indexing it. They are
-- indexed right behind it (features/chat/search_words.ts), and by every search before it looks, so that whoever has sent
-- a message finds it.
create table search.pending (
  id bigint generated always as identity primary key,
  message_id uuid not null
);

-- Indexes at most so many of them; returns how many there were. What somebody else is indexing now is left to them.
create function search.index_pending(most int) returns int language plpgsql as $$
declare
  ids uuid[];
begin
  with taken as (
    delete from search.pending where id in (select id from search.pending order by id limit most for update skip locked)
    returning message_id
  )
  select array_agg(message_id) into ids from taken;
  if ids is null then
    return 0;
  end if;
  perform search.index_messages(ids);
  return cardinality(ids);
end $$;

create function search.on_insert() returns trigger language plpgsql as $$
begin
  insert into search.pending (message_id) select id from new_rows where message_type <> 'system';
  return null;
end $$;
create trigger messages_search_insert after insert on messages
  referencing new table as new_rows for each statement execute function search.on_insert();

create function search.on_update() returns trigger language plpgsql as $$
begin
  if new.deleted_at is null then
    perform search.index_messages(array[new.id]);
  else
    delete from search.messages where message_id = new.id;
  end if;
  return null;
end $$;
-- Replies and reactions change messages far more often than this.
create trigger messages_search_update
  after update of content, deleted_at, pinned_at, edited_at, attachments, has_file, has_link, user_id on messages
  for each row when ((old.content, old.deleted_at, old.pinned_at, old.edited_at, old.attachments, old.has_file,
    old.has_link, old.user_id) is distinct from (new.content, new.deleted_at, new.pinned_at, new.edited_at,
    new.attachments, new.has_file, new.has_link, new.user_id))
  execute function search.on_update();

create function search.on_delete() returns trigger language plpgsql as $$
begin
  delete from search.messages s using old_rows o where s.message_id = o.id;
  return null;
end $$;
create trigger messages_search_delete after delete on messages
  referencing old table as old_rows for each statement execute function search.on_delete();

create function search.lexeme(word text) returns text language sql immutable as $$
  select '''' || replace(replace(word, '\', '\\'), '''', '''''') || '''';
$$;

-- What one term of a query matches. `mode`: word (any form of it, in either language), exact (as it stands, several
-- words in a row), prefix (the last word begins with it). `variants`: the word with accents that may have been left out.
-- `part_of`: an organisation, whose words that contain the term match as well. null: nothing to look for.
-- Only what comes out of the parser or `lexeme` becomes part of the query, never the text itself.
create function search.term(mode text, word text, variants text[], part_of uuid)
returns table (query tsquery, is_stop boolean) language plpgsql stable as $$
declare
  plain text := search.plain(search.composed(word));
  words text[] := array(select t.lexeme from unnest(to_tsvector('pg_catalog.simple', plain)) t
    order by t.positions[1]);
  english tsquery;
  spanish tsquery;
begin
  query := phraseto_tsquery('pg_catalog.simple', plain);
  is_stop := false;
  if numnode(query) = 0 then
    query := null;
  elsif mode = 'prefix' then
    query := (query::text || ':*')::tsquery;
  elsif mode = 'word' and cardinality(words) = 1 then
    english := plainto_tsquery('pg_catalog.english', plain);
    spanish := coalesce((select string_agg(search.lexeme(t.lexeme), ' | ')::tsquery
      from unnest(to_tsvector('pg_catalog.spanish', search.spanish(array_to_string(variants, ' ')))) t), ''::tsquery);
    is_stop := numnode(english) = 0 or numnode(spanish) = 0;
    query := query || english || spanish;
    if part_of is not null and length(words[1]) >= 3 then
      query := query || coalesce((select string_agg(search.lexeme(found.word), ' | ')::tsquery from (
        select w.word from search.words w
        where w.organization_id = part_of and w.word like '%' || regexp_replace(words[1], '([\\%_])', '\\\1', 'g') || '%'
        order by length(w.word), w.word limit 50) found), ''::tsquery);
    end if;
  end if;
  return next;
end $$;

-- Rows that match, by the index over vectors and never by reading the table: search_store.ts asks only when few match,
-- which the planner cannot know. `most`: any so many of them; null: all.
create function search.found(wanted tsquery, channels tsquery, most int)
returns table (message_id uuid, organization_id uuid, channel_id uuid, seq bigint, user_id uuid, created_at timestamptz)
language plpgsql stable set enable_seqscan = off set enable_indexscan = off set work_mem = '16MB' as $$
declare
  joined tsquery := case when channels is null then wanted else wanted && channels end;
begin
  return query select s.message_id, s.organization_id, s.channel_id, s.seq, s.user_id, s.created_at
    from search.messages s where s.vector @@ joined limit most;
end $$;

-- Which of these words of a text are meant by the query: what to highlight.
create function search.matching(candidates text[], query tsquery) returns setof text language sql stable as $$
  select c.word from unnest(candidates) c (word) cross join lateral (select search.plain(c.word) as plain offset 0) p
  where (to_tsvector('pg_catalog.simple', p.plain) || to_tsvector('pg_catalog.english', p.plain)
    || to_tsvector('pg_catalog.spanish', search.spanish(c.word))) @@ query;
$$;

insert into search.pending (message_id) select id from messages where message_type <> 'system';
