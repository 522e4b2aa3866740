// What accounts keep in memory for one App: checked credentials, who was seen, and the guards against guessing. All of it
// may be lost at any time.
import { perApp } from "../../kernel/per_app.ts";
import type { App } from "../context.ts";
import { KeyedQueue } from "../../kernel/keyed_queue.ts";
import { ReadBatch } from "../../kernel/read_batch.ts";
import type { Limiter } from "../../kernel/rate_limit.ts";
import { ActorCache } from "./credentials/actor_cache.ts";
import { PresenceTeller } from "./people/presence.ts";
import { SeenBuffer } from "./people/seen.ts";
import { liveSessions } from "./sessions/limits.ts";
import {
  type SessionKey,
  type SessionUserRow,
  type TokenKey,
  type TokenUserRow,
  usersByApiTokens,
} from "./sessions/store.ts";

interface Runtime {
  cache: ActorCache;
  /** The people behind sessions and API tokens: those that are asked for in one moment are read together. */
  sessions: ReadBatch<SessionKey, SessionUserRow | undefined>;
  tokens: ReadBatch<TokenKey, TokenUserRow | undefined>;
  seen: SeenBuffer;
  presence: PresenceTeller;
  /** Guesses that are counted together run one after the other: the failures before count when the next is judged. */
  guesses: KeyedQueue;
  /** Wrong passwords. */
  failures: {
    accountAndAddress: Limiter;
    /** Whatever the address. */
    account: Limiter;
    /** Whatever the account. */
    address: Limiter;
    /** Of a device that signed in before, and of a person who is signed in. */
    known: Limiter;
  };
  /** Messages with codes, in an hour but for `targetDay`. */
  codes: {
    /** Asked for from one address of the network. */
    address: Limiter;
    /** To one number or mailbox. */
    targetHour: Limiter;
    targetDay: Limiter;
    /** To numbers without an account: per area, per country, in all. */
    area: Limiter;
    country: Limiter;
    all: Limiter;
  };
  /** Sign-ins begun at providers, per address of the network. */
  providerStarts: Limiter;
  /** Mails that invite: per inviter and per organisation, for an hour and a day. */
  inviteMails: { limiter: Limiter; of: "inviter" | "organization" }[];
  /** Mails with a link to set a new password, per address of mail. */
  resets: Limiter;
  /** Writes that nobody waits for (audit of failed sign-ins). */
  background: Set<Promise<unknown>>;
}

/** Rows with people and their organisation's settings: a hundred are taken in within a few milliseconds. */
const CREDENTIALS = { maxWeight: 100, maxRunning: 4 };
const FAILURE_WINDOW_SECONDS = 5 * 60;
const HOUR = 3600;
const SEEN_MS = 60_000;

export const runtimeOf = perApp((app: App): Runtime => {
  const limiter = (name: string, points: number, windowSeconds = FAILURE_WINDOW_SECONDS) =>
    app.limits.limiter({ name, points, windowSeconds, shared: true });
  const { smsPerHour } = app.config;
  return {
    cache: new ActorCache(),
    sessions: new ReadBatch({ read: (keys) => liveSessions(app.db, keys, app.now()), ...CREDENTIALS }),
    tokens: new ReadBatch({ read: (keys) => usersByApiTokens(app.db, keys), ...CREDENTIALS }),
    seen: new SeenBuffer(app),
    presence: new PresenceTeller(app),
    guesses: new KeyedQueue(64),
    failures: {
      accountAndAddress: limiter("login-account", 10),
      account: limiter("login-everywhere", 20),
      address: limiter("login-address", 100),
      known: limiter("login-known", 10),
    },
    codes: {
      address: limiter("code-address", 100, HOUR),
      targetHour: limiter("code-target", 6, HOUR),
      targetDay: limiter("code-target-day", 12, 24 * HOUR),
      area: limiter("code-area", 20, HOUR),
      country: limiter("code-country", Math.ceil(smsPerHour * 0.6), HOUR),
      all: limiter("code-all", smsPerHour, HOUR),
    },
    providerStarts: limiter("provider-start", 100),
    inviteMails: [
      { limiter: limiter("invite-mail-hour", 50, HOUR), of: "inviter" },
      { limiter: limiter("invite-mail-day", 200, 24 * HOUR), of: "inviter" },
      { limiter: limiter("invite-mail-organization-hour", 100, HOUR), of: "organization" },
      { limiter: limiter("invite-mail-organization-day", 500, 24 * HOUR), of: "organization" },
    ],
    resets: app.limits.limiter({ name: "reset-mail", points: 5, windowSeconds: 3600, shared: true }),
    background: new Set(),
  };
});

/** Runs a write that the caller does not wait for; a failure is logged. */
export function inBackground(app: App, work: Promise<unknown>): void {
  const { background } = runtimeOf(app);
  const done = work.catch((error) => app.log.warn("a background write of accounts failed", { error }))
    .finally(() => background.delete(done));
  background.add(done);
}

/** Notes who comes and goes, and once a minute who is connected, until the returned function is called. */
export function startAccounts(app: App): () => void {
  const { presence, seen } = runtimeOf(app);
  app.realtime.onPresence((organizationId, userIds) => presence.note(organizationId, userIds));
  const timer = setInterval(() => {
    for (const actor of app.realtime.actorsHere()) seen.note(actor);
  }, SEEN_MS);
  return () => clearInterval(timer);
}

/** Writes what is waiting (`Feature.close`). */
export async function closeAccounts(app: App): Promise<void> {
  const { presence, seen, background } = runtimeOf(app);
  await presence.close();
  await seen.close();
  await Promise.all(background);
}
