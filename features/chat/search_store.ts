// Finds the newest matches of a search. There are two ways, and neither is good for everything:
//  - walking: newest messages first, looking at each. Cheap when many match, endless when few do;
//  - the index over vectors: cheap when few match, dear when many do (each match is a row to fetch).
// So a short walk comes first and tells how often the query matches; a common word is then found by walking on, a rare
// one by the index. A search that gives the index nothing to find (`-word`, `has:reaction`) only walks, a bounded way per
// page, and goes on from there with the next. Measured in docs/decisions/0011-search.md.
import { joinSql, type Queryable, type Sql, sql } from "../../db/sql.ts";
import { AT, otherConditions, type Position, readableCte, type SearchFilter, timeConditions } from "./search_filter.ts";

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
const PROBE = 3000;
/** Messages that a walk looks at, at most, before the index is asked. */
const MAX_WALK = 60_000;
/** Messages that a page of a search without the index looks at. */
const MAX_BLIND_WALK = 150_000;
/** Who reads no more than so many messages is served by the index at once. */
const FEW_MESSAGES = 30_000;
/** The index is told the channels when they are few and hold no more than so many messages. */
const MAX_NAMED_CHANNELS = 300;
const MAX_NAMED_MESSAGES = 150_000;

/** The newest matches below `f.below`, at most `want`. */
export async function newestHits(db: Queryable, f: SearchFilter, want: number): Promise<Hits> {
  if (f.readable.channels === 0 || f.from?.length === 0) return { rows: [] };
  if (!f.indexable) return await blindWalk(db, f, want);
  if (f.readable.messages <= FEW_MESSAGES && f.readable.channels > 1) return { rows: await byIndex(db, f, want) };
  const probe = await walk(db, f, PROBE, want);
  if (probe.length >= want) return { rows: probe };
  // Enough to be had in MAX_WALK, with some to spare?
  const needed = Math.ceil(PROBE * want / Math.max(probe.length, 1) * 1.2);
  if (needed <= MAX_WALK) {
    const rows = await walk(db, f, needed, want);
    if (rows.length >= want) return { rows };
  }
  return { rows: await byIndex(db, f, want) };
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
      where s.organization_id = ${f.organizationId} and ${
    f.match === null ? sql`true` : sql`s.vector @@ ${f.match}::tsquery`
  }
      order by s.created_at desc, s.message_id desc limit ${want}) s
    order by s.created_at desc, s.message_id desc`);
}

async function byIndex(db: Queryable, f: SearchFilter, want: number): Promise<Hit[]> {
  const { readable } = f;
  const named = readable.channels <= MAX_NAMED_CHANNELS && readable.messages <= MAX_NAMED_MESSAGES;
  return await db.rows<Hit>(sql`
    with ${readableCte(f)}, found as materialized (
      select * from search.found(${f.match}::tsquery, ${
    named
      ? sql`(select string_agg('''=c' || right(channel_id::text, 8) || '''', ' | ')::tsquery from readable)`
      : sql`null::tsquery`
  })), newest as materialized (
      select s.message_id from found s join readable r on ${otherConditions(f)}
      where s.organization_id = ${f.organizationId} and ${joinSql(timeConditions(f), " and ")}
      order by s.created_at desc, s.message_id desc limit ${want})
    select s.message_id as id, s.channel_id, ${AT}, ${rank(f)}
    from newest n join search.messages s on s.message_id = n.message_id
    order by s.created_at desc, s.message_id desc`);
}

/** How well the words fit (0 to 1), and half as much for what is half a year old. */
function rank(f: SearchFilter): Sql {
  if (f.wanted === null) return sql`0::float8 as rank`;
  return sql`(ts_rank('{1,1,1,1}', s.vector, ${f.wanted}::tsquery, 1) * (0.35 + 0.65 * exp(
    -greatest(0, extract(epoch from ${f.now}::timestamptz - s.created_at)) / (86400 * 120))))::float8 as rank`;
}
