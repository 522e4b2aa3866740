// What consoles measured and what the server itself saw, gathered in memory and written every few seconds: a thousand
// consoles cost a handful of statements. Times become counts in slots at once; nothing that came from one person is kept
// but seconds of use per hour, and those only where the organisation wants them. What is not written yet when the process
// is killed is lost: statistics, not records.
import { perApp } from "../../kernel/per_app.ts";
import { requireUser } from "../../kernel/actor.ts";
import type { Limiter } from "../../kernel/rate_limit.ts";
import { sql, type Tx } from "../../db/sql.ts";
import type { TelemetryInput } from "../../protocol/operation/analytics.ts";
import type { App, Ctx } from "../context.ts";
import { hourOf } from "../../kernel/time_buckets.ts";
import { slotOf } from "../../kernel/histogram.ts";
import { analyticsSettings } from "./settings.ts";

const FLUSH_MS = 5_000;
const REPORTS_PER_MINUTE = 12;
const HOUR_SECONDS = 3_600;

type Counter = "active_seconds" | "reconnects" | "connection_errors" | "js_errors" | "http_errors" | "slow_readers";
const COUNTERS = ["active_seconds", "reconnects", "connection_errors", "js_errors", "http_errors", "slow_readers"];

interface Pending {
  counters: Map<string, { organizationId: string; hour: Date; counts: Record<Counter, number> }>;
  times: Map<string, { organizationId: string; hour: Date; kind: string; slot: number; count: number }>;
  recent: Map<string, { organizationId: string; minute: Date; kind: string; slot: number; count: number }>;
  people: Map<string, { organizationId: string; userId: string; hour: Date; seconds: number }>;
}

const emptyPending = (): Pending => ({
  counters: new Map(),
  times: new Map(),
  recent: new Map(),
  people: new Map(),
});

interface Buffer {
  pending: Pending;
  writing: Promise<void>;
  limiter: Limiter;
  slowReaders: Map<string, number>;
}

const bufferOf = perApp((app: App): Buffer => {
  const limiter = app.limits.limiter({
    name: "telemetry",
    points: REPORTS_PER_MINUTE,
    windowSeconds: 60,
    shared: false,
  });
  return { pending: emptyPending(), writing: Promise.resolve(), limiter, slowReaders: new Map() };
});

/** Takes a console's report. @throws AppError `rate_limited`, `forbidden` (not a person) */
export async function reportTelemetry(ctx: Ctx, input: TelemetryInput): Promise<{ enabled: boolean }> {
  const { app, actor } = ctx;
  const userId = requireUser(actor);
  const { limiter, pending } = bufferOf(app);
  await limiter.consume(userId, "Too many reports. Gather them for a few minutes.");
  const settings = await analyticsSettings(app, actor.organizationId);
  if (!settings.telemetry) return { enabled: false };
  // Programs have no time in the application.
  const person = settings.time_per_person && actor.kind === "person" ? userId : null;
  addReport(pending, actor.organizationId, person, app.now(), input);
  return { enabled: true };
}

/** Writes reports of other times at once, for example data. */
export async function recordTelemetry(
  app: App,
  organizationId: string,
  reports: readonly { userId: string; at: Date; input: TelemetryInput }[],
): Promise<void> {
  const pending = emptyPending();
  for (const { userId, at, input } of reports) addReport(pending, organizationId, userId, at, input);
  if (pending.counters.size) await app.db.withTx((tx) => write(tx, { ...pending, recent: new Map() }));
}

function addReport(
  pending: Pending,
  organizationId: string,
  userId: string | null,
  now: Date,
  input: TelemetryInput,
): void {
  addCounters(pending, organizationId, now, {
    active_seconds: input.active_seconds ?? 0,
    reconnects: input.reconnects ?? 0,
    connection_errors: input.connection_errors ?? 0,
    js_errors: input.js_errors ?? 0,
  });
  if (input.load_ms !== undefined) addTime(pending, organizationId, now, "load", input.load_ms);
  for (const ms of input.latencies_ms ?? []) addTime(pending, organizationId, now, "latency", ms);
  if (input.connection_errors) {
    addRecent(pending, organizationId, now, "connection_errors", 0, input.connection_errors);
  }
  if (input.active_seconds && userId) {
    const hour = hourOf(now), key = `${userId} ${hour.getTime()}`;
    const person = pending.people.get(key) ?? { organizationId, userId, hour, seconds: 0 };
    person.seconds += input.active_seconds;
    pending.people.set(key, person);
  }
}

/** Counts a call that this server answered with 5xx. */
export function noteHttpError(app: App, organizationId: string): void {
  addCounters(bufferOf(app).pending, organizationId, app.now(), { http_errors: 1 });
}

function addCounters(pending: Pending, organizationId: string, at: Date, more: Partial<Record<Counter, number>>): void {
  const hour = hourOf(at), key = `${organizationId} ${hour.getTime()}`;
  let row = pending.counters.get(key);
  if (!row) {
    const counts = Object.fromEntries(COUNTERS.map((c) => [c, 0])) as Record<Counter, number>;
    pending.counters.set(key, row = { organizationId, hour, counts });
  }
  for (const [name, value] of Object.entries(more)) row.counts[name as Counter] += value;
}

function addTime(pending: Pending, organizationId: string, at: Date, kind: "latency" | "load", ms: number): void {
  const hour = hourOf(at), slot = slotOf(ms), key = `${organizationId} ${hour.getTime()} ${kind} ${slot}`;
  const row = pending.times.get(key) ?? { organizationId, hour, kind, slot, count: 0 };
  row.count++;
  pending.times.set(key, row);
  if (kind === "latency") addRecent(pending, organizationId, at, kind, slot, 1);
}

function addRecent(p: Pending, organizationId: string, at: Date, kind: string, slot: number, count: number): void {
  const minute = new Date(Math.floor(at.getTime() / 60_000) * 60_000);
  const key = `${organizationId} ${minute.getTime()} ${kind} ${slot}`;
  const row = p.recent.get(key) ?? { organizationId, minute, kind, slot, count: 0 };
  row.count += count;
  p.recent.set(key, row);
}

/** Connections cut off since the last look, by organisation. */
function noteSlowReaders(app: App, buffer: Buffer): void {
  for (const [organizationId, count] of app.realtime.slowReaders()) {
    const more = count - (buffer.slowReaders.get(organizationId) ?? 0);
    buffer.slowReaders.set(organizationId, count);
    if (more > 0) addCounters(buffer.pending, organizationId, app.now(), { slow_readers: more });
  }
}

/** Writes what has come so far; statistics read afterwards hold it. One at a time; what fails to be written stays. */
export function flushTelemetry(app: App): Promise<void> {
  const buffer = bufferOf(app);
  return buffer.writing = buffer.writing.then(async () => {
    noteSlowReaders(app, buffer);
    const { pending } = buffer;
    if (pending.counters.size === 0 && pending.recent.size === 0) return;
    buffer.pending = emptyPending();
    try {
      await app.db.withTx((tx) => write(tx, pending));
    } catch (error) {
      app.log.warn("statistics could not be written and are lost", { error });
    }
  });
}

async function write(tx: Tx, pending: Pending): Promise<void> {
  const counters = sorted([...pending.counters.values()], (r) => `${r.organizationId} ${r.hour.toISOString()}`);
  const column = (name: Counter) => counters.map((r) => r.counts[name]);
  await tx.run(sql`
    insert into stats_hours as t (organization_id, hour, active_seconds, reconnects, connection_errors, js_errors,
      http_errors, slow_readers)
    select o.id, n.hour, n.a, n.b, n.c, n.d, n.e, n.f
    from unnest(${counters.map((r) => r.organizationId)}::uuid[], ${counters.map((r) => r.hour)}::timestamptz[],
      ${column("active_seconds")}::int8[], ${column("reconnects")}::int[], ${column("connection_errors")}::int[],
      ${column("js_errors")}::int[], ${column("http_errors")}::int[], ${column("slow_readers")}::int[])
      as n (organization_id, hour, a, b, c, d, e, f)
    join organizations o on o.id = n.organization_id order by 1, 2
    on conflict (organization_id, hour) do update set active_seconds = t.active_seconds + excluded.active_seconds,
      reconnects = t.reconnects + excluded.reconnects,
      connection_errors = t.connection_errors + excluded.connection_errors,
      js_errors = t.js_errors + excluded.js_errors, http_errors = t.http_errors + excluded.http_errors,
      slow_readers = t.slow_readers + excluded.slow_readers`);
  if (pending.times.size) await writeTimes(tx, pending);
  if (pending.recent.size) await writeRecent(tx, pending);
  for (const person of sorted([...pending.people.values()], (r) => `${r.userId} ${r.hour.toISOString()}`)) {
    const index = person.hour.getUTCHours() + 1, bit = 2 ** (index - 1);
    const seconds = Math.min(HOUR_SECONDS, person.seconds);
    // Several devices at once: nobody uses it for more than 60 minutes an hour.
    const added = sql`least(${HOUR_SECONDS}, t.second_hours[${index}::int] + ${seconds}::int)`;
    await tx.run(sql`
      insert into stats_people as t (organization_id, day, user_id, hours, present, seconds, second_hours)
      select u.organization_id, ${person.hour.toISOString().slice(0, 10)}::date, u.id, ${bit}::int, ${bit}::int,
        ${seconds}::int,
        array_fill(0, array[${index - 1}::int]) || ${seconds}::int || array_fill(0, array[${24 - index}::int])
      from users u where u.id = ${person.userId} and u.organization_id = ${person.organizationId}
      on conflict (organization_id, day, user_id) do update set
        hours = t.hours | excluded.hours, present = t.present | excluded.present,
        seconds = t.seconds + ${added} - t.second_hours[${index}::int],
        second_hours[${index}::int] = ${added}`);
  }
}

async function writeTimes(tx: Tx, pending: Pending): Promise<void> {
  const rows = [...pending.times.values()];
  await tx.run(sql`
    insert into stats_times as t (organization_id, hour, kind, slot, count)
    select o.id, n.hour, n.kind, n.slot, n.count
    from unnest(${rows.map((r) => r.organizationId)}::uuid[], ${rows.map((r) => r.hour)}::timestamptz[],
      ${rows.map((r) => r.kind)}::text[], ${rows.map((r) => r.slot)}::int2[], ${rows.map((r) => r.count)}::int[])
      as n (organization_id, hour, kind, slot, count)
    join organizations o on o.id = n.organization_id order by 1, 2, 3, 4
    on conflict (organization_id, hour, kind, slot) do update set count = t.count + excluded.count`);
}

async function writeRecent(tx: Tx, pending: Pending): Promise<void> {
  const rows = [...pending.recent.values()];
  await tx.run(sql`
    insert into stats_recent as t (organization_id, minute, kind, slot, count)
    select o.id, n.minute, n.kind, n.slot, n.count
    from unnest(${rows.map((r) => r.organizationId)}::uuid[], ${rows.map((r) => r.minute)}::timestamptz[],
      ${rows.map((r) => r.kind)}::text[], ${rows.map((r) => r.slot)}::int2[], ${rows.map((r) => r.count)}::int[])
      as n (organization_id, minute, kind, slot, count)
    join organizations o on o.id = n.organization_id order by 1, 2, 3, 4
    on conflict (organization_id, minute, kind, slot) do update set count = t.count + excluded.count`);
}

function sorted<T>(rows: T[], key: (row: T) => string): T[] {
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Writes every few seconds until the returned function is called, which writes what is left. */
export function startTelemetry(app: App): () => Promise<void> {
  const timer = setInterval(() => void flushTelemetry(app), FLUSH_MS);
  return () => {
    clearInterval(timer);
    return flushTelemetry(app);
  };
}
