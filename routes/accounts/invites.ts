// /organization/invites and /organization/sign-ups: who may come in, and who waits to be let in.
import {
  approveSignUp,
  createInvite,
  createResetLink,
  deleteInvite,
  listInvites,
  listSignUps,
  refuseSignUp,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { accountLink, inviteBody, invitePage, newInvite, signUpPage } from "../../protocol/accounts/coming_in.ts";
import { pageQuery } from "../../protocol/common.ts";
import { pageOf } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";

const ID = "0198c0de-7a11-7000-8000-000000000021";
const OVER = "2026-02-08T17:05:12.345Z";
const inviteExample = {
  id: ID,
  email: null,
  role: "member",
  uses: 1,
  uses_left: 1,
  channel_ids: [],
  created_by: { id: "0198c0de-7a11-7000-8000-000000000001", username: "ana", display_name: "Ana García" },
  created_at: "2026-02-01T17:05:12.345Z",
  expires_at: OVER,
  state: "open",
};

export function inviteRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.invite",
      method: "get",
      path: "/organization/invites",
      tags: ["Organization"],
      summary: "Invitations, the newest first; those of others for managers of users",
      request: { query: pageQuery },
      responses: { 200: answer(invitePage, "Invitations, without their tokens", pageOf(inviteExample)) },
    }),
    async (c) => c.json(await listInvites(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.invite",
      idempotent: true,
      limit: "invites",
      method: "post",
      path: "/organization/invites",
      tags: ["Organization"],
      summary: "Make an invitation; with an address it is mailed, where the server sends mail",
      request: { body: jsonBody(inviteBody, { role: "member", uses: 5, expires_in: 86400 }) },
      responses: {
        201: answer(newInvite, "The invitation; token and link are shown this once", {
          id: ID,
          token: "kPq3…",
          url: "https://pulpo.example.org/register#invite=kPq3…",
          expires_at: OVER,
          mailed: false,
        }),
      },
    }),
    async (c) => c.json(await createInvite(c.var.ctx, c.req.valid("json")), 201),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.invite",
      errors: [404],
      method: "delete",
      path: "/organization/invites/{id}",
      tags: ["Organization"],
      summary: "Revoke an invitation",
      request: { params: idParam },
      responses: { 204: empty("Revoked") },
    }),
    async (c) => {
      await deleteInvite(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  signUps(router);
  return router;
}

function signUps(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      method: "get",
      path: "/organization/sign-ups",
      tags: ["Organization"],
      summary: "People who have registered and wait, the oldest first",
      request: { query: pageQuery },
      responses: {
        200: answer(
          signUpPage,
          "Who waits, and for what",
          pageOf({
            id: ID,
            email: "luis@example.org",
            username: "luis",
            pending: "approval",
            email_verified: true,
            created_at: "2026-02-01T17:05:12.345Z",
          }),
        ),
      },
    }),
    async (c) => c.json(await listSignUps(c.var.ctx, c.req.valid("query")), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404],
      method: "post",
      path: "/organization/sign-ups/{id}/approve",
      tags: ["Organization"],
      summary: "Let somebody in who waits",
      request: { params: idParam },
      responses: { 204: empty("The person is in") },
    }),
    async (c) => {
      await approveSignUp(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      errors: [404],
      method: "delete",
      path: "/organization/sign-ups/{id}",
      tags: ["Organization"],
      summary: "Refuse somebody who waits; the account is deleted",
      request: { params: idParam },
      responses: { 204: empty("Refused") },
    }),
    async (c) => {
      await refuseSignUp(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "users.manage",
      limit: "invites",
      errors: [404, 409],
      method: "post",
      path: "/users/{id}/reset-link",
      tags: ["Users"],
      summary: "Make a link to set a new password, to hand to somebody who cannot sign in; it works once, for a day",
      request: { params: idParam },
      responses: {
        201: answer(accountLink, "The link; shown this once", {
          url: "https://pulpo.example.org/reset#token=kPq3…",
          expires_at: OVER,
        }),
      },
    }),
    async (c) => c.json(await createResetLink(c.var.ctx, c.req.valid("param").id), 201),
  );
}
