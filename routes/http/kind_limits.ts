// Limits per kind of call (PULPO_RATE_LIMITS): `limit: "channels"` in `endpoint`, or `countCall` where only some of the
// calls to an address count. A person counts with all sessions and tokens, a stranger by address.
import { perApp } from "../../kernel/per_app.ts";
import type { App } from "../../features/context.ts";
import { AppError } from "../../kernel/errors.ts";
import { KeyedQueue } from "../../kernel/keyed_queue.ts";
import type { RateKind } from "../../kernel/rate_kinds.ts";
import { addressKey, limitHeaders } from "../../kernel/rate_limit.ts";
import type { HttpContext, RequestCtx } from "./env.ts";

const TOO_FAST: Record<RateKind, string> = {
  channels: "You are making channels too fast.",
  tokens: "You are making API tokens too fast.",
  tickets: "You are asking for tickets too fast.",
  webhooks: "You are making webhooks too fast.",
  schedules: "You are planning messages too fast.",
  uploads: "You are sending files too fast.",
  register: "Too many registrations from your address.",
  passkeys: "Too many sign-ins were begun.",
  invites: "You are making invitations too fast.",
  enrollments: "Too many agents want to come in from your address.",
  links: "Too many links from your address.",
  lookups: "Too many names and addresses that are taken.",
};

/** What strangers do: who is signed in counts by address as well. */
const BY_ADDRESS: ReadonlySet<RateKind> = new Set(["register", "links", "enrollments"]);

/** Counts the call; the answer gets the RateLimit-* headers. @throws AppError `rate_limited` */
export async function countCall(c: HttpContext, kind: RateKind): Promise<void> {
  const guest = c.var.guest as RequestCtx;
  const limiter = guest.app.limits.kind(kind);
  if (!limiter) return;
  const caller = guest.signedIn && !BY_ADDRESS.has(kind) ? guest.actor.userId : addressKey(guest.ip);
  const state = await limiter.consume(String(caller), `${TOO_FAST[kind]} Wait a moment.`);
  for (const [name, value] of Object.entries(limitHeaders(state))) c.header(name, value);
}

/** Lookups of one caller run one after the other: the answers before count when the next is judged. */
const lookupsOf = perApp((_app: App) => new KeyedQueue(64));

/**
 * Runs what may answer that a name is taken. Such an answer tells that an account exists, so it is counted; after too
 * many of them the caller is refused before the work, whatever its answer would be.
 * @throws AppError `rate_limited`
 */
export async function countLookups<T>(c: HttpContext, work: () => Promise<T>): Promise<T> {
  const guest = c.var.guest as RequestCtx;
  const limiter = guest.app.limits.kind("lookups");
  if (!limiter) return await work();
  const caller = String(guest.signedIn ? guest.actor.userId : addressKey(guest.ip));
  const queue = lookupsOf(guest.app);
  return await queue.run(caller, async () => {
    await limiter.check(caller, `${TOO_FAST.lookups} Wait a moment.`);
    try {
      return await work();
    } catch (error) {
      const taken = error instanceof AppError && error.code === "conflict" &&
        error.errors?.some(({ path }) => path === "email" || path === "username");
      if (taken) await limiter.consume(caller, `${TOO_FAST.lookups} Wait a moment.`);
      throw error;
    }
  });
}
