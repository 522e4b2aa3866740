// Calls to the server with the console's cookie session. Invariants:
//  - a call ends: after 15 s at the latest with ApiError `timeout`;
//  - every failure is an ApiError with a stable code (`network` and `timeout` are the console's own);
//  - an expired session is renewed silently and the call repeated once; of all tabs only one renews at a time, because
//    presenting an old refresh token a second time would end the whole session;
//  - unsafe methods carry the CSRF header.
import { outer } from "./base.ts";
import type { Problem } from "../../protocol/errors.ts";
import { withLock } from "./lock.ts";
import { fieldText } from "./server_texts.ts";
import { readStored, writeStored } from "./storage.ts";

const BASE = "/api/v1";
export const TIMEOUT_MS = 15_000;

export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly code: string,
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
    detail: string,
    readonly options: {
      requestId?: string;
      retryAfterSeconds?: number;
      /** First problem of each field, by dotted path. */
      fields?: Record<string, string>;
    } = {},
  ) {
    super(detail);
  }
}

export interface CallOptions {
  body?: unknown;
  query?: Record<string, string | number | boolean | null | undefined>;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** False: a 401 is an answer like any other (sign-in, set-up). */
  renew?: boolean;
  timeoutMs?: number;
}

/** Called when the session is over and cannot be renewed. */
let onSignedOut: () => void = () => {};
export function setSignedOutHandler(handler: () => void): void {
  onSignedOut = handler;
}

/** Called when the organisation is closed for this person. */
let onMaintenance: (error: ApiError) => void = () => {};
export function setMaintenanceHandler(handler: (error: ApiError) => void): void {
  onMaintenance = handler;
}

/** Called when a call was refused for want of a right: what the console believes the person may do can be out of date. */
let onForbidden: () => void = () => {};
export function setForbiddenHandler(handler: () => void): void {
  onForbidden = handler;
}

export function csrfToken(cookie = globalThis.document?.cookie ?? ""): string | null {
  const match = cookie.match(/(?:^|;\s*)pulpo_csrf=([^;]+)/);
  return match ? decodeURIComponent(match[1]!) : null;
}

/** The console's path of a call (base.ts), with its query; empty values are left out. */
export function address(path: string, query: CallOptions["query"] = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return (path.startsWith("//") ? path.slice(1) : BASE + path) + (text ? `?${text}` : "");
}

/** Not every 401: a wrong password or code says nothing about the session, and repeated it would count as a second guess. */
const sessionExpired = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === "unauthenticated" || error.code === "token_expired");

/**
 * One call. `path` is relative to /api/v1; `//health` means /health at the root.
 * @throws ApiError; DOMException `AbortError` when `signal` was aborted by the caller.
 */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const startedAt = Date.now();
  try {
    return await once<T>(method, path, options);
  } catch (error) {
    if (error instanceof ApiError && error.code === "maintenance") onMaintenance(error);
    if (error instanceof ApiError && error.code === "forbidden") onForbidden();
    if (!sessionExpired(error) || options.renew === false) throw error;
    if (!(await renewSession(startedAt))) {
      onSignedOut();
      throw error;
    }
    return await once<T>(method, path, options);
  }
}

async function once<T>(method: string, path: string, options: CallOptions): Promise<T> {
  const { body, query, signal, timeoutMs = TIMEOUT_MS } = options;
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  const file = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = file ? body.type : "application/json";
  const csrf = csrfToken();
  if (csrf && method !== "GET") headers["X-CSRF-Token"] = csrf;
  const timer = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(outer(address(path, query)), {
      method,
      headers,
      body: body === undefined || file ? body : JSON.stringify(body),
      credentials: "same-origin",
      signal: signal ? AbortSignal.any([signal, timer]) : timer,
      // The answer to a renewal sets the next refresh token: it must arrive even if the page is being left.
      keepalive: path === "/auth/refresh",
    });
    if (!response.ok) throw await toError(response);
    if (response.status === 204) return undefined as T;
    const text = await response.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (signal?.aborted) throw error;
    if (timer.aborted) throw new ApiError("timeout", 0, "The server did not answer in time.");
    if (error instanceof SyntaxError) throw new ApiError("bad_answer", 0, "The answer was not JSON.");
    throw new ApiError("network", 0, "The server cannot be reached.");
  }
}

/** Reads a problem+json answer; anything else (a proxy's page for instance) becomes a plain error by status. */
export async function toError(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  let problem: Partial<Problem> = {};
  try {
    problem = JSON.parse(text);
  } catch { /* not from this server */ }
  const retryAfter = Number(response.headers.get("Retry-After"));
  return new ApiError(
    problem.code ?? (response.status >= 500 ? "unavailable" : "bad_answer"),
    response.status,
    problem.detail ?? problem.title ?? `HTTP ${response.status}`,
    {
      requestId: problem.request_id ?? response.headers.get("X-Request-Id") ?? undefined,
      retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
      fields: fieldsOf(problem.errors),
    },
  );
}

function fieldsOf(errors: Problem["errors"]): Record<string, string> | undefined {
  if (!errors?.length) return undefined;
  const fields: Record<string, string> = {};
  for (const { path, message } of errors) fields[path] ??= fieldText(message);
  return fields;
}

/** A renewal within this time, by whichever tab, is fresh enough for a connection whose token is about to end. */
export const RENEWED_MS = 5 * 60_000;

let renewing: Promise<boolean> | null = null;

/**
 * Renews the cookie session. @returns false when there is none any more. `since`: a renewal by any tab after this moment
 * counts as done. @throws ApiError `network`, `timeout`, `unavailable`: nothing is known about the session then.
 */
export function renewSession(since = Date.now()): Promise<boolean> {
  renewing ??= withLock("renew", async () => {
    if (Number(readStored("renewed_at")) > since) return true;
    if (!csrfToken()) return false;
    try {
      await once("POST", "/auth/refresh", { body: {}, headers: { "X-Pulpo-Session": "cookie" } });
      writeStored("renewed_at", String(Date.now()));
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return false;
      throw error;
    }
  }).finally(() => {
    renewing = null;
  });
  return renewing;
}

export const get = <T>(path: string, query?: CallOptions["query"], signal?: AbortSignal): Promise<T> =>
  call<T>("GET", path, { query, signal });
export const post = <T>(path: string, body?: unknown, options?: CallOptions): Promise<T> =>
  call<T>("POST", path, { ...options, body });
export const put = <T>(path: string, body?: unknown): Promise<T> => call<T>("PUT", path, { body });
export const remove = (path: string): Promise<void> => call<void>("DELETE", path);
