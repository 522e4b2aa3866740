// /auth: links that come by mail or are handed on: invitations, new passwords, addresses to confirm.
import {
  accountOptions,
  confirmEmail,
  confirmReset,
  requestReset,
  showInvite,
  showLink,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import {
  accountOptions as optionsAnswer,
  confirmBody,
  confirmed,
  inviteLookBody,
  inviteShown,
  linkBody,
  linkShown,
  resetBody,
  resetConfirmBody,
} from "../../protocol/accounts/coming_in.ts";
import { answer, createRouter, empty, endpoint, jsonBody, type Router } from "../http/helpers.ts";

const TAGS = ["Accounts"];
const tokenExample = { token: "the text after #token= in the link" };

export function authLinkRoutes(app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "public",
      method: "get",
      path: "/auth/options",
      tags: TAGS,
      summary: "How people come in here",
      responses: {
        200: answer(optionsAnswer, "For the pages before signing in", {
          registration: "invite",
          mail: true,
          organization: null,
        }),
      },
    }),
    async (c) => c.json(await accountOptions(app), 200),
  );
  router.openapi(
    endpoint({
      access: "public",
      limit: "links",
      errors: [403],
      method: "post",
      path: "/auth/invites/look",
      tags: TAGS,
      summary: "What an invitation says to whoever holds it",
      request: { body: jsonBody(inviteLookBody, { invite: "the text after #invite= in the link" }) },
      responses: {
        200: answer(inviteShown, "The invitation", {
          organization: "Casa del Mar",
          role: "member",
          invited_by: "ana",
          email: null,
          expires_at: "2026-02-01T17:05:12.345Z",
        }),
      },
    }),
    async (c) => c.json(await showInvite(c.var.guest, c.req.valid("json").invite), 200),
  );
  router.openapi(
    endpoint({
      access: "public",
      limit: "links",
      errors: [401, 403],
      method: "post",
      path: "/auth/confirm-email",
      tags: TAGS,
      summary: "Confirm the address of an account that registered by itself",
      description:
        "Whoever reads the mailbox owns the account. With the `password` of the registration everything stays " +
        "as it is. Without it whatever was prepared to get in goes, and `set_password` lets choose a password.",
      request: { body: jsonBody(confirmBody, tokenExample) },
      responses: {
        200: answer(confirmed, "What the account waits for now, if anything", { pending: null, set_password: null }),
      },
    }),
    async (c) => {
      const { token, password } = c.req.valid("json");
      return c.json(await confirmEmail(c.var.guest, token, password), 200);
    },
  );
  passwords(router);
  return router;
}

function passwords(router: Router): void {
  router.openapi(
    endpoint({
      access: "public",
      limit: "links",
      method: "post",
      path: "/auth/reset-password",
      tags: TAGS,
      summary: "Ask for a link to set a new password; the answer is the same for every address",
      request: { body: jsonBody(resetBody, { email: "ana@example.org" }) },
      responses: { 202: empty("A mail goes out when there is such an account and the server sends mail") },
    }),
    async (c) => {
      await requestReset(c.var.guest, c.req.valid("json").email);
      return c.body(null, 202);
    },
  );
  router.openapi(
    endpoint({
      access: "public",
      limit: "links",
      errors: [403],
      method: "post",
      path: "/auth/reset-password/look",
      tags: TAGS,
      summary: "Whose password a link sets",
      request: { body: jsonBody(linkBody, tokenExample) },
      responses: {
        200: answer(linkShown, "The account", {
          username: "ana",
          email: "ana@example.org",
          organization: "Casa del Mar",
          first: false,
        }),
      },
    }),
    async (c) => c.json(await showLink(c.var.guest, c.req.valid("json").token), 200),
  );
  router.openapi(
    endpoint({
      access: "public",
      limit: "links",
      errors: [403],
      method: "post",
      path: "/auth/reset-password/confirm",
      tags: TAGS,
      summary: "Set a new password through a link; all sessions of the person end",
      request: { body: jsonBody(resetConfirmBody, { ...tokenExample, new_password: "a long pass phrase" }) },
      responses: { 204: empty("The password is set") },
    }),
    async (c) => {
      const { token, new_password } = c.req.valid("json");
      await confirmReset(c.var.guest, token, new_password);
      return c.body(null, 204);
    },
  );
}
