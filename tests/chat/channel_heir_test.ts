// When the last admin of a channel goes, by whatever way, only somebody takes over who can administer it.
import assert from "node:assert/strict";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

async function ok(t: TestApp, who: Person, method: string, path: string, body?: unknown) {
  const answer = await t.call(method, path, { token: who.access, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** Who administers the channel, as `who` sees it. */
async function admins(t: TestApp, who: Person, channel: string): Promise<string> {
  const { items } = await ok(t, who, "GET", `/channels/${channel}/members?limit=200`);
  return items.filter((m: { role: string }) => m.role === "admin")
    .map((m: { user: { username: string } }) => m.user.username).join(" ");
}

type Leave = (t: TestApp, owner: Person, boss: Person, channel: string) => Promise<unknown>;

/** Every way in which an admin goes; `boss` is the only one. */
const WAYS: Record<string, Leave> = {
  "leaves": (t, _, boss, channel) => ok(t, boss, "POST", `/channels/${channel}/leave`),
  "is taken out": (t, owner, boss, channel) => ok(t, owner, "DELETE", `/channels/${channel}/members/${boss.id}`),
  "is deleted": (t, owner, boss) => ok(t, owner, "DELETE", `/users/${boss.id}`),
};

for (const db of testedKinds()) {
  Deno.test(`${db}: the heir of a channel is somebody who can administer it, or nobody`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open", "rate-limit-per-minute": "0" } });
    const owner = await t.owner(), gus = await t.person("guest", "gus"), off = await t.person("member", "off");
    const out = await t.person("member", "out"), away = await t.person("member", "away");
    const mute = await t.person("viewer", "vic"), cut = await t.person("member", "cut");
    const bot = await ok(t, owner, "POST", "/service-accounts", {
      username: "bot",
      display_name: "Bot",
      role: "member",
    });
    const eva = await t.person("member", "eva");
    const { token } = await ok(t, owner, "POST", "/auth/tokens", { name: "idp", scopes: ["scim"] });
    const unable = [gus, off, out, away, mute, cut, bot as Person];

    /** A channel of `boss` with everybody who cannot take over, all there for longer than `more`. */
    const made = async (boss: Person, name: string, more: Person[]) => {
      const user_ids = unable.map((one) => one.id);
      const { id } = await ok(t, boss, "POST", "/channels", { name, type: "private", user_ids });
      await ok(t, boss, "POST", `/channels/${id}/members`, { user_id: cut.id, permissions: { manage: false } });
      await ok(t, owner, "POST", "/admin/moderation/actions", {
        user_id: out.id,
        action_type: "ban",
        channel_id: id,
        reason: "Salt",
      });
      for (const { id: user_id } of more) await ok(t, boss, "POST", `/channels/${id}/members`, { user_id });
      return id as string;
    };
    const channels: [id: string, boss: Person, leave: Leave, heir: boolean, what: string][] = [];
    for (const [what, leave] of Object.entries(WAYS)) {
      const boss = await t.person("member");
      for (const heir of what === "is deleted" ? [true] : [true, false]) {
        // The owner looks on, and is nobody's heir: a viewer of the channel.
        const id = await made(boss, `${what} ${heir}`, heir ? [eva] : []);
        await ok(t, boss, "POST", `/channels/${id}/members`, { user_id: owner.id, role: "viewer" });
        channels.push([id, boss, leave, heir, what]);
      }
    }
    // A group that was the only admin is taken out.
    const group = (await ok(t, owner, "POST", "/user-groups", { name: "Crew", handle: "crew", user_ids: [eva.id] })).id;
    const crew = await made(owner, "crew", [eva]);
    await ok(t, owner, "PUT", `/channels/${crew}/groups/${group}`, { role: "admin" });
    await ok(t, owner, "POST", `/channels/${crew}/members`, { user_id: owner.id, role: "viewer" });
    channels.push([crew, owner, () => ok(t, owner, "DELETE", `/channels/${crew}/groups/${group}`), true, "a group"]);

    const nominal = await made(eva, "nominal", [owner]);

    const scim = await t.call("PATCH", `//scim/v2/Users/${off.id}`, {
      token,
      body: { Operations: [{ op: "replace", path: "active", value: false }] },
      headers: { "content-type": "application/scim+json" },
    });
    assert.equal(scim.body?.active, false, scim.text);
    await ok(t, owner, "POST", "/admin/moderation/actions", { user_id: away.id, action_type: "ban", reason: "Rude" });

    for (const [id, boss, leave, heir, what] of channels) {
      await leave(t, owner, boss, id);
      assert.equal(await admins(t, owner, id), heir ? "eva" : "", what);
    }
    // Nobody was picked: an administrator of the organisation can.
    const waiting = channels.find(([, , , heir]) => !heir)![0];
    await ok(t, owner, "POST", `/channels/${waiting}/members`, { user_id: eva.id, role: "admin" });
    await ok(t, eva, "PUT", `/channels/${waiting}`, { topic: "Soup" });

    // A guest who is called admin administers nothing: somebody who can takes over beside them.
    await ok(t, eva, "POST", `/channels/${nominal}/members`, { user_id: gus.id, role: "admin" });
    await ok(t, eva, "POST", `/channels/${nominal}/leave`);
    assert.equal(await admins(t, owner, nominal), "gus owner");
  });
}
