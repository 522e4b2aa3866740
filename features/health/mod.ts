// Health of this instance and the live dashboard.
import { authorize } from "../../kernel/actor.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { defineFeature } from "../define.ts";
import { checkHealth } from "./health.ts";
import { dashboardGreeting, startDashboards } from "./dashboard.ts";

export { checkHealth };
export { listServerSettings } from "./server_settings.ts";

export const healthFeature = defineFeature({
  name: "health",
  routes: () => import("../../routes/operation/mod.ts").then((m) => m.health),
  permissions: { "metrics.read": "admin", "dashboard.read": "viewer", "server.settings": "owner" },
  start: startDashboards,
  gauges: async (app) =>
    Object.entries((await checkHealth(app)).services).map(([name, { status }]) => ({
      name: `pulpo_${name}_up`,
      help: "1 when the service works",
      value: status === "down" ? 0 : 1,
    })),
  channels: [{
    channel: channels.dashboard,
    authorize: (ctx) => authorize(ctx.actor, "dashboard.read"),
    greeting: (ctx) => dashboardGreeting(ctx.app, ctx.actor.organizationId),
  }],
});
