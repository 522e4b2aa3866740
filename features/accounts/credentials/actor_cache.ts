// Credentials that were checked a moment ago, so that an authenticated request needs neither a signature check nor SQL.
// Invariants: an entry lives at most 60 s and never longer than its credential; a control event (revocation, change of
// role or profile) drops what it concerns at once on every instance; what was read before such an event and arrives here
// after it is not kept (`generation`). Bounded: the entry used longest ago goes first.
import { type Actor, sessionIdOf, tokenIdOf } from "../../../kernel/actor.ts";
import type { User } from "../../../protocol/accounts/accounts.ts";
import type { ControlEvent } from "../../../protocol/wire/control.ts";

const RECHECK_MS = 60_000;
const MAX_ENTRIES = 20_000;

export interface CheckedActor {
  actor: Actor;
  /** The same actor for credentials that came in the cookie. */
  cookieActor: Actor;
  profile: User;
}

interface Entry extends CheckedActor {
  credential: string;
  until: number;
  tags: string[];
}

export class ActorCache {
  #entries = new Map<string, Entry>();
  #tags = new Map<string, Set<Entry>>();
  #generation = 0;

  constructor(private readonly limit = MAX_ENTRIES) {}

  get size(): number {
    return this.#entries.size;
  }

  /** Note it before reading from the database, give it to `put`. */
  get generation(): number {
    return this.#generation;
  }

  get(credential: string, now: number): CheckedActor | undefined {
    const entry = this.#entries.get(credential);
    if (!entry) return undefined;
    if (entry.until <= now) {
      this.#drop(entry);
      return undefined;
    }
    this.#entries.delete(credential);
    this.#entries.set(credential, entry);
    return entry;
  }

  put(credential: string, checked: CheckedActor, now: number, generation: number): void {
    if (generation !== this.#generation) return;
    const { actor } = checked;
    const old = this.#entries.get(credential);
    if (old) this.#drop(old);
    const tags = [`user:${actor.userId}`, `organization:${actor.organizationId}`];
    const sessionId = sessionIdOf(actor), tokenId = tokenIdOf(actor);
    if (sessionId) tags.push(`session:${sessionId}`);
    if (tokenId) tags.push(`token:${tokenId}`);
    const entry: Entry = {
      ...checked,
      credential,
      tags,
      until: Math.min(now + RECHECK_MS, actor.expiresAt ?? Infinity),
    };
    this.#entries.set(credential, entry);
    for (const tag of tags) {
      const set = this.#tags.get(tag);
      if (set) set.add(entry);
      else this.#tags.set(tag, new Set([entry]));
    }
    if (this.#entries.size > this.limit) this.#drop(this.#entries.values().next().value!);
  }

  apply(event: ControlEvent): void {
    const tags = tagsOf(event);
    if (tags.length === 0) return;
    this.#generation++;
    for (const tag of tags) this.#forget(tag);
  }

  #forget(tag: string): void {
    for (const entry of [...this.#tags.get(tag) ?? []]) this.#drop(entry);
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.credential);
    for (const tag of entry.tags) {
      const set = this.#tags.get(tag);
      set?.delete(entry);
      if (set?.size === 0) this.#tags.delete(tag);
    }
  }
}

/** Whom an event concerns; nobody when no rights change. */
function tagsOf(event: ControlEvent): string[] {
  switch (event.kind) {
    case "channel_changed":
    case "ownership_transferred":
    case "device_new":
    case "agent_revoked":
      return [];
    case "token_revoked":
      return [`token:${event.token_id}`];
    case "organization_changed":
      return [`organization:${event.organization_id}`];
    case "sessions_revoked":
      return event.session_ids === "all" ? [`user:${event.user_id}`] : event.session_ids.map((id) => `session:${id}`);
    case "user_changed":
    case "user_created":
    case "sign_up_waiting":
      return [`user:${event.user_id}`];
  }
}
