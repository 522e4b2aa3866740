// Channels.
import { z } from "zod";
import type { App } from "../../features/context.ts";
import {
  createChannel,
  deleteChannel,
  getChannel,
  joinChannel,
  leaveChannel,
  listChannels,
  listPins,
  markRead,
  purgeChannel,
  sayTyping,
  updateChannel,
} from "../../features/chat/mod.ts";
import {
  channel,
  channelPage,
  channelQuery,
  createChannelBody,
  messageList,
  readBody,
  readState,
  typingBody,
  updateChannelBody,
} from "../../protocol/chat/chat.ts";
import { CHANNEL_EXAMPLE, MESSAGE_EXAMPLE } from "./examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const TAGS = ["Chat channels"];
const purgeQuery = z.object({
  purge: z.enum(["true", "false"]).default("false").meta({
    description: "true: erases the channel and everything in it (owner)",
  }),
});

export function chatChannelRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      method: "get",
      path: "/channels",
      tags: TAGS,
      summary: "The caller's channels, and public ones to join",
      description: "Own channels first, by name. With what is unread, mentions, and the last message.",
      request: { query: channelQuery },
      responses: { 200: answer(channelPage, "One page", { items: [CHANNEL_EXAMPLE], next_cursor: null }) },
    }),
    async (c) => c.json(await listChannels(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: ["chat.channels.create", "chat.send"],
      idempotent: true,
      errors: [403, 409],
      limit: "channels",
      method: "post",
      path: "/channels",
      tags: TAGS,
      summary: "Make a channel, or open a direct conversation",
      description:
        "The caller becomes its admin. `type: direct` with `user_ids` answers 200 with the conversation of " +
        "exactly these people when there is one. 409 `conflict` when a public channel has the name.",
      request: { body: jsonBody(createChannelBody, { name: "general", description: "What concerns everybody" }) },
      responses: {
        200: answer(channel, "The direct conversation that was there", CHANNEL_EXAMPLE),
        201: answer(channel, "Made", CHANNEL_EXAMPLE),
      },
    }),
    async (c) => {
      const { channel, made } = await createChannel(c.var.ctx, c.req.valid("json"));
      return made ? c.json(channel, 201) : c.json(channel, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [404],
      method: "get",
      path: "/channels/{id}",
      tags: TAGS,
      summary: "One channel",
      request: { params: idParam },
      responses: { 200: answer(channel, "The channel", CHANNEL_EXAMPLE) },
    }),
    async (c) => c.json(await getChannel(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: ["chat.send", "chat.manage"],
      errors: [403, 404, 409],
      method: "put",
      path: "/channels/{id}",
      tags: TAGS,
      summary: "Change a channel",
      description:
        "Needs the right `manage` there. Parts that are absent stay as they are; `policy` is replaced as a " +
        "whole. Subscribers get `channel_updated`.",
      request: { params: idParam, body: jsonBody(updateChannelBody, { topic: "Menu of the week" }) },
      responses: { 200: answer(channel, "The channel as it is now", CHANNEL_EXAMPLE) },
    }),
    async (c) => c.json(await updateChannel(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: ["chat.send", "chat.manage"],
      errors: [403, 404, 409],
      method: "delete",
      path: "/channels/{id}",
      tags: TAGS,
      summary: "Archive or erase a channel",
      description: "Archived channels can be read, searched and brought back with `PUT {is_archived: false}`.",
      request: { params: idParam, query: purgeQuery },
      responses: { 204: empty("Archived or erased") },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      if (c.req.valid("query").purge === "true") await purgeChannel(c.var.ctx, id);
      else await deleteChannel(c.var.ctx, id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [403, 404, 409],
      method: "post",
      path: "/channels/{id}/join",
      tags: TAGS,
      summary: "Join a public channel",
      request: { params: idParam },
      responses: { 200: answer(channel, "The channel, with the caller in it", CHANNEL_EXAMPLE) },
    }),
    async (c) => c.json(await joinChannel(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [404, 409],
      method: "post",
      path: "/channels/{id}/leave",
      tags: TAGS,
      summary: "Leave a channel",
      description: "When the last admin leaves, who has been there longest takes over.",
      request: { params: idParam },
      responses: { 204: empty("Left") },
    }),
    async (c) => {
      await leaveChannel(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [403, 404],
      method: "get",
      path: "/channels/{id}/pins",
      tags: TAGS,
      summary: "Pinned messages, newest pin first",
      request: { params: idParam },
      responses: { 200: answer(messageList, "At most 100", { items: [MESSAGE_EXAMPLE] }) },
    }),
    async (c) => c.json({ items: await listPins(c.var.ctx, c.req.valid("param").id) }, 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [403, 404],
      method: "post",
      path: "/channels/{id}/read",
      tags: TAGS,
      summary: "Note how far the caller has read",
      description: "The caller's other devices get `read_state` on `user:<id>:chat`, the people of channels with at " +
        "most 100 members `message_read`.",
      request: { params: idParam, body: jsonBody(readBody, { message_id: MESSAGE_EXAMPLE.id }) },
      responses: {
        200: answer(readState, "What is unread now", {
          channel_id: CHANNEL_EXAMPLE.id,
          message_id: MESSAGE_EXAMPLE.id,
          read_seq: 42,
          unread_count: 0,
          mention_count: 0,
        }),
      },
    }),
    async (c) => c.json(await markRead(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.send",
      errors: [403, 404, 409],
      method: "post",
      path: "/channels/{id}/typing",
      tags: TAGS,
      summary: "Tell the channel that the caller is writing",
      description:
        "As the frame `typing`, for clients without a socket. Readers get `user_typing`; at most one every 3 s.",
      request: { params: idParam, body: jsonBody(typingBody, {}) },
      responses: { 204: empty("Told") },
    }),
    async (c) => {
      await sayTyping(c.var.ctx, c.req.valid("param").id, c.req.valid("json").root_id ?? null);
      return c.body(null, 204);
    },
  );
  return router;
}
