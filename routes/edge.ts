// The outermost layer of every HTTP request: request id, access log, CORS for the sites in PULPO_CORS_ORIGINS, and the
// limit on body size. Kept lean on purpose: no header is set that a route does not need, and a request that is not
// cross-origin pays nothing for CORS. Whatever fails further in has become an answer before it comes back here.
import type { MiddlewareHandler } from "hono";
import type { App } from "../features/context.ts";
import { AppError } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import { type HttpContext, type HttpEnv, RequestCtx } from "./env.ts";
import { loggedPath } from "./problems.ts";

const SANE_REQUEST_ID = /^[\w.:-]{8,128}$/;
const ALLOWED_METHODS = "GET, POST, PUT, PATCH, DELETE";
const ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id";
const EXPOSED_HEADERS = "X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Location";
/** How much of a body that is too large is read away, so that its sender gets to see the answer. */
const DRAIN_BYTES = 32 * 1024 * 1024;

export function edge(app: App): MiddlewareHandler<HttpEnv> {
  const origins = new Set(app.config.corsOrigins);
  return async (c, next) => {
    const started = performance.now();
    const sent = c.req.header("x-request-id");
    const requestId = sent && SANE_REQUEST_ID.test(sent) ? sent : newId();
    const guest = new RequestCtx(
      app,
      requestId,
      clientAddress(c, app),
      c.req.header("user-agent")?.slice(0, 400) ?? null,
    );
    c.set("guest", guest);
    c.set("ctx", guest);
    const origin = origins.size > 0 ? c.req.header("origin") : undefined;
    const allowed = origin !== undefined && (origins.has(origin) || origins.has("*"));
    if (allowed && c.req.method === "OPTIONS" && c.req.header("access-control-request-method")) {
      c.res = new Response(null, { status: 204 });
      c.res.headers.set("access-control-allow-methods", ALLOWED_METHODS);
      c.res.headers.set("access-control-allow-headers", ALLOWED_HEADERS);
      c.res.headers.set("access-control-max-age", "600");
    } else {
      await next();
    }
    if (c.res.status !== 101) {
      const headers = c.res.headers;
      headers.set("x-request-id", requestId);
      if (allowed) {
        headers.set("access-control-allow-origin", origin);
        headers.set("access-control-expose-headers", EXPOSED_HEADERS);
      }
      if (origins.size > 0) headers.append("vary", "Origin");
    }
    logRequest(app, c, guest, started);
  };
}

/** Answers to reads are logged at level debug, writes and refusals at info; the server's own failures are logged by onError. */
function logRequest(app: App, c: HttpContext, guest: RequestCtx, started: number): void {
  const status = c.res.status;
  const quiet = status < 400 && (c.req.method === "GET" || c.req.method === "HEAD");
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

/** The caller's address. Behind a trusted proxy it is the last entry of X-Forwarded-For, which that proxy wrote itself. */
function clientAddress(c: HttpContext, app: App): string | null {
  if (app.config.trustProxy) {
    const forwarded = c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim();
    if (forwarded) return forwarded.slice(0, 64);
  }
  return c.env?.remoteAddr?.hostname ?? null;
}

/** Refuses bodies over PULPO_BODY_LIMIT_BYTES, also those sent in chunks without a length. */
export function bodyLimit(app: App): MiddlewareHandler<HttpEnv> {
  const limit = app.config.bodyLimitBytes;
  return async (c, next) => {
    const method = c.req.method;
    if (method === "GET" || method === "HEAD" || !c.req.raw.body) return await next();
    const length = c.req.header("content-length");
    if (length !== undefined && c.req.header("transfer-encoding") === undefined) {
      if (Number(length) > limit) {
        await drain(c.req.raw.body);
        throw tooLarge(limit);
      }
    } else {
      const bytes = await readUpTo(c.req.raw.body, limit);
      c.req.raw = new Request(c.req.raw.url, { method, headers: c.req.raw.headers, body: bytes });
    }
    await next();
  };
}

function tooLarge(limit: number): AppError {
  return new AppError("too_large", `The body is larger than the ${limit} bytes that are allowed.`);
}

async function readUpTo(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      reader.releaseLock();
      await drain(body);
      throw tooLarge(limit);
    }
    parts.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

async function drain(body: ReadableStream<Uint8Array>): Promise<void> {
  let size = 0;
  try {
    for await (const part of body) if ((size += part.byteLength) > DRAIN_BYTES) break;
  } catch { /* the sender went away */ }
}
