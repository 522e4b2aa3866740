// Mattermost's bulk export, in a zip with files and as plain lines, and archives that were made to do harm.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { createTestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { channelsOf, importArchive, messagesOf, upload } from "../support/transfer_app.ts";
import { mattermostLines, slackExport, zipOf } from "../support/transfer_archives.ts";
import { PNG, withLyingSize, withName } from "../support/transfer_hostile.ts";

const jsonl = (lines: unknown[]) => lines.map((line) => JSON.stringify(line)).join("\n") + "\n";

for (const kind of testedKinds()) {
  Deno.test(`Mattermost's export on ${kind}`, async (t) => {
    await using app = await createTestApp({ db: kind });
    const owner = await app.owner();
    const archive = await zipOf({ "import.jsonl": jsonl(mattermostLines()), "data/20240305/teams/x/pic.png": PNG });
    const media_id = await upload(app, owner, archive);

    await t.step("posts in the order of time, with threads, files and what else there is", async () => {
      const dry = await importArchive(app, owner, { source: "mattermost", media_id, dry_run: true });
      assert.equal(dry.status, "done", dry.error ?? "");
      assert.deepEqual(await app.app.db.rows(sql`select 1 from messages`), []);
      const run = await importArchive(app, owner, { source: "mattermost", media_id });
      assert.equal(run.status, "done", run.error ?? "");
      assert.deepEqual({ ...run.report!.counts, files_stored: 0 }, dry.report!.counts);
      const codes = run.report!.unsupported.map((f) => f.code);
      for (const code of ["posts_without_channel", "file_missing", "type:emoji"]) assert.ok(codes.includes(code), code);
      const mine = await channelsOf(app, owner.access, "&member=true");
      assert.deepEqual(mine.map((c) => [c.type, c.name, c.unread_count, c.role]).toSorted(), [
        ["direct", null, 0, "member"],
        ["private", "Core", 0, "admin"],
        ["public", "Town Square", 0, "admin"],
        // What the organisation began with.
        ["public", "general", 0, "admin"],
      ]);
      const square = mine.find((c) => c.name === "Town Square")!;
      assert.deepEqual([square.topic, square.description, square.member_count], ["the header", "all of us", 3]);
      const messages = await messagesOf(app, owner.access, square.id);
      assert.deepEqual(messages.map((m) => m.content), [
        "ana updated the channel header",
        "first @ben and @channel, `@ben`",
        "reply one",
        "third 🚀",
        "beep",
        "reply two",
      ]);
      const [system, first, one, third, beep, two] = messages;
      assert.equal(system!.system!.event, "topic_changed");
      assert.deepEqual([first!.reply_count, one!.root_id, two!.root_id], [2, first!.id, first!.id]);
      assert.deepEqual(first!.mentions.map((m) => m.type), ["user", "channel"]);
      assert.ok(first!.edited_at);
      assert.deepEqual([third!.is_pinned, third!.reactions.map((r) => r.emoji)], [true, ["❤️"]]);
      assert.deepEqual([beep!.user.id, beep!.user.username, beep!.user.is_bot], [null, "Robot 9000", true]);
      assert.deepEqual([two!.message_type, two!.attachments.map((a) => [a.filename, a.width])], ["image", [[
        "pic.png",
        1,
      ]]]);
      const users = await app.app.db.rows(sql`select username, display_name, role, is_active, locale from users
        where username <> 'owner' order by username`);
      assert.deepEqual(users, [
        { username: "ben", display_name: "Benny", role: "member", is_active: true, locale: "en" },
        { username: "gone", display_name: "gone", role: "guest", is_active: false, locale: "en" },
      ]);
    });

    await t.step("as plain lines, a second time: nothing is doubled", async () => {
      const plain = new TextEncoder().encode(jsonl(mattermostLines()));
      const before = await app.app.db.one(sql`select count(*)::int as n, sum(seq)::int as seqs from messages`);
      const run = await importArchive(app, owner, {
        source: "mattermost",
        media_id: await upload(app, owner, plain, "x.jsonl"),
      });
      assert.equal(run.status, "done", run.error ?? "");
      assert.deepEqual(
        await app.app.db.one(sql`select count(*)::int as n, sum(seq)::int as seqs from messages`),
        before,
      );
    });
  });
}

Deno.test("archives that are wrong or made to do harm", async (t) => {
  await using app = await createTestApp();
  const owner = await app.owner();
  const rows = () =>
    app.app.db.one(sql`select (select count(*) from users) as users, (select count(*) from channels) as channels,
    (select count(*) from messages) as messages`);
  const before = await rows();
  const slack = slackExport();
  const zeros = new Uint8Array(40 * 1024 * 1024);
  const overlapping = await zipOf({
    "users.json": crypto.getRandomValues(new Uint8Array(20_000)),
    "channels.json": [],
  });
  const cases: [name: string, source: string, bytes: Uint8Array, says: RegExp][] = [
    ["no zip", "slack", new TextEncoder().encode("hello, this is not a zip archive"), /not a zip archive/],
    ["a cut zip", "slack", (await zipOf(slack)).slice(0, 900), /not a zip archive|damaged/],
    ["another zip", "slack", await zipOf({ "readme.txt": "hi" }), /users\.json is missing/],
    ["no JSON", "slack", await zipOf({ ...slack, "users.json": "[{" }), /not valid JSON/],
    ["a bomb", "slack", await zipOf({ ...slack, "general/2024-03-07.json": zeros }), /times its size/],
    [
      "an entry that is longer than it says",
      "slack",
      withLyingSize(await zipOf(slack), "users.json", 10),
      /damaged|not valid JSON|too many bytes/,
    ],
    [
      "a way out of the folder",
      "slack",
      withName(await zipOf({ ...slack, "xx/xx/evil.json": "[]" }), "xx/xx/evil.json", "../../evil.json"),
      /damaged/,
    ],
    ["shared bytes", "slack", sharedEntries(overlapping), /share their bytes|twice/],
    ["no lines", "mattermost", new Uint8Array([10]), /empty|version/],
    ["another format", "mattermost", new TextEncoder().encode('{"type":"user"}\n'), /not its version/],
    ["a later version", "mattermost", new TextEncoder().encode('{"type":"version","version":7}\n'), /Version 7/],
    ["a line without end", "mattermost", new Uint8Array(20 * 1024 * 1024).fill(97), /longer than|no JSON/],
    ["not ours", "pulpo", await zipOf({ "manifest.json": { format: "x" } }), /not an export of Pulpo/],
    [
      "from the future",
      "pulpo",
      await zipOf({ "manifest.json": { format: "pulpo-export", version: 99 } }),
      /Version 99/,
    ],
  ];
  for (const [name, source, bytes, says] of cases) {
    await t.step(name, async () => {
      const run = await importArchive(app, owner, { source, media_id: await upload(app, owner, bytes, "x.bin") });
      assert.equal(run.status, "failed", JSON.stringify(run.report?.counts));
      assert.match(run.error!, says);
      assert.deepEqual(await rows(), before);
    });
  }

  await t.step("values of wrong types are passed over", async () => {
    const odd = {
      "users.json": [null, 1, { id: 5 }, { id: "U1", name: { a: 1 }, profile: "x", deleted: "no" }],
      "channels.json": [{ id: "C1", name: ["x"], members: "all", topic: 3, pins: { a: 1 } }, {
        id: "C2",
        name: "ok",
        members: ["U1", "U1", 7],
      }],
      "ok/2024-03-05.json": [7, null, {
        type: "message",
        ts: "1709632000.1",
        user: ["U1"],
        text: { x: 1 },
        reactions: "many",
        files: [1, {}],
        thread_ts: 9,
      }, {
        type: "message",
        ts: "1709632001.1",
        user: "U1",
        text: "<@U1> <!subteam^S1|@team> <!date^1^x|then> <javascript:alert(1)|x> <|> *",
        edited: 4,
        attachments: [null, { title: 1 }],
      }, { type: "message", ts: "1709632002.1", user: "U1", text: "x".repeat(70_000) }],
      "ok/2024-03-06.json": { not: "a list" },
    };
    const run = await importArchive(app, owner, { source: "slack", media_id: await upload(app, owner, odd) });
    assert.equal(run.status, "done", run.error ?? "");
    assert.equal(run.report!.counts.messages, 2);
    assert.ok(run.report!.unsupported.some((f) => f.code === "longer_than_16_kib"));
    const rows = await app.app.db.rows<{ content: string }>(sql`select content from messages order by seq limit 1`);
    assert.equal(rows[0]!.content, "@U1 @team x x <|> *");
  });
});

/** A second entry in the directory that points at the bytes of the first one, many times. */
function sharedEntries(zip: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(zip.buffer), end = zip.length - 22;
  const start = view.getUint32(end + 16, true), size = view.getUint32(end + 12, true);
  const directory = zip.slice(start, start + size), copies = 20;
  const out = new Uint8Array(start + size * copies + 22);
  out.set(zip.subarray(0, start));
  for (let i = 0; i < copies; i++) {
    const copy = directory.slice(), at = new TextDecoder("latin1").decode(copy).indexOf("users.json");
    copy[at] = 65 + i;
    const other = new TextDecoder("latin1").decode(copy).indexOf("channels.json");
    copy[other] = 65 + i;
    out.set(copy, start + size * i);
  }
  out.set(zip.subarray(end), start + size * copies);
  const tail = new DataView(out.buffer, start + size * copies);
  tail.setUint16(8, 2 * copies, true);
  tail.setUint16(10, 2 * copies, true);
  tail.setUint32(12, size * copies, true);
  return out;
}
