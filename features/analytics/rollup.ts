// Counting messages, hour by hour. Events mark the hours they touch (`stats_dirty`); a job counts each marked hour again
// from the messages themselves. Invariants:
//  - counting again is harmless and never makes a figure smaller, so that what retention removes stays counted;
//  - a mark that comes while its hour is being counted is not lost: only the version that was counted is taken away;
//  - messages that came without an event (imports, a database older than this feature) are found by the nightly sweep.
import { type Db, sql } from "../../db/sql.ts";
import type { App } from "../context.ts";
import type { ConsumedEvent, Consumer, JobRule } from "../define.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { ModerationEvents } from "../../protocol/pushes/moderation.ts";
import { DAY_MS, HOUR_MS, hourOf } from "../../kernel/time_buckets.ts";

/** Stands for webhooks and the server in stats_channels. */
export const NOBODY = "00000000-0000-0000-0000-000000000000";
const BATCH = 50;
/** A sweep looks at so much time in one statement. */
const SWEEP_MS = 7 * DAY_MS;

interface Dirty {
  organization_id: string;
  hour: Date;
  version: number;
}

/** Marks the hours of messages and reactions, and notes what moderation did. */
export const statsConsumer: Consumer = {
  name: "analytics.count",
  async handle(app, events) {
    await mark(app.db, events.flatMap(touched));
    await noteModeration(app.db, events);
  },
};

function touched(event: ConsumedEvent): { organizationId: string; hour: Date }[] {
  if (event.type !== "chat_message" && event.type !== "reaction_added") return [];
  const data = event.push.data as { message?: { created_at?: string } } | null;
  const at = new Date(data?.message?.created_at ?? String(event.push.timestamp));
  return Number.isNaN(at.getTime()) ? [] : [{ organizationId: event.organizationId, hour: hourOf(at) }];
}

async function mark(db: Db, hours: { organizationId: string; hour: Date }[]): Promise<void> {
  const distinct = [...new Map(hours.map((h) => [`${h.organizationId} ${h.hour.getTime()}`, h])).values()];
  if (distinct.length === 0) return;
  await db.run(sql`
    insert into stats_dirty as d (organization_id, hour)
    select o.id, n.hour
    from unnest(${distinct.map((h) => h.organizationId)}::uuid[], ${distinct.map((h) => h.hour)}::timestamptz[])
      as n (organization_id, hour)
    join organizations o on o.id = n.organization_id
    order by 1, 2
    on conflict (organization_id, hour) do update set version = d.version + 1`);
}

type Kind = "report" | "warning" | "mute" | "ban" | "lifted" | "flagged" | "blocked";

function moderationKind(event: ConsumedEvent): { kind: Kind; at: string } | null {
  const at = String(event.push.timestamp);
  switch (event.type as keyof ModerationEvents) {
    case "report_created": {
      const { report } = event.push.data as ModerationEvents["report_created"];
      // What the filter found is counted as `flagged`.
      return report.source === "person" ? { kind: "report", at: report.created_at } : null;
    }
    case "action_created": {
      const { action } = event.push.data as ModerationEvents["action_created"];
      return { kind: action.action_type, at: action.created_at };
    }
    case "action_lifted":
      return { kind: "lifted", at };
    case "message_flagged":
      return { kind: "flagged", at };
    case "message_blocked":
      return { kind: "blocked", at };
    default:
      return null;
  }
}

async function noteModeration(db: Db, events: ConsumedEvent[]): Promise<void> {
  const notes = events.filter((e) => e.channel === channels.moderation()).flatMap((e) => {
    const found = moderationKind(e);
    return found ? [{ id: e.id, organizationId: e.organizationId, ...found }] : [];
  });
  if (notes.length === 0) return;
  await db.run(sql`
    insert into stats_events (event_id, organization_id, kind, at)
    select n.id, o.id, n.kind, n.at
    from unnest(${notes.map((n) => n.id)}::int8[], ${notes.map((n) => n.organizationId)}::uuid[],
      ${notes.map((n) => n.kind)}::text[], ${notes.map((n) => new Date(n.at))}::timestamptz[])
      as n (id, organization_id, kind, at)
    join organizations o on o.id = n.organization_id
    on conflict (event_id) do nothing`);
}

/** Counts all marked hours, of one organisation or of all. @returns how many were counted */
export async function rollUp(app: App, organizationId?: string): Promise<number> {
  let counted = 0;
  for (;;) {
    const dirty = await app.db.rows<Dirty>(sql`
      select organization_id, hour, version from stats_dirty
      ${organizationId ? sql`where organization_id = ${organizationId}` : sql``}
      order by hour desc limit ${BATCH}`);
    for (const hour of dirty) await countHour(app.db, hour);
    counted += dirty.length;
    if (dirty.length < BATCH) return counted;
  }
}

/** One statement: the organisation, its channels and its people in that hour; then the mark goes. */
async function countHour(db: Db, { organization_id, hour, version }: Dirty): Promise<void> {
  const end = new Date(hour.getTime() + HOUR_MS);
  const day = hour.toISOString().slice(0, 10);
  const index = hour.getUTCHours() + 1;
  const bit = 2 ** hour.getUTCHours();
  const ofHour = sql`array_fill(0, array[${index - 1}::int]) || n.messages || array_fill(0, array[${24 - index}::int])`;
  await db.run(sql`
    with m as materialized (
      select x.channel_id, x.user_id, x.root_id, jsonb_array_length(x.attachments) as files,
        coalesce((x.props ->> 'bot')::boolean, false) as bot,
        x.root_id is not null and not exists (
          select 1 from messages e where e.root_id = x.root_id and e.seq < x.seq) as begins
      from messages x
      where x.organization_id = ${organization_id} and x.created_at >= ${hour} and x.created_at < ${end}
        and x.message_type <> 'system'
    ), r as materialized (
      select user_id from message_reactions
      where organization_id = ${organization_id} and created_at >= ${hour} and created_at < ${end}
    ), total as (
      insert into stats_hours as t (organization_id, hour, messages, replies, threads, files, reactions)
      select ${organization_id}::uuid, ${hour}::timestamptz, count(*), count(root_id), count(*) filter (where begins),
        coalesce(sum(files), 0), (select count(*) from r) from m
      on conflict (organization_id, hour) do update set
        messages = greatest(t.messages, excluded.messages), replies = greatest(t.replies, excluded.replies),
        threads = greatest(t.threads, excluded.threads), files = greatest(t.files, excluded.files),
        reactions = greatest(t.reactions, excluded.reactions)
    ), in_channels as (
      insert into stats_channels as t (organization_id, day, channel_id, user_id, messages, message_hours)
      select ${organization_id}::uuid, ${day}::date, n.channel_id, n.user_id, n.messages, ${ofHour}
      from (
        select channel_id, coalesce(user_id, ${NOBODY}::uuid) as user_id, count(*)::int as messages from m group by 1, 2
      ) n
      on conflict (organization_id, day, channel_id, user_id) do update set
        messages = t.messages + greatest(0, excluded.message_hours[${index}::int] - t.message_hours[${index}::int]),
        message_hours[${index}::int] = greatest(t.message_hours[${index}::int], excluded.message_hours[${index}::int])
    ), people as (
      insert into stats_people as t (organization_id, day, user_id, hours, messages, message_hours)
      select ${organization_id}::uuid, ${day}::date, n.user_id, ${bit}::int, n.messages, ${ofHour}
      from (
        select user_id, sum(messages)::int as messages from (
          select user_id, 1 as messages from m where user_id is not null and not bot
          union all select user_id, 0 from r
        ) a group by user_id
      ) n
      on conflict (organization_id, day, user_id) do update set
        hours = t.hours | excluded.hours,
        messages = t.messages + greatest(0, excluded.message_hours[${index}::int] - t.message_hours[${index}::int]),
        message_hours[${index}::int] = greatest(t.message_hours[${index}::int], excluded.message_hours[${index}::int])
    )
    delete from stats_dirty
    where organization_id = ${organization_id} and hour = ${hour} and version = ${version}`);
}

/** Marks every hour that has more messages or reactions than were counted for it. @returns how many hours */
export async function sweep(app: App): Promise<number> {
  const span = await app.db.maybe<{ first: Date | null; last: Date | null }>(sql`
    select least(m.first, r.first) as first, greatest(m.last, r.last) as last
    from (select min(created_at) as first, max(created_at) as last from messages) m,
      (select min(created_at) as first, max(created_at) as last from message_reactions) r`);
  if (!span?.first || !span.last) return 0;
  let marked = 0;
  for (let at = hourOf(span.first).getTime(); at <= span.last.getTime(); at += SWEEP_MS) {
    const within = sql`created_at >= ${new Date(at)} and created_at < ${new Date(at + SWEEP_MS)}`;
    marked += await app.db.run(sql`
      insert into stats_dirty as d (organization_id, hour)
      select n.organization_id, n.hour from (
        select organization_id, date_trunc('hour', created_at, 'UTC') as hour, count(*) filter (where message) as messages,
          count(*) filter (where not message) as reactions
        from (
          select organization_id, created_at, true as message from messages where ${within} and message_type <> 'system'
          union all select organization_id, created_at, false from message_reactions where ${within}
        ) a group by 1, 2
      ) n
      join organizations o on o.id = n.organization_id
      left join stats_hours h on h.organization_id = n.organization_id and h.hour = n.hour
      where n.messages > coalesce(h.messages, 0) or n.reactions > coalesce(h.reactions, 0)
      on conflict (organization_id, hour) do update set version = d.version + 1`);
  }
  return marked;
}

/** Counts what came without events (imports) now instead of at night. */
export async function countHistory(app: App): Promise<void> {
  await sweep(app);
  await rollUp(app);
}

export const rollUpJob: JobRule = {
  name: "analytics.roll_up",
  retryLimit: 0,
  cron: "* * * * *",
  async handle(app) {
    // The index of the newest pages is only as good as its last summary.
    await app.db.run(sql`select brin_summarize_new_values('messages_created'),
      brin_summarize_new_values('message_reactions_created')`);
    await rollUp(app);
  },
};

export const sweepJob: JobRule = {
  name: "analytics.sweep",
  retryLimit: 1,
  cron: "41 2 * * *",
  async handle(app) {
    await countHistory(app);
    await app.db.run(sql`delete from stats_recent where minute < ${new Date(app.now().getTime() - 2 * HOUR_MS)}`);
  },
};
