// The REST side. A request is only sent again when that is harmless: reads; writes that come to the same twice; and
// notifications, which carry a `dedupe_key` that the server stores in the same transaction, so that it does the work once
// however often it arrives, even across a crash. Everything else is sent again only after a 429. Attempts and total time
// are bounded; waits are jittered and never shorter than `Retry-After`.
import { backoffDelay, type BackoffOptions, sleep } from "./engine/backoff.ts";
import { PulpoError } from "./errors.ts";
import type { InboxPage, NotifyInput, NotifyResult, Preferences, Problem } from "./types.ts";

export interface PulpoClientOptions {
  /** Address of the server. Default in a browser: the page's own origin. */
  url?: string;
  /** API or access token, or a function that returns a fresh one. Absent in a browser: the console's cookie. */
  token?: string | (() => string | Promise<string>);
  /** Milliseconds for one attempt. Default 10 000. */
  timeout?: number;
  /** Attempts, the first included. Default 5. */
  attempts?: number;
  /** Milliseconds for all attempts and waits together. Default 30 000. */
  totalTimeout?: number;
  backoff?: BackoffOptions;
  /** For tests and special networks. */
  fetch?: typeof fetch;
}

export interface RequestOptions {
  json?: unknown;
  query?: Record<string, string | number | boolean | undefined>;
  signal?: AbortSignal;
  /** Sent as `Idempotency-Key`, which makes a creating request safe to send again. */
  idempotencyKey?: string;
  /** The request itself makes sure that a second time does no harm. */
  repeatable?: boolean;
}

const BASE = "/api/v1";
const RETRY_STATUS = new Set([408, 425, 429, 502, 503, 504]);
/** Doing these twice comes to the same (RFC 9110). */
const IDEMPOTENT = new Set(["GET", "HEAD", "PUT", "DELETE"]);

export class PulpoClient {
  readonly url: string;
  private readonly options: PulpoClientOptions;

  constructor(options: PulpoClientOptions = {}) {
    const url = options.url ?? (typeof location === "undefined" ? undefined : location.origin);
    if (!url) {
      throw new PulpoError("bad_request", "Pass the server's address: new PulpoClient({ url })");
    }
    this.url = url.replace(/\/+$/, "");
    this.options = options;
  }

  /** Sends one notification; resolves when the server has stored it. @throws PulpoError */
  notify(notification: NotifyInput, signal?: AbortSignal): Promise<NotifyResult> {
    const json = withDedupeKey(notification);
    return this.request("POST", "/notify", { json, repeatable: json.dedupe_key !== undefined, signal });
  }

  /** Sends 1 to 500 notifications, all or none; results come in the same order. @throws PulpoError */
  async notifyBatch(notifications: NotifyInput[], signal?: AbortSignal): Promise<NotifyResult[]> {
    const keyed = notifications.map(withDedupeKey);
    const { items } = await this.request<{ items: NotifyResult[] }>("POST", "/notify", {
      json: { notifications: keyed },
      repeatable: keyed.every((notification) => notification.dedupe_key !== undefined),
      signal,
    });
    return items;
  }

  /** A page of the caller's inbox, newest first. */
  notifications(
    query: { unread?: boolean; type?: string; limit?: number; cursor?: string } = {},
    signal?: AbortSignal,
  ): Promise<InboxPage> {
    return this.request("GET", "/notifications", { query, signal });
  }

  /** Marks one as read; resolves with the number of unread ones. */
  async markRead(id: string): Promise<number> {
    const path = `/notifications/${encodeURIComponent(id)}/read`;
    const answer = await this.request<{ unread_count: number }>("POST", path, { json: {}, repeatable: true });
    return answer.unread_count;
  }

  /** Marks all as read; resolves with the number of unread ones. */
  async markAllRead(): Promise<number> {
    // Not repeatable: what arrives between two attempts would be marked unseen.
    const answer = await this.request<{ unread_count: number }>("POST", "/notifications/read-all", { json: {} });
    return answer.unread_count;
  }

  /** How the caller wants notifications. */
  preferences(signal?: AbortSignal): Promise<Preferences> {
    return this.request("GET", "/notifications/preferences", { signal });
  }

  /** A single-use ticket for a WebSocket address, good for `expires_in` seconds. */
  ticket(): Promise<{ ticket: string; expires_in: number }> {
    return this.request("POST", "/auth/ticket", { json: {} });
  }

  /**
   * Any call below `/api/v1`; resolves with the JSON of the answer (undefined for 204).
   * @throws PulpoError after the last attempt; the signal's reason when aborted.
   */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const resendable = IDEMPOTENT.has(method) || options.repeatable || options.idempotencyKey !== undefined;
    const { attempts = 5, totalTimeout = 30_000 } = this.options;
    const started = Date.now();
    for (let attempt = 1;; attempt++) {
      try {
        return await this.attempt<T>(method, path, options);
      } catch (error) {
        if (!(error instanceof PulpoError) || attempt >= attempts) throw error;
        if (error.status !== 429 && !(resendable && isTemporary(error))) throw error;
        const wait = Math.max(
          backoffDelay(attempt, { base: 200, cap: 10_000, ...this.options.backoff }),
          (error.retryAfter ?? 0) * 1000,
        );
        if (Date.now() - started + wait >= totalTimeout) throw error;
        await sleep(wait, options.signal);
      }
    }
  }

  private async attempt<T>(method: string, path: string, options: RequestOptions): Promise<T> {
    const url = new URL(this.url + BASE + path);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = { Accept: "application/json" };
    const { token } = this.options;
    if (token) headers.Authorization = `Bearer ${typeof token === "function" ? await token() : token}`;
    else if (method !== "GET" && method !== "HEAD") Object.assign(headers, csrfHeader());
    if (options.json !== undefined) headers["Content-Type"] = "application/json";
    if (options.idempotencyKey !== undefined) headers["Idempotency-Key"] = options.idempotencyKey;

    const timeout = AbortSignal.timeout(this.options.timeout ?? 10_000);
    let response: Response, text: string;
    try {
      response = await (this.options.fetch ?? fetch)(url, {
        method,
        headers,
        body: options.json === undefined ? undefined : JSON.stringify(options.json),
        signal: options.signal ? AbortSignal.any([timeout, options.signal]) : timeout,
        ...(token ? {} : { credentials: "same-origin" as const }),
      });
      text = await response.text();
    } catch (cause) {
      if (options.signal?.aborted) throw options.signal.reason;
      if (timeout.aborted) {
        throw new PulpoError("timeout", "The server did not answer in time.", { cause });
      }
      throw new PulpoError("connection_lost", "The server could not be reached.", { cause });
    }
    return readAnswer<T>(response, text);
  }
}

function withDedupeKey(notification: NotifyInput): NotifyInput {
  if (notification.dedupe_key !== undefined || notification.persist === false) {
    return notification;
  }
  return { ...notification, dedupe_key: `ts-${crypto.randomUUID()}` };
}

function isTemporary(error: PulpoError): boolean {
  return (
    error.code === "connection_lost" ||
    error.code === "timeout" ||
    error.code === "idempotency_in_progress" ||
    RETRY_STATUS.has(error.status)
  );
}

/** The console's protection against forged requests; only needed where its cookie is what authenticates. */
function csrfHeader(): Record<string, string> {
  if (typeof document === "undefined") return {};
  const value = /(?:^|; )pulpo_csrf=([^;]*)/.exec(document.cookie)?.[1];
  return value ? { "X-CSRF-Token": decodeURIComponent(value) } : {};
}

function readAnswer<T>(response: Response, text: string): T {
  let body: unknown;
  try {
    body = text ? JSON.parse(text) : undefined;
  } catch (cause) {
    if (response.ok) {
      throw new PulpoError("bad_answer", "The answer is not JSON: is this a Pulpo server?", { cause });
    }
  }
  if (response.ok) return body as T;
  const problem = (typeof body === "object" && body !== null ? body : {}) as Partial<Problem>;
  throw new PulpoError(
    problem.code ?? `http_${response.status}`,
    problem.detail ?? problem.title ?? `HTTP status ${response.status}`,
    { status: response.status, problem, retryAfter: retryAfter(response.headers.get("retry-after")) },
  );
}

/** Seconds of a Retry-After header: a number or an HTTP date. */
function retryAfter(value: string | null): number | undefined {
  if (!value) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}
