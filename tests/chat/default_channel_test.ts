// What a new organisation begins with: a channel that everybody is in, made together with the first owner.
import assert from "node:assert/strict";
import { createFirstOwner } from "../../features/accounts/mod.ts";
import { joinDefaults } from "../../features/chat/members/defaults.ts";
import { sql } from "../../db/sql.ts";
import { loadMigrations } from "../../db/migrate.ts";
import { channelsOf, messagesOf } from "../support/transfer_app.ts";
import { createTestApp, PASSWORD } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const MIGRATION = "default_channel";

for (const kind of testedKinds()) {
  Deno.test(`${kind}: whoever begins an organisation finds a channel, and everybody who comes is in it`, async () => {
    await using t = await createTestApp({ db: kind, settings: { registration: "open" } });
    const owner = await t.owner();
    const [general, ...more] = await channelsOf(t, owner.access);
    assert.equal(more.length, 0);
    assert.equal(general!.name, "general");
    assert.equal(general!.is_default, true);
    assert.equal(general!.member_count, 1);
    const { body: members } = await t.call("GET", `/channels/${general!.id}/members`, { token: owner.access });
    assert.deepEqual(members.items.map((m: { role: string }) => m.role), ["admin"]);

    const luis = await t.person("member", "luis");
    assert.deepEqual((await channelsOf(t, luis.access, "&member=true")).map((c) => c.name), ["general"], "at once");
    const sent = await t.call("POST", `/channels/${general!.id}/messages`, {
      token: luis.access,
      body: { content: "Hola" },
    });
    assert.equal(sent.status, 201, sent.text);
    assert.ok((await messagesOf(t, owner.access, general!.id)).some((m) => m.content === "Hola"));

    // Whoever leaves stays out, whatever happens to the channel.
    assert.equal((await t.call("POST", `/channels/${general!.id}/leave`, { token: luis.access })).status, 204);
    const { body: organization } = await t.call("GET", "/organization", { token: owner.access });
    await t.app.db.withTx((tx) => joinDefaults(t.app, tx, organization.id, luis.id));
    assert.deepEqual(await channelsOf(t, luis.access, "&member=true"), [], "the event of the new account came late");
    const changed = await t.call("PUT", `/channels/${general!.id}`, { token: owner.access, body: { topic: "Hola" } });
    assert.equal(changed.status, 200, changed.text);
    await t.person("member", "eva");
    const last = await t.app.db.one<{ txid: string; id: string }>(sql`
      select txid::text, id::text from events order by events.txid desc, events.id desc limit 1`);
    await until(() =>
      t.app.db.maybe(sql`
        select 1 from event_consumers where name = 'chat.default_channels'
          and (txid, event_id) >= (${last.txid}::text::xid8, ${last.id}::text::bigint)`), {
      what: "the change has been seen",
      timeoutMs: 60_000,
    });
    const open = await t.app.db.rows(sql`select 1 from default_channel_fills where not done`);
    assert.equal(open.length, 0, "nobody is filled in again");
    assert.deepEqual(await channelsOf(t, luis.access, "&member=true"), []);

    // Another organisation has its own, and nobody sees the other one's.
    const stranger = await t.stranger();
    const theirs = await channelsOf(t, stranger.access);
    assert.deepEqual(theirs.map((c) => [c.name, c.member_count]), [["general", 1]]);
    assert.notEqual(theirs[0]!.id, general!.id);
  });

  Deno.test(`${kind}: the owner from the environment has it, too`, async () => {
    await using t = await createTestApp({
      db: kind,
      settings: { "admin-email": "ana@example.org", "admin-password": PASSWORD },
    });
    assert.equal(await createFirstOwner(t.app), undefined, "made at the start already");
    const { body } = await t.login({ username: "ana", password: PASSWORD });
    assert.deepEqual((await channelsOf(t, body.access_token, "&member=true")).map((c) => c.name), ["general"]);
  });

  Deno.test(`${kind}: a script that makes "general" gets the untouched one, once`, async () => {
    await using t = await createTestApp({ db: kind });
    const owner = await t.owner(), luis = await t.person("member", "luis");
    await t.person("member", "eva");
    const [general] = await channelsOf(t, owner.access);
    const make = (token: string) =>
      t.call("POST", "/channels", {
        token,
        body: { name: "General", description: "What concerns everybody", user_ids: [luis.id] },
      });
    const made = await make(owner.access);
    assert.equal(made.status, 201, made.text);
    const { id, name, description, is_default, member_count, role } = made.body;
    assert.deepEqual([id, name, description], [general!.id, "General", "What concerns everybody"]);
    assert.deepEqual([is_default, member_count, role], [true, 3, "admin"]);
    assert.equal((await make(owner.access)).status, 409, "it is somebody's now");
  });

  Deno.test(`${kind}: whoever does not manage channels gets it without becoming its admin or setting its rules`, async () => {
    await using t = await createTestApp({ db: kind });
    await t.owner();
    const luis = await t.person("member", "luis"), vera = await t.person("viewer", "vera");
    const body = { name: "general", description: "Hola", policy: { post: "admin" } };
    assert.equal((await t.call("POST", "/channels", { token: vera.access, body })).status, 403);
    const made = await t.call("POST", "/channels", { token: luis.access, body });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.body.role, made.body.description, made.body.policy], ["member", "Hola", {}]);
  });

  Deno.test(`${kind}: nobody takes a default channel over in which somebody has written`, async () => {
    await using t = await createTestApp({ db: kind });
    const owner = await t.owner();
    const [general] = await channelsOf(t, owner.access);
    await t.call("POST", `/channels/${general!.id}/messages`, { token: owner.access, body: { content: "Hola" } });
    const made = await t.call("POST", "/channels", { token: owner.access, body: { name: "general" } });
    assert.equal(made.status, 409);
  });

  Deno.test(`${kind}: the update gives organisations without a channel one, with everybody in it`, async () => {
    await using t = await createTestApp({ db: kind, settings: { registration: "open" } });
    const owner = await t.owner(), luis = await t.person("member", "luis"), stranger = await t.stranger();
    const { db } = t.app;
    const kept = (await channelsOf(t, stranger.access))[0]!.id;
    // As before the update: the first organisation has only a direct conversation.
    const direct = await t.call("POST", "/channels", {
      token: owner.access,
      body: { type: "direct", user_ids: [luis.id] },
    });
    assert.equal(direct.status, 201, direct.text);
    await db.run(sql`delete from channels where id <> ${kept} and type <> 'direct'`);
    const migration = (await loadMigrations()).find((m) => m.name === MIGRATION)!;
    await db.exec(migration.script.split("-- When a person")[0]!);
    const [general, ...more] = (await channelsOf(t, luis.access, "&member=true")).filter((c) => c.type !== "direct");
    assert.equal(more.length, 0);
    assert.equal(general!.name, "general");
    assert.equal(general!.is_default, true);
    assert.equal(general!.member_count, 2);
    assert.match(general!.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual((await channelsOf(t, stranger.access)).map((c) => c.id), [kept], "who has one keeps it");
    const time = parseInt(general!.id.replaceAll("-", "").slice(0, 12), 16);
    assert.ok(Math.abs(Date.now() - time) < 60_000, "its id says when it was made");
  });
}
