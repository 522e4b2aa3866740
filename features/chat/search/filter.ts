// The conditions of a search as SQL. What a person may read is a join with `readableChannels` in every statement: there
// is no way to ask without it. `s` is the row of search.messages, `r` the readable channel, `m` the message.
import { joinSql, type Sql, sql } from "../../../db/sql.ts";
import { readableChannels } from "../channels/store.ts";
import type { DateRef, FlagRef } from "./query.ts";

/** A place in the order of messages, newest first. `at`: microseconds since 1970. */
export interface Position {
  at: number;
  id: string;
}

export interface SearchFilter {
  organizationId: string;
  userId: string;
  now: Date;
  /** Only these channels (as far as they are readable); null: all readable ones. */
  channelIds: string[] | null;
  /** Readable messages, roughly, in how many channels, and how many in the largest. */
  readable: { messages: number; channels: number; largest: number };
  /** tsquery over words and marks; null: anything. */
  match: string | null;
  /** The index over vectors can find `match`. */
  indexable: boolean;
  /** tsquery of the wanted words, for ranking. */
  wanted: string | null;
  literals: { text: string; negated: boolean }[];
  from: string[] | null;
  notFrom: string[];
  dates: DateRef[];
  flags: FlagRef[];
  /** Only what comes after this place in the order. */
  below?: Position;
}

/** Marks in the vector (0008_search.sql). The others are looked up. */
const MARKS: Partial<Record<FlagRef["flag"], string>> = {
  file: "'=file'",
  image: "'=image'",
  link: "'=link'",
  pin: "'=pin'",
  edited: "'=edited'",
};

/** What the marks say of flags and authors, as parts of a tsquery. */
export function markQuery(flags: readonly FlagRef[], from: string[] | null): { parts: string[]; indexable: boolean } {
  const parts: string[] = [];
  let indexable = false;
  for (const { flag, negated } of flags) {
    const mark = MARKS[flag];
    if (!mark) continue;
    parts.push(negated ? `!${mark}` : mark);
    if (!negated) indexable = true;
  }
  if (from?.length) {
    parts.push(`(${from.map((id) => `'=u${shortId(id)}'`).join(" | ")})`);
    indexable = true;
  }
  return { parts, indexable };
}

/** As the marks name channels and people. */
function shortId(id: string): string {
  return id.slice(-8).replace(/[^0-9a-f]/g, "");
}

export function readableCte(f: SearchFilter): Sql {
  const only = f.channelIds ? sql`where rc.channel_id = any(${f.channelIds}::uuid[])` : sql``;
  return sql`readable as materialized (
    select rc.channel_id, rc.visible_after_seq from ${readableChannels(f.organizationId, f.userId, f.now)} rc ${only})`;
}

/** `at` as a time, exactly. */
const timeOf = (at: number): Sql => sql`timestamptz 'epoch' + ${at}::float8 * interval '1 microsecond'`;
export const AT = sql`(extract(epoch from s.created_at) * 1000000)::int8 as at`;

/** Bounds in time, which an index over it can use. */
export function timeConditions(f: SearchFilter): Sql[] {
  const out = [sql`true`];
  if (f.below) out.push(sql`(s.created_at, s.message_id) < (${timeOf(f.below.at)}, ${f.below.id}::uuid)`);
  for (const { from, to, negated } of f.dates) {
    if (negated) continue;
    if (from) out.push(sql`s.created_at >= ${from}`);
    if (to) out.push(sql`s.created_at < ${to}`);
  }
  return out;
}

/** Everything else but `match`. */
export function otherConditions(f: SearchFilter): Sql {
  const out = [sql`s.channel_id = r.channel_id and s.seq > r.visible_after_seq`];
  if (f.from) out.push(sql`s.user_id = any(${f.from}::uuid[])`);
  if (f.notFrom.length) out.push(sql`(s.user_id is null or s.user_id <> all(${f.notFrom}::uuid[]))`);
  for (const date of f.dates) {
    if (!date.negated) continue;
    const inside = [sql`true`];
    if (date.from) inside.push(sql`s.created_at >= ${date.from}`);
    if (date.to) inside.push(sql`s.created_at < ${date.to}`);
    out.push(sql`not (${joinSql(inside, " and ")})`);
  }
  for (const { flag, negated } of f.flags) {
    const condition = looked(f, flag);
    if (condition) out.push(negated ? sql`not ${condition}` : condition);
  }
  for (const { text, negated } of f.literals) {
    const inside =
      sql`exists (select 1 from messages m where m.id = s.message_id and position(${text} in concat_ws(E'\\n', m.content, search.card_text(m.props))) > 0)`;
    out.push(negated ? sql`not ${inside}` : inside);
  }
  return joinSql(out, " and ");
}

function looked(f: SearchFilter, flag: FlagRef["flag"]): Sql | undefined {
  switch (flag) {
    case "thread":
      return sql`exists (select 1 from messages m where m.id = s.message_id
        and (m.root_id is not null or m.reply_count > 0))`;
    case "reaction":
      return sql`exists (select 1 from message_reactions e where e.message_id = s.message_id)`;
    case "unread":
      return sql`exists (select 1 from channel_members cm where cm.channel_id = s.channel_id
        and cm.user_id = ${f.userId} and s.seq > cm.read_seq
        and s.user_id is distinct from ${f.userId})`;
  }
}
