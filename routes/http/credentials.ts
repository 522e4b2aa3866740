// /auth/sessions and /auth/tokens: what gives access to one's own account.
import {
  createApiToken,
  deleteApiToken,
  deleteSession,
  endOtherSessions,
  listApiTokens,
  listSessions,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { apiTokenPage, createTokenBody, newApiToken, sessionPage } from "../../protocol/accounts/accounts.ts";
import { pageQuery } from "../../protocol/common.ts";
import { pageOf } from "./examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "./helpers.ts";

const sessionExample = {
  id: "0198c0de-7a11-7000-8000-0000000000a1",
  ip: "192.0.2.7",
  user_agent: "Mozilla/5.0 (Linux; Android 14) … Chrome/126.0.0.0 Mobile Safari/537.36",
  device: "Chrome on Android",
  method: "password",
  created_at: "2026-01-15T09:30:00.000Z",
  last_seen_at: "2026-02-01T17:05:12.345Z",
  current: true,
};
const tokenExample = {
  id: "0198c0de-7a11-7000-8000-0000000000b1",
  name: "booking system",
  prefix: "pulpo_x7Qm2a",
  scopes: ["notify"],
  created_at: "2026-01-15T09:30:00.000Z",
  last_used_at: null,
  expires_at: null,
};

export function credentialRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      method: "get",
      path: "/auth/sessions",
      tags: ["Accounts"],
      summary: "Where the caller is signed in",
      responses: { 200: answer(sessionPage, "Sessions: this one, then those seen last", pageOf(sessionExample)) },
    }),
    async (c) => c.json(await listSessions(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      method: "delete",
      path: "/auth/sessions",
      tags: ["Accounts"],
      summary: "End all sessions of the caller but this one",
      responses: { 204: empty("Ended") },
    }),
    async (c) => {
      await endOtherSessions(c.var.ctx);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [404],
      method: "delete",
      path: "/auth/sessions/{id}",
      tags: ["Accounts"],
      summary: "End one of the caller's sessions",
      request: { params: idParam },
      responses: { 204: empty("Ended") },
    }),
    async (c) => {
      await deleteSession(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "tokens.manage",
      method: "get",
      path: "/auth/tokens",
      tags: ["Accounts"],
      summary: "The caller's API tokens",
      request: { query: pageQuery },
      responses: { 200: answer(apiTokenPage, "Tokens, newest first", pageOf(tokenExample)) },
    }),
    async (c) => c.json(await listApiTokens(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "tokens.manage",
      idempotent: true,
      limit: "tokens",
      method: "post",
      path: "/auth/tokens",
      tags: ["Accounts"],
      summary: "Make an API token; its text is shown this once",
      request: { body: jsonBody(createTokenBody, { name: "booking system", scopes: ["notify"] }) },
      responses: { 201: answer(newApiToken, "The token", { ...tokenExample, token: "pulpo_x7Qm2a..." }) },
    }),
    async (c) => c.json(await createApiToken(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "tokens.manage",
      errors: [404],
      method: "delete",
      path: "/auth/tokens/{id}",
      tags: ["Accounts"],
      summary: "Delete an API token; it stops working everywhere at once",
      request: { params: idParam },
      responses: { 204: empty("Deleted") },
    }),
    async (c) => {
      await deleteApiToken(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  return router;
}
