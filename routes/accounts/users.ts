// /users: the people of the caller's organisation.
import {
  createUser,
  deleteUser,
  getUser,
  listOnlineUsers,
  listUsers,
  setStatus,
  updateUser,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import {
  createUserBody,
  statusBody,
  updateUserBody,
  user,
  userPage,
  userQuery,
} from "../../protocol/accounts/accounts.ts";
import { createdUser } from "../../protocol/accounts/coming_in.ts";
import { pageOf, userExample } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";
import { countLookups } from "../http/kind_limits.ts";

export function userRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.read",
      method: "get",
      path: "/users",
      tags: ["Users"],
      summary: "The people of the organisation, by username",
      request: { query: userQuery },
      responses: {
        200: answer(userPage, "Users; e-mail addresses only for those who manage users", pageOf(userExample)),
      },
    }),
    async (c) => c.json(await listUsers(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.read",
      method: "get",
      path: "/users/online",
      tags: ["Users"],
      summary: "The people with an open connection",
      responses: { 200: answer(userPage, "Users", pageOf(userExample)) },
    }),
    async (c) => c.json(await listOnlineUsers(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      idempotent: true,
      method: "post",
      path: "/users",
      tags: ["Users"],
      summary: "Create an account; without a password the person gets an invitation to choose one",
      request: {
        body: jsonBody(createUserBody, {
          email: "luis@example.org",
          username: "luis",
          password: "a long pass phrase",
          role: "member",
        }),
      },
      responses: { 201: answer(createdUser, "The new user", userExample) },
    }),
    async (c) => c.json(await countLookups(c, () => createUser(c.var.ctx, c.req.valid("json"))), 201),
  );
  single(router);
  return router;
}

function single(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.read",
      errors: [404],
      method: "get",
      path: "/users/{id}",
      tags: ["Users"],
      summary: "One user",
      request: { params: idParam },
      responses: { 200: answer(user, "The user", userExample) },
    }),
    async (c) => c.json(await getUser(c.var.ctx, c.req.valid("param").id), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404, 409],
      method: "put",
      path: "/users/{id}",
      tags: ["Users"],
      summary: "Change an account; what is absent stays",
      request: { params: idParam, body: jsonBody(updateUserBody, { role: "moderator" }) },
      responses: { 200: answer(user, "The user", userExample) },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      return c.json(await countLookups(c, () => updateUser(c.var.ctx, id, c.req.valid("json"))), 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404, 409],
      method: "delete",
      path: "/users/{id}",
      tags: ["Users"],
      summary: "Delete an account with its sessions and tokens",
      request: { params: idParam },
      responses: { 204: empty("Deleted") },
    }),
    async (c) => {
      await deleteUser(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: ["profile.manage", "users.manage"],
      errors: [404],
      method: "post",
      path: "/users/{id}/status",
      tags: ["Users"],
      summary: "Set the status that a person shows: one's own, or as a manager anybody's",
      request: { params: idParam, body: jsonBody(statusBody, { status: "away", text: "Back at four" }) },
      responses: { 200: answer(user, "The user", userExample) },
    }),
    async (c) => c.json(await setStatus(c.var.ctx, c.req.valid("param").id, c.req.valid("json")), 200),
  );
}
