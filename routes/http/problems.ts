// The only place that turns errors into HTTP answers: problem+json (RFC 9457). Answers of 5xx show nothing of the inside,
// their cause goes to the log under the same request id.
import { HTTPException } from "hono/http-exception";
import { AppError, toAppError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { Problem } from "../../protocol/errors.ts";
import type { HttpContext } from "./env.ts";

const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** SQLSTATEs of text that PostgreSQL cannot store (NUL, lone surrogates): the sender's mistake, not the server's. */
const UNSTORABLE_TEXT = new Set(["22021", "22P05", "22P02"]);

/** Any thrown value as AppError, knowing also what the HTTP framework and the database throw. */
export function httpError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException && error.status === 400) {
    return new AppError("invalid_json", "The body is not valid JSON.", { cause: error });
  }
  if (
    error instanceof Error && error.name === "SqlError" && UNSTORABLE_TEXT.has((error as { code?: string }).code ?? "")
  ) {
    return new AppError(
      "validation_failed",
      "The text has a character that cannot be stored (NUL or half a surrogate pair).",
      {
        cause: error,
      },
    );
  }
  return toAppError(error);
}

/** Writes the error as the answer of this request, and logs it when it is the server's fault. */
export function problemResponse(c: HttpContext, thrown: unknown): Response {
  const error = httpError(thrown);
  const requestId = c.var.guest?.requestId ?? newId();
  if (error.status >= 500) {
    const log = c.var.guest?.log;
    const fields = {
      method: c.req.method,
      path: loggedPath(c.req.path),
      status: error.status,
      error: error.cause ?? error,
    };
    if (error.code === "internal") log?.error("request failed", fields);
    // Everybody who comes while an organisation is closed gets one: no failure of the server.
    else if (error.code !== "maintenance") log?.warn("request failed", fields);
  }
  const body: Problem = {
    type: `urn:pulpo:error:${error.code}`,
    title: TITLES[error.status] ?? "Error",
    status: error.status,
    detail: error.detail,
    code: error.code,
    request_id: requestId,
    ...(error.errors ? { errors: error.errors } : {}),
  };
  const headers = new Headers({
    "content-type": "application/problem+json; charset=utf-8",
    "cache-control": "no-store",
  });
  for (const [name, value] of Object.entries(error.headers ?? {})) headers.set(name, value);
  if (error.retryAfterSeconds !== undefined) headers.set("retry-after", String(error.retryAfterSeconds));
  if (error.status === 401) headers.set("www-authenticate", "Bearer");
  return new Response(JSON.stringify(body), { status: error.status, headers });
}

/** The path as it may stand in a log: the token of an incoming webhook is hidden. */
export function loggedPath(path: string): string {
  return path.replace(/\/hooks\/.+$/, "/hooks/***");
}
