// The model on a second kind of thing: game servers, whose owner has everything, whose members have what they were given,
// and of which an administrator of the organisation has all. (Chat's own rules are tested with chat.)
import assert from "node:assert/strict";
import { defineGrants, type Grant } from "./grants.ts";

const RIGHTS = ["view", "console", "power", "files.read", "files.write", "members", "delete"] as const;
type Right = typeof RIGHTS[number];
type Role = "owner" | "member" | "viewer";
type State = "viewer" | "moving" | "shared";

const servers = defineGrants<Right, Role, State>({
  rights: RIGHTS,
  ranks: { owner: 2, member: 1, viewer: 0 },
  policy: {
    view: "viewer",
    console: "viewer",
    power: "owner",
    "files.read": "owner",
    "files.write": "owner",
    members: "owner",
    delete: "owner",
  },
  everywhere: Object.fromEntries(RIGHTS.map((right) => [right, `fleet.${right}`])),
  raises: [{ permission: "fleet.own_all", role: "owner" }, { permission: "fleet.help", role: "member" }],
  needs: { "files.write": "fleet.use" },
  states: {
    // The organisation's role viewer: looks on, whatever was given to it.
    viewer: { only: ["view", "console"] },
    moving: { without: ["power", "files.write", "delete"] },
    shared: { raises: false },
  },
  base: "view",
});

const may = (...held: string[]) => (permission: string) => held.includes(permission);
const user = may("fleet.use");
const rights = (
  grant: Omit<Grant<Right, Role, State>, "may">,
  permission = user,
) => [...servers.rights({ ...grant, may: permission })];

Deno.test("grants: the owner has everything, a member what they were given, a stranger nothing", () => {
  assert.deepEqual(rights({ role: "owner" }), [...RIGHTS]);
  assert.deepEqual(rights({ role: "member", own: { power: true, "files.read": true } }), [
    "view",
    "console",
    "power",
    "files.read",
  ]);
  assert.deepEqual(rights({ role: "viewer" }), ["view", "console"]);
  assert.deepEqual(rights({ role: null }), []);
  // What somebody was given before they went does not count any more.
  assert.deepEqual(rights({ role: null, own: { view: true, power: true } }), []);
});

Deno.test("grants: policy of the thing before the default, own exceptions before both", () => {
  const policy = { power: "member", console: "owner" } as const;
  assert.deepEqual(rights({ role: "member", policy }), ["view", "power"]);
  assert.deepEqual(rights({ role: "member", policy, own: { power: false, console: true } }), ["view", "console"]);
  assert.deepEqual(rights({ role: "owner", own: { delete: false } }), RIGHTS.filter((right) => right !== "delete"));
});

Deno.test("grants: without the base right there is none", () => {
  assert.deepEqual(rights({ role: "owner", own: { view: false } }), []);
});

Deno.test("grants: the organisation's role raises members only, where it may, and never lowers", () => {
  const raised = (permission: string, role: Role | null, states: State[] = []) =>
    servers.role({ role, states, may: may(permission) });
  assert.equal(raised("fleet.own_all", "viewer"), "owner");
  assert.equal(raised("fleet.help", "viewer"), "member");
  assert.equal(raised("fleet.help", "owner"), "owner");
  assert.equal(raised("fleet.own_all", "viewer", ["shared"]), "viewer");
  assert.equal(raised("fleet.own_all", null), null);
});

Deno.test("grants: a permission everywhere needs no membership, right by right", () => {
  assert.deepEqual(rights({ role: null }, may("fleet.view", "fleet.power")), ["view", "power"]);
  assert.deepEqual(rights({ role: null }, may("fleet.power")), [], "the base right is missing");
  assert.deepEqual(rights({ role: "member" }, may("fleet.delete")), ["view", "console", "delete"]);
});

Deno.test("grants: what a state or a missing permission takes away, nothing gives back", () => {
  assert.deepEqual(rights({ role: "owner", states: ["viewer"], own: { power: true } }), ["view", "console"]);
  assert.deepEqual(rights({ role: "owner", states: ["viewer", "moving"] }), ["view", "console"]);
  assert.deepEqual(rights({ role: "owner", states: ["moving"] }), ["view", "console", "files.read", "members"]);
  assert.deepEqual(rights({ role: "owner" }, may()), RIGHTS.filter((right) => right !== "files.write"));
  assert.deepEqual(rights({ role: "owner", own: { "files.write": true } }, may("fleet.view")), [
    "view",
    "console",
    "power",
    "files.read",
    "members",
    "delete",
  ]);
});
