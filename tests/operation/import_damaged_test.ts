// Archives with doubled, wild and damaged rows, made anew from a few seeds: none stops an import, the dry run says what the run
// does, every row is counted once, and what was counted is there.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import type { ImportRun } from "../../protocol/operation/transfer.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { importArchive, upload } from "../support/transfer_app.ts";
import type { ArchiveContent } from "../support/transfer_archives.ts";
import { PNG } from "../support/transfer_hostile.ts";
import { smallMattermostExport, smallSlackExport } from "../support/transfer_small.ts";

/** The same numbers for the same seed (mulberry32). */
function dice(seed: number) {
  const next = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  return { pick, one: (share: number) => next() < share, upTo: (n: number) => Math.floor(next() * n) };
}
type Dice = ReturnType<typeof dice>;

const ODD: unknown[] = [null, 7, "x", [], {}, true, { text: { a: 1 } }, "\u0000\ud800", ["a", null], -1, 1e300];
const WILD: unknown[] = [
  "999999999999.1",
  "0",
  "-1",
  "NaN",
  "",
  null,
  1e300,
  "1700000000000100",
  {},
  1700000000000000,
  1e17,
];
const TEXTS = [
  "hello",
  "*bold* <@U02> <!here> <https://x.test|x>",
  "```code",
  "\u0000 \ud800",
  "",
  "C:\\_temp\\*.txt",
  ":wave::skin-tone-3: @ana ~town-square",
  "x".repeat(20_000),
  "<@U02> <@U02> <@U01>",
];
const BLOCKS: unknown[] = [
  [{ type: "section", text: { type: "mrkdwn", text: "block" } }],
  [{
    type: "rich_text",
    elements: [{ type: "rich_text_section", elements: [{ type: "user", user_id: "U02" }, null] }],
  }],
  [{ type: "table", rows: [[null, 5], "x"] }],
  [{ type: "image", image_url: "https://x.test/a.png", alt_text: "a" }],
  "no blocks",
];

function slackRow(d: Dice, days: number): unknown {
  const ts = d.one(0.15) ? d.pick(WILD) : `${1700000000 + d.upTo(days * 40)}.000${d.upTo(2)}00`;
  const row: Record<string, unknown> = {
    type: "message",
    ts,
    user: d.pick(["U01", "U02", "U03"]),
    text: d.pick(TEXTS),
  };
  if (d.one(0.2)) row.blocks = d.pick(BLOCKS);
  if (d.one(0.15)) row.thread_ts = `${1700000000 + d.upTo(days * 40)}.000000`;
  if (d.one(0.15)) {
    row.subtype = d.pick(["bot_message", "channel_join", "channel_topic", "tombstone", "new_kind", "me_message"]);
  }
  if (d.one(0.1)) {
    const of = `${1700000000 + d.upTo(days * 40)}.000000`;
    row.subtype = d.pick(["message_changed", "message_deleted"]);
    row.message = { type: "message", ts: of, user: "U01", text: "changed" };
    row.deleted_ts = of;
    if (d.one(0.5)) row.previous_message = { type: "message", ts: of, user: "U01", text: "before" };
  }
  if (d.one(0.2)) {
    row.reactions = [{ name: "+1", users: ["U01", "U01", "U02", "U9"] }, {
      name: d.pick(["\u0000", "party", 5]),
      users: ["U01"],
    }];
  }
  if (d.one(0.1)) row.edited = { ts: d.pick(WILD) };
  if (d.one(0.1)) {
    row.files = [{
      id: d.pick(["F1", "F2"]),
      name: "p\u0000ic.png",
      mimetype: "image/png",
      size: d.pick([70, -1, 1e300, "x"]),
    }];
  }
  if (d.one(0.1)) {
    row.attachments = [{ title: "t", text: "a", fields: [{ title: "f", value: 1 }, null], ts: d.pick(WILD) }];
  }
  for (const name of Object.keys(row)) if (d.one(0.03)) row[name] = d.pick(ODD);
  return d.one(0.04) ? d.pick(ODD) : row;
}

function slackArchive(d: Dice): ArchiveContent {
  const days: Record<string, unknown[]> = {};
  let last: unknown[] = [];
  for (let day = 0; day < 6; day++) {
    const rows = Array.from({ length: 40 }, () => slackRow(d, 6));
    // Days that overlap.
    for (const row of last.slice(0, 5)) rows.push(row);
    if (d.one(0.5)) rows.push(rows[3], rows[3]);
    days[`2023-11-${14 + day}`] = rows;
    last = rows;
  }
  const channel = {
    id: "C01",
    name: "gen",
    created: d.pick([1600000000, 1e300, "x"]),
    members: ["U01", "U02", "U01", 5],
  };
  return smallSlackExport(days, {
    "gen/2023-11-21.json": d.pick(["[{", { a: 1 }, "", "[]"]),
    "__uploads/F1/pic.png": PNG,
    "channels.json": [channel, { ...channel, name: "again" }, null, 7],
    "dms.json": [{ id: "D1", members: ["U01", "UX"] }, { id: "D1" }, {
      id: "D2",
      members: ["U\u00001", "U02"],
      created: "soon",
    }],
    "D1/2023-11-14.json": [slackRow(d, 6), slackRow(d, 6)],
    "orphan/2023-11-14.json": [slackRow(d, 6)],
  });
}

function mattermostArchive(d: Dice): ArchiveContent {
  const at = () => d.one(0.15) ? d.pick([...WILD, 1001700000000000]) : 1700000000000 + d.upTo(60);
  const post = (replies: number): Record<string, unknown> => {
    const row: Record<string, unknown> = {
      team: "eng",
      channel: d.pick(["town-square", "town-square", "nowhere"]),
      user: d.pick(["ana", "ben.o-neil", "gone"]),
      message: d.pick(TEXTS),
      create_at: at(),
      replies: Array.from({ length: replies }, () => d.one(0.1) ? d.pick(ODD) : post(0)),
    };
    if (d.one(0.1)) row.edit_at = at();
    if (d.one(0.2)) {
      row.reactions = [{ user: "ana", emoji_name: "+1", create_at: at() }, { user: "ana", emoji_name: "+1" }, null];
    }
    if (d.one(0.1)) row.props = { attachments: [{ text: "a", fields: [null, { value: {} }], ts: at() }, 5] };
    if (d.one(0.1)) {
      row.attachments = Array.from({ length: 12 }, () => ({ path: d.pick(["pic.png", "gone.txt", "\u0000"]) }));
    }
    if (d.one(0.1)) row.type = d.pick(["me", "system_join_channel", "system_header_change", "system_x", "custom_x"]);
    for (const name of Object.keys(row)) if (name !== "channel" && d.one(0.03)) row[name] = d.pick(ODD);
    return row;
  };
  const rows: unknown[] = [];
  for (let i = 0; i < 150; i++) {
    rows.push(
      d.one(0.05)
        ? d.pick(['{"type":"post","post":{', "[]", "7", '{"type":"x"}'])
        : { type: "post", post: post(d.upTo(4)) },
    );
    if (d.one(0.1)) rows.push(rows.at(-1));
  }
  rows.push({ type: "direct_post", direct_post: { ...post(1), channel_members: ["ana", "gone"] } });
  return { "import.jsonl": smallMattermostExport(rows), "data/pic.png": PNG };
}

async function rowsThere(t: TestApp): Promise<Record<string, number>> {
  return await t.app.db.one(sql`select (select count(*)::int from messages) as messages,
    (select count(*)::int from messages where root_id is not null) as replies,
    (select count(*)::int from message_reactions) as reactions, (select count(*)::int from message_edits) as edits,
    (select count(*)::int from users) as users_created, (select count(*)::int from channels) as channels_created`);
}

async function check(t: TestApp, owner: Person, source: ImportRun["source"], content: ArchiveContent): Promise<void> {
  const media_id = await upload(t, owner, content);
  const before = await rowsThere(t);
  const dry = await importArchive(t, owner, { source, media_id, dry_run: true });
  assert.equal(dry.status, "done", dry.error ?? "");
  assert.deepEqual(await rowsThere(t), before);
  const run = await importArchive(t, owner, { source, media_id });
  assert.equal(run.status, "done", run.error ?? "");
  const counts = run.report!.counts as Record<string, number>;
  assert.deepEqual({ ...counts, files_stored: 0 }, { ...dry.report!.counts, files_stored: 0 });
  const known = (list: { code: string }[]) => list.filter((f) => f.code !== "file_not_stored");
  assert.deepEqual(known(run.report!.unsupported), dry.report!.unsupported);
  assert.equal(counts.messages! + counts.merged! + counts.skipped!, counts.rows, JSON.stringify(counts));
  assert.ok(counts.messages! > 50 && counts.skipped! > 5, JSON.stringify(counts));
  const after = await rowsThere(t);
  for (const name of Object.keys(after)) assert.equal(after[name]! - before[name]!, counts[name], name);
  // And once more: nothing is doubled.
  const again = await importArchive(t, owner, { source, media_id });
  assert.equal(again.status, "done", again.error ?? "");
  assert.deepEqual(await rowsThere(t), after);
}

for (const [source, archive] of [["slack", slackArchive], ["mattermost", mattermostArchive]] as const) {
  Deno.test(`damaged archives of ${source}: none stops an import, and its counts add up`, async (t) => {
    for (const seed of [1, 2, 3]) {
      await t.step(`seed ${seed}`, async () => {
        // An organisation of its own for each, since the same names are the same messages.
        await using app = await createTestApp();
        await check(app, await app.owner(), source, archive(dice(seed)));
      });
    }
  });
}
