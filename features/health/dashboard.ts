// The live dashboard: every 5 s each instance computes the figures of every organisation that has a dashboard open on it
// and hands them to its own subscribers. Nothing is stored.
import { channels } from "../../protocol/channels.ts";
import type { DashboardMetrics } from "../../protocol/process.ts";
import type { App } from "../context.ts";

const EVERY_MS = 5000;

function dashboardMetrics(app: App, organizationId: string): DashboardMetrics {
  const { connections, online_users, messages_per_minute, active_channels } = app.realtime.organizationStats(
    organizationId,
  );
  return {
    active_users: online_users,
    messages_per_minute,
    active_channels,
    connections,
    agents_online: 0,
    servers_running: 0,
    server_load: app.load.read(),
    timestamp: app.now().toISOString(),
  };
}

/** The push of the figures; they stand at the top level too, for readers of the plain form. */
export function dashboardPush(app: App, organizationId: string) {
  const data = dashboardMetrics(app, organizationId);
  const { timestamp: _, ...extra } = data;
  return { type: "metrics", data, extra };
}

/** Sends the figures to open dashboards until the returned function is called. */
export function startDashboards(app: App): () => void {
  const timer = setInterval(() => {
    for (const organizationId of app.realtime.organizationsReading(channels.dashboard())) {
      const { type, data, extra } = dashboardPush(app, organizationId);
      app.realtime.publishLocal(organizationId, channels.dashboard(), type, data, extra);
    }
  }, EVERY_MS);
  return () => clearInterval(timer);
}
