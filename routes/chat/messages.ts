// Messages, threads, reactions and pins. `/messages/search` stands in routes/chat/search.ts, which is mounted before this one.
import { z } from "zod";
import type { App } from "../../features/context.ts";
import {
  addReaction,
  clickAction,
  deleteMessage,
  editMessage,
  getMessage,
  getThread,
  listMessages,
  listThreads,
  messageVersions,
  pinMessage,
  removeReaction,
  sendMessage,
  unpinMessage,
  updateThread,
} from "../../features/chat/mod.ts";
import {
  actionAnswer,
  actionParams,
  editBody,
  emojiParam,
  followedThreads,
  message,
  messageHistory,
  messagePage,
  messageQuery,
  reaction,
  sendBody,
  thread,
  threadBody,
  threadQuery,
  threadReadState,
} from "../../protocol/chat/chat.ts";
import { pageQuery } from "../../protocol/common.ts";
import { CHANNEL_EXAMPLE, MESSAGE_EXAMPLE } from "./examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const TAGS = ["Chat messages"];
const reactionParam = z.object({ id: z.uuid(), emoji: emojiParam });
const reactions = z.object({ items: z.array(reaction) });

export function chatMessageRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [403, 404],
      method: "get",
      path: "/channels/{id}/messages",
      tags: TAGS,
      summary: "A page of a channel",
      description:
        "Newest first, or oldest first with `after`, `around` and `at`. `next_cursor` continues in the same " +
        "direction (with `around` and `at` towards newer messages). Deleted messages stay as tombstones.",
      request: { params: idParam, query: messageQuery },
      responses: { 200: answer(messagePage, "One page", { items: [MESSAGE_EXAMPLE], next_cursor: null }) },
    }),
    async (c) => c.json(await listMessages(c.var.ctx, c.req.valid("param").id, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      idempotent: true,
      errors: [403, 404, 409, 503],
      method: "post",
      path: "/channels/{id}/messages",
      tags: TAGS,
      summary: "Send a message",
      description: "Answered after it is stored for good; subscribers get `chat_message`. The same `client_id` again " +
        "answers the first message and sends nothing. 403 `muted`, 409 `confirmation_required`, 422 `message_blocked`.",
      request: { params: idParam, body: jsonBody(sendBody, { content: MESSAGE_EXAMPLE.content, client_id: "a1" }) },
      responses: { 201: answer(message, "The message", MESSAGE_EXAMPLE) },
    }),
    async (c) => c.json(await sendMessage(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [404],
      method: "get",
      path: "/messages/{id}",
      tags: TAGS,
      summary: "One message",
      request: { params: idParam },
      responses: { 200: answer(message, "The message", MESSAGE_EXAMPLE) },
    }),
    async (c) => c.json(await getMessage(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [403, 404, 409],
      method: "put",
      path: "/messages/{id}",
      tags: TAGS,
      summary: "Change the text of an own message",
      description: "What stood there is kept (`/history`). Nobody is notified by an edit.",
      request: { params: idParam, body: jsonBody(editBody, { content: "The new menu is ready." }) },
      responses: { 200: answer(message, "The message as it is now", MESSAGE_EXAMPLE) },
    }),
    async (c) => c.json(await editMessage(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [403, 404, 409],
      method: "delete",
      path: "/messages/{id}",
      tags: TAGS,
      summary: "Delete a message",
      description: "One's own, or with the right `delete_others`. A tombstone stays.",
      request: { params: idParam },
      responses: { 204: empty("Deleted") },
    }),
    async (c) => {
      await deleteMessage(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [404],
      method: "get",
      path: "/messages/{id}/history",
      tags: TAGS,
      summary: "Earlier texts of a message, oldest first",
      request: { params: idParam },
      responses: {
        200: answer(messageHistory, "The versions", {
          items: [{
            version: 1,
            content: "The new menu is redy.",
            edited_by: MESSAGE_EXAMPLE.user.id,
            edited_at: "2026-01-15T10:31:00.000Z",
          }],
          current: MESSAGE_EXAMPLE,
        }),
      },
    }),
    async (c) => c.json(await messageVersions(c.var.ctx, c.req.valid("param").id), 200),
  );
  threadRoutes(router);
  reactionRoutes(router);
  return router;
}

function threadRoutes(router: Router): void {
  const STATE = { following: true, read_seq: 0, unread_count: 2 };
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [404],
      method: "get",
      path: "/messages/{id}/thread",
      tags: TAGS,
      summary: "The thread of a message",
      description: "Of the message that begins it or of any reply. Replies oldest first.",
      request: { params: idParam, query: threadQuery },
      responses: {
        200: answer(thread, "The thread", { root: MESSAGE_EXAMPLE, items: [], next_cursor: null, ...STATE }),
      },
    }),
    async (c) => c.json(await getThread(c.var.ctx, c.req.valid("param").id, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [404],
      method: "put",
      path: "/messages/{id}/thread",
      tags: TAGS,
      summary: "Follow a thread, leave it, or note how far it was read",
      request: { params: idParam, body: jsonBody(threadBody, { following: true }) },
      responses: {
        200: answer(threadReadState, "The state now", {
          root_id: MESSAGE_EXAMPLE.id,
          channel_id: CHANNEL_EXAMPLE.id,
          ...STATE,
        }),
      },
    }),
    async (c) => c.json(await updateThread(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      method: "get",
      path: "/threads",
      tags: TAGS,
      summary: "Threads that the caller follows, newest reply first",
      request: { query: pageQuery },
      responses: {
        200: answer(followedThreads, "One page", {
          items: [{
            root: MESSAGE_EXAMPLE,
            channel: { id: CHANNEL_EXAMPLE.id, name: "general", type: "public" },
            unread_count: 2,
            mention_count: 0,
            last_reply_at: "2026-01-15T10:40:00.000Z",
          }],
          next_cursor: null,
        }),
      },
    }),
    async (c) => c.json(await listThreads(c.var.ctx, c.req.valid("query")), 200),
  );
}

function reactionRoutes(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [403, 404, 409, 422],
      method: "put",
      path: "/messages/{id}/reactions/{emoji}",
      tags: TAGS,
      summary: "React to a message",
      description: "With one emoji, whichever way it is spelled, or with a custom one as `:name:`.",
      request: { params: reactionParam },
      responses: { 200: answer(reactions, "All reactions now", { items: MESSAGE_EXAMPLE.reactions }) },
    }),
    async (c) => {
      const { id, emoji } = c.req.valid("param");
      return c.json({ items: await addReaction(c.var.ctx, id, emoji) }, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [403, 404, 409],
      method: "delete",
      path: "/messages/{id}/reactions/{emoji}",
      tags: TAGS,
      summary: "Take a reaction back",
      request: { params: reactionParam },
      responses: { 200: answer(reactions, "All reactions now", { items: [] }) },
    }),
    async (c) => {
      const { id, emoji } = c.req.valid("param");
      return c.json({ items: await removeReaction(c.var.ctx, id, emoji) }, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      idempotent: true,
      errors: [403, 404, 409],
      method: "post",
      path: "/messages/{id}/actions/{action_id}",
      tags: TAGS,
      summary: "Click an action of a card",
      description:
        "Needs the right `react` in the channel. The program that sent the message is told at its `action_url`. " +
        "409 `conflict`: the action is a link, or the program does not take clicks. A double click counts once.",
      request: { params: actionParams },
      responses: {
        202: answer(actionAnswer, "Taken; the program is told behind it", {
          id: MESSAGE_EXAMPLE.id,
          message_id: MESSAGE_EXAMPLE.id,
          action_id: "approve",
          status: "accepted",
        }),
      },
    }),
    async (c) => {
      const { id, action_id } = c.req.valid("param");
      return c.json(await clickAction(c.var.ctx, id, action_id), 202);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [403, 404, 409],
      method: "put",
      path: "/messages/{id}/pin",
      tags: TAGS,
      summary: "Pin a message to its channel",
      request: { params: idParam },
      responses: { 204: empty("Pinned") },
    }),
    async (c) => {
      await pinMessage(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [403, 404, 409],
      method: "delete",
      path: "/messages/{id}/pin",
      tags: TAGS,
      summary: "Unpin a message",
      request: { params: idParam },
      responses: { 204: empty("Unpinned") },
    }),
    async (c) => {
      await unpinMessage(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}
