// Sending notifications, and a person's inbox and preferences. POST /notify stands at the root too, where small programs
// and the compatible clients look for it.
import type { App } from "../../features/context.ts";
import {
  getPreferences,
  notify,
  notifyBatch,
  PRESETS,
  readAll,
  readInbox,
  readOne,
  updatePreferences,
} from "../../features/notifications/mod.ts";
import {
  inboxPage,
  inboxQuery,
  notifyBatchResult,
  notifyRequest,
  notifyResult,
  preferences,
  preferencesUpdate,
  presetList,
  unreadAnswer,
} from "../../protocol/notifications/notifications.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { z } from "zod";
import { answer, createRouter, endpoint, idParam, jsonBody, PREFERENCE_BODY, type Router } from "../http/helpers.ts";

const TAGS = ["Notifications"];
const RESULT = {
  id: "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10",
  channel: channels.broadcast(),
  offset: 42,
  duplicate: false,
};
const ITEM = {
  id: RESULT.id,
  type: "reserva_creada",
  message: "Nueva reserva: Catedral de Sal, 2 personas",
  data: { reserva_id: "R-1024", personas: 2 },
  channel: channels.broadcast(),
  sender: { id: "0199c2a0-1111-7c3b-9a51-2f1f3a6f1a10", name: "reservas" },
  created_at: "2026-01-15T10:30:00.000Z",
  read_at: null,
};
const PREFERENCES = {
  default: "push",
  types: { reserva_creada: "email", usuario_inicio_sesion: "none" },
  quiet_hours: { enabled: true, start: "22:00", end: "07:00", timezone: "Europe/Madrid" },
};

/** POST /notify: mounted under the base and at the root. */
export function notifyRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "notify.send",
      idempotent: true,
      errors: [404, 503],
      method: "post",
      path: "/notify",
      tags: TAGS,
      summary: "Send one notification or a batch",
      description: "Needs `notify.send`; an API token with the scope `notify` has it. Subscribers get " +
        "`{type, message, data, id, channel, timestamp, offset, epoch}`. Answered after it is stored for good. " +
        "A batch of up to 500 is sent as a whole or, when one is wrong, not at all. " +
        "404 `unknown_channel`, 422 `reserved_type`, 503 `unavailable` with `Retry-After` when too many are waiting.",
      request: {
        body: jsonBody(notifyRequest, { type: ITEM.type, message: ITEM.message, data: ITEM.data }),
      },
      responses: {
        202: answer(z.union([notifyResult, notifyBatchResult]), "Stored and sent; `items` for a batch", RESULT),
      },
    }),
    async (c) => {
      const input = c.req.valid("json");
      if ("notifications" in input) return c.json({ items: await notifyBatch(c.var.ctx, input.notifications) }, 202);
      return c.json(await notify(c.var.ctx, input), 202);
    },
  );
  return router;
}

export function notificationRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      method: "get",
      path: "/notifications",
      tags: TAGS,
      summary: "The caller's inbox, newest first",
      description:
        "Broadcasts since the account was made and what was sent to the caller, without the types that the " +
        "preferences set to `none`. Topic streams (`notify:<name>`) are not in inboxes.",
      request: { query: inboxQuery },
      responses: { 200: answer(inboxPage, "One page", { items: [ITEM], next_cursor: null, unread_count: 1 }) },
    }),
    async (c) => c.json(await readInbox(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      method: "post",
      path: "/notifications/read-all",
      tags: TAGS,
      summary: "Mark everything as read",
      description: 'The caller\'s devices get `notification_read {ids: "all", unread_count}`.',
      responses: { 200: answer(unreadAnswer, "What is unread now", { unread_count: 0 }) },
    }),
    async (c) => c.json(await readAll(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      errors: [404],
      method: "post",
      path: "/notifications/{id}/read",
      tags: TAGS,
      summary: "Mark one as read",
      description: "The caller's devices get `notification_read {ids: [id], unread_count}`.",
      request: { params: idParam },
      responses: { 200: answer(unreadAnswer, "What is unread now", { unread_count: 3 }) },
    }),
    async (c) => c.json(await readOne(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      method: "get",
      path: "/notifications/preferences",
      tags: TAGS,
      summary: "How the caller wants notifications",
      responses: { 200: answer(preferences, "The preferences", PREFERENCES) },
    }),
    async (c) => c.json(await getPreferences(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      json: PREFERENCE_BODY,
      method: "put",
      path: "/notifications/preferences",
      tags: TAGS,
      summary: "Change them",
      description:
        "Parts that are absent stay as they are. In quiet hours nothing is pushed to the caller's own channel " +
        "and mail waits until they end; the inbox has everything.",
      request: { body: jsonBody(preferencesUpdate, PREFERENCES) },
      responses: { 200: answer(preferences, "The preferences as they are now", PREFERENCES) },
    }),
    async (c) => c.json(await updatePreferences(c.var.ctx, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: null,
      method: "get",
      path: "/notifications/presets",
      tags: TAGS,
      summary: "Known sets of event types",
      description: "With labels, icons and groups. Other types may be sent as well.",
      responses: {
        200: answer(presetList, "The sets", {
          items: [{
            name: "tourism",
            types: [{
              type: "reserva_creada",
              label: { en: "Booking made", es: "Reserva creada" },
              icon: "calendar-plus",
              group: "reserva",
            }],
          }],
        }),
      },
    }),
    (c) => c.json({ items: [...PRESETS] }, 200),
  );
  return router;
}
