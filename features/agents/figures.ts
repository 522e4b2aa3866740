// Figures of machines: gathered in memory and written every few seconds, all agents' in one statement, as sums of minutes and hours.
// What is not written yet when the process is killed is lost: statistics, not records. Invariant: an agent says nothing about any
// other one, nor about times that are not its last hour.
import { perApp } from "../../kernel/per_app.ts";
import { DAY_MS, HOUR_MS } from "../../kernel/time_buckets.ts";
import { authorize } from "../../kernel/actor.ts";
import { AppError, notFound } from "../../kernel/errors.ts";
import type { AgentFigures, AgentMetrics, AgentMetricsQuery } from "../../protocol/agents/link.ts";
import type { App, Ctx } from "../context.ts";
import type { JobRule } from "../define.ts";
import { agentById } from "./agent_store.ts";
import { addSums, metricsRows, type Sums, trimMetrics } from "./figures_store.ts";

const FLUSH_MS = 5000;
const MINUTE_MS = 60_000;
/** Figures that are older came too late. */
const MAX_AGE_MS = HOUR_MS;
const KEPT = { minute: 7 * DAY_MS, hour: 400 * DAY_MS };
const BUCKET_MS = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };
const DEFAULT_BUCKETS = { minute: 180, hour: 168, day: 30 };
const MAX_BUCKETS = 1500;

interface Buffer {
  sums: Map<string, Sums>;
  /** By agent: the time of the newest figures, as it said it. Frames of one absence all end with the same ones, which count once. */
  newest: Map<string, string>;
  writing: Promise<void>;
}
const bufferOf = perApp((_app: App): Buffer => ({ sums: new Map(), newest: new Map(), writing: Promise.resolve() }));

/** Takes figures of an agent, the newest last, which is of now by this server's clock. */
export function addFigures(
  app: App,
  agent: { organizationId: string; agentId: string },
  figures: readonly AgentFigures[],
): void {
  const { sums, newest: counted } = bufferOf(app), last = figures.at(-1)!.timestamp;
  const now = app.now().getTime(), newest = Date.parse(last), before = counted.get(agent.agentId);
  counted.set(agent.agentId, last);
  for (const { timestamp, ...values } of figures) {
    const age = newest - Date.parse(timestamp);
    if (age < 0 || age > MAX_AGE_MS || timestamp === before) continue;
    for (const resolution of ["minute", "hour"] as const) {
      const size = BUCKET_MS[resolution], start = Math.floor((now - age) / size) * size;
      const key = `${agent.agentId} ${resolution} ${start}`;
      let row = sums.get(key);
      if (!row) sums.set(key, row = emptySums(agent, resolution, start));
      row.samples++;
      for (const [name, value] of Object.entries(values)) row[name as keyof typeof values] += value;
    }
  }
}

function emptySums(
  { organizationId, agentId }: { organizationId: string; agentId: string },
  resolution: Sums["resolution"],
  start: number,
): Sums {
  return {
    organization_id: organizationId,
    agent_id: agentId,
    resolution,
    start_at: new Date(start),
    samples: 0,
    cpu_percent: 0,
    memory_used_bytes: 0,
    disk_used_bytes: 0,
    load_1: 0,
    network_rx_bps: 0,
    network_tx_bps: 0,
  };
}

/** Writes what waits. */
export function flushFigures(app: App): Promise<void> {
  const buffer = bufferOf(app);
  return buffer.writing = buffer.writing.then(async () => {
    const rows = [...buffer.sums.values()];
    buffer.sums.clear();
    if (rows.length) await addSums(app.db, rows);
  }).catch((error) => app.log.warn("figures of agents were not written", { error }));
}

/** Writes every few seconds until the returned function is called. */
export function startFigures(app: App): () => void {
  const timer = setInterval(() => void flushFigures(app), FLUSH_MS);
  return () => clearInterval(timer);
}

/** Averages over buckets, the oldest first. Needs `agents.read`. @throws AppError `not_found`, `validation_failed` */
export async function agentMetrics(ctx: Ctx, id: string, query: AgentMetricsQuery): Promise<AgentMetrics> {
  const { app, actor } = ctx, { bucket } = query;
  authorize(actor, "agents.read");
  if (!await agentById(app.db, actor.organizationId, id)) throw notFound("agent");
  const size = BUCKET_MS[bucket];
  const to = query.to ? Date.parse(query.to) : app.now().getTime() + 1;
  const from = query.from
    ? Math.floor(Date.parse(query.from) / size) * size
    : Math.floor(to / size) * size - DEFAULT_BUCKETS[bucket] * size;
  if (from >= to) throw invalid("from", "must be before to");
  if ((to - from) / size > MAX_BUCKETS) throw invalid("bucket", `more than ${MAX_BUCKETS}; take larger ones`);
  await flushFigures(app);
  const items = await metricsRows(app.db, actor.organizationId, id, bucket, new Date(from), new Date(to));
  return { items, next_cursor: null };
}

const invalid = (path: string, message: string) =>
  new AppError("validation_failed", `${path}: ${message}`, { errors: [{ path, message }] });

export const trimJob: JobRule = {
  name: "agents.trim_metrics",
  retryLimit: 2,
  cron: "47 * * * *",
  async handle(app) {
    const now = app.now().getTime();
    for (const resolution of ["minute", "hour"] as const) {
      await trimMetrics(app.db, resolution, new Date(now - KEPT[resolution]));
    }
  },
};
