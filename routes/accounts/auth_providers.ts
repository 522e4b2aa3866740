// /auth/providers, /auth/oauth and /auth/identities: signing in through providers (CONTRACT section 2). `start` and `callback`
// are addresses for browsers: what goes wrong there leads back to a page of the console that says so; programs get a problem.
import { z } from "zod";
import {
  beginInvited,
  beginLink,
  beginProviderSignIn,
  deleteIdentity,
  finishProviderSignIn,
  listIdentities,
  signInWays,
} from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import type { AppError } from "../../kernel/errors.ts";
import {
  beginSignInBody,
  identityPage,
  linkBegun,
  linkIdentityBody,
  returnTo,
  signInWays as signInWaysAnswer,
} from "../../protocol/wire/identities.ts";
import { basePathOf } from "../http/base_path.ts";
import { cookieOf, setSessionCookies, signInCookie } from "../http/cookies.ts";
import type { HttpContext } from "../http/env.ts";
import { pageOf } from "../http/examples.ts";
import { answer, createRouter, empty, endpoint, idParam, jsonBody, type Router } from "../http/helpers.ts";
import { httpError } from "../http/problems.ts";

const BROWSER_COOKIE = "pulpo_sign_in";
const providerParam = z.object({ provider: z.string().regex(/^[a-z0-9-]{1,40}$/) });
const identityExample = {
  id: "0198c0de-7a11-7000-8000-0000000000c1",
  provider: "google",
  label: "Google",
  name: "ana@example.org",
  created_at: "2026-01-15T09:30:00.000Z",
  last_used_at: null,
};

export function providerRoutes(app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "public",
      method: "get",
      path: "/auth/providers",
      tags: ["Accounts"],
      summary: "How people can sign in here",
      responses: {
        200: answer(signInWaysAnswer, "The ways", {
          items: [{ id: "google", label: "Google" }],
          codes: { phone: true, email: false },
          registration: "invite",
        }),
      },
    }),
    (c) => c.json(signInWays(app), 200),
  );
  signingIn(router);
  ownIdentities(router);
  return router;
}

function signingIn(router: Router): void {
  router.openapi(
    endpoint({
      access: "public",
      errors: [404],
      method: "get",
      path: "/auth/oauth/{provider}/start",
      tags: ["Accounts"],
      summary: "Begin to sign in through a provider: leads the browser there",
      request: { params: providerParam, query: z.object({ return_to: returnTo.default("/") }) },
      responses: { 303: empty("To the provider") },
    }),
    async (c) => {
      const { provider } = c.req.valid("param");
      try {
        const way = { ...wayOf(c, provider), returnTo: c.req.valid("query").return_to };
        const { url, browser, maxAgeSeconds } = await beginProviderSignIn(c.var.guest, provider, way);
        bindBrowser(c, browser, maxAgeSeconds);
        return c.redirect(url, 303);
      } catch (error) {
        return failed(c, error, provider, "/login");
      }
    },
  );
  router.openapi(
    endpoint({
      access: "public",
      limit: "links",
      errors: [403, 404],
      method: "post",
      path: "/auth/oauth/{provider}/start",
      tags: ["Accounts"],
      summary: "Begin the same with an invitation; the browser that gets the answer goes to `url`",
      description:
        "Whoever comes back without an account gets one in the invitation's organisation, with its role and " +
        "channels, which uses it once. The provider must vouch for the address, and an invitation for an address is for " +
        "that one. Whoever has an account signs in, and the invitation stays as it is.",
      request: { params: providerParam, body: jsonBody(beginSignInBody, { invite: "hV5…" }) },
      responses: { 200: answer(linkBegun, "The address", { url: "https://accounts.example.com/authorize?…" }) },
    }),
    async (c) => {
      const { provider } = c.req.valid("param"), { invite, return_to } = c.req.valid("json");
      const way = { ...wayOf(c, provider), returnTo: return_to };
      const { url, browser, maxAgeSeconds } = await beginInvited(c.var.guest, provider, way, invite);
      bindBrowser(c, browser, maxAgeSeconds);
      return c.json({ url }, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "public",
      errors: [400, 401, 403, 409],
      method: "get",
      path: "/auth/oauth/{provider}/callback",
      tags: ["Accounts"],
      summary: "The provider sends the browser here; sets the cookies of a session and leads into the console",
      request: { params: providerParam },
      responses: { 303: empty("Into the console") },
    }),
    async (c) => {
      const { provider } = c.req.valid("param");
      let page = "/login";
      try {
        const { guest } = c.var;
        const callback = new URL(wayOf(c, provider).redirectUri + new URL(c.req.url).search);
        const browser = cookieOf(c, BROWSER_COOKIE);
        const { pair, returnTo } = await finishProviderSignIn(guest, provider, callback, browser, ({ linking }) => {
          if (linking) page = "/profile";
        });
        if (pair) await setSessionCookies(c, pair);
        return leadTo(c, returnTo);
      } catch (error) {
        return failed(c, error, provider, page);
      }
    },
  );
}

function ownIdentities(router: Router): void {
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      method: "get",
      path: "/auth/identities",
      tags: ["Accounts"],
      summary: "The caller's accounts at providers",
      responses: { 200: answer(identityPage, "Linked accounts", pageOf(identityExample)) },
    }),
    async (c) => c.json(await listIdentities(c.var.ctx), 200),
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [404],
      method: "post",
      path: "/auth/identities",
      tags: ["Accounts"],
      summary: "Begin to add an account at a provider; the browser that gets the answer goes to `url`",
      request: { body: jsonBody(linkIdentityBody, { provider: "google" }) },
      responses: { 200: answer(linkBegun, "The address", { url: "https://accounts.example.com/authorize?…" }) },
    }),
    async (c) => {
      const { provider, return_to } = c.req.valid("json");
      const way = { ...wayOf(c, provider), returnTo: return_to };
      const { url, browser, maxAgeSeconds } = await beginLink(c.var.ctx, provider, way);
      bindBrowser(c, browser, maxAgeSeconds);
      return c.json({ url }, 200);
    },
  );
  router.openapi(
    endpoint({
      access: "user",
      needs: "profile.manage",
      errors: [404, 409],
      method: "delete",
      path: "/auth/identities/{id}",
      tags: ["Accounts"],
      summary: "Remove one; refused when it is the last way in",
      request: { params: idParam },
      responses: { 204: empty("Removed") },
    }),
    async (c) => {
      await deleteIdentity(c.var.ctx, c.req.valid("param").id);
      return c.body(null, 204);
    },
  );
}

/**
 * Where the provider sends the browser back to: the address people use, or, when none is set, the one that this browser used.
 * What a caller makes of it does not matter: the provider lets nobody return to an address that it does not know.
 */
function wayOf(c: HttpContext, provider: string) {
  const { publicUrl } = c.var.guest.app.config;
  const base = publicUrl ?? new URL(c.req.url).origin;
  return { redirectUri: `${base}/api/v1/auth/oauth/${provider}/callback`, browser: cookieOf(c, BROWSER_COOKIE) };
}

function bindBrowser(c: HttpContext, browser: string, maxAge: number): void {
  c.header("set-cookie", signInCookie(c.var.guest.app, BROWSER_COOKIE, browser, "/api/v1/auth/oauth", maxAge), {
    append: true,
  });
}

function leadTo(c: HttpContext, path: string) {
  // The address of this answer held the provider's code.
  c.header("referrer-policy", "no-referrer");
  return c.redirect(basePathOf(c.var.guest.app.config.publicUrl) + path, 303);
}

/** People read it in the console; everybody else gets the problem itself. */
function failed(c: HttpContext, error: unknown, provider: string, page: string) {
  const problem = httpError(error);
  if (!c.req.header("accept")?.includes("text/html")) throw error;
  // The account asks for a second step: the ticket (admit.ts) waits for it in the fragment, which reaches no server.
  if (problem.code === "totp_required") return leadTo(c, `/login#second=${(error as AppError).cause}`);
  if (problem.code === "internal") c.var.guest.log.error("a sign-in through a provider failed", { provider, error });
  return leadTo(c, `${page}?${new URLSearchParams({ failed: problem.code, provider })}`);
}
