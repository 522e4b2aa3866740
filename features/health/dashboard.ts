// The live dashboard: every 5 s each instance computes the figures of every organisation that has a dashboard open on it
// and hands them to its own subscribers. What was in the last quarter of an hour is kept in memory, for organisations of
// which somebody is connected: whoever opens a dashboard sees at once how it went.
import { perApp } from "../../kernel/per_app.ts";
import { channels } from "../../protocol/wire/channels.ts";
import {
  type DashboardMetrics,
  type FeatureFigures,
  METRICS_WINDOW_SECONDS,
  type MetricsPoint,
  NO_FIGURES,
} from "../../protocol/operation/process.ts";
import type { App } from "../context.ts";

const EVERY_MS = 5000;
const KEPT = METRICS_WINDOW_SECONDS * 1000 / EVERY_MS;
/** So many organisations are measured without an open dashboard: one measurement must not hold sockets up. */
const MAX_MEASURED = 50;

/** By organisation, oldest first. */
const historiesOf = perApp((_app: App) => new Map<string, MetricsPoint[]>());

function dashboardMetrics(app: App, organizationId: string): DashboardMetrics {
  const { connections, online_users, messages_per_minute, active_channels } = app.realtime.organizationStats(
    organizationId,
  );
  return {
    active_users: online_users,
    messages_per_minute,
    active_channels,
    connections,
    ...figuresOfFeatures(app, organizationId),
    server_load: app.load.read(),
    timestamp: app.now().toISOString(),
  };
}

function figuresOfFeatures(app: App, organizationId: string): FeatureFigures {
  const figures = { ...NO_FIGURES };
  for (const feature of app.features) Object.assign(figures, feature.figures?.(app, organizationId));
  return figures;
}

/** The push of the figures; they stand at the top level too, for readers of the plain form. */
function metricsPush(data: DashboardMetrics) {
  const { timestamp: _, ...extra } = data;
  return { type: "metrics" as const, data, extra };
}

/** The first push of a dashboard: the figures of now, and those of the last quarter of an hour. */
export function dashboardGreeting(app: App, organizationId: string) {
  const push = metricsPush(dashboardMetrics(app, organizationId));
  const since = app.now().getTime() / 1000 - METRICS_WINDOW_SECONDS;
  const history = (historiesOf(app).get(organizationId) ?? []).filter(([at]) => at > since);
  return { ...push, extra: { ...push.extra, history } };
}

/** Measures, and sends the figures to open dashboards, until the returned function is called. */
export function startDashboards(app: App): () => void {
  const kept = historiesOf(app);
  const measure = () => {
    const reading = new Set(app.realtime.organizationsReading(channels.dashboard()));
    const others = app.realtime.organizationsHere().filter((id) => !reading.has(id)).slice(0, MAX_MEASURED);
    for (const organizationId of [...reading, ...others]) {
      const metrics = dashboardMetrics(app, organizationId);
      kept.set(organizationId, [...(kept.get(organizationId) ?? []), toPoint(metrics)].slice(-KEPT));
      if (!reading.has(organizationId)) continue;
      const { type, data, extra } = metricsPush(metrics);
      app.realtime.signal(organizationId, channels.dashboard(), type, data, { extra, local: true });
    }
    const since = app.now().getTime() / 1000 - METRICS_WINDOW_SECONDS;
    for (const [organizationId, points] of kept) if (points.at(-1)![0] < since) kept.delete(organizationId);
  };
  const timer = setInterval(measure, EVERY_MS);
  return () => clearInterval(timer);
}

function toPoint(
  { timestamp, messages_per_minute, connections, active_users, server_load }: DashboardMetrics,
): MetricsPoint {
  const { cpu_percent, memory_mb, event_loop_lag_ms } = server_load;
  return [
    Date.parse(timestamp) / 1000,
    messages_per_minute,
    connections,
    active_users,
    cpu_percent,
    memory_mb,
    event_loop_lag_ms,
  ];
}
