// Statistics of use, telemetry of consoles, alerts and retention: what routes and the composition root may use.
import { defineFeature } from "../define.ts";
import { alertJob, alertWebhookJob } from "./alert_job.ts";
import { reclaimJob, retentionJob } from "./retention_job.ts";
import { startTelemetry } from "./telemetry.ts";
import { countHistory, rollUpJob, statsConsumer, sweepJob } from "./rollup.ts";

export { getAlerts, listIncidents, putAlerts } from "./alert_rules.ts";
export { countHistory };
export { exportStats } from "./export.ts";
export { listPeople } from "./people.ts";
export { getRetention, previewRetention, putRetention } from "./retention_rules.ts";
export { getAnalyticsSettings, updateAnalyticsSettings } from "./settings.ts";
export { getStats } from "./stats.ts";
export { noteHttpError, recordTelemetry, reportTelemetry } from "./telemetry.ts";

export const analyticsFeature = defineFeature({
  name: "analytics",
  routes: () => import("../../routes/operation/mod.ts").then((m) => m.analytics),
  permissions: { "stats.read": "admin", "alerts.manage": "admin", "retention.manage": "admin" },
  start: startTelemetry,
  consumers: [statsConsumer],
  jobs: [rollUpJob, sweepJob, alertJob, alertWebhookJob, retentionJob, reclaimJob],
});
