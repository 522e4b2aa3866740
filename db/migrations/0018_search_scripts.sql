-- Search in scripts without spaces between words, in scripts with optional vowel signs, and for version numbers. The
-- functions that take text apart are replaced; what is there already is read anew in small steps (search.reindex), so that
-- nothing waits for it. docs/decisions/0019-search-scripts.md says why.

-- Letters of scripts without spaces (Korean: without one before an ending), as a class of a regular expression: Thai, Lao,
-- Myanmar, Hangul, Khmer, Kana, Bopomofo, Han.
create function search.unspaced() returns text language sql immutable as $$
  select '[\u0E01-\u0E3A\u0E40-\u0E4E\u0E81-\u0ECE\u0EDC-\u0EDF\u1000-\u103F\u1050-\u109F\u1100-\u11FF\u1780-\u17D3'
    '\u17D7\u17DC\u17DD\u3005-\u3007\u3021-\u3029\u3041-\u309F\u30A1-\u30FA\u30FC-\u30FF\u3105-\u312F\u3131-\u318E'
    '\u31A0-\u31BF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uA960-\uA97F\uAC00-\uD7FF\uF900-\uFAFF'
    '\U00020000-\U000323AF]';
$$;

-- Signs that a word has or has not: accents that nothing is composed with, Hebrew points, Arabic, Syriac and Thaana vowel
-- signs, the Arabic stroke that only makes a word longer, and what is invisible in the middle of a word.
create function search.optional_signs() returns text language sql immutable as $$
  select '[\u00AD\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061C\u0640\u064B-\u065F\u0670'
    '\u06D6-\u06DC\u06DF-\u06E8\u06EA-\u06ED\u0730-\u074A\u07A6-\u07B0\u08CA-\u08E1\u08E3-\u08FF\u180B-\u180F'
    '\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFE00-\uFE0F\uFEFF]';
$$;

-- Composed form without optional signs, where there is anything to do.
create or replace function search.composed(content text) returns text language plpgsql stable as $$
begin
  if octet_length(content) = length(content) then
    return content;
  end if;
  -- decomposed Hangul and Kana, and Kana of half width
  if content ~ '[\u0300-\u036F\u0653-\u0655\u1100-\u11FF\u3099\u309A\uA960-\uA97F\uD7B0-\uD7FF]' then
    content := normalize(content, NFC);
  end if;
  if content ~ '[\uFF61-\uFFDC]' then
    content := normalize(content, NFKC);
  end if;
  if content ~ '[\u0600-\u06FF]' then
    -- the forms of alef, letters that carry a hamza, the two that look alike at the end of a word, Persian letters, digits
    content := translate(content, 'أإآٱؤئىةیک٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', 'ااااوييهيك01234567890123456789');
  end if;
  if content ~ search.optional_signs() then
    content := regexp_replace(content, search.optional_signs(), '', 'g');
  end if;
  return content;
end $$;

-- Text as words are compared: without accents, lower case, ASCII punctuation as spaces.
--  - A run of letters of a script without spaces becomes its pairs and the last letter: `abcd` is `ab bc cd d`. Two letters
--    are then one word of the index, more a phrase, one the beginning of a word.
--  - A version has its first number also without the letters before it (`v1.2.3` is `v1 1 2 3`), and its last one also
--    without those behind it (`1.2.3rc1` is `1 2 3 3rc1`).
create or replace function search.plain(content text) returns text language plpgsql stable as $$
declare
  plain text := lower(public.unaccent('public.unaccent'::regdictionary, content));
begin
  if plain ~ '[0-9]\.[0-9]' then
    plain := regexp_replace(plain, '\m([[:alpha:]]{1,20})([0-9]+)(?=\.[0-9])', '\1\2 \2', 'g');
    plain := regexp_replace(plain, '(?<=[0-9])(\.[0-9]+)([[:alpha:]])', '\1\1\2', 'g');
  end if;
  plain := regexp_replace(plain, '[-!"#$%&''()*+,./:;<=>?@[\\\]^_`{|}~]+', ' ', 'g');
  if octet_length(plain) > length(plain) and plain ~ search.unspaced() then
    plain := regexp_replace(plain, '(' || search.unspaced() || '+)', ' \1 ', 'g');
    plain := regexp_replace(plain, '(?<=' || search.unspaced() || ')(' || search.unspaced() || ')', '\1 \1', 'g');
  end if;
  return plain;
end $$;

-- Text for the Spanish stemmer, which needs the accents; the one that is left out most often is put back.
create or replace function search.spanish(content text) returns text language plpgsql stable as $$
begin
  content := regexp_replace(lower(content), '[-!"#$%&''()*+,./:;<=>?@[\\\]^_`{|}~¿¡]+', ' ', 'g');
  if octet_length(content) > length(content) and content ~ search.unspaced() then
    content := regexp_replace(content, search.unspaced() || '+', ' ', 'g');
  end if;
  return regexp_replace(content, '([cst])ion\M', '\1ión', 'g');
end $$;

-- The words of a plain text in a row. In scripts without spaces its pairs, at their distances; a letter alone is the
-- beginning of any pair. Only lexemes become part of the query.
create function search.phrase(plain text) returns tsquery language plpgsql stable as $$
begin
  if plain !~ search.unspaced() then
    return phraseto_tsquery('pg_catalog.simple', plain);
  end if;
  return (
    with word as (
      select t.lexeme, p.position, length(t.lexeme) = 1 and t.lexeme ~ search.unspaced() as alone,
        lag(t.lexeme) over w as before, lag(p.position) over w as at
      from unnest(to_tsvector('pg_catalog.simple', plain)) t cross join lateral unnest(t.positions) p (position)
      window w as (order by p.position)
    ), part as (
      -- The last letter of a run says nothing that the pair before it has not said.
      select lexeme, position, alone, lag(position) over (order by position) as at from word
      where not (alone and coalesce(at = position - 1 and length(before) = 2 and right(before, 1) = lexeme, false))
    )
    select string_agg(case when at is null then '' else ' <' || position - at || '> ' end
      || search.lexeme(lexeme) || case when alone then ':*' else '' end, '' order by position)::tsquery
    from part);
end $$;

-- As 0008_search.sql has it, for words of all scripts. `v1.2.3` means `1.2.3` as well.
create or replace function search.term(mode text, word text, variants text[], part_of uuid)
returns table (query tsquery, is_stop boolean) language plpgsql stable as $$
declare
  plain text := search.plain(search.composed(
    case when mode = 'word' then regexp_replace(word, '^v(?=[0-9]+\.[0-9])', '', 'i') else word end));
  spaced boolean := plain !~ search.unspaced();
  words text[] := array(select t.lexeme from unnest(to_tsvector('pg_catalog.simple', plain)) t
    order by t.positions[1]);
  english tsquery;
  spanish tsquery;
begin
  query := search.phrase(plain);
  is_stop := false;
  if query is null or numnode(query) = 0 then
    query := null;
  elsif mode = 'prefix' then
    query := case when query::text like '%:*' then query else (query::text || ':*')::tsquery end;
  elsif mode = 'word' and spaced and cardinality(words) = 1 then
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

-- Which of these words of a text are meant by the query: what to highlight.
create or replace function search.matching(candidates text[], query tsquery) returns setof text language sql stable as $$
  select c.word from unnest(candidates) c (word)
    cross join lateral (select search.composed(c.word) as composed offset 0) w
    cross join lateral (select search.plain(w.composed) as plain offset 0) p
  where (to_tsvector('pg_catalog.simple', p.plain) || to_tsvector('pg_catalog.english', p.plain)
    || to_tsvector('pg_catalog.spanish', search.spanish(w.composed))) @@ query;
$$;

-- The newest first: whoever has sent a message finds it, whatever else waits.
create or replace function search.index_pending(most int) returns int language plpgsql as $$
declare
  ids uuid[];
begin
  with taken as (
    delete from search.pending where id in (select id from search.pending order by id desc limit most for update skip locked)
    returning message_id
  )
  select array_agg(message_id) into ids from taken;
  if ids is null then
    return 0;
  end if;
  perform search.index_messages(ids);
  return cardinality(ids);
end $$;

-- How far the messages from before this migration have been looked at; no row: all of them.
create table search.reindex (after_id uuid not null);
insert into search.reindex (after_id)
  select '00000000-0000-0000-0000-000000000000' where exists (select from messages);

-- Looks at so many messages and notes those that these functions read differently. False: there are none left, or somebody
-- else is at it.
create function search.reindex_step(most int) returns boolean language plpgsql as $$
declare
  start uuid;
  reached uuid;
begin
  select after_id into start from search.reindex limit 1 for update skip locked;
  if start is null then
    return false;
  end if;
  with part as materialized (
    select id, content, message_type, deleted_at from public.messages where id > start order by id limit most
  ), put as (
    insert into search.pending (message_id)
    select id from part
    where message_type <> 'system' and deleted_at is null
      and (octet_length(content) > length(content) and (content ~ search.unspaced()
          or content ~ search.optional_signs() or content ~ '[\u0600-\u06FF\uFF61-\uFFDC]')
        or content ~ '[[:alpha:]][0-9]+\.[0-9]|[0-9]\.[0-9]+[[:alpha:]]')
  )
  select id into reached from part order by id desc limit 1;
  if reached is null then
    delete from search.reindex;
    return false;
  end if;
  update search.reindex set after_id = reached;
  return true;
end $$;
