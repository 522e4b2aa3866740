// /user-groups: people who are mentioned and added together.
import {
  createUserGroup,
  deleteUserGroup,
  getUserGroup,
  listUserGroups,
  updateUserGroup,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import {
  createUserGroupBody,
  updateUserGroupBody,
  userGroup,
  userGroupPage,
  userGroupQuery,
} from "../../protocol/accounts/user_groups.ts";
import { pageOf } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const groupExample = {
  id: "0198c0de-7a11-7000-8000-000000000031",
  name: "Front desk",
  handle: "front-desk",
  user_ids: ["0198c0de-7a11-7000-8000-000000000002"],
  created_at: "2026-01-15T09:30:00.000Z",
  updated_at: "2026-01-15T09:30:00.000Z",
};

export function userGroupRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.read",
      method: "get",
      path: "/user-groups",
      tags: ["User groups"],
      summary: "The groups of the organisation, by handle",
      request: { query: userGroupQuery },
      responses: { 200: answer(userGroupPage, "Groups", pageOf(groupExample)) },
    }),
    async (c) => c.json(await listUserGroups(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      idempotent: true,
      errors: [409],
      method: "post",
      path: "/user-groups",
      tags: ["User groups"],
      summary: "Make a group",
      request: { body: jsonBody(createUserGroupBody, { name: "Front desk", handle: "front-desk", user_ids: [] }) },
      responses: { 201: answer(userGroup, "The new group", groupExample) },
    }),
    async (c) => c.json(await createUserGroup(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.read",
      errors: [404],
      method: "get",
      path: "/user-groups/{id}",
      tags: ["User groups"],
      summary: "One group",
      request: { params: idParam },
      responses: { 200: answer(userGroup, "The group", groupExample) },
    }),
    async (c) => c.json(await getUserGroup(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404, 409],
      method: "put",
      path: "/user-groups/{id}",
      tags: ["User groups"],
      summary: "Change a group; what is absent stays",
      request: { params: idParam, body: jsonBody(updateUserGroupBody, { name: "Reception" }) },
      responses: { 200: answer(userGroup, "The group", groupExample) },
    }),
    async (c) => c.json(await updateUserGroup(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404],
      method: "delete",
      path: "/user-groups/{id}",
      tags: ["User groups"],
      summary: "Delete a group; its people and what was written stay",
      request: { params: idParam },
      responses: { 204: empty("Deleted") },
    }),
    async (c) => {
      await deleteUserGroup(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  return router;
}
