// Health of this instance and the live dashboard.
import { authorize } from "../../kernel/actor.ts";
import { channels } from "../../protocol/channels.ts";
import { defineFeature } from "../define.ts";
import { dashboardGreeting, startDashboards } from "./dashboard.ts";

export { checkHealth } from "./health.ts";
export { listServerSettings } from "./server_settings.ts";

export const healthFeature = defineFeature({
  name: "health",
  permissions: { "metrics.read": "admin", "dashboard.read": "viewer", "server.settings": "owner" },
  start: startDashboards,
  channels: [{
    channel: channels.dashboard,
    authorize: (ctx) => authorize(ctx.actor, "dashboard.read"),
    greeting: (ctx) => dashboardGreeting(ctx.app, ctx.actor.organizationId),
  }],
});
