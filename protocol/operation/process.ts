// Schemas of the process pages: /health and the dashboard's metrics.
import { z } from "zod";

const serviceStatus = z.object({
  status: z.enum(["ok", "degraded", "down"]),
  latency_ms: z.number().optional(),
  /** What the service is: `embedded`/`server`, `memory`/`redis`/`upstash`, `file`. */
  kind: z.string().optional(),
});

export const health = z.object({
  status: z.enum(["ok", "degraded", "down"]),
  version: z.string(),
  uptime_seconds: z.number(),
  timestamp: z.string(),
  services: z.object({
    database: serviceStatus,
    bus: serviceStatus,
    storage: serviceStatus,
    websocket: serviceStatus.extend({
      /** `native`: on the one port; `ws`: on the second listener as well (PULPO_WS_PORT). */
      transports: z.array(z.enum(["native", "ws"])),
    }),
  }),
}).meta({
  example: {
    status: "ok",
    version: "0.1.0",
    uptime_seconds: 86400,
    timestamp: "2026-01-01T12:00:00.000Z",
    services: {
      database: { status: "ok", latency_ms: 0.6, kind: "embedded" },
      bus: { status: "ok", latency_ms: 0, kind: "memory" },
      storage: { status: "ok", latency_ms: 0.3, kind: "file" },
      websocket: { status: "ok", transports: ["native"] },
    },
  },
});
export type Health = z.infer<typeof health>;

const featureFigures = { agents_online: z.number().int(), servers_running: z.number().int() };
/** What single features count for the dashboard (`Feature.figures`). */
export type FeatureFigures = Record<keyof typeof featureFigures, number>;
/** Where no feature counts it. */
export const NO_FIGURES: FeatureFigures = { agents_online: 0, servers_running: 0 };

export const dashboardMetrics = z.object({
  active_users: z.number().int(),
  messages_per_minute: z.number().int(),
  active_channels: z.number().int(),
  connections: z.number().int(),
  ...featureFigures,
  server_load: z.object({ cpu_percent: z.number(), memory_mb: z.number(), event_loop_lag_ms: z.number() }),
  timestamp: z.string(),
});
export type DashboardMetrics = z.infer<typeof dashboardMetrics>;

/** How far back the first push of a dashboard reaches (`history`). */
export const METRICS_WINDOW_SECONDS = 15 * 60;
/** [seconds since 1970, messages per minute, connections, active users, cpu %, memory MB, lag ms] */
export type MetricsPoint = [number, number, number, number, number, number, number];

export const identity = z.object({
  name: z.literal("pulpo"),
  version: z.string(),
  api: z.string(),
  docs: z.string(),
  websocket: z.string(),
});
