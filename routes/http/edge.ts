// The outermost layer of every HTTP request: request id, access log, CORS for the sites in PULPO_CORS_ORIGINS, who calls,
// the limit on body size, and the general rate limit. One middleware on purpose, and lean: each further one costs every
// request some microseconds, no header is set that a route does not need, and what few requests ask for (the caller's
// address, a logger) is made when it is asked for. Whatever fails further in has become an answer before it comes back here.
import type { MiddlewareHandler } from "hono";
import { noteHttpError } from "../../features/analytics/mod.ts";
import type { App } from "../../features/context.ts";
import { AppError } from "../../kernel/errors.ts";
import { isHost } from "../../kernel/host_header.ts";
import { randomToken } from "../../kernel/ids.ts";
import { limitBody } from "./body_limit.ts";
import { type HttpContext, type HttpEnv, RequestCtx } from "./env.ts";
import type { IsFileRequest } from "./file_requests.ts";
import { identify, requestLimit } from "./guard.ts";
import { loggedPath, problemResponse } from "./problems.ts";

const SANE_REQUEST_ID = /^[\w.:-]{8,128}$/;
const ALLOWED_METHODS = "GET, POST, PUT, PATCH, DELETE";
/** They would show a page of another site what its browser sent (RFC 9110, 9.3.8), or open a tunnel. */
const REFUSED_METHODS = new Set(["TRACE", "TRACK", "CONNECT"]);
const ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id";
const EXPOSED_HEADERS = "X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Location";

/** A year (RFC 6797). Without `includeSubDomains`: other programs of the domain are not ours to decide on. */
const HSTS = "max-age=31536000";

/** Request ids are unique per process start and cheap; they need not be unguessable. */
const START = randomToken(6);
let count = 0;

/**
 * @param apiBase answers below it are never cached
 * @param isFile requests whose bodies are not bounded here
 */
export function edge(app: App, apiBase: string, isFile: IsFileRequest): MiddlewareHandler<HttpEnv> {
  const origins = new Set(app.config.corsOrigins);
  const limit = requestLimit(app);
  const https = app.config.publicUrl?.startsWith("https:") ?? false;
  return async (c, next) => {
    const started = performance.now();
    const sent = c.req.header("x-request-id");
    const requestId = sent && SANE_REQUEST_ID.test(sent) ? sent : `${START}-${(++count).toString(36)}`;
    const guest = new RequestCtx(app, requestId, c);
    c.set("guest", guest);
    c.set("ctx", guest);
    const origin = origins.size > 0 ? c.req.header("origin") : undefined;
    const allowed = origin !== undefined && (origins.has(origin) || origins.has("*"));
    try {
      if (REFUSED_METHODS.has(c.req.method)) {
        throw new AppError("method_not_allowed", `This server does not answer ${c.req.method}.`, {
          headers: { allow: ALLOWED_METHODS },
        });
      }
      if (!isHost(c.req.header("host"))) {
        throw new AppError("bad_request", "The Host header holds a host and a port alone.");
      }
      if (allowed && c.req.method === "OPTIONS" && c.req.header("access-control-request-method")) {
        c.res = preflightAnswer();
      } else {
        // Awaited only where there is something to wait for. Who calls comes first: guests may send less.
        const caller = identify(c, guest);
        if (caller) await caller;
        if (!isFile(c.req.method, c.req.path)) {
          const body = limitBody(c, app.config.bodyLimitBytes, guest.signedIn);
          if (body) await body;
        }
        if (limit) await limit(c, guest, next);
        else await next();
      }
    } catch (error) {
      c.res = problemResponse(c, error);
    }
    const { res } = c;
    if (res.status !== 101) {
      res.headers.set("x-request-id", requestId);
      res.headers.set("x-content-type-options", "nosniff");
      if (https) res.headers.set("strict-transport-security", HSTS);
      if (c.req.path.startsWith(apiBase) && !res.headers.has("cache-control")) {
        res.headers.set("cache-control", "no-store");
      }
      if (allowed) {
        res.headers.set("access-control-allow-origin", origin);
        res.headers.set("access-control-expose-headers", EXPOSED_HEADERS);
      }
      if (origins.size > 0) res.headers.append("vary", "Origin");
    }
    if (c.res.status >= 500 && guest.signedIn) noteHttpError(app, guest.actor.organizationId);
    logRequest(app, c, guest, started);
  };
}

function preflightAnswer(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": ALLOWED_METHODS,
      "access-control-allow-headers": ALLOWED_HEADERS,
      "access-control-max-age": "600",
    },
  });
}

/**
 * Refusals are logged at info, successes at debug: a line for each of thousands of notifications a second would cost more than
 * the notification. Who changed what is in the audit log; the server's own failures are logged by onError.
 */
function logRequest(app: App, c: HttpContext, guest: RequestCtx, started: number): void {
  const status = c.res.status;
  const quiet = status < 400;
  if (quiet && app.config.logLevel !== "debug") return;
  app.log[quiet ? "debug" : "info"]("request", {
    request_id: guest.requestId,
    method: c.req.method,
    path: loggedPath(c.req.path),
    status,
    ms: Math.round((performance.now() - started) * 10) / 10,
    ip: guest.ip,
    ...(guest.signedIn ? { user_id: guest.actor.userId } : {}),
  });
}
