// What the readers make of rows that real archives have and simple ones do not: doubled and wild ones, blocks, changes told on
// another day, names of folders in other forms, files inside. Through the real reading worker.
import assert from "node:assert/strict";
import { type ArchiveContent, zipOf } from "../support/transfer_archives.ts";
import { PNG } from "../support/transfer_hostile.ts";
import { type ReadArchive, readArchive } from "../support/transfer_read.ts";
import { smallMattermostExport, smallSlackExport } from "../support/transfer_small.ts";

const DAY = "2023-11-14", NEXT = "2023-11-15";
const msg = (ts: unknown, user: string, text: unknown, more: object = {}) => ({
  type: "message",
  ts,
  user,
  text,
  ...more,
});
const contents = (read: ReadArchive, channel = "gen") => (read.rows[channel] ?? []).map((row) => row.content);
const slack = (days: Record<string, unknown[]>, more?: ArchiveContent, folder?: string) =>
  readArchive("slack", smallSlackExport(days, more, folder));
const mattermost = (...rows: unknown[]) =>
  readArchive("mattermost", new TextEncoder().encode(smallMattermostExport(rows)));
const post = (message: string, create_at: unknown, more: object = {}) => ({
  type: "post",
  post: { team: "eng", channel: "town-square", user: "ana", message, create_at, ...more },
});
/** Every row ends somewhere, and no two messages have one id. */
function addsUp(read: ReadArchive): void {
  const { rows, messages, merged, skipped } = read.counts;
  assert.equal(messages + merged + skipped, rows, JSON.stringify(read.counts));
  const ids = Object.values(read.rows).flat().map((row) => row.id);
  assert.deepEqual([ids.length, new Set(ids).size], [messages, messages]);
}

Deno.test("Slack: messages of one time stamp are all kept, a row that comes twice is not", async () => {
  const first = msg("1700000000.000100", "U01", "first");
  const read = await slack({
    [DAY]: [first, msg("1700000000.000100", "U02", "second"), msg("1700000001.000100", "U01", "third")],
    [NEXT]: [
      first,
      msg("1700000000.000100", "U02", "of another day"),
      msg("1700100000.000100", "U01", "reply", {
        thread_ts: "1700000000.000100",
      }),
    ],
  });
  assert.deepEqual(contents(read), ["first", "second", "third", "of another day", "reply"]);
  assert.deepEqual(read.findings, { doubled_message: 1 });
  assert.equal(read.rows.gen![4]!.root_id, read.rows.gen![0]!.id);
  addsUp(read);
  const again = await slack({
    [DAY]: [first, msg("1700000000.000100", "U02", "second"), msg("1700000001.000100", "U01", "third")],
  });
  assert.deepEqual(again.rows.gen!.map((row) => row.id), read.rows.gen!.slice(0, 3).map((row) => row.id));
});

Deno.test("Slack: a wild time is a finding, in whatever place it stands", async () => {
  const wild = ["999999999999.000100", "0.0", "-5", "NaN", "", null, 1e300, "1700000000000100", {}, "2023-11-14"];
  const read = await slack({
    [DAY]: [
      ...wild.map((ts, i) => msg(ts, "U01", `wild ${i}`)),
      msg(1700000000.5, "U01", "a number"),
      msg("1700000001.000100", "U01", "wild around", {
        edited: { ts: "999999999999.0" },
        thread_ts: "999999999999.0",
        reactions: [{ name: "+1", users: ["U02", "U02", "nobody"] }],
      }),
      null,
      7,
      ["x"],
    ],
  }, {
    "channels.json": [{
      id: "C01",
      name: "gen",
      created: 1e300,
      members: ["U01"],
      pins: [{ id: "1700000001.000100", created: 1e200 }],
    }],
  });
  assert.deepEqual(contents(read), ["a number", "wild around"]);
  assert.equal(read.findings.time_out_of_range, wild.length);
  assert.equal(read.findings.row_unreadable, 3);
  assert.deepEqual([read.counts.skipped, read.counts.reactions], [wild.length + 3, 1]);
  assert.equal(read.rows.gen![1]!.pinned_at, "2023-11-14T22:13:21.000Z");
  addsUp(read);
});

Deno.test("Mattermost: posts of one author in one millisecond, wild times, rows of wrong types", async () => {
  const at = 1700000000000, twice = post("twice", at + 9);
  const read = await mattermost(
    post("first", at, { replies: [{ user: "ben.o-neil", message: "to the first", create_at: at + 5 }] }),
    post("second", at, { replies: [{ user: "ben.o-neil", message: "to the second", create_at: at - 5 }, null] }),
    twice,
    twice,
    ...[1001700000000000, 1700000000000000, -1, 0, 1e300, "soon", null].map((time) => post("wild", time)),
    post("wild edit", at + 10, { edit_at: 1e17, reactions: [{ user: "ana", emoji_name: "+1", create_at: 1e17 }] }),
    post("wild root", 1e17, { replies: [{ user: "ana", message: "kept", create_at: at + 11 }] }),
    '{"type":"post","post":{"team":"eng",',
    { type: "post", post: "none" },
    { type: "post", post: { team: "eng", channel: "nowhere", user: "ana", message: "lost", create_at: at } },
  );
  const rows = read.rows["Town Square"]!, by = (content: string) => rows.find((row) => row.content === content)!;
  assert.deepEqual(rows.map((row) => row.content).toSorted(), [
    "first",
    "kept",
    "second",
    "to the first",
    "to the second",
    "twice",
    "wild edit",
  ]);
  assert.equal(by("to the first").root_id, by("first").id);
  assert.equal(by("to the second").root_id, by("second").id);
  assert.equal(by("kept").root_id, null);
  assert.deepEqual([read.findings.doubled_message, read.findings.time_out_of_range, read.findings.line_unreadable], [
    1,
    5,
    1,
  ]);
  addsUp(read);
});

Deno.test("Mattermost: more files than ten, cards, topics", async () => {
  const attachments = Array.from({ length: 14 }, (_, i) => ({ path: `20231114/f${i}.txt` }));
  const read = await mattermost(post("files :rocket: in ~town-square", 1700000000000, {
    attachments,
    props: {
      attachments: [{ title: "Build", title_link: "https://ci.test/1", fields: [{ title: "Branch", value: "main" }] }],
    },
  }));
  const [row] = read.rows["Town Square"]!;
  assert.equal(read.counts.files, 14);
  assert.match(row!.content, /^files 🚀 in #Town Square\n\[f0\.txt\]/);
  assert.deepEqual(row!.props.cards, [{
    title: "Build",
    title_url: "https://ci.test/1",
    fields: [{ title: "Branch", value: "main", short: false }],
  }]);
  assert.equal(read.channels[0]!.topic, "see docs (https://x.test)");
});

Deno.test("Slack: what stands in blocks is text with its formatting", async () => {
  const section = (...elements: unknown[]) => ({ type: "rich_text_section", elements });
  const cell = (text: string) => ({ type: "rich_text", elements: [section({ type: "text", text })] });
  const read = await slack({
    [DAY]: [
      msg("1700000000.000100", "U01", "Numbers of the week", {
        blocks: [cell("Numbers of the week"), {
          type: "table",
          rows: [[cell("City"), cell("Sales")], [cell("Vigo"), cell("42")]],
        }],
      }),
      msg("1700000001.000100", "U01", "list:\n• one\n    a. sub a\n• two\n"),
      {
        ...msg("1700000002.000100", "", "Alert"),
        subtype: "bot_message",
        bot_id: "B1",
        username: "Grafana",
        blocks: [{ type: "header", text: { type: "plain_text", text: "Alert" } }, {
          type: "section",
          text: { type: "mrkdwn", text: "CPU *95%* on <https://h.test|db1>" },
        }],
      },
      {
        ...msg("1700000003.000100", "U01", ""),
        blocks: [{ type: "section", text: { type: "mrkdwn", text: "only in blocks" } }],
      },
      msg("1700000004.000100", "U01", "fallback", {
        blocks: [{
          type: "rich_text",
          elements: [section({ type: "text", text: "hi ", style: { bold: true } }, { type: "user", user_id: "U02" })],
        }],
      }),
    ],
  });
  assert.deepEqual(contents(read), [
    "Numbers of the week\n\n| City | Sales |\n| --- | --- |\n| Vigo | 42 |",
    "list:\n- one\n    a. sub a\n- two",
    "### Alert\n\nCPU **95%** on [db1](https://h.test)",
    "only in blocks",
    "**hi** @BEN",
  ]);
  assert.deepEqual(read.rows.gen![4]!.mentions.map((m: { username: string }) => m.username), ["BEN"]);
  addsUp(read);
});

Deno.test("Slack: text that is no formatting there is none here; topics are plain", async () => {
  const texts = ["C:\\_temp\\*.txt", "__init__.py", "# x", "text\n---", "~~~"];
  const read = await slack({ [DAY]: texts.map((text, i) => msg(`170000000${i}.000100`, "U01", text)) }, {
    "channels.json": [{
      id: "C01",
      name: "gen",
      members: ["U01"],
      topic: { value: "see <https://x.test|docs> &amp; :rocket:" },
      purpose: { value: "*all* of <#C01|gen>" },
    }],
  });
  assert.deepEqual(contents(read), [
    "C:\\\\_temp\\\\*.txt",
    "\\_\\_init\\_\\_.py",
    "\\# x",
    "text\n\\---",
    "\\~\\~\\~",
  ]);
  assert.deepEqual([read.channels[0]!.topic, read.channels[0]!.description], [
    "see docs (https://x.test) & 🚀",
    "all of #gen",
  ]);
});

Deno.test("Slack: edits and deletions of another day, also of messages that are not there", async () => {
  const changed = (ts: string, of: string, from: string, to: string) => ({
    type: "message",
    subtype: "message_changed",
    ts,
    message: { type: "message", ts: of, user: "U01", text: to, edited: { ts } },
    previous_message: { type: "message", ts: of, user: "U01", text: from },
  });
  const deleted = (ts: string, of: string, before?: object) => ({
    type: "message",
    subtype: "message_deleted",
    ts,
    deleted_ts: of,
    previous_message: before,
  });
  const read = await slack({
    [DAY]: [msg("1700000000.000100", "U01", "one"), msg("1700000001.000100", "U02", "to go")],
    [NEXT]: [
      changed("1700100000.000100", "1700000000.000100", "one", "two"),
      changed("1700100001.000100", "1700000000.000100", "two", "three"),
      deleted("1700100002.000100", "1700000001.000100"),
      deleted("1700100003.000100", "1600000000.000100", msg("1600000000.000100", "U01", "from before")),
      changed("1700100004.000100", "1600000001.000100", "old", "new"),
      deleted("1700100005.000100", "1600000002.000100"),
      { type: "message", subtype: "message_deleted", ts: "1700100006.000100" },
    ],
  });
  assert.deepEqual(contents(read), ["three", "to go", "from before", "new"]);
  assert.deepEqual(read.rows.gen!.map((row) => row.deleted_at), [
    null,
    "2023-11-16T02:00:02.000Z",
    "2023-11-16T02:00:03.000Z",
    null,
  ]);
  assert.deepEqual(read.edits.map((edit) => edit.content), ["one", "two", "old"]);
  assert.deepEqual([read.counts.merged, read.counts.skipped], [4, 1]);
  addsUp(read);
});

Deno.test("Slack: days that overlap do not bring back what was edited or deleted", async () => {
  const secret = msg("1700000000.000100", "U01", "secret"), gone = msg("1700000001.000100", "U02", "gone");
  const change = {
    type: "message",
    subtype: "message_changed",
    ts: "1700000002.000100",
    message: msg("1700000000.000100", "U01", "public", { edited: { ts: "1700000002.000100" } }),
    previous_message: secret,
  };
  const deletion = {
    type: "message",
    subtype: "message_deleted",
    ts: "1700000003.000100",
    deleted_ts: "1700000001.000100",
    previous_message: gone,
  };
  const cases: Record<string, [unknown[], unknown[]]> = {
    "the row again": [[secret, gone, change, deletion], [secret, gone]],
    "the row again as it became": [[secret, gone, change, deletion], [change.message, gone]],
    "first as it became": [[change.message, gone, change, deletion], [secret, gone]],
    "the changes before the rows": [[change, deletion], [secret, gone]],
    "everything twice": [[secret, gone, change, deletion], [secret, gone, change, deletion]],
  };
  for (const [name, [first, second]] of Object.entries(cases)) {
    const read = await slack({ [DAY]: first, [NEXT]: second });
    assert.deepEqual(contents(read), ["public", "gone"], name);
    assert.deepEqual(read.rows.gen!.map((row) => row.deleted_at !== null), [false, true], name);
    assert.equal(read.findings.doubled_message, 2, name);
    addsUp(read);
  }
});

Deno.test("Slack: buttons of messages that nobody answers for any more cannot be clicked, links can", async () => {
  const actions = [
    { type: "button", name: "approve", text: "Approve", value: "7" },
    { type: "button", name: "log", text: "Log", url: "https://ci.test/log" },
  ];
  const read = await slack({
    [DAY]: [msg("1700000000.000100", "U01", "", { attachments: [{ title: "Deploy", actions }] })],
  });
  const shown = read.rows.gen![0]!.props.cards[0].actions;
  assert.deepEqual(shown.map((action: { label: string }) => action.label), ["Approve", "Log"]);
  assert.deepEqual(shown.map((action: object) => "value" in action), [false, false]);
  assert.equal(shown[1].url, "https://ci.test/log");
});

Deno.test("Slack: folders in either of Unicode's forms, with or without the zip's flag, and of code page 437", async (t) => {
  const row = msg("1700000000.000100", "U01", "hello");
  const one = (name: string, folder: string) => {
    const content = smallSlackExport({ [DAY]: [row] }, {}, "xxxxx") as Record<string, unknown>;
    (content["channels.json"] as { name: string }[])[0]!.name = name;
    delete content[`xxxxx/${DAY}.json`];
    return { ...content, [`${folder}/${DAY}.json`]: [row] };
  };
  const composed = "caf\u00e9", apart = "cafe\u0301";
  for (const [name, folder] of [[composed, apart], [apart, composed], [composed, composed]] as const) {
    await t.step(`${name.length} and ${folder.length} characters`, async () => {
      const zip = await zipOf(one(name, folder));
      for (const bytes of [zip, withoutUtf8Flag(zip)]) {
        const read = await readArchive("slack", bytes);
        assert.deepEqual([Object.values(read.rows).flat().length, read.findings], [1, {}]);
      }
    });
  }
  await t.step("code page 437", async () => {
    const zip = withoutUtf8Flag(await zipOf(one(composed, "cafX")));
    const path = new TextEncoder().encode(`cafX/${DAY}`);
    for (let at = 0; at < zip.length; at++) if (path.every((byte, i) => zip[at + i] === byte)) zip[at + 3] = 0x82;
    const read = await readArchive("slack", zip);
    assert.deepEqual([Object.values(read.rows).flat().length, read.findings], [1, {}]);
  });
});

/** The flag that says that names are UTF-8, taken away everywhere. */
function withoutUtf8Flag(zip: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const out = zip.slice(), view = new DataView(out.buffer);
  for (let at = 0; at + 10 < out.length; at++) {
    const signature = view.getUint32(at, true);
    const flags = signature === 0x02014b50 ? at + 8 : signature === 0x04034b50 ? at + 6 : 0;
    if (flags) view.setUint16(flags, view.getUint16(flags, true) & ~0x800, true);
  }
  return out;
}

Deno.test("Slack: files inside the archive, by their address or their id", async () => {
  const file = (id: string, url: string) => ({
    id,
    name: "pic.png",
    mimetype: "image/png",
    size: 70,
    mode: "hosted",
    url_private: url,
  });
  const read = await slack({
    [DAY]: [
      msg("1700000000.000100", "U01", "pic", { files: [file("F055", "__uploads/F055/pic.png")] }),
      msg("1700000001.000100", "U01", "pic2", {
        files: [file("F056", "https://files.slack.com/files-pri/T1-F056/pic.png")],
      }),
      msg("1700000002.000100", "U01", "many", { files: Array.from({ length: 12 }, () => file("F057", "")) }),
    ],
  }, { "__uploads/F055/pic.png": PNG, "__uploads/F056/pic.png": PNG, "gen/attachments/F057-pic.png": PNG });
  assert.deepEqual(read.files.slice(0, 2).map((f) => f.entry), ["__uploads/F055/pic.png", "__uploads/F056/pic.png"]);
  assert.deepEqual([read.files.length, read.files[13]!.entry], [14, "gen/attachments/F057-pic.png"]);
});

Deno.test("Slack: folders in folders, org_users.json, conversations with bots and outsiders", async () => {
  const inner = smallSlackExport({ [DAY]: [msg("1700000000.000100", "U09", "hi")] });
  const content: ArchiveContent = Object.fromEntries(
    Object.entries(inner).filter(([name]) => name !== "users.json").map((
      [name, value],
    ) => [`my/export/${name}`, value]),
  );
  content["my/export/org_users.json"] = [
    ...inner["users.json"] as unknown[],
    { id: "U09", name: "carla", profile: {} },
    { id: "UB", name: "bot", is_bot: true, profile: { real_name: "Deploy Bot" } },
  ];
  content["my/export/dms.json"] = [{ id: "D1", members: ["U01", "UB"] }, { id: "D2", members: ["U01", "UX"] }];
  content[`my/export/D2/${DAY}.json`] = [msg("1700000000.000100", "UX", "from outside", {
    user_profile: { display_name: "Xenia" },
  })];
  content[`my/export/nowhere/${DAY}.json`] = [msg("1700000000.000100", "U01", "lost"), 7];
  const read = await readArchive("slack", content);
  assert.deepEqual(contents(read), ["hi"]);
  assert.deepEqual(read.channels.map((c) => [c.key, c.strangers]), [["C01", undefined], ["D1", ["Deploy Bot"]], ["D2", [
    "Xenia",
  ]]]);
  assert.equal(read.rows.D2![0]!.sender_name, "Xenia");
  assert.deepEqual([read.findings, read.counts.skipped], [{ folder_without_channel: 1 }, 2]);
  addsUp(read);
});
