// The one error class of the product. Actions throw it; HTTP, WebSocket and the command line each map it to their
// own form in exactly one place. Anything else that is thrown is a bug and becomes `internal` without its text.
import { ERROR_STATUS, type ErrorCode } from "../protocol/errors.ts";

export interface AppErrorOptions {
  /** May the caller try the same thing again later? Default: only for `unavailable`, `timeout` and `rate_limited`. */
  retryable?: boolean;
  cause?: unknown;
  /** Per-field problems of a 422. `path` is dotted: `notifications.3.type`. */
  errors?: { path: string; message: string }[];
  /** Seconds after which a retry makes sense; becomes the `Retry-After` header. A 503 always has one. */
  retryAfterSeconds?: number;
  /** Extra response headers (rate-limit headers for instance). */
  headers?: Record<string, string>;
}

/** Seconds of a 503 that does not say more. */
export const RETRY_AFTER_SECONDS = 5;

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly errors?: { path: string; message: string }[];
  readonly retryAfterSeconds?: number;
  readonly headers?: Record<string, string>;

  /** @param detail one sentence for a person: what is wrong and what to do next; never internals or secrets. */
  constructor(code: ErrorCode, readonly detail: string, options: AppErrorOptions = {}) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.code = code;
    this.status = ERROR_STATUS[code];
    this.retryable = options.retryable ?? (code === "unavailable" || code === "timeout" || code === "rate_limited");
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds ?? (this.status === 503 ? RETRY_AFTER_SECONDS : undefined);
    this.headers = options.headers;
  }
}

export { ExplainedError } from "./explained_error.ts";

/** 404 with a text that does not tell whether the thing exists for somebody else. */
export function notFound(what: string): AppError {
  return new AppError("not_found", `There is no such ${what}, or you may not see it.`);
}

/** Any thrown value as an AppError: itself, or `internal` with the original as cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError("internal", "Something went wrong on the server. The request id finds it in the log.", {
    cause: error,
  });
}
