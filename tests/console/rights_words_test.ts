// What the console says about rights is true and complete: a sentence in both languages for every scope that a token may get,
// presets out of scopes that exist, and the texts of roles beside what the roles may really do.
import assert from "node:assert/strict";
import { presetScopes, TOKEN_PRESETS, type TokenPreset } from "../../console/lib/token_presets.ts";
import { messages } from "../../console/messages.ts";
import { features } from "../../features/mod.ts";
import { ROLES } from "../../kernel/actor.ts";
import { buildPermissionTable, grantableScopes, permissionsOf } from "../../kernel/permissions.ts";

const table = buildPermissionTable(features);
const texts = messages as Record<string, { en: string; es: string }>;

Deno.test("tokens: every scope has a sentence in both languages, no sentence is about a scope that does not exist", () => {
  const scopes = grantableScopes(permissionsOf(table, "owner"));
  for (const scope of scopes) {
    const text = texts[`scope.${scope}`];
    assert.ok(text && text.en.endsWith(".") && text.es.endsWith("."), scope);
    assert.notEqual(text.en, text.es, scope);
  }
  const named = Object.keys(texts).filter((key) => key.startsWith("scope.")).map((key) => key.slice("scope.".length));
  assert.deepEqual(named.filter((scope) => !scopes.includes(scope)), []);
});

Deno.test("tokens: presets are made of scopes that exist; who lacks one of them is not offered the preset", () => {
  const owner = grantableScopes(permissionsOf(table, "owner")),
    member = grantableScopes(permissionsOf(table, "member"));
  for (const preset of Object.keys(TOKEN_PRESETS) as TokenPreset[]) {
    const scopes = presetScopes(preset, owner);
    assert.ok(scopes?.length, preset);
    assert.ok(texts[`tokens.preset.${preset}`], preset);
  }
  assert.ok(presetScopes("bot", member));
  assert.equal(presetScopes("metrics", member), null);
  const reading = presetScopes("read", member)!;
  assert.ok(reading.includes("chat.read") && !reading.some((scope) => /send|manage|upload|create/.test(scope)));
});

Deno.test("roles: what each adds to the one below it is what its text says", () => {
  // When this changes, change the texts `role.*.text` in console/messages/rights.ts with it.
  const added: Record<string, string[]> = {};
  let below = new Set<string>();
  for (const role of ROLES.toReversed()) {
    const held = permissionsOf(table, role);
    added[role] = [...held].filter((permission) => !below.has(permission)).sort();
    below = new Set(held);
  }
  assert.deepEqual(added, {
    guest: [
      "channels.subscribe",
      "chat.read",
      "chat.send",
      "media.read",
      "media.upload",
      "notifications.read",
      "profile.manage",
      "second_factor.manage",
      "users.read",
    ],
    viewer: ["dashboard.read", "tokens.manage"],
    member: ["chat.channels.create", "chat.send", "media.upload", "notify.send"],
    moderator: ["chat.moderate"],
    admin: [
      "agents.manage",
      "agents.read",
      "alerts.manage",
      "audit.read",
      "chat.manage",
      "metrics.read",
      "organization.manage",
      "retention.manage",
      "scim.provision",
      "stats.read",
      "users.invite",
      "users.manage",
      "webhooks.manage",
    ],
    owner: ["chat.export", "chat.import", "chat.purge", "organization.close", "server.settings"],
  });
  for (const role of ROLES) assert.ok(texts[`role.${role}.text`]!.en.length > 40, role);
});
