// Chat beside the messages: drafts, scheduled messages, a person's settings of a channel, the organisation's chat settings.
import type { App } from "../../features/context.ts";
import {
  cancelScheduled,
  deleteDraft,
  getChatSettings,
  listDrafts,
  listScheduled,
  saveDraft,
  schedule,
  sendScheduledNow,
  updateChannelSettings,
  updateChatSettings,
  updateScheduled,
} from "../../features/chat/mod.ts";
import {
  channelSettings,
  channelSettingsBody,
  chatSettings,
  chatSettingsBody,
  draft,
  draftBody,
  draftList,
  draftQuery,
  scheduleBody,
  scheduled,
  scheduledPage,
  scheduledQuery,
  scheduleUpdate,
} from "../../protocol/chat/extras.ts";
import { MESSAGE_EXAMPLE } from "./examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const DRAFTS = ["Chat drafts"];
const SCHEDULED = ["Chat scheduled messages"];
const SETTINGS = ["Chat settings"];

const DRAFT = {
  channel_id: MESSAGE_EXAMPLE.channel_id,
  root_id: null,
  content: "The new menu is",
  attachments: [],
  updated_at: "2026-01-15T10:29:30.000Z",
};
const ITEM = {
  id: "0199c2a0-7b00-7d10-8c11-0d5c6f1a2b3c",
  kind: "message",
  channel_id: MESSAGE_EXAMPLE.channel_id,
  reply_to_id: null,
  content: "Good morning! The menu of today:",
  attachments: [],
  send_at: "2026-01-16T08:00:00.000Z",
  status: "pending",
  failure: null,
  message_id: null,
  created_at: "2026-01-15T10:30:00.000Z",
  updated_at: "2026-01-15T10:30:00.000Z",
};
const OWN = { favorite: true, muted_until: null, notify: "mentions", hidden: false };

export function chatExtrasRoutes(_app: App): Router {
  const router = createRouter();
  drafts(router);
  scheduledMessages(router);
  settings(router);
  return router;
}

function drafts(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      method: "get",
      path: "/drafts",
      tags: DRAFTS,
      summary: "What the caller has begun to write, newest first",
      description: "At most 300. Changes are told to the caller's devices as `draft_changed` on `user:me:chat`.",
      responses: { 200: answer(draftList, "The drafts", { items: [DRAFT] }) },
    }),
    async (c) => c.json(await listDrafts(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [404, 409],
      method: "put",
      path: "/channels/{id}/draft",
      tags: DRAFTS,
      summary: "Keep a draft",
      description: "One per channel, and one per thread with `root_id`. The newest wins: the answer is what is kept. " +
        "An empty one removes it. Sending a message in the same place removes it too.",
      request: { params: idParam, query: draftQuery, body: jsonBody(draftBody, { content: DRAFT.content }) },
      responses: { 200: answer(draft, "What is kept now", DRAFT) },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      return c.json(await saveDraft(c.var.ctx, id, c.req.valid("query").root_id, c.req.valid("json")), 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [404],
      method: "delete",
      path: "/channels/{id}/draft",
      tags: DRAFTS,
      summary: "Remove a draft",
      request: { params: idParam, query: draftQuery },
      responses: { 204: empty("There is none now") },
    }),
    async (c) => {
      await deleteDraft(c.var.ctx, c.req.valid("param").id, c.req.valid("query").root_id);
      return c.body(null, 204);
    },
  );
}

function scheduledMessages(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      method: "get",
      path: "/scheduled",
      tags: SCHEDULED,
      summary: "The caller's scheduled messages, by time",
      description: "Those that wait, or with `status` those that were sent (30 days) or failed (90 days).",
      request: { query: scheduledQuery },
      responses: { 200: answer(scheduledPage, "One page", { items: [ITEM], next_cursor: null }) },
    }),
    async (c) => c.json(await listScheduled(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      idempotent: true,
      errors: [404],
      limit: "schedules",
      method: "post",
      path: "/scheduled",
      tags: SCHEDULED,
      summary: "Send a message later",
      description: "Sent once, within about a second of its time, in the caller's name and with the rights that the " +
        "caller has then. Without them it is marked as failed and the caller gets a notification of type " +
        "`scheduled_failed`. At most 100 wait. Changes are told as `scheduled_changed {id}` on `user:me:chat`.",
      request: {
        body: jsonBody(scheduleBody, { channel_id: ITEM.channel_id, content: ITEM.content, send_at: ITEM.send_at }),
      },
      responses: { 201: answer(scheduled, "It waits", ITEM) },
    }),
    async (c) => c.json(await schedule(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [404, 409],
      method: "put",
      path: "/scheduled/{id}",
      tags: SCHEDULED,
      summary: "Change its text, files or time",
      description: "A failed one waits again then. 409 when it is sent already, or this very moment.",
      request: { params: idParam, body: jsonBody(scheduleUpdate, { send_at: ITEM.send_at }) },
      responses: { 200: answer(scheduled, "How it is now", ITEM) },
    }),
    async (c) => c.json(await updateScheduled(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [404, 409],
      method: "delete",
      path: "/scheduled/{id}",
      tags: SCHEDULED,
      summary: "Cancel it",
      description: "One that was sent or failed only leaves the list; the message stays.",
      request: { params: idParam },
      responses: { 204: empty("It will not be sent") },
    }),
    async (c) => {
      await cancelScheduled(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [404, 409],
      method: "post",
      path: "/scheduled/{id}/send",
      tags: SCHEDULED,
      summary: "Send it now",
      request: { params: idParam },
      responses: {
        200: answer(scheduled, "Sent", { ...ITEM, status: "sent", message_id: MESSAGE_EXAMPLE.id }),
      },
    }),
    async (c) => c.json(await sendScheduledNow(c.var.ctx, c.req.valid("param").id), 200),
  );
}

function settings(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [404],
      method: "put",
      path: "/channels/{id}/settings",
      tags: SETTINGS,
      summary: "The caller's own settings of a channel",
      description:
        "Parts that are absent stay. Nobody else sees them; the caller's devices get `channel_settings` on " +
        "`user:me:chat`. A hidden direct channel reappears with its next message.",
      request: { params: idParam, body: jsonBody(channelSettingsBody, { favorite: true, notify: "mentions" }) },
      responses: { 200: answer(channelSettings, "The settings as they are now", OWN) },
    }),
    async (c) => c.json(await updateChannelSettings(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.manage",
      method: "get",
      path: "/admin/chat-settings",
      tags: SETTINGS,
      summary: "The organisation's chat settings",
      description: "Needs `chat.manage`.",
      responses: { 200: answer(chatSettings, "The settings", { auto_archive_days: 180 }) },
    }),
    async (c) => c.json(await getChatSettings(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.manage",
      method: "put",
      path: "/admin/chat-settings",
      tags: SETTINGS,
      summary: "Change them",
      description:
        "Needs `chat.manage`. Seven days before a channel is archived (or a quarter of the time, if that is " +
        "less) it says so and its admins get a notification of type `channel_archive_notice`.",
      request: { body: jsonBody(chatSettingsBody, { auto_archive_days: 180 }) },
      responses: { 200: answer(chatSettings, "The settings as they are now", { auto_archive_days: 180 }) },
    }),
    async (c) => c.json(await updateChatSettings(c.var.ctx, c.req.valid("json")), 200),
  );
}
