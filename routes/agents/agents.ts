// /agents: programs on managed machines, and the tokens with which they come in.
import {
  agentHealth,
  agentMetrics,
  createJoinToken,
  deleteAgent,
  deleteJoinToken,
  enroll,
  getAgent,
  listAgents,
  listJoinTokens,
  updateAgent,
} from "../../features/agents/mod.ts";
import type { App } from "../../features/context.ts";
import {
  agent,
  agentPage,
  enrollBody,
  enrolled,
  joinTokenBody,
  joinTokenPage,
  newJoinToken,
  registerAgentBody,
  updateAgentBody,
} from "../../protocol/agents/agents.ts";
import {
  agentHealth as agentHealthAnswer,
  agentMetrics as agentMetricsAnswer,
  agentMetricsQuery,
} from "../../protocol/agents/link.ts";
import { pageQuery } from "../../protocol/common.ts";
import { pageOf } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const ID = "0198c0de-7a11-7000-8000-000000000051";
const NOW = "2026-01-15T09:30:00.000Z";
const newTokenExample = {
  id: ID,
  token: "join_x7Qm2a…",
  command: "pulpo agent --server https://pulpo.example.org --join-token join_x7Qm2a…",
  expires_at: "2026-01-15T10:30:00.000Z",
};
const tokenExample = {
  id: ID,
  name: "rack 3",
  labels: { site: "bogota" },
  capabilities: ["fleet" as const],
  uses: 5,
  uses_left: 4,
  created_by: { id: "0198c0de-7a11-7000-8000-000000000001", username: "ana", display_name: "Ana García" },
  created_at: NOW,
  expires_at: "2026-01-15T10:30:00.000Z",
  state: "open" as const,
};
const agentExample = {
  id: ID,
  name: "rack-3",
  hostname: "rack-3",
  os: "linux",
  arch: "x86_64",
  version: "1.0.0",
  labels: { site: "bogota" },
  capabilities: ["fleet" as const],
  status: "online" as const,
  ip: "192.0.2.17",
  last_seen_at: NOW,
  created_at: NOW,
  cpu_cores: 8,
  memory_total_bytes: 33_554_432_000,
  disk_total_bytes: 512_000_000_000,
};
const figuresExample = {
  timestamp: NOW,
  cpu_percent: 12.5,
  memory_used_bytes: 8_200_000_000,
  disk_used_bytes: 120_000_000_000,
  load_1: 0.42,
  network_rx_bps: 1_200_000,
  network_tx_bps: 340_000,
};
const TAGS = ["Agents"];

export function agentRoutes(_app: App): Router {
  const router = createRouter();
  joinTokens(router);
  router.openapi(
    endpoint({
      access: "public",
      limit: "enrollments",
      errors: [403, 409],
      method: "post",
      path: "/agents/enroll",
      tags: TAGS,
      summary: "Come in as an agent, with a join token and a key",
      description: "Takes one use of the token. The same key and token again is answered with the same agent.",
      request: {
        body: jsonBody(enrollBody, {
          join_token: "join_x7Qm2a…",
          public_key: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
          hostname: "rack-3",
          os: "linux",
          arch: "x86_64",
          version: "1.0.0",
          cpu_cores: 8,
          memory_total_bytes: 33_554_432_000,
          disk_total_bytes: 512_000_000_000,
        }),
      },
      responses: { 201: answer(enrolled, "The new agent", { agent_id: ID }) },
    }),
    async (c) => c.json(await enroll(c.var.guest, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "agents.read",
      method: "get",
      path: "/agents",
      tags: TAGS,
      summary: "The agents of the organisation, the newest first",
      request: { query: pageQuery },
      responses: { 200: answer(agentPage, "Agents", pageOf(agentExample)) },
    }),
    async (c) => c.json(await listAgents(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "agents.manage",
      idempotent: true,
      limit: "invites",
      errors: [409],
      method: "post",
      path: "/agents",
      tags: TAGS,
      summary: "Register an agent: a join token for one machine",
      request: { body: jsonBody(registerAgentBody, { name: "rack-3", capabilities: ["fleet"] }) },
      responses: { 201: answer(newJoinToken, "The token; its text is shown this once", newTokenExample) },
    }),
    async (c) => c.json(await createJoinToken(c.var.ctx, { ...c.req.valid("json"), uses: 1 }), 201),
  );
  oneAgent(router);
  measured(router);
  return router;
}

function joinTokens(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "agents.manage",
      idempotent: true,
      limit: "invites",
      errors: [409],
      method: "post",
      path: "/agents/join-tokens",
      tags: TAGS,
      summary: "Make a token with which agents come in",
      request: { body: jsonBody(joinTokenBody, { name: "rack 3", labels: { site: "bogota" }, uses: 5 }) },
      responses: { 201: answer(newJoinToken, "The token; its text is shown this once", newTokenExample) },
    }),
    async (c) => c.json(await createJoinToken(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "agents.manage",
      method: "get",
      path: "/agents/join-tokens",
      tags: TAGS,
      summary: "Join tokens, the newest first, without their texts",
      request: { query: pageQuery },
      responses: { 200: answer(joinTokenPage, "Join tokens", pageOf(tokenExample)) },
    }),
    async (c) => c.json(await listJoinTokens(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "agents.manage",
      errors: [404],
      method: "delete",
      path: "/agents/join-tokens/{id}",
      tags: TAGS,
      summary: "Revoke a join token; agents that have come with it stay",
      request: { params: idParam },
      responses: { 204: empty("Revoked") },
    }),
    async (c) => {
      await deleteJoinToken(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}

function oneAgent(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "agents.read",
      errors: [404],
      method: "get",
      path: "/agents/{id}",
      tags: TAGS,
      summary: "One agent",
      request: { params: idParam },
      responses: { 200: answer(agent, "The agent", agentExample) },
    }),
    async (c) => c.json(await getAgent(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "agents.manage",
      errors: [404],
      method: "put",
      path: "/agents/{id}",
      tags: TAGS,
      summary: "Change its name and labels; what is absent stays",
      request: { params: idParam, body: jsonBody(updateAgentBody, { name: "rack-3" }) },
      responses: { 200: answer(agent, "The agent", agentExample) },
    }),
    async (c) => c.json(await updateAgent(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "agents.manage",
      errors: [404],
      method: "delete",
      path: "/agents/{id}",
      tags: TAGS,
      summary: "Revoke its identity; its link ends at once and it cannot come back",
      request: { params: idParam },
      responses: { 204: empty("Revoked") },
    }),
    async (c) => {
      await deleteAgent(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}

function measured(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "agents.read",
      errors: [404],
      method: "get",
      path: "/agents/{id}/health",
      tags: TAGS,
      summary: "Ask the agent now",
      description: "Answers within 5 s, also when the agent does not.",
      request: { params: idParam },
      responses: {
        200: answer(agentHealthAnswer, "How it answers", {
          status: "online",
          latency_ms: 3.2,
          last_seen_at: NOW,
          missed: 0,
        }),
      },
    }),
    async (c) => c.json(await agentHealth(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "agents.read",
      errors: [404],
      method: "get",
      path: "/agents/{id}/metrics",
      tags: TAGS,
      summary: "How the machine did: averages over minutes, hours or days, the oldest first",
      description: "`from` is by default 3 hours, 7 days or 30 days before `to`, as the bucket is.",
      request: { params: idParam, query: agentMetricsQuery },
      responses: {
        200: answer(agentMetricsAnswer, "Averages", { items: [figuresExample], next_cursor: null }),
      },
    }),
    async (c) => c.json(await agentMetrics(c.var.ctx, c.req.valid("param").id, c.req.valid("query")), 200),
  );
}
