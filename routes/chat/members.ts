// Who is in a channel: people, and groups with all their people.
import { z } from "zod";
import type { App } from "../../features/context.ts";
import {
  addMembers,
  listChannelGroups,
  listMembers,
  putChannelGroup,
  removeChannelGroup,
  removeMember,
} from "../../features/chat/mod.ts";
import {
  addMemberBody,
  channelGroup,
  channelGroupBody,
  channelGroupList,
  memberList,
  memberPage,
  memberQuery,
} from "../../protocol/chat/chat.ts";
import { CHANNEL_GROUP_EXAMPLE, MEMBER_EXAMPLE } from "./examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const TAGS = ["Chat channels"];
const memberParam = z.object({ id: z.uuid(), user_id: z.uuid() });
const groupParam = z.object({ id: z.uuid(), group_id: z.uuid() });

export function chatMemberRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [403, 404],
      method: "get",
      path: "/channels/{id}/members",
      tags: TAGS,
      summary: "The people in a channel, by name",
      request: { params: idParam, query: memberQuery },
      responses: { 200: answer(memberPage, "One page", { items: [MEMBER_EXAMPLE], next_cursor: null }) },
    }),
    async (c) => c.json(await listMembers(c.var.ctx, c.req.valid("param").id, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: ["chat.send", "chat.manage"],
      errors: [403, 404, 409],
      method: "post",
      path: "/channels/{id}/members",
      tags: TAGS,
      summary: "Let people in, or change their role and permissions",
      description: "Needs the right `invite`, and `manage` for a role or permissions. `permissions` widen (true) or " +
        "narrow (false) what the role gives; taking away `read` ends open subscriptions within a second.",
      request: {
        params: idParam,
        body: jsonBody(addMemberBody, { user_id: MEMBER_EXAMPLE.user.id, role: "moderator" }),
      },
      responses: { 200: answer(memberList, "These members as they are now", { items: [MEMBER_EXAMPLE] }) },
    }),
    async (c) => c.json({ items: await addMembers(c.var.ctx, c.req.valid("param").id, c.req.valid("json")) }, 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: ["chat.send", "chat.manage"],
      errors: [403, 404, 409],
      method: "delete",
      path: "/channels/{id}/members/{user_id}",
      tags: TAGS,
      summary: "Take somebody out of a channel",
      description: "Needs the right `manage`. Open subscriptions end within a second.",
      request: { params: memberParam },
      responses: { 204: empty("Out") },
    }),
    async (c) => {
      const { id, user_id } = c.req.valid("param");
      await removeMember(c.var.ctx, id, user_id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "chat.read",
      errors: [403, 404],
      method: "get",
      path: "/channels/{id}/groups",
      tags: TAGS,
      summary: "The groups that are members of a channel, by handle",
      description:
        "Not for guests. Their people are in the list of members, with `by_group` where nothing else keeps them.",
      request: { params: idParam },
      responses: { 200: answer(channelGroupList, "At most 50", { items: [CHANNEL_GROUP_EXAMPLE] }) },
    }),
    async (c) => c.json({ items: await listChannelGroups(c.var.ctx, c.req.valid("param").id) }, 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: ["chat.send", "chat.manage"],
      errors: [403, 404, 409],
      method: "put",
      path: "/channels/{id}/groups/{group_id}",
      tags: TAGS,
      summary: "Let a group into a channel, or change its role there",
      description:
        "Needs the right `invite`, and `manage` for another role than `member`. Everybody in the group is a " +
        "member, with at least this role, as long as they are in the group; people who were added by themselves stay " +
        "without it. Changes of the group take effect at once. The same again does nothing.",
      request: { params: groupParam, body: jsonBody(channelGroupBody, { role: "member" }) },
      responses: { 200: answer(channelGroup, "The group as it is in the channel", CHANNEL_GROUP_EXAMPLE) },
    }),
    async (c) => {
      const { id, group_id } = c.req.valid("param");
      return c.json(await putChannelGroup(c.var.ctx, id, group_id, c.req.valid("json")), 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: ["chat.send", "chat.manage"],
      errors: [403, 404],
      method: "delete",
      path: "/channels/{id}/groups/{group_id}",
      tags: TAGS,
      summary: "Take a group out of a channel",
      description:
        "Needs the right `manage`. Who was there by it only is out; their open subscriptions end within a second.",
      request: { params: groupParam },
      responses: { 204: empty("Out") },
    }),
    async (c) => {
      const { id, group_id } = c.req.valid("param");
      await removeChannelGroup(c.var.ctx, id, group_id);
      return c.body(null, 204);
    },
  );
  return router;
}
