// Who calls, and whether they may call now: reads the credential (header or the console's cookie), asks accounts for the
// Actor, counts the request against the general limit, and checks the CSRF header of calls that come with a cookie.
// A bad credential is only remembered here: public endpoints (sign-in with an old token still in the browser) work on,
// and `requireSignIn`, which every endpoint with access "user" has, refuses.
import type { MiddlewareHandler } from "hono";
import { authenticate, csrfToken, recallActor } from "../../features/accounts/mod.ts";
import type { App } from "../../features/context.ts";
import { identityOf, sessionIdOf, viaCookie } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { constantTimeEqual } from "../../kernel/ids.ts";
import { limitHeaders } from "../../kernel/rate_limit.ts";
import { ACCESS_COOKIE, cookieOf } from "./cookies.ts";
import type { HttpContext, HttpEnv, RequestCtx } from "./env.ts";
import { httpError } from "./problems.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
const BEARER = /^Bearer +(\S+) *$/i;

/** Signs the request in when it came with a good credential; one that is known is taken without waiting. */
export function identify(c: HttpContext, guest: RequestCtx): Promise<void> | undefined {
  const header = c.req.header("authorization");
  const viaCookie = header === undefined;
  const credential = viaCookie ? cookieOf(c, ACCESS_COOKIE) : BEARER.exec(header)?.[1];
  if (!credential) {
    if (!viaCookie) {
      c.set("authError", new AppError("unauthenticated", "The Authorization header must be: Bearer <token>."));
    }
    return undefined;
  }
  const known = recallActor(guest.app, credential, viaCookie);
  if (known) {
    guest.signIn(known);
    return undefined;
  }
  return authenticate(guest.app, credential, { tickets: false, viaCookie }).then(
    (actor) => guest.signIn(actor),
    (error) => c.set("authError", httpError(error)),
  );
}

type LimitedNext = (c: HttpContext, guest: RequestCtx, next: () => Promise<void>) => Promise<void>;

/** The general limit per caller (PULPO_RATE_LIMIT_PER_MINUTE), counted per instance; undefined when it is off. */
export function requestLimit(app: App): LimitedNext | undefined {
  const points = app.config.rateLimitPerMinute;
  if (points === 0) return undefined;
  const limiter = app.limits.limiter({ name: "requests", points, windowSeconds: 60, shared: false });
  return async (c, guest, next) => {
    if (c.req.path.startsWith("/health")) return await next();
    const caller = guest.signedIn ? identityOf(guest.actor) : guest.ip;
    const state = await limiter.consume(String(caller), "Too many requests. Wait a moment and go slower.");
    await next();
    if (c.res.status === 101) return;
    for (const [name, value] of Object.entries(limitHeaders(state))) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  };
}

/** Refuses callers who are not signed in, and unsafe calls by cookie without the CSRF header. */
export const requireSignIn: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const ctx = c.get("guest") as RequestCtx;
  if (!ctx.signedIn) {
    throw c.get("authError") ?? new AppError("unauthenticated", "Sign in first: send Authorization: Bearer <token>.");
  }
  const { actor } = ctx;
  if (viaCookie(actor) && !SAFE_METHODS.has(c.req.method)) {
    const expected = await csrfToken(ctx.app, sessionIdOf(actor) ?? "");
    if (!constantTimeEqual(c.req.header("x-csrf-token") ?? "", expected)) {
      throw new AppError("csrf_failed", "The X-CSRF-Token header must repeat the value of the cookie pulpo_csrf.");
    }
  }
  await next();
};
