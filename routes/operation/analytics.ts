// /admin/stats, /admin/users, /telemetry, /admin/alerts, /admin/retention: statistics and what belongs to them.
import {
  exportStats,
  getAlerts,
  getAnalyticsSettings,
  getRetention,
  getStats,
  listIncidents,
  listPeople,
  previewRetention,
  putAlerts,
  putRetention,
  reportTelemetry,
  updateAnalyticsSettings,
} from "../../features/analytics/mod.ts";
import type { App } from "../../features/context.ts";
import {
  alertHistory,
  alertList,
  alertRulesBody,
  analyticsSettings,
  peoplePage,
  peopleQuery,
  retentionPreview,
  retentionRules,
  retentionState,
  stats,
  statsExportQuery,
  statsQuery,
  telemetryAnswer,
  telemetryBody,
} from "../../protocol/operation/analytics.ts";
import { pageQuery } from "../../protocol/common.ts";
import { pageOf } from "../http/examples.ts";
import { answer, createRouter, endpoint, jsonBody, type Router } from "../http/helpers.ts";

const TAGS = ["Statistics"];
const personExample = {
  id: "0198c0de-7a11-7000-8000-000000000001",
  username: "ana",
  display_name: "Ana Ruiz",
  email: "ana@example.org",
  avatar_url: null,
  role: "member",
  status: "online",
  is_active: true,
  created_at: "2026-01-02T09:00:00.000Z",
  last_seen_at: "2026-02-01T17:05:12.345Z",
  messages: 412,
  active_days: 19,
  active_seconds: 86_400,
  restrictions: [],
};
const ruleExample = {
  id: "0198c0de-7a11-7000-8000-0000000000f1",
  metric: "delivery_latency_p95_ms",
  direction: "above",
  value: 500,
  for_minutes: 5,
  enabled: true,
  notify: "admins",
  channel: "ops",
  webhook: null,
};
const retentionExample = { messages_days: 365, files_days: 90, per_channel: [] };

export function analyticsRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "stats.read",
      method: "get",
      path: "/admin/stats",
      tags: TAGS,
      summary: "Statistics of a period",
      description: "Engagement, performance and moderation as series, totals compared with the period of the same " +
        "length before, the busiest channels and people. Figures are at most a minute old. Needs `stats.read`.",
      request: { query: statsQuery },
      responses: { 200: answer(stats, "The statistics") },
    }),
    async (c) => c.json(await getStats(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "stats.read",
      method: "get",
      path: "/admin/stats/export",
      tags: TAGS,
      summary: "Statistics as CSV",
      description: "One row per bucket, or (`report`) per person or channel. Needs `stats.read`.",
      request: { query: statsExportQuery },
      responses: { 200: { description: "CSV (RFC 4180), safe to open in a spreadsheet", content: { "text/csv": {} } } },
    }),
    (c) => {
      const { body, filename } = exportStats(c.var.ctx, c.req.valid("query"));
      return new Response(body, {
        headers: {
          "content-type": "text/csv; charset=utf-8",
          "content-disposition": `attachment; filename="${filename}"`,
        },
      });
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      method: "get",
      path: "/admin/users",
      tags: TAGS,
      summary: "People with what they did in a period",
      description: "Messages, time in the application, and what moderation forbids them now. Needs `users.manage`.",
      request: { query: peopleQuery },
      responses: { 200: answer(peoplePage, "People", pageOf(personExample)) },
    }),
    async (c) => c.json(await listPeople(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: null,
      method: "post",
      path: "/telemetry",
      tags: TAGS,
      summary: "What a console measured",
      description: "Sent by the console every few minutes and when it is closed. Times are only counted, time of use " +
        "is added up by the hour; the organisation can switch it off (`PUT /admin/analytics-settings`).",
      request: {
        body: jsonBody(telemetryBody, { load_ms: 420, active_seconds: 180, latencies_ms: [38, 41], reconnects: 0 }),
      },
      responses: { 202: answer(telemetryAnswer, "Taken, or not wanted", { enabled: true }) },
    }),
    async (c) => c.json(await reportTelemetry(c.var.ctx, c.req.valid("json")), 202),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "stats.read",
      method: "get",
      path: "/admin/analytics-settings",
      tags: TAGS,
      summary: "What consoles may report",
      description: "Needs `stats.read`.",
      responses: { 200: answer(analyticsSettings, "The settings", { telemetry: true, time_per_person: true }) },
    }),
    async (c) => c.json(await getAnalyticsSettings(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "organization.manage",
      method: "put",
      path: "/admin/analytics-settings",
      tags: TAGS,
      summary: "Set what consoles may report",
      description: "Without `time_per_person`, the time kept for persons so far is forgotten. Needs " +
        "`organization.manage`; goes into the audit log.",
      request: { body: jsonBody(analyticsSettings, { telemetry: true, time_per_person: false }) },
      responses: { 200: answer(analyticsSettings, "The settings now", { telemetry: true, time_per_person: false }) },
    }),
    async (c) => c.json(await updateAnalyticsSettings(c.var.ctx, c.req.valid("json")), 200),
  );
  alertRoutes(router);
  retentionRoutes(router);
  return router;
}

function alertRoutes(router: Router): void {
  const state = { ...ruleExample, state: "ok", last_value: 43.6, checked_at: "2026-02-01T17:05:00.000Z" };
  router.openapi(
    endpoint({
      access: "user",
      needs: "alerts.manage",
      method: "get",
      path: "/admin/alerts",
      tags: TAGS,
      summary: "Alert rules and how they stand",
      description: "Needs `alerts.manage`.",
      responses: { 200: answer(alertList, "The rules", { rules: [state] }) },
    }),
    async (c) => c.json(await getAlerts(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "alerts.manage",
      method: "put",
      path: "/admin/alerts",
      tags: TAGS,
      summary: "Set all alert rules",
      description: "Replaces the list. A rule keeps its state when it comes with its id and watches for the same. " +
        "Rules are looked at once a minute. Needs `alerts.manage`; goes into the audit log.",
      request: { body: jsonBody(alertRulesBody, { rules: [ruleExample] }) },
      responses: { 200: answer(alertList, "The rules now", { rules: [state] }) },
    }),
    async (c) => c.json(await putAlerts(c.var.ctx, c.req.valid("json").rules), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "alerts.manage",
      method: "get",
      path: "/admin/alerts/history",
      tags: TAGS,
      summary: "Alerts that fired, newest first",
      description: "Needs `alerts.manage`.",
      request: { query: pageQuery },
      responses: {
        200: answer(
          alertHistory,
          "Alerts",
          pageOf({
            id: "0198c0de-7a11-7000-8000-0000000000e1",
            rule_id: ruleExample.id,
            metric: "delivery_latency_p95_ms",
            direction: "above",
            limit: 500,
            value: 812,
            fired_at: "2026-02-01T17:05:00.000Z",
            resolved_at: "2026-02-01T17:25:00.000Z",
            resolved_value: 61,
          }),
        ),
      },
    }),
    async (c) => c.json(await listIncidents(c.var.ctx, c.req.valid("query")), 200),
  );
}

function retentionRoutes(router: Router): void {
  const example = {
    ...retentionExample,
    last_run: { at: "2026-02-01T01:23:04.000Z", messages: 1200, files: 14, bytes: 48_000_000 },
  };
  router.openapi(
    endpoint({
      access: "user",
      needs: "retention.manage",
      method: "get",
      path: "/admin/retention",
      tags: TAGS,
      summary: "How long messages and files are kept",
      description: "Needs `retention.manage`.",
      responses: { 200: answer(retentionState, "The rules and the last run", example) },
    }),
    async (c) => c.json(await getRetention(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "retention.manage",
      method: "put",
      path: "/admin/retention",
      tags: TAGS,
      summary: "Set how long messages and files are kept",
      description: "Older ones are erased for good in the next nightly run; ask for the preview first. Needs " +
        "`retention.manage`; goes into the audit log.",
      request: { body: jsonBody(retentionRules, retentionExample) },
      responses: { 200: answer(retentionState, "The rules now", example) },
    }),
    async (c) => c.json(await putRetention(c.var.ctx, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "retention.manage",
      method: "post",
      path: "/admin/retention/preview",
      tags: TAGS,
      summary: "What such rules would erase now",
      description: "Changes nothing. Needs `retention.manage`.",
      request: { body: jsonBody(retentionRules, retentionExample) },
      responses: {
        200: answer(retentionPreview, "What would go", {
          messages: 1200,
          files: 14,
          bytes: 48_000_000,
          oldest: "2024-05-03T10:00:00.000Z",
        }),
      },
    }),
    async (c) => c.json(await previewRetention(c.var.ctx, c.req.valid("json")), 200),
  );
}
