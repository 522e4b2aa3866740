// The statistics of a period: series by bucket, totals with what they were in the period before, and who and where most
// happened. Needs `stats.read`. Figures are at most a minute old; this instance's own telemetry is written before.
import { perApp } from "../../kernel/per_app.ts";
import { authorize } from "../../kernel/actor.ts";
import {
  type EngagementPoint,
  type ModerationPoint,
  type PerformancePoint,
  type Stats,
  type StatsQuery,
  type TopChannel,
  type TopUser,
  type TotalName,
  TOTALS,
  type Trend,
} from "../../protocol/operation/analytics.ts";
import type { App, Ctx } from "../context.ts";
import { bucketStarts, DAY_MS, dayParts, type Period, periodBefore, periodOf } from "../../kernel/time_buckets.ts";
import { percentile, type SlotCount } from "../../kernel/histogram.ts";
import { rollUp } from "./rollup.ts";
import {
  activePeople,
  busiestChannels,
  busiestPeople,
  type ChannelCount,
  type HourSums,
  hourSums,
  moderationCounts,
  moderationNow,
  newPeople,
  type PersonCount,
  timeSlots,
} from "./series_store.ts";
import { flushTelemetry } from "./telemetry.ts";

const TOP = 10;
const FRESH_MS = 5_000;
const freshAt = perApp((_app: App) => new Map<string, number>());

/** Counts what is marked, unless that was done a moment ago. */
export async function refreshFigures(app: App, organizationId: string): Promise<void> {
  await flushTelemetry(app);
  const times = freshAt(app);
  if (times.size > 10_000) times.clear();
  const now = performance.now();
  if (now - (times.get(organizationId) ?? -Infinity) < FRESH_MS) return;
  times.set(organizationId, now);
  await rollUp(app, organizationId);
}

/** @throws AppError `forbidden`, `validation_failed` (period, zone, number of buckets) */
export async function getStats(ctx: Ctx, query: StatsQuery): Promise<Stats> {
  authorize(ctx.actor, "stats.read");
  const { app, actor: { organizationId, userId } } = ctx;
  const period = periodOf(query, app.now());
  const starts = bucketStarts(period, query.bucket);
  await refreshFigures(app, organizationId);
  const [series, totals, now, topChannels, topUsers] = await Promise.all([
    seriesOf(app, organizationId, period, starts),
    totalsOf(app, organizationId, period),
    moderationNow(app.db, organizationId, app.now()),
    busiestChannels(app.db, organizationId, period, userId, TOP),
    busiestPeople(app.db, organizationId, period, TOP),
  ]);
  return {
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    bucket: query.bucket,
    tz: period.tz,
    totals: totals.totals,
    active: totals.active,
    now,
    series,
    top_channels: topChannels.map(toTopChannel),
    top_users: topUsers.map(toTopUser),
  };
}

export async function seriesOf(
  app: App,
  organizationId: string,
  period: Period,
  starts: readonly Date[],
): Promise<Stats["series"]> {
  const { to } = period;
  const [sums, people, times, moderation, joined] = await Promise.all([
    hourSums(app.db, organizationId, starts, to),
    activePeople(app.db, organizationId, dayParts(starts, to)),
    timeSlots(app.db, organizationId, starts, to),
    moderationCounts(app.db, organizationId, starts, to),
    newPeople(app.db, organizationId, starts, to),
  ]);
  const sumOf = new Map(sums.map((s) => [s.bucket, s]));
  const peopleOf = new Map(people.map((p) => [p.bucket, p]));
  const joinedOf = new Map(joined.map((j) => [j.bucket, j.count]));
  const slotsOf = Map.groupBy(times, (t) => `${t.bucket} ${t.kind}`);
  const kindsOf = new Map(moderation.map((m) => [`${m.bucket} ${m.kind}`, m.count]));
  return {
    engagement: starts.map((start, i) =>
      engagement(start, sumOf.get(i), peopleOf.get(i)?.active ?? 0, peopleOf.get(i)?.present ?? 0, joinedOf.get(i) ?? 0)
    ),
    performance: starts.map((start, i) =>
      performancePoint(start, sumOf.get(i), slotsOf.get(`${i} latency`) ?? [], slotsOf.get(`${i} load`) ?? [])
    ),
    moderation: starts.map((start, i) => moderationPoint(start, (kind) => kindsOf.get(`${i} ${kind}`) ?? 0)),
  };
}

const round1 = (value: number) => Math.round(value * 10) / 10;
const countOf = (slots: readonly SlotCount[]) => slots.reduce((sum, s) => sum + s.count, 0);

function engagement(
  start: Date,
  sums: HourSums | undefined,
  active: number,
  present: number,
  joined: number,
): EngagementPoint {
  return {
    start: start.toISOString(),
    messages: sums?.messages ?? 0,
    replies: sums?.replies ?? 0,
    threads: sums?.threads ?? 0,
    files: sums?.files ?? 0,
    reactions: sums?.reactions ?? 0,
    active_users: active,
    new_users: joined,
    messages_per_user: active ? round1((sums?.messages ?? 0) / active) : null,
    active_minutes: present ? round1((sums?.active_seconds ?? 0) / present / 60) : null,
  };
}

function performancePoint(
  start: Date,
  sums: HourSums | undefined,
  latency: readonly SlotCount[],
  load: readonly SlotCount[],
): PerformancePoint {
  return {
    start: start.toISOString(),
    latency_samples: countOf(latency),
    latency_p50_ms: percentile(latency, 0.5),
    latency_p95_ms: percentile(latency, 0.95),
    latency_p99_ms: percentile(latency, 0.99),
    page_loads: countOf(load),
    load_p50_ms: percentile(load, 0.5),
    load_p95_ms: percentile(load, 0.95),
    connection_errors: sums?.connection_errors ?? 0,
    reconnects: sums?.reconnects ?? 0,
    slow_readers: sums?.slow_readers ?? 0,
    http_errors: sums?.http_errors ?? 0,
    js_errors: sums?.js_errors ?? 0,
  };
}

function moderationPoint(start: Date, count: (kind: string) => number): ModerationPoint {
  return {
    start: start.toISOString(),
    reports: count("report"),
    warnings: count("warning"),
    mutes: count("mute"),
    bans: count("ban"),
    lifted: count("lifted"),
    flagged: count("flagged"),
    blocked: count("blocked"),
  };
}

/** Both periods as two buckets of the same statements, and the last 1, 7 and 30 days for the active people. */
async function totalsOf(app: App, organizationId: string, period: Period) {
  const before = periodBefore(period), end = period.to.getTime();
  const scopes = [before, period, ...[1, 7, 30].map((days) => ({ ...period, from: new Date(end - days * DAY_MS) }))];
  const both = { ...period, from: before.from };
  const [series, people] = await Promise.all([
    seriesOf(app, organizationId, both, [before.from, period.from]),
    activePeople(
      app.db,
      organizationId,
      scopes.flatMap((scope, i) => dayParts([scope.from], scope.to).map((part) => ({ ...part, bucket: i }))),
    ),
  ]);
  const active = (scope: number) => people.find((p) => p.bucket === scope)?.active ?? 0;
  const values = [0, 1].map((i): Record<TotalName, number | null> => {
    const moderation = series.moderation[i]!;
    const actions = moderation.warnings + moderation.mutes + moderation.bans;
    const { start: _1, ...engagement } = series.engagement[i]!;
    const { start: _2, ...performance } = series.performance[i]!;
    const { reports, flagged, blocked } = moderation;
    return { ...engagement, ...performance, reports, flagged, blocked, actions };
  });
  return {
    totals: Object.fromEntries(TOTALS.map((name) => [name, trendOf(values[1]![name], values[0]![name])])) as Record<
      TotalName,
      Trend
    >,
    active: { daily: active(2), weekly: active(3), monthly: active(4) },
  };
}

function trendOf(value: number | null, previous: number | null): Trend {
  const comparable = value !== null && previous !== null && previous > 0;
  return { value, previous, change: comparable ? round1((value - previous) / previous * 100) : null };
}

export function toTopChannel(row: ChannelCount): TopChannel {
  const { known, type, messages, active_users } = row;
  return { id: known ? row.channel_id : null, name: known ? row.name : null, type, messages, active_users };
}

export function toTopUser(row: PersonCount): TopUser {
  const { username, display_name, messages } = row;
  const active_minutes = Math.round(row.seconds / 60);
  return { id: username === null ? null : row.user_id, username, display_name, messages, active_minutes };
}
