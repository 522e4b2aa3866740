// How a person hears of chat: choices, browsers that get Web Push, and the organisation's switch for link previews.
import type { App } from "../../features/context.ts";
import { getPreviewSettings, removePreviews, updatePreviewSettings } from "../../features/chat/mod.ts";
import {
  addPushSubscription,
  deletePushSubscription,
  getChatPreferences,
  listPushSubscriptions,
  pushPublicKey,
  testPushSubscription,
  updateChatPreferences,
} from "../../features/notifications/mod.ts";
import {
  chatPreferences,
  chatPreferencesUpdate,
  DEFAULT_CHAT_PREFERENCES,
  deletePushQuery,
  newPushSubscription,
  previewSettings,
  pushKey,
  pushSubscription,
  pushSubscriptions,
} from "../../protocol/notifications/push.ts";
import {
  answer,
  createRouter,
  empty,
  endpoint,
  idParam,
  jsonBody,
  PREFERENCE_BODY,
  type Router,
} from "../http/helpers.ts";

const TAGS = ["Chat notifications"];
const DEVICE = {
  id: "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10",
  device_name: "Firefox, Linux",
  service: "updates.push.services.mozilla.com",
  created_at: "2026-01-15T10:30:00.000Z",
  last_success_at: null,
  current: true,
};
const P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const PREFERENCES = { ...DEFAULT_CHAT_PREFERENCES, keywords: ["invoice", "Bogotá"], digest: "hourly" };

export function pushRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      method: "get",
      path: "/push/key",
      tags: TAGS,
      summary: "The key that browsers subscribe with",
      description: "Pass it as `applicationServerKey` to `PushManager.subscribe` (RFC 8292).",
      responses: { 200: answer(pushKey, "The server's public key", { public_key: P256DH }) },
    }),
    async (c) => c.json(await pushPublicKey(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      method: "get",
      path: "/push/subscriptions",
      tags: TAGS,
      summary: "The caller's browsers that get Web Push",
      responses: { 200: answer(pushSubscriptions, "Newest first", { items: [DEVICE] }) },
    }),
    async (c) => c.json({ items: await listPushSubscriptions(c.var.ctx) }, 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      method: "post",
      path: "/push/subscriptions",
      tags: TAGS,
      summary: "Add this browser",
      description:
        "`PushSubscription.toJSON()` as it is. The endpoint must be a public https address. Belongs to the " +
        "caller's session and ends with it; needs a signed-in person, not an API token. A known endpoint is taken over; " +
        "of more than 20 the one that was longest silent goes.",
      request: {
        body: jsonBody(newPushSubscription, {
          endpoint: "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
          keys: { p256dh: P256DH, auth: "BTBZMqHH6r4Tts7J_aSIgg" },
        }),
      },
      responses: { 201: answer(pushSubscription, "The subscription", DEVICE) },
    }),
    async (c) => c.json(await addPushSubscription(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      errors: [404],
      method: "delete",
      path: "/push/subscriptions",
      tags: TAGS,
      summary: "Remove a browser by its endpoint",
      request: { query: deletePushQuery },
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      await deletePushSubscription(c.var.ctx, c.req.valid("query"));
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      errors: [404],
      method: "delete",
      path: "/push/subscriptions/{id}",
      tags: TAGS,
      summary: "Remove a browser",
      request: { params: idParam },
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      await deletePushSubscription(c.var.ctx, c.req.valid("param"));
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      errors: [404],
      method: "post",
      path: "/push/subscriptions/{id}/test",
      tags: TAGS,
      summary: "Send a test to a browser",
      request: { params: idParam },
      responses: { 202: empty("On its way") },
    }),
    async (c) => {
      await testPushSubscription(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 202);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      method: "get",
      path: "/chat/preferences",
      tags: TAGS,
      summary: "How the caller wants to hear of chat",
      responses: { 200: answer(chatPreferences, "The choices", PREFERENCES) },
    }),
    async (c) => c.json(await getChatPreferences(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "notifications.read",
      json: PREFERENCE_BODY,
      method: "put",
      path: "/chat/preferences",
      tags: TAGS,
      summary: "Change them",
      description:
        "Parts that are absent stay as they are. A channel's own level (`PUT /channels/:id/settings`) comes " +
        "before `level`; a muted channel never notifies.",
      request: { body: jsonBody(chatPreferencesUpdate, { keywords: ["invoice"], digest: "hourly" }) },
      responses: { 200: answer(chatPreferences, "The choices as they are now", PREFERENCES) },
    }),
    async (c) => c.json(await updateChatPreferences(c.var.ctx, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      method: "get",
      path: "/chat/previews",
      tags: TAGS,
      summary: "Whether messages get link previews",
      responses: { 200: answer(previewSettings, "The settings", { enabled: true }) },
    }),
    async (c) => c.json(await getPreviewSettings(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.manage",
      method: "put",
      path: "/chat/previews",
      tags: TAGS,
      summary: "Change them",
      description: "Needs `chat.manage`. Previews that are there stay.",
      request: { body: jsonBody(previewSettings, { enabled: false }) },
      responses: { 200: answer(previewSettings, "The settings as they are now", { enabled: false }) },
    }),
    async (c) => c.json(await updatePreviewSettings(c.var.ctx, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [404, 409],
      method: "delete",
      path: "/messages/{id}/previews",
      tags: TAGS,
      summary: "Remove the link previews of a message",
      description:
        "By its author, or somebody who may delete messages of others in the channel. They do not come back.",
      request: { params: idParam },
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      await removePreviews(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  return router;
}
