// Default channels, and incoming webhooks that post into chat channels, on both kinds of database.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { newId } from "../../kernel/ids.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

async function channelOf(t: TestApp, owner: Person, input: Record<string, unknown>, members: Person[] = []) {
  const made = await t.call("POST", "/channels", {
    token: owner.access,
    body: { ...input, user_ids: members.map((m) => m.id) },
  });
  assert.equal(made.status, 201, made.text);
  return made.body;
}

for (const kind of testedKinds()) {
  Deno.test(`default channels on ${kind}`, async (s) => {
    await using t = await createTestApp({ db: kind });
    const owner = await t.owner(), early = await t.person();
    const news = await channelOf(t, owner, { name: "news" });
    const members = async () =>
      (await t.call("GET", `/channels/${news.id}/members`, { token: owner.access })).body.items
        .map((m: { user: { username: string } }) => m.user.username).sort();
    const set = (is_default: boolean) =>
      t.call("PUT", `/channels/${news.id}`, { token: owner.access, body: { is_default } });

    await s.step("who is there when it becomes default is put in, in batches", async () => {
      await t.app.db.run(sql`
        insert into users (id, organization_id, email, username, display_name, role, created_at)
        select gen_random_uuid(), organization_id, 'many' || n || '@example.org', 'many' || n, 'Many', 'member', now()
        from users, generate_series(1, 450) n where id = ${owner.id}`);
      assert.equal((await set(true)).status, 200);
      await until(
        async () => (await t.call("GET", `/channels/${news.id}`, { token: owner.access })).body.member_count === 452,
        {
          timeoutMs: 30_000,
        },
      );
      assert.equal((await t.call("GET", `/channels/${news.id}`, { token: early.access })).body.is_member, true);
    });

    await s.step("who joins the organisation becomes a member; who leaves stays out", async () => {
      const late = await t.person("member", "late");
      await until(async () => (await t.call("GET", `/channels/${news.id}`, { token: late.access })).body.is_member);
      await t.call("POST", `/channels/${news.id}/leave`, { token: early.access });
      await t.call("PUT", `/channels/${news.id}`, { token: owner.access, body: { topic: "changed" } });
      await t.call("POST", `/users/${early.id}/status`, { token: early.access, body: { status: "away" } });
      const later = await t.person("member", "later");
      await until(async () => (await t.call("GET", `/channels/${news.id}`, { token: later.access })).body.is_member);
      assert.equal((await t.call("GET", `/channels/${news.id}`, { token: early.access })).body.is_member, false);
    });

    await s.step("not any more: nobody is put in", async () => {
      assert.equal((await set(false)).status, 200);
      const other = await channelOf(t, owner, { name: "other" });
      await t.call("PUT", `/channels/${other.id}`, { token: owner.access, body: { is_default: true } });
      const last = await t.person("member", "last");
      await until(async () => (await t.call("GET", `/channels/${other.id}`, { token: last.access })).body.is_member);
      assert.ok(!(await members()).includes("last"));
    });
  });

  Deno.test(`incoming webhooks into chat on ${kind}`, async (s) => {
    await using t = await createTestApp({ db: kind, settings: { registration: "open" } });
    const owner = await t.owner(), ana = await t.person(), stranger = await t.stranger();
    const team = await channelOf(t, owner, { name: "team" }, [ana]);
    const hook = (person: Person, channel: string) =>
      t.call("POST", "/webhooks/incoming", { token: person.access, body: { name: "CI", channel } });
    const made = await hook(owner, `channel:${team.id}`);
    assert.equal(made.status, 201, made.text);
    const post = (body: unknown) => t.call("POST", `//hooks/${made.body.token}`, { body });
    const last = async () =>
      (await t.call("GET", `/channels/${team.id}/messages?limit=1`, { token: ana.access })).body.items[0];

    await s.step("a post is a message of a program, stored when it is answered", async () => {
      const answer = await post({
        text: "Build <https://ci.example/42|#42> *failed* &amp; stopped, <@person1>",
        username: "Jenkins",
        attachments: [{
          title: "unit tests",
          title_link: "https://ci.example/t",
          text: "3 of 120",
          fields: [{ title: "Branch", value: "main" }],
        }],
      });
      assert.deepEqual([answer.status, answer.text], [200, "ok"]);
      const message = await last();
      assert.deepEqual([message.user.id, message.user.username, message.user.is_bot], [null, "Jenkins", true]);
      assert.equal(message.content, "Build [#42](https://ci.example/42) **failed** & stopped, @person1");
      assert.deepEqual(message.cards, [{
        title: "unit tests",
        title_url: "https://ci.example/t",
        text: "3 of 120",
        fields: [{ title: "Branch", value: "main", short: false }],
      }]);
      assert.deepEqual(message.mentions, [{ type: "user", id: ana.id, username: "person1" }]);
      assert.equal((await t.call("GET", `/channels/${team.id}`, { token: ana.access })).body.mention_count, 1);
    });

    await s.step("the name of the webhook when the payload has none; <!channel> calls everybody", async () => {
      assert.equal((await post({ text: "<!channel> look" })).text, "ok");
      const message = await last();
      assert.deepEqual([message.user.username, message.content], ["CI", "@channel look"]);
      assert.deepEqual(message.mentions, [{ type: "channel" }]);
    });

    await s.step("bad payloads, archived and unknown channels", async () => {
      assert.deepEqual([(await post({})).text, (await post("{")).text], ["no_text", "invalid_payload"]);
      assert.equal((await post({ text: "x".repeat(40_000) })).text, "ok");
      assert.ok(new TextEncoder().encode((await last()).content).length <= 16 * 1024);
      await t.call("DELETE", `/channels/${team.id}`, { token: owner.access });
      const refused = await post({ text: "anybody?" });
      assert.deepEqual([refused.status, refused.text], [410, "channel_is_archived"]);
    });

    await s.step("made only by who may manage webhooks and write there", async () => {
      const mine = await channelOf(t, ana, { name: "mine", type: "private" });
      assert.equal((await hook(ana, `channel:${mine.id}`)).status, 403);
      assert.equal((await hook(owner, `channel:${mine.id}`)).status, 404);
      assert.equal((await hook(stranger, `channel:${mine.id}`)).status, 404);
      assert.equal((await hook(owner, `channel:${newId()}`)).status, 404);
      assert.equal((await hook(owner, `channel:${team.id}`)).status, 409);
      assert.equal((await hook(owner, "channel:x")).status, 422);
      assert.equal((await hook(owner, "notify:builds")).status, 201);
    });
  });
}
