// Webhooks: managing both kinds, and the address that incoming ones post to, which answers in Slack's plain texts.
import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import type { App } from "../../features/context.ts";
import {
  createIncoming,
  createOutgoing,
  deleteIncoming,
  deleteOutgoing,
  getOutgoing,
  type HookAnswer,
  listDeliveries,
  listIncoming,
  listOutgoing,
  receiveHook,
  resend,
  sendTest,
  updateIncoming,
  updateOutgoing,
} from "../../features/notifications/mod.ts";
import { AppError } from "../../kernel/errors.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { pageQuery } from "../../protocol/common.ts";
import { readPayload } from "./hook_payload.ts";
import {
  deliveriesQuery,
  deliveryItem,
  deliveryPage,
  incomingCreated,
  incomingInput,
  incomingItem,
  incomingPage,
  incomingUpdate,
  outgoingCreated,
  outgoingInput,
  outgoingItem,
  outgoingPage,
  outgoingUpdate,
  slackPayload,
} from "../../protocol/notifications/webhooks.ts";
import type { HttpContext } from "../http/env.ts";
import {
  answer,
  createRouter,
  empty,
  endpoint,
  idParam,
  jsonBody,
  problemAnswers,
  type Router,
} from "../http/helpers.ts";

const TAGS = ["Webhooks"];
const ID = "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10";
const INCOMING = {
  id: ID,
  name: "CI",
  channel: channels.notify("builds"),
  action_url: null,
  created_at: "2026-01-15T10:30:00.000Z",
  last_used_at: null,
};
const OUTGOING = {
  id: ID,
  name: "Booking system",
  url: "https://example.org/hooks/pulpo",
  events: ["reserva_creada", "reserva_cancelada"],
  enabled: true,
  disabled_reason: null,
  created_at: "2026-01-15T10:30:00.000Z",
  last_status: 200,
};
const DELIVERY = {
  id: ID,
  webhook_id: "0199c2a0-1111-7c3b-9a51-2f1f3a6f1a10",
  event: "reserva_creada",
  status: "delivered",
  attempts: 1,
  response_status: 200,
  response_body: "ok",
  error: null,
  duration_ms: 84,
  request_body: '{"type":"reserva_creada","message":"Nueva reserva","data":null,"channel":"broadcast"}',
  resend_of: null,
  created_at: "2026-01-15T10:30:00.000Z",
  last_attempt_at: "2026-01-15T10:30:00.120Z",
};

export function webhookRoutes(_app: App): Router {
  const router = createRouter();
  incoming(router);
  outgoing(router);
  deliveries(router);
  return router;
}

function incoming(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      idempotent: true,
      limit: "webhooks",
      method: "post",
      path: "/webhooks/incoming",
      tags: TAGS,
      summary: "Make an address that other programs post to",
      description: "Needs `webhooks.manage`. What is posted arrives as notifications of type `webhook_message`, or " +
        "with `channel:<id>` as messages in that chat channel. Clicks on the actions of its messages are told to `action_url` " +
        "as POST `{action_id, value, user, message_id, channel_id}`, event `message_action`, signed with `secret` and tried " +
        "again as outgoing webhooks are.",
      request: { body: jsonBody(incomingInput, { name: "CI", channel: channels.notify("builds") }) },
      responses: {
        201: answer(incomingCreated, "The webhook; `token`, `url` and `secret` are shown this once", {
          ...INCOMING,
          secret: "whsec_…",
          token: "q3f8…",
          url: "https://pulpo.example/hooks/q3f8…",
        }),
      },
    }),
    async (c) => c.json(await createIncoming(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      method: "get",
      path: "/webhooks/incoming",
      tags: TAGS,
      summary: "Incoming webhooks",
      request: { query: pageQuery },
      responses: { 200: answer(incomingPage, "One page, newest first", { items: [INCOMING], next_cursor: null }) },
    }),
    async (c) => c.json(await listIncoming(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      errors: [404],
      method: "put",
      path: "/webhooks/incoming/{id}",
      tags: TAGS,
      summary: "Change an incoming webhook; its address stays",
      request: { params: idParam, body: jsonBody(incomingUpdate, { action_url: "https://example.org/hooks/actions" }) },
      responses: { 200: answer(incomingItem, "The webhook as it is now", INCOMING) },
    }),
    async (c) => c.json(await updateIncoming(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      errors: [404],
      method: "delete",
      path: "/webhooks/incoming/{id}",
      tags: TAGS,
      summary: "Remove an incoming webhook",
      request: { params: idParam },
      responses: { 204: empty("Removed; its address answers 404") },
    }),
    async (c) => {
      await deleteIncoming(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}

function outgoing(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      idempotent: true,
      limit: "webhooks",
      method: "post",
      path: "/webhooks/outgoing",
      tags: TAGS,
      summary: "Send events to another server",
      description:
        "Needs `webhooks.manage`. Events of broadcast and notify channels are sent as POST with the push as JSON " +
        "body and the headers `X-Pulpo-Event`, `X-Pulpo-Delivery`, `X-Pulpo-Timestamp` (Unix seconds) and " +
        '`X-Pulpo-Signature: sha256=<hex HMAC-SHA-256 of "<timestamp>.<body>" with the secret>`. Anything but 2xx within ' +
        "10 seconds is tried again 7 times over about two hours, except 4xx other than 408 and 429. Redirects are not followed.",
      request: {
        body: jsonBody(outgoingInput, { name: OUTGOING.name, url: OUTGOING.url, events: OUTGOING.events }),
      },
      responses: {
        201: answer(outgoingCreated, "The webhook; `secret` is shown this once", {
          ...OUTGOING,
          last_status: null,
          secret: "whsec_…",
        }),
      },
    }),
    async (c) => c.json(await createOutgoing(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      method: "get",
      path: "/webhooks/outgoing",
      tags: TAGS,
      summary: "Outgoing webhooks",
      request: { query: pageQuery },
      responses: { 200: answer(outgoingPage, "One page, newest first", { items: [OUTGOING], next_cursor: null }) },
    }),
    async (c) => c.json(await listOutgoing(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      errors: [404],
      method: "get",
      path: "/webhooks/outgoing/{id}",
      tags: TAGS,
      summary: "One outgoing webhook",
      request: { params: idParam },
      responses: { 200: answer(outgoingItem, "The webhook", OUTGOING) },
    }),
    async (c) => c.json(await getOutgoing(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      errors: [404],
      method: "put",
      path: "/webhooks/outgoing/{id}",
      tags: TAGS,
      summary: "Change an outgoing webhook, or switch it on again",
      request: { params: idParam, body: jsonBody(outgoingUpdate, { enabled: true }) },
      responses: { 200: answer(outgoingItem, "The webhook as it is now", OUTGOING) },
    }),
    async (c) => c.json(await updateOutgoing(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      errors: [404],
      method: "delete",
      path: "/webhooks/outgoing/{id}",
      tags: TAGS,
      summary: "Remove an outgoing webhook with its log",
      request: { params: idParam },
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      await deleteOutgoing(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}

function deliveries(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      errors: [404],
      method: "get",
      path: "/webhooks/outgoing/{id}/deliveries",
      tags: TAGS,
      summary: "What was sent, newest first; kept for 30 days",
      request: { params: idParam, query: deliveriesQuery },
      responses: { 200: answer(deliveryPage, "One page", { items: [DELIVERY], next_cursor: null }) },
    }),
    async (c) => c.json(await listDeliveries(c.var.ctx, c.req.valid("param").id, c.req.valid("query")), 200),
  );
  const pending = { ...DELIVERY, status: "pending", attempts: 0, response_status: null, response_body: null };
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      idempotent: true,
      errors: [404],
      method: "post",
      path: "/webhooks/outgoing/{id}/test",
      tags: TAGS,
      summary: "Send a test event",
      request: { params: idParam },
      responses: {
        202: answer(deliveryItem, "The delivery that is on its way", { ...pending, event: "webhook_test" }),
      },
    }),
    async (c) => c.json(await sendTest(c.var.ctx, c.req.valid("param").id), 202),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "webhooks.manage",
      idempotent: true,
      errors: [404],
      method: "post",
      path: "/webhooks/outgoing/deliveries/{id}/resend",
      tags: TAGS,
      summary: "Send the same once more",
      request: { params: idParam },
      responses: { 202: answer(deliveryItem, "The new delivery", { ...pending, resend_of: ID }) },
    }),
    async (c) => c.json(await resend(c.var.ctx, c.req.valid("param").id), 202),
  );
}

const HOOK_STATUS: Record<HookAnswer, 200 | 400 | 403 | 404 | 410> = {
  ok: 200,
  invalid_payload: 400,
  no_text: 400,
  no_service: 404,
  channel_not_found: 404,
  channel_is_archived: 410,
  action_prohibited: 403,
};

/** POST /hooks/{token}: mounted under the base and at the root. The token is the credential. */
export function hookRoutes(_app: App): Router {
  const router = createRouter();
  const content = {
    schema: slackPayload,
    example: { text: "Build <https://ci.example/42|#42> failed", username: "ci" },
  };
  const text = (description: string, example: string) => ({
    description,
    content: { "text/plain": { schema: z.string(), example } },
  });
  router.openAPIRegistry.registerPath(createRoute({
    method: "post",
    path: "/hooks/{token}",
    tags: TAGS,
    summary: "Post a message as to Slack",
    description:
      "JSON, or a form (also multipart) with the JSON in the field `payload` or with the fields themselves. Takes " +
      "what Slack's incoming webhooks take: mrkdwn, attachments and Block Kit become the message's text and cards.",
    security: [],
    request: {
      params: z.object({ token: z.string() }),
      body: {
        required: true,
        content: {
          "application/json": content,
          "application/x-www-form-urlencoded": { schema: z.object({ payload: z.string() }) },
          "multipart/form-data": { schema: z.object({ payload: z.string() }) },
        },
      },
    },
    responses: {
      200: text("Taken", "ok"),
      400: text("`invalid_payload` or `no_text`", "invalid_payload"),
      403: text("The organisation's filter does not let this text through", "action_prohibited"),
      404: text("No such webhook, or its chat channel is gone", "no_service"),
      410: text("The chat channel is archived", "channel_is_archived"),
      413: text("The body is too large", "too_large"),
      429: text("Too many posts; see `Retry-After`", "rate_limited"),
      ...problemAnswers(405, 503),
    },
  }));
  const take = async (c: HttpContext) => {
    try {
      const said = await receiveHook(c.var.guest, c.req.param("token") ?? "", () => readPayload(c));
      return c.text(said, HOOK_STATUS[said]);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "rate_limited") throw error;
      return c.text("rate_limited", 429, { ...error.headers, "retry-after": String(error.retryAfterSeconds ?? 60) });
    }
  };
  router.post("/hooks/:token", take);
  router.post("/hooks/:token/", take);
  return router;
}
