import assert from "node:assert/strict";
import { buildPermissionTable, expandScopes, grantableScopes, permissionsOf } from "./permissions.ts";

const table = buildPermissionTable([
  { name: "one", permissions: { "notify.send": "member", "channels.subscribe": "viewer" } },
  { name: "two", permissions: { "users.manage": "admin" } },
]);

Deno.test("permissions: a role holds what it and all below it hold", () => {
  assert.deepEqual([...permissionsOf(table, "viewer")], ["channels.subscribe"]);
  assert.deepEqual([...permissionsOf(table, "moderator")], ["channels.subscribe", "notify.send"]);
  assert.deepEqual([...permissionsOf(table, "owner")], ["channels.subscribe", "notify.send", "users.manage"]);
  assert.equal(permissionsOf(table, "owner"), permissionsOf(table, "owner"));
});

Deno.test("permissions: one declared twice is a mistake in the program", () => {
  const twice = [{ name: "a", permissions: { x: "viewer" as const } }, {
    name: "b",
    permissions: { x: "admin" as const },
  }];
  assert.throws(() => buildPermissionTable(twice), /b declares the permission x/);
});

Deno.test("scopes: cut with what the owner holds; short ones only where all of them is held", () => {
  const viewer = permissionsOf(table, "viewer"), member = permissionsOf(table, "member");
  assert.deepEqual([...expandScopes(["notify", "users.manage"], viewer)], ["channels.subscribe"]);
  assert.deepEqual([...expandScopes(["notify"], member)].sort(), ["channels.subscribe", "notify.send"]);
  assert.deepEqual(grantableScopes(viewer), ["channels.subscribe"]);
  assert.deepEqual(grantableScopes(member), ["notify", "channels.subscribe", "notify.send"]);
});
