// Statements that read the counted figures. Each one names the organisation; none touches messages, so a year costs the
// same however much was written. Buckets come in as the times at which they begin, or as hours of days (kernel/time_buckets.ts).
import { type Queryable, type Sql, sql } from "../../db/sql.ts";
import { DAY_MS, type DayPart, HOUR_MS, type Period } from "../../kernel/time_buckets.ts";
import type { SlotCount } from "../../kernel/histogram.ts";
import { NOBODY } from "./rollup.ts";

/** The organisation's figures of one bucket. */
export interface HourSums {
  bucket: number;
  messages: number;
  replies: number;
  threads: number;
  files: number;
  reactions: number;
  active_seconds: number;
  reconnects: number;
  connection_errors: number;
  js_errors: number;
  http_errors: number;
  slow_readers: number;
}

const bucketOf = (column: Sql, starts: readonly Date[]) => sql`width_bucket(${column}, ${starts}::timestamptz[]) - 1`;

export async function hourSums(
  db: Queryable,
  organizationId: string,
  starts: readonly Date[],
  to: Date,
): Promise<HourSums[]> {
  return await db.rows<HourSums>(sql`
    select ${bucketOf(sql`hour`, starts)} as bucket, sum(messages)::int8 as messages, sum(replies)::int8 as replies,
      sum(threads)::int8 as threads, sum(files)::int8 as files, sum(reactions)::int8 as reactions,
      sum(active_seconds)::int8 as active_seconds, sum(reconnects)::int8 as reconnects,
      sum(connection_errors)::int8 as connection_errors, sum(js_errors)::int8 as js_errors,
      sum(http_errors)::int8 as http_errors, sum(slow_readers)::int8 as slow_readers
    from stats_hours
    where organization_id = ${organizationId} and hour >= ${starts[0]} and hour < ${to} group by 1`);
}

/** Different people per bucket: active in any way, and present (with time in the application). */
export async function activePeople(
  db: Queryable,
  organizationId: string,
  parts: readonly DayPart[],
): Promise<{ bucket: number; active: number; present: number }[]> {
  return await db.rows(sql`
    select bucket, count(*)::int as active, count(*) filter (where present)::int as present from (
      select k.bucket, p.user_id, bool_or(p.present & k.mask <> 0) as present
      from unnest(${parts.map((p) => p.bucket)}::int[], ${parts.map((p) => p.day)}::date[],
        ${parts.map((p) => p.mask)}::int[]) as k (bucket, day, mask)
      join stats_people p on p.organization_id = ${organizationId} and p.day = k.day and p.hours & k.mask <> 0
      group by 1, 2
    ) a group by 1`);
}

export interface TimeSlots extends SlotCount {
  bucket: number;
  kind: "latency" | "load";
}

export async function timeSlots(
  db: Queryable,
  organizationId: string,
  starts: readonly Date[],
  to: Date,
): Promise<TimeSlots[]> {
  return await db.rows<TimeSlots>(sql`
    select ${bucketOf(sql`hour`, starts)} as bucket, kind, slot, sum(count)::int8 as count from stats_times
    where organization_id = ${organizationId} and hour >= ${starts[0]} and hour < ${to}
    group by 1, 2, 3 order by 1, 2, 3`);
}

export async function moderationCounts(
  db: Queryable,
  organizationId: string,
  starts: readonly Date[],
  to: Date,
): Promise<{ bucket: number; kind: string; count: number }[]> {
  return await db.rows(sql`
    select ${bucketOf(sql`at`, starts)} as bucket, kind, count(*)::int as count from stats_events
    where organization_id = ${organizationId} and at >= ${starts[0]} and at < ${to} group by 1, 2`);
}

export async function newPeople(
  db: Queryable,
  organizationId: string,
  starts: readonly Date[],
  to: Date,
): Promise<{ bucket: number; count: number }[]> {
  return await db.rows(sql`
    select ${bucketOf(sql`created_at`, starts)} as bucket, count(*)::int as count from users
    where organization_id = ${organizationId} and not is_service and created_at >= ${starts[0]} and created_at < ${to}
    group by 1`);
}

/** What a period is made of: whole UTC days, and the days of which it has only some hours (from 1 on). */
function partsOf({ from, to }: Period) {
  const first = Math.ceil(from.getTime() / DAY_MS) * DAY_MS;
  const end = Math.max(first, Math.floor(to.getTime() / DAY_MS) * DAY_MS);
  const edges: { day: string; first: number; last: number }[] = [];
  const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const edge = (start: number, stop: number) => {
    if (stop <= start) return;
    const day = Math.floor(start / DAY_MS) * DAY_MS;
    edges.push({ day: iso(day), first: (start - day) / HOUR_MS + 1, last: (stop - day) / HOUR_MS });
  };
  edge(from.getTime(), Math.min(first, to.getTime()));
  edge(Math.max(end, from.getTime(), first), to.getTime());
  const days = edges.map((e) => e.day);
  const slices = sql`unnest(${days}::date[], ${edges.map((e) => e.first)}::int[], ${
    edges.map((e) => e.last)
  }::int[]) as k (day, first, last)`;
  return { first: iso(first), end: iso(end), slices };
}

/** The hours of an edge, added up. */
const slice = (hours: Sql) => sql`(select coalesce(sum(v), 0)::int from unnest((${hours})[k.first:k.last]) v)`;

export interface ChannelCount {
  channel_id: string;
  messages: number;
  active_users: number;
  type: "public" | "private" | "direct" | null;
  name: string | null;
  /** The reader may know what it is called. */
  known: boolean;
}

/** Channels by messages in the period, the busiest first. @param readerId whose channels may be named */
export async function busiestChannels(
  db: Queryable,
  organizationId: string,
  period: Period,
  readerId: string | null,
  limit: number,
  offset = 0,
): Promise<ChannelCount[]> {
  const { first, end, slices } = partsOf(period);
  return await db.rows<ChannelCount>(sql`
    select n.*, c.type, c.name, coalesce(c.type = 'public' or exists (
        select 1 from channel_members m where m.channel_id = c.id and m.user_id = ${readerId}::uuid), false) as known
    from (
      select channel_id, sum(messages)::int8 as messages,
        count(*) filter (where user_id <> ${NOBODY}::uuid)::int as active_users
      from (
        select channel_id, user_id, sum(messages) as messages from (
          select s.channel_id, s.user_id, s.messages from stats_channels s
          where s.organization_id = ${organizationId} and s.day >= ${first}::date and s.day < ${end}::date
          union all
          select s.channel_id, s.user_id, ${slice(sql`s.message_hours`)}
          from ${slices} join stats_channels s on s.organization_id = ${organizationId} and s.day = k.day
        ) a group by 1, 2 having sum(messages) > 0
      ) b group by 1 order by 2 desc, 1 limit ${limit} offset ${offset}
    ) n left join channels c on c.id = n.channel_id and c.organization_id = ${organizationId}
    order by n.messages desc, n.channel_id`);
}

/** Messages, seconds of use and days of each person in the period, as a sub-select `user_id, messages, seconds, days`. */
export function peopleSums(organizationId: string, period: Period): Sql {
  const { first, end, slices } = partsOf(period);
  return sql`(
    select user_id, sum(messages)::int8 as messages, sum(seconds)::int8 as seconds, count(*) filter (where active)::int as days
    from (
      select p.user_id, p.messages, p.seconds, p.hours <> 0 as active from stats_people p
      where p.organization_id = ${organizationId} and p.day >= ${first}::date and p.day < ${end}::date
      union all
      select p.user_id, ${slice(sql`p.message_hours`)}, ${slice(sql`p.second_hours`)},
        (p.hours & (((1::int8 << k.last) - (1::int8 << (k.first - 1)))::int)) <> 0
      from ${slices} join stats_people p on p.organization_id = ${organizationId} and p.day = k.day
    ) a group by 1
  )`;
}

export interface PersonCount {
  user_id: string;
  messages: number;
  seconds: number;
  username: string | null;
  display_name: string | null;
}

/** People by messages in the period, the busiest first. Accounts that are gone have no name. */
export async function busiestPeople(
  db: Queryable,
  organizationId: string,
  period: Period,
  limit: number,
  offset = 0,
): Promise<PersonCount[]> {
  return await db.rows<PersonCount>(sql`
    select n.user_id, n.messages, n.seconds, u.username, u.display_name
    from ${peopleSums(organizationId, period)} n
    left join users u on u.id = n.user_id and u.organization_id = ${organizationId}
    where n.messages > 0 or n.seconds > 0
    order by n.messages desc, n.seconds desc, n.user_id limit ${limit} offset ${offset}`);
}

export interface Now {
  muted_users: number;
  banned_users: number;
  reports_pending: number;
}

export async function moderationNow(db: Queryable, organizationId: string, now: Date): Promise<Now> {
  return await db.one<Now>(sql`
    select
      (select count(distinct user_id)::int from chat_restrictions where organization_id = ${organizationId}
        and kind = 'mute' and (expires_at is null or expires_at > ${now})) as muted_users,
      (select count(*)::int from (
        select user_id from chat_restrictions where organization_id = ${organizationId}
          and kind = 'ban' and (expires_at is null or expires_at > ${now})
        union select id from users where organization_id = ${organizationId} and banned_until > ${now}
      ) b) as banned_users,
      (select count(*)::int from moderation_reports
        where organization_id = ${organizationId} and status = 'pending' and case_id = id) as reports_pending`);
}
