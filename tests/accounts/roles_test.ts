// Roles widened and narrowed, the handing over of ownership, service accounts: over HTTP and open sockets, with those who try
// to get more than they hold.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { personActor } from "../../features/accounts/mod.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const settings = { registration: "open", "rate-limit-per-minute": "0" };

async function ok(t: TestApp, method: string, path: string, token: string, body?: unknown) {
  const answer = await t.call(method, path, { token, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

const change = (t: TestApp, by: Person, roles: unknown) =>
  t.call("PUT", "/organization/roles", { token: by.access, body: { roles } });
const rightsOf = async (t: TestApp, who: Person) =>
  (await ok(t, "GET", "/auth/me", who.access)).permissions as string[];

for (const db of testedKinds()) {
  Deno.test(`${db}: roles: narrowed and widened at once, everywhere rights come from the role`, async () => {
    await using t = await createTestApp({ db, settings });
    const owner = await t.owner(), member = await t.person("member", "luis"), admin = await t.person("admin", "ana");
    const stranger = await t.stranger();
    const channel = (await ok(t, "POST", "/channels", owner.access, { name: "team", type: "public" })).id;
    await ok(t, "POST", `/channels/${channel}/join`, member.access);
    const say = (token: string) =>
      t.call("POST", `/channels/${channel}/messages`, { token, body: { content: "hello" } });
    const bot =
      (await ok(t, "POST", "/auth/tokens", member.access, { name: "b", scopes: ["chat.read", "chat.send"] })).token;
    const socket = await openSocket(`${t.url}/ws?token=${member.access}&channels=channel:${channel},broadcast`);
    await socket.wait((f) => f.type === "ack");
    assert.equal((await say(member.access)).status, 201);

    const narrowed = await change(t, owner, { member: { add: [], remove: ["chat.send"] } });
    assert.equal(narrowed.status, 200, narrowed.text);
    assert.deepEqual(narrowed.body.roles.member, { add: [], remove: ["chat.send"] });
    assert.equal((await say(member.access)).status, 403);
    assert.equal((await say(bot)).status, 403, "a token has what its owner has");
    const frame = await socket.ask({ type: "chat_message", channel_id: channel, content: "hello" });
    assert.equal(frame.code, "forbidden");
    const actor = await personActor(t.app, (await ok(t, "GET", "/organization", owner.access)).id, member.id);
    assert.ok(!actor!.permissions.has("chat.send"), "what was planned earlier is done with the rights of now");
    const roles = (await ok(t, "GET", "/roles", member.access)).items;
    assert.ok(!roles.find((one: { role: string }) => one.role === "member").permissions.includes("chat.send"));
    assert.ok(!(await rightsOf(t, member)).includes("chat.send"));
    assert.ok((await rightsOf(t, admin)).includes("chat.send"));
    assert.ok((await rightsOf(t, stranger)).includes("chat.send"), "another organisation keeps its own");
    const both = await personActor(t.app, actor!.organizationId, admin.id);
    const twin = await personActor(t.app, actor!.organizationId, admin.id);
    assert.equal(both!.permissions, twin!.permissions, "the same rights are the same set");

    // Losing the right to follow channels ends what is open.
    await change(t, owner, { member: { add: ["audit.read"], remove: ["channels.subscribe"] } });
    await until(() => socket.frames.some((f) => f.type === "error" && f.subject === "broadcast"));
    assert.equal((await t.call("GET", "/audit", { token: member.access })).status, 200);
    assert.equal((await say(member.access)).status, 201, "what is not in the new list came back");
    await change(t, owner, { member: { add: [], remove: [] } });
    assert.equal((await t.call("GET", "/audit", { token: member.access })).status, 403);
    const entries = (await ok(t, "GET", "/audit?action=organization.roles_changed", owner.access)).items;
    assert.deepEqual(entries.at(-1).details, { member: { added: [], removed: ["chat.send"] } });
    socket.close();
  });

  Deno.test(`${db}: roles: nobody gives more than they hold, nobody changes the owner's`, async () => {
    await using t = await createTestApp({ db, settings });
    const owner = await t.owner(), admin = await t.person("admin", "ana"), member = await t.person("member", "luis");
    const refused = async (by: Person | { access: string }, roles: unknown, status: number, path?: string) => {
      const answer = await change(t, by as Person, roles);
      assert.equal(answer.status, status, answer.text);
      if (path) assert.equal(answer.body.errors[0].path, path);
    };
    const add = (...add: string[]) => ({ add, remove: [] });
    await refused(owner, { owner: { add: [], remove: ["audit.read"] } }, 422, "roles.owner");
    await refused(owner, { member: add("chat.send", "no.such") }, 422, "roles.member.add.1");
    await refused(owner, { member: { add: [], remove: ["__proto__"] } }, 422, "roles.member.remove.0");
    await refused(owner, { member: { add: ["audit.read"], remove: ["audit.read"] } }, 422, "roles.member.add.0");
    await refused(owner, { guest: add("audit.read") }, 422, "roles.guest.add.0");
    await refused(owner, { nobody: add("audit.read") }, 422);
    await refused(member, { member: add("audit.read") }, 403);
    await refused(admin, { member: add("chat.purge") }, 403, "roles.member.add.0");
    await refused(admin, { admin: add("chat.purge") }, 403, "roles.admin.add.0");
    const token = await ok(t, "POST", "/auth/tokens", owner.access, { name: "t", scopes: ["organization.manage"] });
    await refused({ access: token.token }, { viewer: add("audit.read") }, 403);

    // An administrator without the audit log neither gives it back nor takes it by way of a role that has it.
    await refused(owner, { admin: { add: [], remove: ["audit.read"] }, member: add("audit.read") }, 200);
    await refused(admin, { admin: { add: [], remove: [] } }, 403, "roles.admin.remove");
    const account = { email: "m@example.org", username: "spare", password: owner.password, role: "member" };
    assert.equal((await t.call("POST", "/users", { token: admin.access, body: account })).status, 403);
    const reset = { token: admin.access, body: { password: "another long pass phrase" } };
    assert.equal((await t.call("PUT", `/users/${member.id}`, reset)).status, 403);
    // Who was given the management of people is not above anybody.
    await refused(owner, { admin: add(), member: add("users.manage", "organization.manage") }, 200);
    assert.equal((await t.call("PUT", `/users/${admin.id}`, { ...reset, token: member.access })).status, 403);
    await refused(member, { admin: { add: [], remove: ["chat.manage"] } }, 403);
    const promoted = await t.call("PUT", `/users/${member.id}`, { token: member.access, body: { role: "admin" } });
    assert.equal(promoted.status, 403);
    // The settings of the organisation are no way around.
    const around = { settings: { roles: { member: add("chat.purge") } } };
    assert.equal((await t.call("PUT", "/organization", { token: admin.access, body: around })).status, 422);
    // What an earlier version had, or somebody wrote by hand, gives nothing.
    await t.app.db.run(sql`update organizations set settings = jsonb_build_object('roles', jsonb_build_object(
      'viewer', '{"add":["no.such"],"remove":[]}'::jsonb, 'owner', '{"add":[],"remove":["audit.read"]}'::jsonb))`);
    const viewer = await t.person("viewer", "vera");
    assert.ok(!(await rightsOf(t, viewer)).includes("no.such"));
    assert.equal((await t.call("GET", "/audit", { token: owner.access })).status, 200);
  });

  Deno.test(`${db}: ownership: handed over by the owner alone, once, to an active person, and both are told`, async () => {
    let now = new Date("2026-03-02T10:00:00Z");
    await using t = await createTestApp({ db, settings, now: () => now });
    const owner = await t.owner(), admin = await t.person("admin", "ana"), member = await t.person("member", "luis");
    const stranger = await t.stranger();
    const hand = (by: { access: string }, user_id: string, more = {}) =>
      t.call("POST", "/organization/transfer", { token: by.access, body: { user_id, ...more } });
    assert.equal((await hand(admin, admin.id)).status, 403);
    assert.equal((await hand(owner, owner.id)).status, 422);
    assert.equal((await hand(owner, stranger.id)).status, 404);
    const scopes = ["organization.manage"];
    const token = await ok(t, "POST", "/auth/tokens", owner.access, { name: "t", scopes });
    assert.equal((await hand({ access: token.token }, admin.id)).status, 403);
    await ok(t, "PUT", `/users/${member.id}`, owner.access, { is_active: false });
    assert.equal((await hand(owner, member.id)).status, 409);
    now = new Date(now.getTime() + 11 * 60_000);
    const late = await hand(owner, admin.id);
    assert.deepEqual([late.status, late.body.code], [403, "recent_sign_in_required"]);
    assert.equal((await hand(owner, admin.id, { password: "not the password" })).status, 401);

    // Two at once: one is the owner afterwards.
    const moderator = await t.person("moderator", "mia");
    const password = { password: owner.password };
    const race = await Promise.all([hand(owner, admin.id, password), hand(owner, moderator.id, password)]);
    assert.deepEqual(race.map((answer) => answer.status).sort(), [204, 403]);
    const people = (await ok(t, "GET", "/users?role=owner", owner.access)).items;
    assert.equal(people.length, 1);
    const heir = race[0]!.status === 204 ? admin : moderator;
    assert.equal(people[0].id, heir.id);
    assert.equal((await ok(t, "GET", "/auth/me", owner.access)).role, "admin");
    assert.equal((await hand(owner, member.id, password)).status, 403);
    for (const person of [owner, heir]) {
      await until(async () =>
        (await ok(t, "GET", "/notifications", person.access)).items.some((n: { type: string }) =>
          n.type === "ownership_transferred"
        )
      );
    }
    const [entry] = (await ok(t, "GET", "/audit?action=organization.transferred", owner.access)).items;
    assert.deepEqual([entry.subject_id, entry.details.from_user_id], [heir.id, owner.id]);
  });

  Deno.test(`${db}: service accounts: tokens that outlive who made them, no way to sign in, no person in counts`, async () => {
    await using t = await createTestApp({ db, settings });
    const owner = await t.owner(), admin = await t.person("admin", "ana"), member = await t.person("member", "luis");
    const before = (await ok(t, "GET", "/organization", owner.access)).users;
    const body = { username: "booking-bot", display_name: "Bookings", role: "member" };
    assert.equal((await t.call("POST", "/service-accounts", { token: member.access, body })).status, 403);
    const above = { token: admin.access, body: { username: "root-bot", role: "owner" } };
    assert.equal((await t.call("POST", "/service-accounts", above)).status, 422);
    const account = await ok(t, "POST", "/service-accounts", admin.access, body);
    const taken = await t.call("POST", "/service-accounts", { token: admin.access, body: { username: "LUIS" } });
    assert.deepEqual([taken.status, taken.body.errors[0].path], [409, "username"]);
    const at = `/service-accounts/${account.id}`;
    const scopes = ["chat.read", "chat.send", "channels.subscribe"];
    const made = await ok(t, "POST", `${at}/tokens`, admin.access, { name: "production", scopes });
    const beyond = { token: admin.access, body: { name: "x", scopes: ["audit.read"] } };
    assert.equal((await t.call("POST", `${at}/tokens`, beyond)).status, 403);
    const program = (await ok(t, "POST", "/auth/tokens", admin.access, { name: "p", scopes: ["users.manage"] })).token;
    assert.equal((await t.call("POST", `${at}/tokens`, { token: program, body: { name: "x", scopes } })).status, 403);
    assert.equal((await t.call("GET", `/service-accounts/${member.id}/tokens`, { token: admin.access })).status, 404);
    assert.equal((await t.call("GET", `${at}/tokens`, { token: (await t.stranger()).access })).status, 404);

    const channel = (await ok(t, "POST", "/channels", owner.access, { name: "desk", type: "private" })).id;
    await ok(t, "POST", `/channels/${channel}/members`, owner.access, { user_ids: [account.id] });
    await ok(t, "DELETE", `/users/${admin.id}`, owner.access);
    const message = await ok(t, "POST", `/channels/${channel}/messages`, made.token, { content: "A booking" });
    assert.deepEqual([message.user.id, message.user.is_bot], [account.id, true]);
    assert.equal((await ok(t, "GET", "/organization", owner.access)).users, before - 1);
    const names = (await ok(t, "GET", "/users", owner.access)).items.map((user: Person) => user.username);
    assert.deepEqual(names.sort(), ["luis", "owner"]);
    for (const password of ["", "x", owner.password]) {
      assert.notEqual((await t.login({ username: "booking-bot", password })).status, 200);
    }
    const set = { token: owner.access, body: { password: owner.password } };
    assert.equal((await t.call("PUT", `/users/${account.id}`, set)).status, 409);
    assert.equal(
      (await t.call("POST", "/organization/transfer", { token: owner.access, body: { user_id: account.id } })).status,
      409,
    );

    await using socket = await openSocket(`${t.url}/ws?token=${made.token}&channels=channel:${channel}`);
    await socket.wait((f) => f.type === "ack");
    await ok(t, "PUT", at, owner.access, { is_active: false });
    assert.equal((await socket.waitClosed()).code, 4401);
    assert.equal((await t.call("GET", "/auth/me", { token: made.token })).status, 401);
    await ok(t, "PUT", at, owner.access, { is_active: true });
    await ok(t, "DELETE", `${at}/tokens/${made.id}`, owner.access);
    assert.equal((await t.call("GET", "/auth/me", { token: made.token })).status, 401);
    await ok(t, "DELETE", at, owner.access);
    assert.deepEqual((await ok(t, "GET", "/service-accounts", owner.access)).items, []);
  });

  Deno.test(`${db}: groups: mentioned by their handle, which is nobody's name`, async () => {
    await using t = await createTestApp({ db, settings });
    const owner = await t.owner(), ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const outside = await t.person("member", "outside"), stranger = await t.stranger();
    const make = (body: unknown, token = owner.access) => t.call("POST", "/user-groups", { token, body });
    const desk = { name: "Front desk", handle: "Front-Desk", user_ids: [ana.id, outside.id] };
    assert.equal((await make(desk, ana.access)).status, 403);
    const group = (await make(desk)).body;
    assert.equal(group.handle, "front-desk");
    for (const [handle, status] of [["ANA", 409], ["front-desk", 409], ["here", 422], ["a b", 422]]) {
      const answer = await make({ name: "x", handle });
      assert.deepEqual([answer.status, answer.body.errors[0].path], [status, "handle"], answer.text);
    }
    const unknown = await make({ name: "x", handle: "crew", user_ids: [luis.id, stranger.id] });
    assert.deepEqual([unknown.status, unknown.body.errors[0].path], [422, "user_ids.1"]);
    const person = { email: "fd@example.org", username: "front-DESK", password: owner.password, role: "member" };
    const clash = await t.call("POST", "/users", { token: owner.access, body: person });
    assert.deepEqual([clash.status, clash.body.errors[0].path], [409, "username"]);
    const renamed = await t.call("PUT", "/auth/me", { token: luis.access, body: { username: "front-desk" } });
    assert.equal(renamed.status, 409);
    // At the same moment: one of the two has the name.
    for (let i = 0; i < 5; i++) {
      const username = `same${i}`;
      const [one, other] = await Promise.all([
        make({ name: "x", handle: username }),
        t.call("POST", "/users", {
          token: owner.access,
          body: { ...person, username, email: `${username}@example.org` },
        }),
      ]);
      assert.deepEqual([one!.status, other!.status].sort(), [201, 409]);
    }
    assert.equal((await t.call("GET", `/user-groups/${group.id}`, { token: stranger.access })).status, 404);
    assert.equal((await t.call("DELETE", `/user-groups/${group.id}`, { token: stranger.access })).status, 404);

    const channel = (await ok(t, "POST", "/channels", owner.access, { name: "team", type: "private" })).id;
    await ok(t, "POST", `/channels/${channel}/members`, owner.access, { user_ids: [ana.id, luis.id] });
    const at = `/channels/${channel}/messages`;
    const message = await ok(t, "POST", at, luis.access, { content: "@front-desk. Guests are here" });
    assert.deepEqual(message.mentions, [
      { type: "group", id: group.id, handle: "front-desk", name: "Front desk", user_ids: [ana.id] },
    ]);
    const counts = async (who: Person) => (await ok(t, "GET", `/channels/${channel}`, who.access)).mention_count;
    assert.deepEqual([await counts(ana), await counts(luis)], [1, 0]);
    const inbox = async (who: Person) =>
      (await ok(t, "GET", "/notifications", who.access)).items.filter((n: { type: string }) => n.type === "mention");
    await until(async () => (await inbox(ana)).length === 1);
    assert.equal((await inbox(outside)).length, 0, "who is not in the channel hears nothing");
    await ok(t, "PUT", `/messages/${message.id}`, luis.access, { content: "never mind" });
    await until(async () => (await inbox(ana)).length === 0);
    assert.equal(await counts(ana), 0);
    const plain = await ok(t, "POST", at, luis.access, { content: "`@front-desk` and @nobody" });
    assert.deepEqual(plain.mentions, []);
    const edited = await ok(t, "PUT", `/messages/${plain.id}`, luis.access, { content: "@front-desk" });
    assert.deepEqual(edited.mentions, [], "an edit does not call a group");

    // Many are confirmed, as everybody is; with the group they come into a channel together.
    const crowd = await t.app.db.rows<{ id: string }>(sql`
      insert into users (id, organization_id, email, username, display_name, role)
      select gen_random_uuid(), u.organization_id, 'p' || n || '@example.org', 'p' || n, 'p' || n, 'member'
      from users u, generate_series(1, 30) n where u.id = ${owner.id} returning id`);
    await ok(t, "PUT", `/user-groups/${group.id}`, owner.access, { user_ids: crowd.map((one) => one.id) });
    const none = await t.call("POST", `/channels/${channel}/members`, {
      token: owner.access,
      body: { group_ids: [channel] },
    });
    assert.deepEqual([none.status, none.body.errors[0].path], [422, "group_ids.0"]);
    await ok(t, "POST", `/channels/${channel}/members`, owner.access, { group_ids: [group.id] });
    const big = await t.call("POST", at, { token: luis.access, body: { content: "@front-desk" } });
    assert.deepEqual([big.status, big.body.code], [409, "confirmation_required"]);
    const confirmed = await ok(t, "POST", at, luis.access, { content: "@front-desk", confirm_mentions: true });
    assert.equal(confirmed.mentions[0].user_ids.length, 30);
    await ok(t, "DELETE", `/user-groups/${group.id}`, owner.access);
    assert.equal((await make({ name: "x", handle: "front-desk" })).status, 201);
  });
}
