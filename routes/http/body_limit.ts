// Refuses bodies over PULPO_BODY_LIMIT_BYTES, also those sent in chunks without a length. A body that is too large is read
// away up to a point, so that its sender gets to see the answer.
import { AppError } from "../../kernel/errors.ts";
import type { HttpContext } from "./env.ts";

/** Largest body of somebody who has not signed in, except where the address itself is the credential. */
export const GUEST_BODY_BYTES = 16 * 1024;

const DRAIN_BYTES = 32 * 1024 * 1024;

const DRAIN_MS = 10_000;

/** Reads away what a refused sender still sends, up to a point and for a while, so that it gets to see the answer. */
export async function drainRest(c: HttpContext): Promise<void> {
  const { body } = c.req.raw;
  if (!body || body.locked) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, DRAIN_MS));
  await Promise.race([drain(body), late]).finally(() => clearTimeout(timer));
}

/**
 * Not for requests that carry files (file_requests.ts).
 * @param limit of people who have signed in, in bytes
 * @throws AppError `too_large`, or why the caller is not signed in where that alone makes it too large. Nothing to wait for
 *   (undefined) when the request has no body.
 */
export function limitBody(c: HttpContext, limit: number, signedIn: boolean): Promise<void> | undefined {
  const { method, raw } = c.req;
  if (method === "GET" || method === "HEAD" || !raw.body) return undefined;
  if (signedIn || isHook(c.req.path)) return limitGivenBody(c, raw.body, limit, tooLarge);
  const refusal = (most: number, size: number) => (size <= limit && signInError(c)) || tooLarge(most);
  return limitGivenBody(c, raw.body, Math.min(limit, GUEST_BODY_BYTES), refusal);
}

/**
 * Why somebody who does sign in counts as a guest now. With it a client renews its session, or comes back after an outage;
 * `too_large` would tell it to give up. undefined: nothing says that the caller has an account.
 */
function signInError(c: HttpContext): AppError | undefined {
  const error = c.get("authError");
  if (error || c.req.header("x-csrf-token") === undefined) return error;
  // Only sessions in cookies have the header, and browsers forget the cookie of an access token that has ended.
  return new AppError("unauthenticated", "The session's access has ended. Refresh it, or sign in again.");
}

/** Addresses that hold a token: webhooks, answers of commands; and the command line's, whose body is signed. */
const isHook = (path: string) => /^(\/api\/v1)?\/hooks\//.test(path) || path.startsWith("/api/v1/system/");

/** Refuses a body of more bytes than this endpoint takes, whether it told its length or not. @throws AppError `too_large` */
export async function refuseLonger(c: HttpContext, limit: number): Promise<void> {
  const { body } = c.req.raw;
  const length = Number(c.req.header("content-length") ?? 0);
  if (length > limit && body) {
    await drain(body);
    throw tooLarge(limit);
  }
  if (c.req.header("content-length") === undefined && new TextEncoder().encode(await c.req.text()).length > limit) {
    throw tooLarge(limit);
  }
}

/** What to throw when a body of `size` bytes is over `limit`. */
type Refusal = (limit: number, size: number) => AppError;

async function limitGivenBody(
  c: HttpContext,
  body: ReadableStream<Uint8Array>,
  limit: number,
  refusal: Refusal,
): Promise<void> {
  const { method, raw } = c.req;
  const length = c.req.header("content-length");
  if (length !== undefined && c.req.header("transfer-encoding") === undefined) {
    // The HTTP server itself sees to it that no more comes than was announced.
    if (Number(length) <= limit) return;
    await drain(body);
    throw refusal(limit, Number(length));
  }
  const bytes = await readUpTo(body, limit, refusal);
  c.req.raw = new Request(raw.url, { method, headers: raw.headers, body: bytes });
}

function tooLarge(limit: number): AppError {
  return new AppError("too_large", `The body is larger than the ${limit} bytes that are allowed.`);
}

async function readUpTo(
  body: ReadableStream<Uint8Array>,
  limit: number,
  refusal: Refusal,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  while (true) {
    // Chunks that are none (RFC 9112, 7.1), a sender who goes away.
    const { done, value } = await reader.read().catch((cause) => {
      throw new AppError("bad_request", "The body could not be read to its end. Check how it is sent.", { cause });
    });
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      reader.releaseLock();
      throw refusal(limit, size + await drain(body));
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

/** Answers how many bytes it read away. */
async function drain(body: ReadableStream<Uint8Array>): Promise<number> {
  let size = 0;
  try {
    for await (const part of body) if ((size += part.byteLength) > DRAIN_BYTES) break;
  } catch { /* the sender went away */ }
  return size;
}
