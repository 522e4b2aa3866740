// The example organisation: what is promised is there, it looks alike every time, and only an empty server is filled.
import assert from "node:assert/strict";
import { fillDemo, SMALL_DEMO } from "../../features/demo/mod.ts";
import { Random } from "../../features/demo/random.ts";
import { DEMO } from "../../features/demo/mod.ts";
import { tellStory } from "../../features/demo/story.ts";
import type { Message } from "../../protocol/chat/chat.ts";
import { pulpo, startChild } from "../support/child_server.ts";
import { channelsOf, messagesOf } from "../support/transfer_app.ts";
import { createTestApp, PASSWORD } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

const NOW = Date.parse("2026-03-04T15:00:00Z");

Deno.test("demo: the story has what it promises, and is the same for the same seed", () => {
  const owner = { username: "demo", display_name: "Demo", email: "demo@example.org" };
  const files = [{ filename: "a.csv", mime_type: "text/csv", bytes: new Uint8Array(3) }];
  const story = tellStory(new Random(7), DEMO, owner, files, NOW);
  assert.equal(story.users.length, 30);
  assert.equal(story.channels.filter((c) => c.type !== "direct").length, 12);
  assert.equal(story.messages.length, 3000);
  assert.deepEqual(story.unread.map((u) => u.count), [45, 4, 7]);
  assert.ok(story.messages.filter((m) => m.root_id).length > 200, "threads");
  assert.ok(story.messages.filter((m) => (m.mentions as unknown[]).length).length > 100, "mentions");
  assert.ok(story.messages.every((m) => (m.mentions as { id: string }[]).every(({ id }) => id !== m.user_id)));
  const guests = story.users.filter((u) => u.role === "guest").map((u) => u.id);
  assert.equal(guests.length, 2);
  const seen = new Set(story.members.filter((m) => guests.includes(m.user_id)).map((m) => m.channel_id));
  assert.deepEqual(story.channels.filter((c) => seen.has(c.id)).map((c) => c.name), ["guest-support", "tours-cusco"]);
  assert.ok(story.messages.every((m) => Date.parse(m.created_at as string) <= NOW));
  assert.deepEqual(tellStory(new Random(7), DEMO, owner, files, NOW), story);
  assert.notDeepEqual(tellStory(new Random(8), DEMO, owner, files, NOW).messages, story.messages);
});

for (const kind of testedKinds()) {
  Deno.test(`demo (${kind}): through a running server, for the owner who is there`, async () => {
    await using t = await createTestApp({ db: kind });
    const owner = await t.owner();
    const { counts, accounts } = await fillDemo(t.app, { ...SMALL_DEMO, password: PASSWORD, alone: false });
    assert.deepEqual([counts.people, counts.messages], [8, 240]);
    assert.deepEqual(accounts.map((a) => [a.username, a.role, a.password]), [
      ["owner", "owner", null],
      ["emma", "moderator", PASSWORD],
      ["luis", "member", PASSWORD],
    ]);
    const channels = await channelsOf(t, owner.access, "&member=true");
    assert.deepEqual(channels.filter((c) => c.type !== "direct").map((c) => [c.name, c.unread_count]), [
      ["general", 0],
      ["guest-support", 4],
      ["reservas", 45],
    ]);
    assert.equal(channels.find((c) => c.name === "general")!.is_default, true);
    const messages: Message[] = [];
    for (const { id } of channels) messages.push(...await messagesOf(t, owner.access, id));
    assert.ok(messages.some((m) => m.attachments.length > 0), "files");
    assert.ok(messages.some((m) => m.reactions.length > 0), "reactions");
    assert.ok(messages.some((m) => m.reply_count > 0), "threads");
    assert.ok(
      messages.every((m) => m.user.avatar_url !== null || m.message_type === "system"),
      "everybody has a picture",
    );
    const face = await t.call("GET", `/${messages.find((m) => m.user.avatar_url)!.user.avatar_url!.split("/v1/")[1]}`, {
      token: owner.access,
    });
    assert.equal(face.status, 200);
    const groups = (await t.call("GET", "/user-groups", { token: owner.access })).body.items;
    assert.deepEqual(groups.map((g: { handle: string }) => g.handle), ["engineers", "guias", "support"]);
    const programs = (await t.call("GET", "/service-accounts", { token: owner.access })).body.items;
    assert.equal(programs.length, 2);
    const { body: drafts } = await t.call("GET", "/drafts", { token: owner.access });
    assert.equal(drafts.items.length, 1);
    const from = new Date(Date.now() - 14 * 86_400_000).toISOString(), to = new Date().toISOString();
    const { body: stats } = await t.call("GET", `/admin/stats?from=${from}&to=${to}&bucket=day`, {
      token: owner.access,
    });
    assert.ok(stats.totals.messages.value > 200, JSON.stringify(stats.totals.messages));
    assert.equal((await t.login({ username: "luis", password: PASSWORD })).status, 200);

    // A second time nothing is touched.
    await assert.rejects(
      fillDemo(t.app, { ...SMALL_DEMO, alone: false }),
      /in use already \(8 people, with messages\)/,
    );
  });
}

Deno.test("demo: the command fills a folder before the first start, and refuses a server that people use", async () => {
  const dir = await Deno.makeTempDir({ prefix: "pulpo-demo-" });
  const data = ["--data-dir", `${dir}/data`];
  try {
    const made = await pulpo(["demo", "--small", "--password", PASSWORD, ...data]);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /^8 people, \d+ channels, 240 messages, \d+ files\./);
    assert.match(made.out, /^ {2}demo +owner +correct horse battery$/m);
    assert.match(made.err, /messages\n/, "shows how far it is");
    const server = await startChild({ PULPO_DATA_DIR: `${dir}/data`, PULPO_ADMIN_EMAIL: "", PULPO_ADMIN_PASSWORD: "" });
    try {
      const answer = await fetch(`${server.url}/api/v1/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "demo", password: PASSWORD }),
      });
      assert.equal(answer.status, 200);
      // The session of this sign-in is the only one: filling opened none.
      const { access_token } = await answer.json();
      const sessions = await fetch(`${server.url}/api/v1/auth/sessions`, {
        headers: { authorization: `Bearer ${access_token}` },
      });
      assert.equal((await sessions.json()).items.length, 1);
      const again = await pulpo(["demo", ...data]);
      assert.equal(again.code, 1);
      assert.match(again.err, /This server is in use already/);
    } finally {
      await server.stop();
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
