import assert from "node:assert/strict";
import type { PersonActor, TokenActor } from "../../../kernel/actor.ts";
import type { User } from "../../../protocol/accounts/accounts.ts";
import { ActorCache } from "./actor_cache.ts";

const rights = { organizationId: "o1", role: "member", permissions: new Set<string>() } as const;

function checked(actor: PersonActor | TokenActor) {
  return { actor, cookieActor: actor, profile: {} as User };
}

function identity(userId: string, more: Partial<PersonActor> = {}) {
  return checked({ kind: "person", ...rights, userId, username: userId, ...more });
}

function program(userId: string, tokenId: string) {
  return checked({ kind: "token", ...rights, userId, username: userId, tokenId });
}

Deno.test("actor cache: an entry ends after 60 s, or earlier with its credential", () => {
  const cache = new ActorCache();
  cache.put("long", identity("u1"), 1000, cache.generation);
  cache.put("short", identity("u2", { expiresAt: 5000 }), 1000, cache.generation);
  assert.ok(cache.get("long", 60_999));
  assert.equal(cache.get("long", 61_000), undefined);
  assert.ok(cache.get("short", 4999));
  assert.equal(cache.get("short", 5000), undefined);
  assert.equal(cache.size, 0);
});

Deno.test("actor cache: control events drop what they concern", () => {
  const cache = new ActorCache();
  const fill = () => {
    cache.put("s1", identity("u1", { sessionId: "s1" }), 0, cache.generation);
    cache.put("s2", identity("u1", { sessionId: "s2" }), 0, cache.generation);
    cache.put("t1", program("u1", "t1"), 0, cache.generation);
    cache.put("other", identity("u2", { organizationId: "o2", sessionId: "s9" }), 0, cache.generation);
  };
  const left = () => ["s1", "s2", "t1", "other"].filter((key) => cache.get(key, 1));
  fill();
  cache.apply({ kind: "sessions_revoked", user_id: "u1", session_ids: ["s1"] });
  assert.deepEqual(left(), ["s2", "t1", "other"]);
  cache.apply({ kind: "token_revoked", token_id: "t1" });
  assert.deepEqual(left(), ["s2", "other"]);
  fill();
  cache.apply({ kind: "user_changed", user_id: "u1", organization_id: "o1", disabled: false });
  assert.deepEqual(left(), ["other"]);
  cache.apply({ kind: "organization_changed", organization_id: "o2", disabled: false });
  assert.deepEqual(left(), []);
});

Deno.test("actor cache: what was read before a control event is not kept after it", () => {
  const cache = new ActorCache();
  const generation = cache.generation;
  cache.apply({ kind: "sessions_revoked", user_id: "u1", session_ids: "all" });
  cache.put("s1", identity("u1"), 0, generation);
  assert.equal(cache.get("s1", 1), undefined);
});

Deno.test("actor cache: bounded, the one used longest ago goes first", () => {
  const cache = new ActorCache(2);
  cache.put("a", identity("u1"), 0, cache.generation);
  cache.put("b", identity("u2"), 0, cache.generation);
  cache.get("a", 1);
  cache.put("c", identity("u3"), 0, cache.generation);
  assert.equal(cache.size, 2);
  assert.ok(cache.get("a", 1) && cache.get("c", 1) && !cache.get("b", 1));
});
