// The process pages: health for people and orchestrators, metrics, the OpenAPI and AsyncAPI documents.
import { createRoute, z } from "@hono/zod-openapi";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { App } from "../../features/context.ts";
import { declared } from "../../features/declared.ts";
import { checkHealth } from "../../features/health/mod.ts";
import { authorize } from "../../kernel/actor.ts";
import { RETRY_AFTER_SECONDS } from "../../kernel/errors.ts";
import { VERSION } from "../../kernel/version.ts";
import { health } from "../../protocol/operation/process.ts";
import { asyncApiDocument } from "./asyncapi.ts";
import { answer, createRouter, endpoint, problemAnswers, type Router } from "../http/helpers.ts";

export function processRoutes(app: App, metrics: Metrics, openApi: () => object): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "public",
      method: "get",
      path: "/health",
      tags: ["Process"],
      summary: "State of this instance and of what it depends on",
      responses: { 200: answer(health, "It works, perhaps degraded"), 503: answer(health, "It does not work") },
    }),
    async (c) => {
      const state = await checkHealth(app);
      c.header("cache-control", "no-store");
      if (state.status === "down") c.header("retry-after", String(RETRY_AFTER_SECONDS));
      return c.json(state, state.status === "down" ? 503 : 200);
    },
  );
  const alive = z.object({ status: z.enum(["ok", "down"]) });
  router.openapi(
    endpoint({
      access: "public",
      method: "get",
      path: "/health/live",
      tags: ["Process"],
      summary: "The process works (restart it when this does not answer, or not with 200 for minutes)",
      description:
        "503 while the embedded database has stopped; it is opened anew by itself. A database server that is " +
        "away does not count: a restart would not bring it back. `/health/ready` tells that.",
      responses: {
        200: answer(alive, "It works", { status: "ok" }),
        503: answer(alive, "Its database has stopped", { status: "down" }),
      },
    }),
    (c) => {
      if (app.db.state !== "down") return c.json({ status: "ok" as const }, 200);
      c.header("retry-after", String(RETRY_AFTER_SECONDS));
      return c.json({ status: "down" as const }, 503);
    },
  );
  router.openapi(
    endpoint({
      access: "public",
      method: "get",
      path: "/health/ready",
      tags: ["Process"],
      summary: "Requests may be sent here",
      responses: { 200: answer(alive, "Ready", { status: "ok" }), 503: answer(alive, "Not ready", { status: "down" }) },
    }),
    async (c) => {
      const down = (await checkHealth(app)).status === "down";
      if (down) c.header("retry-after", String(RETRY_AFTER_SECONDS));
      return c.json({ status: down ? "down" as const : "ok" as const }, down ? 503 : 200);
    },
  );
  router.openAPIRegistry.registerPath(createRoute({
    method: "get",
    path: "/metrics",
    tags: ["Process"],
    summary: "Prometheus metrics; needs metrics.read unless PULPO_METRICS_PUBLIC=true",
    security: [{ bearer: [] }, { cookie: [] }],
    ...{ "x-permission": "metrics.read" },
    responses: {
      200: { description: "Prometheus text format 0.0.4", content: { "text/plain": { schema: z.string() } } },
      ...problemAnswers(401, 403, 405, 429, 503),
    },
  }));
  router.get("/metrics", async (c) => {
    if (!app.config.metricsPublic) authorize(c.var.ctx.actor, "metrics.read");
    return c.body(await metrics.text(app), 200, { "content-type": metrics.registry.contentType });
  });
  router.get("/openapi.json", (c) => c.json(openApi()));
  let asyncApi: object | undefined;
  router.get("/asyncapi.json", (c) => c.json(asyncApi ??= asyncApiDocument(app.publicUrl(), declared(app.features))));
  return router;
}

/** The document that `/openapi.json` serves. */
export function openApiInfo(publicUrl: string) {
  return {
    openapi: "3.1.0",
    info: {
      title: "Pulpo",
      version: VERSION,
      description: "Self-hosted realtime operations server. Errors are problem+json (RFC 9457) with a stable `code`.",
      license: { name: "AGPL-3.0-or-later", identifier: "AGPL-3.0-or-later" },
    },
    servers: [{ url: publicUrl }],
  };
}

/** Counters of one server. */
export class Metrics {
  readonly registry = new Registry();
  private readonly requests = new Counter({
    name: "pulpo_http_requests_total",
    help: "HTTP requests by method and status",
    labelNames: ["method", "status"] as const,
    registers: [this.registry],
  });
  private readonly duration = new Histogram({
    name: "pulpo_http_request_duration_seconds",
    help: "Time to the response's head",
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  });
  private readonly gauges = new Map<string, Gauge>();

  /** Counts one request. @param ms milliseconds it took. */
  request(method: string, status: number, ms: number): void {
    this.requests.inc({ method, status });
    this.duration.observe(ms / 1000);
  }

  private set(name: string, help: string, value: number): void {
    let gauge = this.gauges.get(name);
    if (!gauge) this.gauges.set(name, gauge = new Gauge({ name, help, registers: [this.registry] }));
    gauge.set(value);
  }

  async text(app: App): Promise<string> {
    const stats = app.realtime.stats();
    const load = app.load.read();
    this.set("pulpo_websocket_connections", "Open WebSockets", stats.websockets);
    this.set("pulpo_sse_connections", "Open event streams", stats.streams);
    this.set("pulpo_subscriptions", "Subscriptions of all connections", stats.subscriptions);
    this.set("pulpo_channels", "Channels with a reader on this instance", stats.channels);
    this.set("pulpo_pushes_delivered_total", "Pushes handed to connections", stats.delivered);
    this.set("pulpo_skipped_total", "Frames, lines and states that slow readers did not get", stats.skipped);
    this.set("pulpo_slow_readers_total", "Readers cut off because they did not keep up", stats.slow_readers);
    this.set("pulpo_send_queue_bytes", "Bytes that wait for readers", stats.queued_bytes);
    this.set("pulpo_cpu_percent", "CPU of all threads", load.cpu_percent);
    this.set("pulpo_resident_memory_bytes", "Resident memory", load.memory_mb * 1048576);
    this.set("pulpo_event_loop_lag_seconds", "Longest delay in the last 5 s", load.event_loop_lag_ms / 1000);
    this.set("pulpo_uptime_seconds", "Time since start", app.uptimeSeconds());
    for (const feature of app.features) {
      for (const { name, help, value } of await feature.gauges?.(app) ?? []) this.set(name, help, value);
    }
    return await this.registry.metrics();
  }
}
