// Slack's export, from the archive to what people see: the whole server on both kinds of database.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import type { ImportRun } from "../../protocol/operation/transfer.ts";
import { slackExport, zipOf } from "../support/transfer_archives.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { channelsOf, importArchive, messagesOf, upload } from "../support/transfer_app.ts";

/** Numbers of rows that an import could write. */
const rowCounts = (t: TestApp) =>
  t.app.db.one(sql`select (select count(*) from users) as users, (select count(*) from channels) as channels,
    (select count(*) from channel_members) as members, (select count(*) from messages) as messages,
    (select count(*) from message_reactions) as reactions, (select count(*) from transfer_ids) as ids,
    (select count(*) from transfer_files) as files, (select count(*) from events) as events`);

for (const kind of testedKinds()) {
  Deno.test(`Slack's export on ${kind}`, async (t) => {
    await using app = await createTestApp({ db: kind });
    const owner = await app.owner();
    const member = await app.person("member", "dora");
    // A file server: one address that works only with the key in it.
    const asked: string[] = [];
    const files = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
      asked.push(request.url);
      return new URL(request.url).searchParams.get("t") === "xoxe-secret"
        ? new Response("hello notes", { headers: { "content-type": "text/plain" } })
        : new Response("sign in", { status: 403 });
    });
    const archive = await zipOf(slackExport(`http://127.0.0.1:${files.addr.port}/files/notes.txt`));
    const mediaId = await upload(app, owner, archive);
    try {
      await t.step("only owners, only their own uploads", async () => {
        const body = { source: "slack", media_id: mediaId };
        assert.equal((await app.call("POST", "/admin/imports", { token: member.access, body })).status, 403);
        assert.equal((await app.call("GET", "/admin/imports", { token: member.access })).status, 403);
        const theirs = await upload(app, member, archive);
        const answer = await app.call("POST", "/admin/imports", {
          token: owner.access,
          body: { ...body, media_id: theirs },
        });
        assert.equal(answer.status, 404, answer.text);
        assert.equal((await app.call("GET", `/admin/imports/${mediaId}`, { token: owner.access })).status, 404);
      });

      let dry: ImportRun;
      await t.step("a dry run reports everything and writes nothing", async () => {
        const before = await rowCounts(app);
        dry = await importArchive(app, owner, { source: "slack", media_id: mediaId, dry_run: true });
        assert.equal(dry.status, "done", dry.error ?? "");
        assert.deepEqual(await rowCounts(app), before);
        const report = dry.report!;
        assert.deepEqual(
          [report.counts.users, report.counts.users_matched, report.counts.users_created, report.counts.channels],
          [7, 1, 4, 7],
        );
        assert.equal(report.counts.replies, 3);
        assert.equal(report.counts.files, 1);
        assert.ok(report.estimated_bytes > 1000);
        const codes = (list: { code: string }[]) => list.map((f) => f.code);
        for (const code of ["no_email_address", "username_changed"]) {
          assert.ok(codes(report.conflicts).includes(code), code);
        }
        for (
          const code of [
            "subtype:huddle_thread",
            "custom_emoji",
            "file_gone",
            "folder_without_channel",
            "thread_without_beginning",
          ]
        ) {
          assert.ok(codes(report.unsupported).includes(code), code);
        }
        assert.deepEqual(report.people.filter((p) => p.action === "matched").map((p) => p.username), ["owner"]);
        assert.equal(asked.length, 0);
      });

      const eventsBefore = app.events.length;
      await t.step("the import: people, channels, messages as they were", async () => {
        const run = await importArchive(app, owner, { source: "slack", media_id: mediaId });
        assert.equal(run.status, "done", run.error ?? "");
        assert.deepEqual({ ...run.report!.counts, files_stored: 0 }, dry!.report!.counts);
        assert.equal(run.report!.counts.files_stored, 1, JSON.stringify(run.report!.unsupported));
        const mine = await channelsOf(app, owner.access, "&member=true");
        assert.deepEqual(mine.map((c) => [c.type, c.name, c.unread_count]).toSorted(), [
          ["direct", null, 0],
          ["direct", null, 0],
          ["direct", "Deploy Bot", 0],
          ["private", "secret", 0],
          ["public", "empty", 0],
          ["public", "general", 0],
        ]);
        const general = mine.find((c) => c.name === "general")!;
        assert.deepEqual([general.topic, general.description, general.member_count], [
          "Todo lo importante",
          "Everybody & everything",
          5, // with dora, who was here before
        ]);
        // The first one is from here: a member came into the channel that the organisation began with.
        const [joined, ...messages] = await messagesOf(app, owner.access, general.id);
        assert.equal(joined!.system?.event, "user_joined");
        const by = (start: string) => messages.find((m) => m.content.startsWith(start))!;
        assert.deepEqual(messages.map((m) => m.seq), messages.map((_, i) => i + 2));
        assert.deepEqual(messages.map((m) => m.created_at), messages.map((m) => m.created_at).toSorted());
        const first = by("Hola");
        assert.equal(
          first.content,
          "Hola @ben.muller, see #old-project and [the \\*plan\\*](https://example.com/a?b=1&c=2) \\<now> 🎉",
        );
        assert.deepEqual(first.mentions.map((m) => m.type === "user" && m.username), ["ben.muller"]);
        assert.deepEqual([first.user.id, first.reply_count, first.is_pinned], [owner.id, 3, true]);
        assert.deepEqual(first.reactions.map((r) => [r.emoji, r.count]), [["👍", 2], ["party_parrot", 1]]);
        const styled = by("**bold**");
        assert.equal(styled.content, "**bold** _italic_ ~~strike~~ `code @owner` @here");
        assert.ok(styled.edited_at);
        assert.equal(by("a reply").root_id, first.id);
        assert.equal(by("late reply").root_id, first.id);
        assert.equal(by("orphan").root_id, null);
        const ci = by("Build");
        assert.deepEqual([ci.user.id, ci.user.username, ci.user.is_bot], [null, "CI", true]);
        assert.deepEqual(ci.cards, [{ title: "main #12", title_url: "https://ci.example.com/12", text: "passed" }]);
        assert.equal(by("deployed").user.display_name, "Deploy Bot");
        assert.equal(by("```").content, "```\nif (a < b) *x*\n```\n- one\n- two");
        assert.equal(by("nul").content, "nul and \ufffd lone");
        const edited = by("second text");
        const history = await app.call("GET", `/messages/${edited.id}/history`, { token: owner.access });
        assert.deepEqual(history.body.items.map((e: { content: string }) => e.content), ["first text"]);
        assert.equal(messages.filter((m) => m.is_deleted).length, 2);
        const system = messages.filter((m) => m.message_type === "system");
        assert.deepEqual(system.map((m) => m.system!.event), ["topic_changed"]);
      });

      await t.step("the file was fetched with its key, which nobody sees", async () => {
        assert.equal(asked.length, 1);
        const general = (await channelsOf(app, owner.access)).find((c) => c.name === "general")!;
        const message = (await messagesOf(app, owner.access, general.id)).find((m) => m.content === "with a file")!;
        assert.deepEqual([message.message_type, message.attachments.map((a) => [a.filename, a.size])], ["file", [[
          "notes.txt",
          11,
        ]]]);
        const rows = await app.app.db.rows<{ url: string | null }>(sql`select url from transfer_files`);
        assert.deepEqual(rows, [{ url: null }]);
        const found = await app.app.db.rows(sql`select 1 from messages where content like '%xoxe%'`);
        assert.deepEqual(found, []);
      });

      await t.step("no messages pushed, nobody notified: one event per channel", () => {
        const events = app.events.slice(eventsBefore).map((e) => JSON.parse(e.body).type as string);
        const counted = Object.groupBy(events, (type) => type);
        assert.equal(counted.chat_message, undefined);
        assert.equal(counted.notification, undefined);
        assert.equal(counted.channel_updated?.length, 7);
      });

      await t.step("roles of accounts: no passwords, guests see, the deleted are switched off", async () => {
        const users = await app.app.db.rows(sql`select username, role, is_active, password_hash, email from users
          where username in ('ben.muller', 'carla', 'guest', 'here-2') order by username`);
        assert.deepEqual(users.map((u) => [u.username, u.role, u.is_active, u.password_hash]), [
          ["ben.muller", "member", true, null],
          ["carla", "member", false, null],
          ["guest", "guest", true, null],
          ["here-2", "member", true, null],
        ]);
        assert.match(users[2]!.email, /^guest\..*@slack\.invalid$/);
      });

      await t.step("again: nothing is doubled; what is new is added behind", async () => {
        const before = await rowCounts(app);
        const content = slackExport();
        (content["general/2024-03-06.json"] as unknown[]).push({
          type: "message",
          ts: "1709725000.000000",
          user: "U2",
          text: "newer",
        });
        const run = await importArchive(app, owner, {
          source: "slack",
          media_id: await upload(app, owner, content),
          options: { files: "link" },
        });
        assert.equal(run.status, "done", run.error ?? "");
        const after = await rowCounts(app);
        assert.equal(after.messages, before.messages + 1);
        for (const part of ["users", "channels", "members", "reactions", "ids", "files"]) {
          assert.equal(after[part], before[part], part);
        }
        const general = (await channelsOf(app, owner.access)).find((c) => c.name === "general")!;
        assert.deepEqual([general.unread_count, general.last_message!.content], [0, "newer"]);
      });

      await t.step("imported messages are found, and what is private only by its people", async () => {
        const found = async (token: string, q: string) => (await app.call("GET", `/messages/search?q=${q}`, { token }));
        const answer = await found(owner.access, "private");
        if (answer.status === 404) return; // a build without search
        assert.equal(answer.body.items.length, 1, answer.text);
        assert.equal((await found(member.access, "private")).body.items.length, 0);
      });
    } finally {
      await files.shutdown();
    }
  });
}

Deno.test("names that are taken, and options", async () => {
  await using app = await createTestApp();
  const owner = await app.owner();
  const ben = await app.person("member", "ben");
  const made = await app.call("POST", "/channels", { token: owner.access, body: { name: "general" } });
  await app.call("POST", `/channels/${made.body.id}/messages`, {
    token: owner.access,
    body: { content: "here first" },
  });
  const empty = await app.call("POST", "/channels", { token: owner.access, body: { name: "empty" } });
  // A handle is in the way of whoever comes new, whatever the case.
  const group = { name: "Carla", handle: "Carla", user_ids: [] };
  assert.equal((await app.call("POST", "/user-groups", { token: owner.access, body: group })).status, 201);
  const media_id = await upload(app, owner, slackExport());
  const run = await importArchive(app, owner, {
    source: "slack",
    media_id,
    options: {
      users: { U2: "ben" },
      include_direct: false,
      include_private: false,
      skip_channels: ["#old-project"],
      join_leave: true,
      new_people: "inactive",
      files: "link",
    },
  });
  assert.equal(run.status, "done", run.error ?? "");
  const names = (await channelsOf(app, owner.access)).map((c) => c.name).toSorted();
  assert.deepEqual(names, ["empty", "general", "general-slack"]);
  assert.equal(run.report!.channels.find((c) => c.name === "empty")!.action, "filled");
  assert.equal((await channelsOf(app, owner.access)).find((c) => c.name === "empty")!.id, empty.body.id);
  const theirs = (await channelsOf(app, owner.access)).find((c) => c.name === "general-slack")!;
  const messages = await messagesOf(app, ben.access, theirs.id);
  assert.equal(messages.find((m) => m.content === "a reply")!.user.id, ben.id);
  assert.deepEqual(messages[0]!.system?.event, "user_joined");
  assert.match(
    messages.find((m) => m.content.startsWith("with a file"))!.content,
    /^with a file\n\[notes\.txt\]\(http:\/\/127\.0\.0\.1:9\/none\)$/,
  );
  const [guest] = await app.app.db.rows(sql`select is_active from users where username = 'guest'`);
  assert.equal(guest!.is_active, false);
  const [carla] = await app.app.db.rows(sql`select username from users where email = 'carla@example.org'`);
  assert.equal(carla!.username, "carla-2");
});
