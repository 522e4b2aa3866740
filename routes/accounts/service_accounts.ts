// /service-accounts: programs with API tokens of their own.
import {
  createServiceAccount,
  createServiceToken,
  deleteServiceAccount,
  deleteServiceToken,
  listServiceAccounts,
  listServiceTokens,
  updateServiceAccount,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { apiTokenPage, createTokenBody, newApiToken } from "../../protocol/accounts/accounts.ts";
import { pageQuery, uuid } from "../../protocol/common.ts";
import {
  createServiceAccountBody,
  serviceAccount,
  serviceAccountPage,
  updateServiceAccountBody,
} from "../../protocol/accounts/service_accounts.ts";
import { pageOf } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";
import { countLookups } from "../http/kind_limits.ts";

const accountExample = {
  id: "0198c0de-7a11-7000-8000-000000000041",
  username: "booking-bot",
  display_name: "Bookings",
  role: "member" as const,
  is_active: true,
  tokens: 1,
  last_used_at: null,
  created_at: "2026-01-15T09:30:00.000Z",
};
const tokenExample = {
  id: "0198c0de-7a11-7000-8000-000000000042",
  name: "production",
  prefix: "pulpo_x7Qm2a",
  scopes: ["notify"],
  created_at: "2026-01-15T09:30:00.000Z",
  last_used_at: null,
  expires_at: null,
};
const tokenParams = idParam.extend({ token_id: uuid });

export function serviceAccountRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      method: "get",
      path: "/service-accounts",
      tags: ["Service accounts"],
      summary: "The accounts of programs, by username",
      request: { query: pageQuery },
      responses: { 200: answer(serviceAccountPage, "Accounts", pageOf(accountExample)) },
    }),
    async (c) => c.json(await listServiceAccounts(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      idempotent: true,
      errors: [409],
      method: "post",
      path: "/service-accounts",
      tags: ["Service accounts"],
      summary: "Make an account for a program",
      description: "It never signs in; it owns API tokens, which stay when the person who made them leaves.",
      request: { body: jsonBody(createServiceAccountBody, { username: "booking-bot", role: "member" }) },
      responses: { 201: answer(serviceAccount, "The new account", accountExample) },
    }),
    async (c) => c.json(await countLookups(c, () => createServiceAccount(c.var.ctx, c.req.valid("json"))), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404, 409],
      method: "put",
      path: "/service-accounts/{id}",
      tags: ["Service accounts"],
      summary: "Change the account of a program; what is absent stays",
      request: { params: idParam, body: jsonBody(updateServiceAccountBody, { is_active: false }) },
      responses: { 200: answer(serviceAccount, "The account", accountExample) },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      return c.json(await countLookups(c, () => updateServiceAccount(c.var.ctx, id, c.req.valid("json"))), 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404],
      method: "delete",
      path: "/service-accounts/{id}",
      tags: ["Service accounts"],
      summary: "Delete the account of a program with its tokens",
      request: { params: idParam },
      responses: { 204: empty("Deleted") },
    }),
    async (c) => {
      await deleteServiceAccount(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  tokens(router);
  return router;
}

function tokens(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404],
      method: "get",
      path: "/service-accounts/{id}/tokens",
      tags: ["Service accounts"],
      summary: "Its API tokens",
      request: { params: idParam, query: pageQuery },
      responses: { 200: answer(apiTokenPage, "Tokens, newest first", pageOf(tokenExample)) },
    }),
    async (c) => c.json(await listServiceTokens(c.var.ctx, c.req.valid("param").id, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      idempotent: true,
      limit: "tokens",
      errors: [404, 409],
      method: "post",
      path: "/service-accounts/{id}/tokens",
      tags: ["Service accounts"],
      summary: "Make an API token for it; its text is shown this once",
      description: "For people who are signed in, not for tokens. Scopes are those that the account's role holds.",
      request: { params: idParam, body: jsonBody(createTokenBody, { name: "production", scopes: ["notify"] }) },
      responses: { 201: answer(newApiToken, "The token", { ...tokenExample, token: "pulpo_x7Qm2a..." }) },
    }),
    async (c) => c.json(await createServiceToken(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404],
      method: "delete",
      path: "/service-accounts/{id}/tokens/{token_id}",
      tags: ["Service accounts"],
      summary: "Delete one of its API tokens; it stops working everywhere at once",
      request: { params: tokenParams },
      responses: { 204: empty("Deleted") },
    }),
    async (c) => {
      const { id, token_id } = c.req.valid("param");
      await deleteServiceToken(c.var.ctx, id, token_id);
      return c.body(null, 204);
    },
  );
}
