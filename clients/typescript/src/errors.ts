// The one error class of the client. `code` is the server's stable word, or one of the client's own:
// `connection_lost`, `timeout`, `queue_full`, `closed`, `bad_answer`, `handler_failed`, `needs_websocket`.
import type { Problem } from "./types.ts";

export class PulpoError extends Error {
  override readonly name = "PulpoError";
  /** HTTP status; 0 when no answer came or it was not over HTTP. */
  readonly status: number;
  readonly code: string;
  /** Finds the request in the server's log. */
  readonly requestId: string | undefined;
  /** Problems per field of a 422. */
  readonly errors: { path: string; message: string }[];
  /** Seconds after which a retry makes sense, when the server said so. */
  readonly retryAfter: number | undefined;

  constructor(
    code: string,
    detail: string,
    options: { status?: number; problem?: Partial<Problem>; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 0;
    this.requestId = options.problem?.request_id;
    this.errors = options.problem?.errors ?? [];
    this.retryAfter = options.retryAfter;
  }
}

/** Trying again is of no use: the connection ends for good, with this as its error. */
export class GiveUp extends PulpoError {}

export function asPulpoError(error: unknown): PulpoError {
  if (error instanceof PulpoError) return error;
  return new PulpoError("connection_lost", error instanceof Error ? error.message : String(error), { cause: error });
}
