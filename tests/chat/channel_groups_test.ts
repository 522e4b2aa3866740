// Groups as members of channels: their people are in as long as they are in the group, by every way that a group changes (console,
// SCIM, deletion, an account that sleeps and wakes), and nobody else; roles go up with a group and back without it.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { available, startRedis } from "../../tools/services.ts";
import { databaseFromTemplate } from "../support/server_databases.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const settings = { registration: "open", "rate-limit-per-minute": "0" };

async function ok(t: TestApp, who: Person, method: string, path: string, body?: unknown) {
  const answer = await t.call(method, path, { token: who.access, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}
const refused = async (t: TestApp, who: Person, method: string, path: string, body?: unknown) => {
  const answer = await t.call(method, path, { token: who.access, body });
  return `${answer.status} ${answer.body?.code}`;
};

/** `ana:member* ben:admin`: who is there, with a star for who is there by a group only. */
async function members(t: TestApp, who: Person, channel: string): Promise<string> {
  const { items } = await ok(t, who, "GET", `/channels/${channel}/members?limit=200`);
  return items.map((m: { user: { username: string }; role: string; by_group: boolean }) =>
    `${m.user.username}:${m.role}${m.by_group ? "*" : ""}`
  ).join(" ");
}

async function lines(t: TestApp, who: Person, channel: string): Promise<string[]> {
  const { items } = await ok(t, who, "GET", `/channels/${channel}/messages?limit=200`);
  return items.filter((m: { message_type: string }) => m.message_type === "system")
    .map((m: { content: string }) => m.content).reverse();
}

for (const db of testedKinds()) {
  Deno.test(`${db}: a group in a private channel: in with the group, out with it, by hand stays`, async () => {
    await using t = await createTestApp({ db, settings });
    const owner = await t.owner(), ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const eva = await t.person("member", "eva"), kim = await t.person("member", "kim");
    const group =
      (await ok(t, owner, "POST", "/user-groups", { name: "Kitchen", handle: "kitchen", user_ids: [ana.id, ben.id] }))
        .id;
    const channel = (await ok(t, eva, "POST", "/channels", { name: "menu", type: "private", user_ids: [ben.id] })).id;
    const at = `/channels/${channel}/groups`, put = `${at}/${group}`;
    const now = () => members(t, eva, channel);
    const people = (...who: Person[]) =>
      ok(t, owner, "PUT", `/user-groups/${group}`, { user_ids: who.map((p) => p.id) });

    assert.equal(await refused(t, ana, "GET", `/channels/${channel}`), "404 not_found");
    const added = await ok(t, ben, "PUT", put, {});
    assert.deepEqual([added.role, added.people, added.group.handle], ["member", 2, "kitchen"]);
    assert.equal(await now(), "ana:member* ben:member eva:admin");
    await ok(t, ben, "PUT", put, { role: "member" });
    assert.deepEqual((await ok(t, ana, "GET", at)).items.map((g: { group_id: string }) => g.group_id), [group]);
    await ok(t, ana, "POST", `/channels/${channel}/messages`, { content: "Soup" });
    assert.equal((await ok(t, eva, "GET", `/channels/${channel}`)).member_count, 3);

    // A role: manage decides, those by hand rise with the group and fall back without it, a higher one of their own stays.
    assert.equal(await refused(t, ben, "PUT", put, { role: "moderator" }), "403 forbidden");
    assert.equal(await refused(t, ben, "DELETE", put), "403 forbidden");
    await ok(t, eva, "PUT", put, { role: "moderator" });
    assert.equal(await now(), "ana:moderator* ben:moderator eva:admin");
    await people(ana, eva);
    assert.equal(await now(), "ana:moderator* ben:member eva:admin");
    await people(ana, ben, kim);
    assert.equal(await now(), "ana:moderator* ben:moderator eva:admin kim:moderator*");

    // One by one nobody goes whom the group keeps in; set by hand, a role holds when the group is gone.
    assert.equal(await refused(t, ana, "POST", `/channels/${channel}/leave`), "409 conflict");
    assert.equal(await refused(t, eva, "DELETE", `/channels/${channel}/members/${kim.id}`), "409 conflict");
    await ok(t, eva, "POST", `/channels/${channel}/members`, { user_id: ben.id, role: "viewer" });
    assert.equal(await now(), "ana:moderator* ben:moderator eva:admin kim:moderator*");
    // Adding whom a group keeps here is for `manage`, and never for oneself, not even as an admin by the group.
    const add = (who: Person, body: unknown) => ok(t, who, "POST", `/channels/${channel}/members`, body);
    for (const body of [{ user_id: kim.id }, { user_ids: [ana.id, kim.id] }, { group_ids: [group] }]) {
      const answer = await add(kim, body);
      assert.ok(answer.items.find((m: { user_id: string }) => m.user_id === kim.id).by_group);
      await add(ben, body);
    }
    await ok(t, eva, "PUT", put, { role: "admin" });
    await add(kim, { user_id: kim.id });
    await add(kim, { user_id: kim.id, role: "admin" });
    await ok(t, eva, "PUT", put, { role: "moderator" });
    assert.equal(await now(), "ana:moderator* ben:moderator eva:admin kim:admin*");
    await add(eva, { user_id: kim.id, role: "member" });
    assert.equal(await now(), "ana:moderator* ben:moderator eva:admin kim:moderator*");
    await ok(t, eva, "POST", `/channels/${channel}/members`, { user_id: kim.id });
    assert.equal(await now(), "ana:moderator* ben:moderator eva:admin kim:moderator");
    await ok(t, eva, "POST", `/channels/${channel}/members`, { user_id: ana.id, permissions: { pin: false } });
    await ok(t, eva, "DELETE", put);
    assert.equal(await now(), "ben:viewer eva:admin kim:member");
    assert.equal(await refused(t, ana, "GET", `/channels/${channel}/messages`), "404 not_found");
    assert.deepEqual((await lines(t, eva, channel)).slice(1), [
      "ben added the group @kitchen: 2 people.",
      "owner added kim.",
      "eva removed the group @kitchen.",
    ]);
    assert.equal(await refused(t, eva, "DELETE", put), "404 not_found");
    const told = (await ok(t, owner, "GET", "/audit?subject_id=" + channel)).items.map((e: { action: string }) =>
      e.action
    );
    assert.deepEqual(told.filter((a: string) => a.startsWith("channel.group")), [
      "channel.group_removed",
      "channel.group_changed",
      "channel.group_changed",
      "channel.group_changed",
      "channel.group_added",
    ]);

    // Deleted: as taken out.
    await ok(t, eva, "PUT", put, {});
    assert.match(await now(), /ana:member\*/);
    await ok(t, owner, "DELETE", `/user-groups/${group}`);
    assert.equal(await now(), "ben:viewer eva:admin kim:member");
    assert.deepEqual((await ok(t, eva, "GET", at)).items, []);
  });

  Deno.test(`${db}: groups in channels: who may, and what strangers and guests see`, async () => {
    await using t = await createTestApp({ db, settings });
    const owner = await t.owner(), ana = await t.person("member", "ana"), guest = await t.person("guest", "gus");
    const ben = await t.person("member", "ben"), stranger = await t.stranger();
    const [kitchen, bar] = await Promise.all(
      ["kitchen", "bar"].map(async (handle) =>
        (await ok(t, owner, "POST", "/user-groups", { name: handle, handle, user_ids: [guest.id, ben.id] })).id
      ),
    );
    const elsewhere =
      (await ok(t, stranger, "POST", "/user-groups", { name: "x", handle: "xx", user_ids: [stranger.id] })).id;
    const channel = (await ok(t, ana, "POST", "/channels", { name: "menu", type: "private" })).id;
    const at = (group = kitchen) => `/channels/${channel}/groups/${group}`;
    assert.equal(await refused(t, ben, "PUT", at(), {}), "404 not_found");
    assert.equal(await refused(t, stranger, "PUT", at(elsewhere), {}), "404 not_found");
    assert.equal(await refused(t, ana, "PUT", at(elsewhere), {}), "404 not_found");
    assert.equal(await refused(t, ana, "PUT", at(), { role: "owner" }), "422 validation_failed");
    await ok(t, ana, "PUT", at(), { role: "admin" });
    await ok(t, ana, "PUT", at(bar), {});
    assert.equal(await members(t, ana, channel), "ana:admin ben:admin* gus:admin*");
    // A guest is cut by the role itself, whatever the group gives.
    const seen = await ok(t, guest, "GET", `/channels/${channel}`);
    assert.ok(["manage", "invite", "mention_all"].every((right) => !seen.rights.includes(right)), seen.rights.join());
    for (const [method, path] of [["GET", `/channels/${channel}/groups`], ["PUT", at()], ["DELETE", at()]] as const) {
      assert.equal(await refused(t, guest, method, path, method === "PUT" ? {} : undefined), "403 forbidden");
    }
    const direct = (await ok(t, ana, "POST", "/channels", { type: "direct", user_ids: [ben.id] })).id;
    assert.equal(await refused(t, ana, "PUT", `/channels/${direct}/groups/${kitchen}`, {}), "403 forbidden");
    // A ban holds against a group, also one that comes back.
    const ban = { user_id: ben.id, action_type: "ban", channel_id: channel, reason: "Salt" };
    const { id: banned } = await ok(t, owner, "POST", "/admin/moderation/actions", ban);
    await ok(t, ana, "DELETE", at());
    await ok(t, ana, "DELETE", at(bar));
    await ok(t, ana, "PUT", at(), { role: "moderator" });
    assert.notEqual((await t.call("GET", `/channels/${channel}/messages`, { token: ben.access })).status, 200);
    await ok(t, owner, "DELETE", `/admin/moderation/actions/${banned}`);
    await ok(t, ben, "GET", `/channels/${channel}/messages`);
    // The last admin of their own goes: somebody of the group takes over as long as they are in it.
    await ok(t, ana, "PUT", at(), { role: "member" });
    await ok(t, ana, "POST", `/channels/${channel}/leave`);
    assert.match(await members(t, ben, channel), /admin\*/);
    await ok(t, owner, "PUT", `/user-groups/${kitchen}`, { user_ids: [] });
    assert.equal(await refused(t, ben, "GET", `/channels/${channel}`), "404 not_found");
  });

  Deno.test(`${db}: groups in channels: SCIM, accounts that sleep and wake, two groups, many at once`, async () => {
    await using t = await createTestApp({ db, settings });
    const owner = await t.owner(), ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const { token } = await ok(t, owner, "POST", "/auth/tokens", { name: "idp", scopes: ["scim"] });
    const scim = async (method: string, path: string, body?: unknown) => {
      const answer = await t.call(method, `//scim/v2${path}`, {
        token,
        body,
        headers: { "content-type": "application/scim+json" },
      });
      assert.ok(answer.status < 300, answer.text);
      return answer.body;
    };
    const patch = (path: string, ...Operations: unknown[]) => scim("PATCH", path, { Operations });
    const crew = (await scim("POST", "/Groups", { displayName: "Crew", members: [{ value: ana.id }] })).id;
    const desk = (await ok(t, owner, "POST", "/user-groups", { name: "Desk", handle: "desk", user_ids: [ana.id] })).id;
    const channel = (await ok(t, owner, "POST", "/channels", { name: "menu", type: "private" })).id;
    await ok(t, owner, "PUT", `/channels/${channel}/groups/${crew}`, { role: "moderator" });
    await ok(t, owner, "PUT", `/channels/${channel}/groups/${desk}`, { role: "viewer" });
    const now = () => members(t, owner, channel);
    assert.equal(await now(), "ana:moderator* owner:admin");
    await patch(`/Groups/${crew}`, { op: "add", path: "members", value: [{ value: ben.id }] });
    assert.equal(await now(), "ana:moderator* ben:moderator* owner:admin");
    await patch(`/Groups/${crew}`, { op: "remove", path: `members[value eq "${ana.id}"]` });
    assert.equal(await now(), "ana:viewer* ben:moderator* owner:admin", "the other group keeps her in");

    // Asleep and in a group that comes in meanwhile; awake, with the account.
    const late = await t.person("member", "late");
    await patch(`/Users/${late.id}`, { op: "replace", path: "active", value: false });
    await patch(`/Groups/${crew}`, { op: "add", path: "members", value: [{ value: late.id }] });
    assert.doesNotMatch(await now(), /late/);
    await patch(`/Users/${late.id}`, { op: "replace", path: "active", value: true });
    assert.match(await now(), /late:moderator\*/);
    await ok(t, owner, "DELETE", `/users/${late.id}`);
    await scim("DELETE", `/Groups/${crew}`);
    assert.equal(await now(), "ana:viewer* owner:admin");

    // At the same moment: a group is let in, its people change, and it ends as the rows say.
    const crowd = await t.app.db.rows<{ id: string }>(sql`
      insert into users (id, organization_id, email, username, display_name, role)
      select gen_random_uuid(), u.organization_id, 'p' || n || '@example.org', 'p' || n, 'p' || n, 'member'
      from users u, generate_series(1, 60) n where u.id = ${owner.id} returning id`);
    const put = (user_ids: string[]) => ok(t, owner, "PUT", `/user-groups/${desk}`, { user_ids });
    const attach = `/channels/${channel}/groups/${desk}`;
    await Promise.all([
      put(crowd.map((one) => one.id)),
      ok(t, owner, "DELETE", attach),
      put([ben.id]),
      ok(t, owner, "PUT", attach, {}),
      put(crowd.slice(0, 20).map((one) => one.id)),
    ]);
    const [{ expected }] = await t.app.db.rows<{ expected: number }>(
      sql`select count(*)::int as expected from channel_groups cg join user_group_members m using (group_id)
        where cg.channel_id = ${channel}`,
    ) as [{ expected: number }];
    const { items } = await ok(t, owner, "GET", `/channels/${channel}/members?limit=200`);
    assert.equal(items.filter((m: { by_group: boolean }) => m.by_group).length, expected);
    assert.equal((await ok(t, owner, "GET", `/channels/${channel}`)).member_count, items.length);
  });
}

const missing = !(available().postgres && available().redis) && Deno.env.get("CI") !== "true";
/** Far above what is promised (1 s): the machine of a test may be busy, seconds of delay are still seen. */
const BOUND_MS = 5000;

Deno.test(
  {
    name: "two instances: who leaves a group loses the open subscription, who comes gets the channel",
    ignore: missing,
  },
  async () => {
    const redis = await startRedis();
    const shared = { ...settings, "database-url": await databaseFromTemplate(), "redis-url": redis.url };
    const a = await createTestApp({ settings: shared }), b = await createTestApp({ settings: shared });
    try {
      const owner = await a.owner(), ana = await a.person("member", "ana");
      const group =
        (await ok(a, owner, "POST", "/user-groups", { name: "Crew", handle: "crew", user_ids: [ana.id] })).id;
      const channel = (await ok(a, owner, "POST", "/channels", { name: "menu", type: "private" })).id;
      await using own = await openSocket(`${b.url}/ws?token=${ana.access}&channels=user:me:chat`);
      await own.wait((f) => f.type === "ack");
      const times: number[] = [];
      for (const withBus of [true, true, true, true, false]) {
        if (!withBus) await redis.kill();
        await ok(a, owner, "PUT", `/channels/${channel}/groups/${group}`, {});
        await own.wait((f) => f.type === "channel_added" && f.data.channel_id === channel);
        await using socket = await openSocket(`${b.url}/ws?token=${ana.access}&channels=channel:${channel}`);
        const ack = await socket.wait((f) => f.type === "ack");
        assert.deepEqual(Object.keys(ack.data.channels), [`channel:${channel}`]);
        const began = performance.now();
        await ok(a, owner, "PUT", `/user-groups/${group}`, { user_ids: [] });
        assert.equal(await refused(b, ana, "GET", `/channels/${channel}/messages`), "404 not_found");
        await until(() => socket.frames.some((f) => f.type === "error" && f.subject === `channel:${channel}`));
        const took = performance.now() - began;
        assert.ok(took < BOUND_MS, `the subscription ended after ${took} ms`);
        times.push(Math.round(took));
        await ok(a, owner, "DELETE", `/channels/${channel}/groups/${group}`);
        await ok(a, owner, "PUT", `/user-groups/${group}`, { user_ids: [ana.id] });
        own.frames.length = 0;
      }
      console.log(`subscriptions ended after ${times.join(", ")} ms (the last without a bus)`);
    } finally {
      await a[Symbol.asyncDispose]();
      await b[Symbol.asyncDispose]();
      await redis.close();
    }
  },
);
