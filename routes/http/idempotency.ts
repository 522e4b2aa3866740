// Idempotency-Key on creating requests. Only successful answers are kept; after a refusal or a failure, which roll their
// transaction back, the same key may be used again. What is kept is encrypted (features/accounts/idempotency.ts).
import { tokenIdOf } from "../../kernel/actor.ts";
import type { MiddlewareHandler } from "hono";
import { beginIdempotent } from "../../features/accounts/mod.ts";
import { AppError } from "../../kernel/errors.ts";
import { wantsCookies } from "./cookies.ts";
import type { HttpEnv, RequestCtx } from "./env.ts";

const KEPT_HEADERS = ["content-type", "location"];

export const idempotency: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return await next();
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new AppError("validation_failed", "Idempotency-Key must be 1 to 255 visible ASCII characters.", {
      errors: [{ path: "Idempotency-Key", message: "1 to 255 visible ASCII characters" }],
    });
  }
  const ctx = c.var.guest as RequestCtx;
  const caller = ctx.signedIn
    ? `${tokenIdOf(ctx.actor) ? "token" : "user"}:${tokenIdOf(ctx.actor) ?? ctx.actor.userId}`
    : "guest";
  const scope = `${caller} ${c.req.method} ${c.req.path}${wantsCookies(c) ? " cookie" : ""}`;
  const attempt = await beginIdempotent(ctx.app, { scope, key, body: await c.req.text() });
  if (attempt.answer) {
    const { status, headers, body } = attempt.answer;
    const replay = new Headers(headers);
    replay.set("cache-control", "no-store");
    replay.set("idempotency-replayed", "true");
    return new Response(body, { status, headers: replay });
  }
  try {
    await next();
  } catch (error) {
    await attempt.forget();
    throw error;
  }
  if (c.res.status >= 300) return await attempt.forget();
  const headers: [string, string][] = [...c.res.headers].filter(([name]) => KEPT_HEADERS.includes(name));
  for (const cookie of c.res.headers.getSetCookie()) headers.push(["set-cookie", cookie]);
  await attempt.finish({ status: c.res.status, headers, body: await c.res.clone().text() });
};
