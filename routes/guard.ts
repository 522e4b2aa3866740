// Who calls, and whether they may call now: reads the credential (header or the console's cookie), asks accounts for the
// Actor, counts the request against the general limit, and checks the CSRF header of calls that come with a cookie.
// A bad credential is only remembered here: public endpoints (sign-in with an old token still in the browser) work on,
// and `requireSignIn`, which every endpoint with access "user" has, refuses.
import type { MiddlewareHandler } from "hono";
import { authenticate, csrfToken } from "../features/accounts/mod.ts";
import type { App } from "../features/context.ts";
import { AppError } from "../kernel/errors.ts";
import { constantTimeEqual } from "../kernel/ids.ts";
import { limitHeaders } from "../kernel/rate_limit.ts";
import { ACCESS_COOKIE, cookieOf } from "./cookies.ts";
import type { HttpContext, HttpEnv, RequestCtx } from "./env.ts";
import { httpError } from "./problems.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export function guard(app: App): MiddlewareHandler<HttpEnv> {
  const perMinute = app.config.rateLimitPerMinute;
  const limiter = perMinute > 0
    ? app.limits.limiter({ name: "requests", points: perMinute, windowSeconds: 60, shared: false })
    : undefined;
  return async (c, next) => {
    await identify(c, app);
    if (!limiter || c.req.path.startsWith("/health")) return await next();
    const ctx = c.var.guest as RequestCtx;
    const caller = ctx.signedIn ? ctx.actor.tokenId ?? ctx.actor.userId : ctx.ip;
    const state = await limiter.consume(String(caller), "Too many requests. Wait a moment and go slower.");
    await next();
    for (const [name, value] of Object.entries(limitHeaders(state))) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  };
}

async function identify(c: HttpContext, app: App): Promise<void> {
  const header = c.req.header("authorization");
  let credential: string | undefined;
  let viaCookie = false;
  if (header !== undefined) {
    credential = /^Bearer +(\S+) *$/i.exec(header)?.[1];
    if (!credential) {
      c.set("authError", new AppError("unauthenticated", "The Authorization header must be: Bearer <token>."));
    }
  } else {
    credential = cookieOf(c, ACCESS_COOKIE);
    viaCookie = credential !== undefined;
  }
  if (!credential) return;
  try {
    (c.var.guest as RequestCtx).signIn(await authenticate(app, credential, { tickets: false, viaCookie }));
  } catch (error) {
    c.set("authError", httpError(error));
  }
}

/** Refuses callers who are not signed in, and unsafe calls by cookie without the CSRF header. */
export const requireSignIn: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const ctx = c.var.guest as RequestCtx;
  if (!ctx.signedIn) {
    throw c.var.authError ?? new AppError("unauthenticated", "Sign in first: send Authorization: Bearer <token>.");
  }
  const { actor } = ctx;
  if (actor.viaCookie && !SAFE_METHODS.has(c.req.method)) {
    const expected = await csrfToken(ctx.app, actor.sessionId ?? "");
    if (!constantTimeEqual(c.req.header("x-csrf-token") ?? "", expected)) {
      throw new AppError("csrf_failed", "The X-CSRF-Token header must repeat the value of the cookie pulpo_csrf.");
    }
  }
  await next();
};
