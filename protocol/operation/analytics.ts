// Statistics, telemetry, alerts and retention on the wire (CONTRACT section 4, docs/analytics.md).
import { z } from "zod";
import { role, status } from "../accounts/accounts.ts";
import { NOTIFY_NAME } from "../wire/channels.ts";
import { page, pageQuery, timeInput, timestamp, uuid } from "../common.ts";
import { channelType } from "../chat/chat.ts";
import { restriction } from "../chat/moderation.ts";

// --- statistics ----------------------------------------------------------------------------------------------------

/** The longest period and the most buckets of one answer. */
export const MAX_STATS_DAYS = 1830;
export const MAX_BUCKETS = 800;

export const bucketSize = z.enum(["hour", "day", "week", "month"]);
export type BucketSize = z.infer<typeof bucketSize>;

const period = {
  from: timeInput.optional().meta({
    description: "Rounded down to the hour. Absent: 30 days back, at midnight in `tz`",
  }),
  to: timeInput.optional().meta({ description: "Exclusive, rounded up to the hour. Absent: now" }),
  tz: z.string().max(64).default("UTC").meta({
    description: "Time zone of days, weeks (from Monday) and months. Half-hour zones: see docs/analytics.md",
    example: "Europe/Madrid",
  }),
};
export const statsQuery = z.object({ ...period, bucket: bucketSize.default("day") });
export type StatsQuery = z.infer<typeof statsQuery>;
export const statsExportQuery = statsQuery.extend({
  format: z.enum(["csv"]).default("csv"),
  report: z.enum(["series", "users", "channels"]).default("series").meta({
    description: "series: one row per bucket; users, channels: one row for each",
  }),
  bom: z.enum(["true", "false"]).default("false").meta({
    description: "true: with a byte order mark, for spreadsheets that need one to see UTF-8",
  }),
});
export type StatsExportQuery = z.infer<typeof statsExportQuery>;

const count = z.number().int();
const measure = z.number().nullable();

const start = timestamp.meta({ description: "When the bucket begins; the first one begins with `from`" });
export const engagementPoint = z.object({
  start,
  messages: count,
  replies: count.meta({ description: "Of the messages: answers in threads" }),
  threads: count.meta({ description: "Threads that began" }),
  files: count,
  reactions: count,
  active_users: count.meta({ description: "People who wrote, reacted or used the application" }),
  new_users: count,
  messages_per_user: measure.meta({ description: "Messages per active person; null without any" }),
  active_minutes: measure.meta({ description: "Average time in the application per person who was in it" }),
}).meta({ id: "EngagementPoint" });
export type EngagementPoint = z.infer<typeof engagementPoint>;

export const performancePoint = z.object({
  start,
  latency_samples: count,
  latency_p50_ms: measure.meta({ description: "From the commit of a message to the browser, clocks corrected" }),
  latency_p95_ms: measure,
  latency_p99_ms: measure,
  page_loads: count,
  load_p50_ms: measure,
  load_p95_ms: measure,
  connection_errors: count,
  reconnects: count,
  slow_readers: count.meta({ description: "Connections the server cut off because they did not read" }),
  http_errors: count.meta({ description: "Calls answered with 5xx" }),
  js_errors: count,
}).meta({ id: "PerformancePoint" });
export type PerformancePoint = z.infer<typeof performancePoint>;

export const moderationPoint = z.object({
  start,
  reports: count.meta({ description: "By people; what the filter found is `flagged`" }),
  warnings: count,
  mutes: count,
  bans: count,
  lifted: count,
  flagged: count,
  blocked: count,
}).meta({ id: "ModerationPoint" });
export type ModerationPoint = z.infer<typeof moderationPoint>;

export const trend = z.object({
  value: measure,
  previous: measure.meta({ description: "In the period of the same length before" }),
  change: measure.meta({ description: "Percent; null when there is nothing to compare with" }),
}).meta({ id: "Trend" });
export type Trend = z.infer<typeof trend>;

export const TOTALS = [
  "messages",
  "replies",
  "threads",
  "files",
  "reactions",
  "active_users",
  "new_users",
  "messages_per_user",
  "active_minutes",
  "latency_p50_ms",
  "latency_p95_ms",
  "latency_p99_ms",
  "load_p50_ms",
  "connection_errors",
  "reconnects",
  "http_errors",
  "reports",
  "actions",
  "flagged",
  "blocked",
] as const;
export type TotalName = typeof TOTALS[number];

export const topChannel = z.object({
  id: uuid.nullable().meta({ description: "null: a private or direct channel that the caller does not belong to" }),
  name: z.string().nullable(),
  type: channelType.nullable().meta({ description: "null: the channel is gone" }),
  messages: count,
  active_users: count,
}).meta({ id: "TopChannel" });
export type TopChannel = z.infer<typeof topChannel>;

export const topUser = z.object({
  id: uuid.nullable().meta({ description: "null: the account is gone" }),
  username: z.string().nullable(),
  display_name: z.string().nullable(),
  messages: count,
  active_minutes: count,
}).meta({ id: "TopUser" });
export type TopUser = z.infer<typeof topUser>;

export const stats = z.object({
  from: timestamp,
  to: timestamp,
  bucket: bucketSize,
  tz: z.string(),
  totals: z.object(Object.fromEntries(TOTALS.map((name) => [name, trend])) as Record<TotalName, typeof trend>),
  active: z.object({ daily: count, weekly: count, monthly: count }).meta({
    description: "People active in the last 1, 7 and 30 days of the period (DAU, WAU, MAU)",
  }),
  now: z.object({ muted_users: count, banned_users: count, reports_pending: count }),
  series: z.object({
    engagement: z.array(engagementPoint),
    performance: z.array(performancePoint),
    moderation: z.array(moderationPoint),
  }),
  top_channels: z.array(topChannel),
  top_users: z.array(topUser),
}).meta({ id: "Stats" });
export type Stats = z.infer<typeof stats>;

// --- people --------------------------------------------------------------------------------------------------------

export const peopleQuery = pageQuery.extend({
  from: period.from,
  to: period.to,
  tz: period.tz,
  q: z.string().trim().max(100).optional().meta({ description: "Part of the name, display name or e-mail" }),
  role: role.optional(),
  active: z.enum(["true", "false"]).optional().meta({ description: "false: accounts that are switched off" }),
  restricted: z.enum(["true", "false"]).optional().meta({ description: "true: only muted or banned people" }),
  sort: z.enum(["username", "messages", "active_seconds", "last_seen_at", "created_at"]).default("username"),
  order: z.enum(["asc", "desc"]).optional().meta({ description: "Absent: names upwards, everything else downwards" }),
});
export type PeopleQuery = z.infer<typeof peopleQuery>;

export const personStats = z.object({
  id: uuid,
  username: z.string(),
  display_name: z.string(),
  email: z.string().nullable(),
  avatar_url: z.string().nullable(),
  role,
  status,
  is_active: z.boolean(),
  created_at: timestamp,
  last_seen_at: timestamp.nullable(),
  messages: count.meta({ description: "In the period" }),
  active_days: count.meta({ description: "Days (UTC) of the period on which the person was active" }),
  active_seconds: count.meta({ description: "Time in the application in the period" }),
  restrictions: z.array(restriction),
}).meta({ id: "PersonStats" });
export type PersonStats = z.infer<typeof personStats>;
export const peoplePage = page(personStats);

// --- telemetry -----------------------------------------------------------------------------------------------------

export const MAX_LATENCIES = 200;
export const MAX_REPORT_SECONDS = 900;
const TEN_MINUTES_MS = 600_000;

/** What a console measured since its last report. Nothing of it names an address, a text or a channel. */
export const telemetryBody = z.object({
  load_ms: z.number().min(0).max(TEN_MINUTES_MS).optional().meta({ description: "Load time of the page, once" }),
  active_seconds: z.number().int().min(0).max(MAX_REPORT_SECONDS).optional().meta({
    description: "Seconds with the tab in front and input within the last 60 s",
  }),
  latencies_ms: z.array(z.number().min(0).max(TEN_MINUTES_MS)).max(MAX_LATENCIES).optional().meta({
    description: "Samples of the time from a message's commit to its arrival, clocks corrected",
  }),
  reconnects: z.number().int().min(0).max(1000).optional(),
  connection_errors: z.number().int().min(0).max(1000).optional(),
  js_errors: z.number().int().min(0).max(1000).optional(),
});
export type TelemetryInput = z.infer<typeof telemetryBody>;
export const telemetryAnswer = z.object({
  enabled: z.boolean().meta({ description: "false: the organisation does not want it; the console stops" }),
});

export const analyticsSettings = z.object({
  telemetry: z.boolean().meta({ description: "Consoles may report what they measure" }),
  time_per_person: z.boolean().meta({
    description: "false: time in the application is added up for the organisation and never kept for a person",
  }),
}).meta({ id: "AnalyticsSettings" });
export type AnalyticsSettings = z.infer<typeof analyticsSettings>;

// --- alerts --------------------------------------------------------------------------------------------------------

export const ALERT_METRICS = [
  "messages_per_minute",
  "active_users",
  "connections",
  "delivery_latency_p95_ms",
  "connection_errors_per_minute",
  "reports_pending",
  "event_loop_lag_ms",
  "memory_mb",
  "cpu_percent",
] as const;
export const MAX_ALERT_RULES = 50;

export const alertRule = z.object({
  id: uuid.optional().meta({ description: "Absent: a new rule" }),
  metric: z.enum(ALERT_METRICS),
  direction: z.enum(["above", "below"]).default("above"),
  value: z.number().min(0).max(1e9),
  for_minutes: z.number().int().min(0).max(1440).default(5).meta({
    description: "How long without a break before it fires, and before it ends",
  }),
  enabled: z.boolean().default(true),
  notify: z.union([z.literal("admins"), z.array(uuid).min(1).max(50)]).default("admins"),
  channel: z.string().regex(NOTIFY_NAME).nullish().meta({ description: "Also to notify:<name>" }),
  webhook: z.url({ protocol: /^https?$/ }).max(2000).nullish().meta({ description: "Also as a POST to this address" }),
}).meta({ id: "AlertRule" });
export type AlertRule = z.infer<typeof alertRule>;
export type AlertMetric = AlertRule["metric"];

export const alertRulesBody = z.object({ rules: z.array(alertRule).max(MAX_ALERT_RULES) });
export const alertState = alertRule.extend({
  id: uuid,
  state: z.enum(["ok", "pending", "firing", "unknown"]).meta({ description: "unknown: there is no value yet" }),
  last_value: z.number().nullable(),
  checked_at: timestamp.nullable(),
}).meta({ id: "AlertState" });
export type AlertState = z.infer<typeof alertState>;
export const alertList = z.object({ rules: z.array(alertState) });

export const alertIncident = z.object({
  id: uuid,
  rule_id: uuid,
  metric: z.enum(ALERT_METRICS),
  direction: z.enum(["above", "below"]),
  limit: z.number(),
  value: z.number(),
  fired_at: timestamp,
  resolved_at: timestamp.nullable(),
  resolved_value: z.number().nullable(),
}).meta({ id: "AlertIncident" });
export type AlertIncident = z.infer<typeof alertIncident>;
export const alertHistory = page(alertIncident);

// --- retention -----------------------------------------------------------------------------------------------------

const days = z.number().int().min(1).max(36500).nullable().meta({ description: "Days; null: kept for ever" });
export const retentionRules = z.object({
  messages_days: days.default(null),
  files_days: days.default(null).meta({ description: "Files go after so many days even when their message stays" }),
  per_channel: z.array(z.object({ channel_id: uuid, days })).max(1000).default([]).meta({
    description: "Channels whose messages are kept longer or shorter; days null: for ever",
  }),
});
export type RetentionRules = z.infer<typeof retentionRules>;

export const retentionState = z.object({
  messages_days: days,
  files_days: days,
  per_channel: z.array(z.object({ channel_id: uuid, name: z.string().nullable(), days })),
  last_run: z.object({
    at: timestamp,
    messages: count,
    files: count,
    bytes: count,
  }).nullable(),
}).meta({ id: "Retention" });
export type RetentionState = z.infer<typeof retentionState>;

export const retentionPreview = z.object({
  messages: count,
  files: count,
  bytes: count.meta({ description: "Of the files" }),
  oldest: timestamp.nullable().meta({ description: "The oldest message that would go" }),
}).meta({ id: "RetentionPreview" });
export type RetentionPreview = z.infer<typeof retentionPreview>;
