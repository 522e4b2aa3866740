// /auth: registration, sign-in and everything about one's own account (CONTRACT section 2).
import { viaCookie } from "../../kernel/actor.ts";
import { z } from "zod";
import {
  changePassword,
  createTicket,
  listScopes,
  login,
  logout,
  logoutAll,
  ownProfile,
  refresh,
  register,
  updateProfile,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { AppError } from "../../kernel/errors.ts";
import {
  changePasswordBody,
  cookieSession,
  loginBody,
  profileBody,
  refreshBody,
  registerBody,
  scopeList,
  ticket,
  tokenPair,
  user,
} from "../../protocol/accounts/accounts.ts";
import { waiting } from "../../protocol/accounts/coming_in.ts";
import { clearSessionCookies, cookieOf, DEVICE_COOKIE, REFRESH_COOKIE, sessionAnswer } from "../http/cookies.ts";
import { pairExample, userExample } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, jsonBody, type Router } from "../http/helpers.ts";
import { countLookups } from "../http/kind_limits.ts";

const session = z.union([tokenPair, cookieSession]);
const PAIR = "A token pair, or with the header `X-Pulpo-Session: cookie` cookies and a body without tokens";

export function authRoutes(_app: App): Router {
  const router = createRouter();
  signingIn(router);
  ownAccount(router);
  return router;
}

function signingIn(router: Router): void {
  router.openapi(
    endpoint({
      access: "public",
      idempotent: true,
      errors: [403, 409],
      limit: "register",
      method: "post",
      path: "/auth/register",
      tags: ["Accounts"],
      summary: "Register; what is possible depends on PULPO_REGISTRATION",
      request: {
        body: jsonBody(registerBody, {
          email: "ana@example.org",
          username: "ana",
          password: "a long pass phrase",
          organization_name: "Casa del Mar",
        }),
      },
      responses: {
        201: answer(session, PAIR, pairExample),
        202: answer(
          waiting,
          "Registered; the account waits until the address is confirmed or an administrator says yes",
          {
            pending: "email",
          },
        ),
      },
    }),
    async (c) => {
      const done = await countLookups(c, () => register(c.var.guest, c.req.valid("json")));
      return "pending" in done ? c.json(done, 202) : await sessionAnswer(c, done, 201);
    },
  );
  router.openapi(
    endpoint({
      access: "public",
      errors: [401],
      method: "post",
      path: "/auth/login",
      tags: ["Accounts"],
      summary: "Sign in with e-mail or username and password",
      request: { body: jsonBody(loginBody, { email: "ana@example.org", password: "a long pass phrase" }) },
      responses: { 200: answer(session, PAIR, pairExample) },
    }),
    async (c) => {
      const pair = await login(c.var.guest, c.req.valid("json"), cookieOf(c, DEVICE_COOKIE));
      return await sessionAnswer(c, pair, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "public",
      errors: [401, 403],
      method: "post",
      path: "/auth/refresh",
      tags: ["Accounts"],
      summary: "Change a refresh token for a new pair; each works once, a second use ends the session",
      request: { body: jsonBody(refreshBody, { refresh_token: "ref_..." }) },
      responses: { 200: answer(session, PAIR, pairExample) },
    }),
    async (c) => {
      const { refresh_token } = c.req.valid("json");
      if (refresh_token !== undefined) return await sessionAnswer(c, await refresh(c.var.guest, refresh_token), 200);
      const cookie = cookieOf(c, REFRESH_COOKIE);
      if (!cookie) throw new AppError("unauthenticated", "Send refresh_token, or the cookie of a session.");
      const csrf = c.req.header("x-csrf-token") ?? "";
      return await sessionAnswer(c, await refresh(c.var.guest, cookie, csrf), 200, true);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: null,
      method: "post",
      path: "/auth/logout",
      tags: ["Accounts"],
      summary: "End this session; its sockets and streams close on every instance",
      responses: { 204: empty("Signed out") },
    }),
    async (c) => {
      await logout(c.var.ctx);
      if (viaCookie(c.var.ctx.actor)) clearSessionCookies(c);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      method: "post",
      path: "/auth/logout-all",
      tags: ["Accounts"],
      summary: "End all sessions of the caller; API tokens stay",
      responses: { 204: empty("Signed out everywhere") },
    }),
    async (c) => {
      await logoutAll(c.var.ctx);
      if (viaCookie(c.var.ctx.actor)) clearSessionCookies(c);
      return c.body(null, 204);
    },
  );
}

function ownAccount(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: null,
      method: "get",
      path: "/auth/me",
      tags: ["Accounts"],
      summary: "The caller, with permissions",
      responses: { 200: answer(user, "The caller", { ...userExample, permissions: ["users.read", "users.manage"] }) },
    }),
    async (c) => c.json(await ownProfile(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [409],
      method: "put",
      path: "/auth/me",
      tags: ["Accounts"],
      summary:
        "Change the own profile; what is absent stays. A new e-mail address needs `current_password`, or a fresh sign-in where there is none",
      request: { body: jsonBody(profileBody, { display_name: "Ana G.", locale: "es" }) },
      responses: { 200: answer(user, "The caller", userExample) },
    }),
    async (c) => c.json(await countLookups(c, () => updateProfile(c.var.ctx, c.req.valid("json"))), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      method: "post",
      path: "/auth/change-password",
      tags: ["Accounts"],
      summary: "Set a new password, or the first one after a fresh sign-in; all other sessions end",
      request: {
        body: jsonBody(changePasswordBody, {
          current_password: "a long pass phrase",
          new_password: "another long pass phrase",
        }),
      },
      responses: { 204: empty("Changed") },
    }),
    async (c) => {
      const { current_password, new_password } = c.req.valid("json");
      await changePassword(c.var.ctx, current_password, new_password);
      return c.body(null, 204);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: null,
      limit: "tickets",
      method: "post",
      path: "/auth/ticket",
      tags: ["Accounts"],
      summary: "A single-use ticket (30 s) for the address of a socket or stream, on any instance",
      responses: { 200: answer(ticket, "The ticket", { ticket: "tkt_...", expires_in: 30 }) },
    }),
    async (c) => c.json(await createTicket(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: null,
      method: "get",
      path: "/auth/scopes",
      tags: ["Accounts"],
      summary: "The scopes that the caller may give to an API token",
      responses: { 200: answer(scopeList, "Scopes", { items: ["notify", "notifications.read"] }) },
    }),
    (c) => c.json({ items: listScopes(c.var.ctx) }, 200),
  );
}
