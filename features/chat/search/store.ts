// Finds the newest matches of a search. There are two ways, and neither is good for everything:
//  - walking: newest messages first, looking at each. Cheap when many match, endless when few do;
//  - the index over vectors: cheap when few match, dear when many do (each match is a row to fetch).
// So a short walk comes first and tells how often the query matches: a common word is then found by walking on. Else the
// index is asked: for everything at once while that is a bounded number of matches, and else for stretches of months,
// newest first (each message carries its month in the index), until there are enough. A search without an index to ask
// (`-word`, `has:reaction`) only walks, a bounded way per page. Measured in docs/decisions/0011-search.md.
import { joinSql, type Queryable, type Sql, sql } from "../../../db/sql.ts";
import { AT, otherConditions, type Position, readableCte, type SearchFilter, timeConditions } from "./filter.ts";

export interface Hit {
  id: string;
  channel_id: string;
  at: number;
  rank: number;
}

export interface Hits {
  /** Newest first. */
  rows: Hit[];
  /** Where looking ended before everything was looked at; undefined: there are no more, or there are enough. */
  resume?: Position;
}

/** Messages of the first, short walk. */
const PROBE = 1000;
/** Messages that a walk looks at, at most, before the index is asked. */
const MAX_WALK = 15_000;
/** With fewer matches than this (as far as the probe tells) the index is asked for all at once; else by months. */
const RARE = 6000;
/** The index finds phrases by their words and each message must be looked at: months are the better way much earlier. */
const RARE_PHRASE = 2000;
/** Matches that are fetched at once, at most. */
const MAX_AT_ONCE = 80_000;
/** Months that the index is asked for at once. */
const MAX_MONTHS = 12;
/** Messages that a page of a search without the index looks at. */
const MAX_BLIND_WALK = 150_000;
/** Few messages in few channels: those are walked channel by channel. */
const FEW_MESSAGES = 60_000;
const FEW_CHANNELS = 20;
/** The index is told the channels when they are few and hold no more than so many messages. */
const MAX_NAMED_CHANNELS = 300;
const MAX_NAMED_MESSAGES = 150_000;

/** The newest matches below `f.below`, at most `want`. */
export async function newestHits(db: Queryable, f: SearchFilter, want: number): Promise<Hits> {
  if (f.readable.channels === 0 || f.from?.length === 0) return { rows: [] };
  const few = f.readable.channels <= FEW_CHANNELS && f.readable.messages <= FEW_MESSAGES;
  if (!f.indexable) return few ? { rows: await walkChannels(db, f, want) } : await blindWalk(db, f, want);
  // How many of a thousand new messages match, and hence of all.
  const share = await probe(db, f, few) / PROBE;
  const expected = share * f.readable.messages;
  const rare = expected < (f.match!.includes("<") ? RARE_PHRASE : RARE);
  if (few) return { rows: rare ? await byIndex(db, f, want, true, expected) : await walkChannels(db, f, want) };
  const needed = share === 0 ? Infinity : Math.ceil(want / share * 1.25);
  if (needed <= MAX_WALK) {
    const rows = await walk(db, f, needed, want);
    if (rows.length >= want) return { rows };
  }
  return { rows: await byIndex(db, f, want, rare, expected) };
}

async function blindWalk(db: Queryable, f: SearchFilter, want: number): Promise<Hits> {
  const rows: Hit[] = [];
  let below = f.below, looked = 0;
  for (let window = 5000;; window = Math.min(window * 4, MAX_BLIND_WALK - looked)) {
    const part = { ...f, below };
    rows.push(...await walk(db, part, window, want - rows.length));
    if (rows.length >= want) return { rows };
    below = await endOf(db, part, window);
    looked += window;
    if (!below) return { rows };
    if (looked >= MAX_BLIND_WALK) return { rows, resume: below };
  }
}

/** The stretch that is walked: one channel's messages or the organisation's, newest first. */
function stretch(f: SearchFilter): Sql {
  const only = f.channelIds?.length === 1
    ? sql`s.channel_id = ${f.channelIds[0]}`
    : sql`s.organization_id = ${f.organizationId}`;
  return sql`from search.messages s where ${only} and ${joinSql(timeConditions(f), " and ")}
    order by s.created_at desc, s.message_id desc`;
}

/** Place of the last of `count` messages; undefined when there are fewer. */
async function endOf(db: Queryable, f: SearchFilter, count: number): Promise<Position | undefined> {
  return await db.maybe<Position>(sql`select ${AT}, s.message_id as id ${stretch(f)} offset ${count - 1} limit 1`);
}

// The inner limit fixes the plan: a walk along the index, whatever the planner thinks of the rest.
async function walk(db: Queryable, f: SearchFilter, count: number, want: number): Promise<Hit[]> {
  return await db.rows<Hit>(sql`
    with ${readableCte(f)}
    select s.message_id as id, s.channel_id, ${AT}, ${rank(f)} from (
      select s.* from (select s.* ${stretch(f)} limit ${count}) s join readable r on ${otherConditions(f)}
      where ${matches(f)}
      order by s.created_at desc, s.message_id desc limit ${want}) s
    order by s.created_at desc, s.message_id desc`);
}

/** Newest matches of each channel, put together. The limits fix the plan and stop each walk when it has enough. */
async function walkChannels(db: Queryable, f: SearchFilter, want: number): Promise<Hit[]> {
  return await db.rows<Hit>(sql`
    with ${readableCte(f)}
    select s.message_id as id, s.channel_id, ${AT}, ${rank(f)} from (
      select s.* from readable r cross join lateral (
        select s.* from (select s.* from search.messages s where s.channel_id = r.channel_id
          and ${joinSql(timeConditions(f), " and ")}
          order by s.created_at desc, s.message_id desc limit ${f.readable.largest + PROBE}) s
        where ${matches(f)} and ${otherConditions(f)}
        order by s.created_at desc, s.message_id desc limit ${want}) s
      order by s.created_at desc, s.message_id desc limit ${want}) s
    order by s.created_at desc, s.message_id desc`);
}

const matches = (f: SearchFilter): Sql =>
  sql`s.organization_id = ${f.organizationId} and ${
    f.match === null ? sql`true` : sql`s.vector @@ ${f.match}::tsquery`
  }`;

/** Matches of a thousand among the newest messages. @param each of each channel, which are few */
async function probe(db: Queryable, f: SearchFilter, each: boolean): Promise<number> {
  const part = Math.ceil(PROBE / f.readable.channels);
  const newest = each
    ? sql`readable w cross join lateral (select s.* from search.messages s where s.channel_id = w.channel_id
        and ${joinSql(timeConditions(f), " and ")} order by s.created_at desc, s.message_id desc limit ${part}) s`
    : sql`(select s.* ${stretch(f)} limit ${PROBE}) s`;
  const { count } = await db.one<{ count: number }>(sql`
    with ${readableCte(f)}
    select count(*)::int as count from ${newest} join readable r on ${otherConditions(f)} where ${matches(f)}`);
  return count;
}

/** @param expected matches among all readable messages, roughly; 0: not known */
async function byIndex(db: Queryable, f: SearchFilter, want: number, rare: boolean, expected: number): Promise<Hit[]> {
  if (rare) {
    const all = await indexed(db, f, want, f.match!, MAX_AT_ONCE);
    if (all.complete) return all.rows;
  }
  const span = await db.maybe<{ first: Date; last: Date }>(sql`
    select (select s.created_at from search.messages s where s.organization_id = ${f.organizationId}
        order by s.created_at limit 1) as first,
      (select s.created_at from search.messages s where s.organization_id = ${f.organizationId}
        order by s.created_at desc limit 1) as last`);
  if (!span?.first) return [];
  const rows: Hit[] = [];
  const months = monthsOf(f, span);
  let looked = 0;
  // As many months as will do, going by the months before; twice as many when those had nothing.
  let perMonth = expected / (monthNumber(span.last) - monthNumber(span.first) + 1);
  for (let size = 1; months.length > 0; looked += size) {
    size = perMonth > 0 ? Math.ceil((want - rows.length) / perMonth) : size * 2;
    size = Math.min(MAX_MONTHS, months.length, size);
    const part = await indexed(
      db,
      f,
      want - rows.length,
      `(${f.match}) & (${months.splice(0, size).join(" | ")})`,
      null,
    );
    rows.push(...part.rows);
    if (rows.length >= want) break;
    perMonth = rows.length / (looked + size);
  }
  return rows;
}

const monthNumber = (date: Date) => date.getUTCFullYear() * 12 + date.getUTCMonth();

/** The months that may hold matches, as marks of the index, newest first. */
function monthsOf(f: SearchFilter, span: { first: Date; last: Date }): string[] {
  const positive = f.dates.filter((date) => !date.negated);
  const ends = [span.last, ...positive.flatMap((date) => date.to ?? [])];
  if (f.below) ends.push(new Date(Math.ceil(f.below.at / 1000)));
  const last = Math.max(...[span.first, ...positive.flatMap((date) => date.from ?? [])].map(monthNumber));
  const names: string[] = [];
  for (let month = Math.min(...ends.map(monthNumber)); month >= last; month--) {
    names.push(`'=m${Math.floor(month / 12)}${String(month % 12 + 1).padStart(2, "0")}'`);
  }
  return names;
}

/** @param most stops the index after so many; `complete` then tells whether there were fewer */
async function indexed(
  db: Queryable,
  f: SearchFilter,
  want: number,
  match: string,
  most: number | null,
): Promise<{ rows: Hit[]; complete: boolean }> {
  const { readable } = f;
  const named = readable.channels <= MAX_NAMED_CHANNELS && readable.messages <= MAX_NAMED_MESSAGES;
  const rows = await db.rows<Hit & { asked: number }>(sql`
    with ${readableCte(f)}, found as materialized (
      select * from search.found(${match}::tsquery, ${
    named
      ? sql`(select string_agg('''=c' || right(channel_id::text, 8) || '''', ' | ')::tsquery from readable)`
      : sql`null::tsquery`
  }, ${most}::int)), newest as materialized (
      select s.message_id from found s join readable r on ${otherConditions(f)}
      where s.organization_id = ${f.organizationId} and ${joinSql(timeConditions(f), " and ")}
        and (${most}::int is null or (select count(*) from found) < ${most}::int)
      order by s.created_at desc, s.message_id desc limit ${want})
    select s.message_id as id, s.channel_id, ${AT}, ${rank(f)}, (select count(*) from found)::int as asked
    from (select 1) one left join (newest n join search.messages s on s.message_id = n.message_id) on true
    order by s.created_at desc, s.message_id desc`);
  const complete = most === null || (rows[0]?.asked ?? 0) < most;
  return { rows: complete ? rows.filter((row) => row.id !== null) : [], complete };
}

/** How well the words fit (0 to 1), and half as much for what is half a year old. */
function rank(f: SearchFilter): Sql {
  if (f.wanted === null) return sql`0::float8 as rank`;
  return sql`(ts_rank('{1,1,1,1}', s.vector, ${f.wanted}::tsquery, 1) * (0.35 + 0.65 * exp(
    -greatest(0, extract(epoch from ${f.now}::timestamptz - s.created_at)) / (86400 * 120))))::float8 as rank`;
}
