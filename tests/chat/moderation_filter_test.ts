// The automatic filter on the way of real messages: block, flag, flood, escalation, who is exempt, who may see and change
// it, and patterns that try to hang the server.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import {
  auditActions,
  channelOf,
  createScene,
  inboxTypes,
  reports,
  said,
  say,
  setFilter,
} from "../support/moderation_app.ts";
import { openSocket } from "../support/socket_client.ts";
import type { Answer } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const brief = (answer: Answer) => `${answer.status} ${answer.body?.code ?? ""}`.trim();

for (const db of testedKinds()) {
  Deno.test(`${db}: what is blocked does not go out, what is flagged does and makes one report`, async () => {
    await using scene = await createScene({ db });
    const { t, owner, moderator, ana, luis, channelId } = scene;
    await using live = await openSocket(`${t.url}/ws?token=${moderator.access}&channels=moderation`);
    await live.wait((f) => f.type === "ack");
    await using writer = await openSocket(`${t.url}/ws?token=${luis.access}`);
    const id = await said(t, luis, channelId, "bien");
    const saved = await setFilter(t, owner, {
      words: [{ text: "idiota", action: "block" }, { text: "tonto", action: "flag" }],
      patterns: [{ pattern: "\\bES\\d{22}\\b", action: "block" }],
      links: { action: "flag", allow: ["good.example"], block: ["evil.example"] },
    });
    assert.equal(saved.body.version, 1, saved.text);
    for (const text of ["IDIOTA", "1d10t4", "i d i o t a", "ES0011112222333344445555", "mira evil.example/x"]) {
      const answer = await say(t, luis, channelId, text);
      assert.equal(brief(answer), "422 message_blocked", text);
      assert.ok(!/idiota|ES\\d|evil/i.test(answer.body.detail), "the lists stay secret");
    }
    const outside = await say(t, luis, crypto.randomUUID(), "idiota");
    assert.equal(brief(outside), "404 not_found", "who may not write there learns that, and nothing is recorded");
    const framed = await writer.ask({ type: "chat_message", channel_id: channelId, content: "idiota" });
    assert.equal(framed.code, "message_blocked");
    const edited = await t.call("PUT", `/messages/${id}`, { token: luis.access, body: { content: "idiota" } });
    assert.equal(brief(edited), "422 message_blocked");
    const page = await t.call("GET", `/channels/${channelId}/messages`, { token: ana.access });
    const texts = page.body.items.filter((m: { message_type: string }) => m.message_type === "text")
      .map((m: { content: string }) => m.content);
    assert.deepEqual(texts, ["bien"], "nothing else went out");
    await live.wait((f) => f.type === "message_blocked" && f.data.rule === "word" && f.data.user_id === luis.id);
    assert.ok(!live.texts.some((text) => text.includes("IDIOTA")), "what was blocked is kept nowhere");
    const audited = (await auditActions(t, owner)).filter((action) => action === "message.blocked");
    assert.equal(audited.length, 1, "seven blocked messages, one entry a minute");

    const flagged = await said(t, luis, channelId, "eres tonto, mira https://other.example");
    const pushed = await live.wait((f) => f.type === "report_created");
    assert.deepEqual([pushed.data.report.source, pushed.data.report.reporter, pushed.data.report.message.id], [
      "filter",
      null,
      flagged,
    ]);
    assert.match(pushed.data.report.reason, /tonto.*other\.example/);
    await t.call("PUT", `/messages/${flagged}`, { token: luis.access, body: { content: "muy tonto" } });
    await t.call("PUT", `/messages/${id}`, { token: luis.access, body: { content: "tonto" } });
    await until(async () => (await reports(t, moderator)).body.items.length === 2);
    const about = (await reports(t, moderator)).body.items.map((r: { message: { id: string } }) => r.message.id);
    assert.deepEqual(about.sort(), [flagged, id].sort(), "one open report per message");
    await said(t, luis, channelId, "https://good.example está bien");
  });

  Deno.test(`${db}: flood, the same text again, escalation to a mute, exempt roles and channels`, async () => {
    let ahead = 0;
    await using scene = await createScene({ db, now: () => new Date(Date.now() + ahead) });
    const { t, owner, ana, luis, admin, channelId } = scene;
    await t.call("POST", `/channels/${channelId}/join`, { token: admin.access });
    const freeId = await channelOf(t, ana, "public", [luis]);
    const filter = {
      words: [{ text: "spam", action: "block" }],
      exempt_roles: ["admin"],
      exempt_channels: [freeId],
    };
    await setFilter(t, owner, { ...filter, flood: { action: "block", messages: 5, seconds: 3600, duplicates: 2 } });
    await said(t, ana, channelId, "¡Hola!");
    await said(t, ana, channelId, "hola");
    assert.equal(brief(await say(t, ana, channelId, "hola")), "422 message_blocked", "the third is one too many");
    for (const text of ["uno", "dos"]) await said(t, ana, channelId, text);
    assert.equal(brief(await say(t, ana, channelId, "tres")), "422 message_blocked", "the sixth within the time");
    await said(t, admin, channelId, "spam, dice el admin");
    await said(t, ana, freeId, "spam donde se puede");
    const flag = { action: "flag", messages: 2, seconds: 3600, duplicates: 0 };
    await setFilter(t, owner, { ...filter, flood: flag });
    for (let i = 0; i < 6; i++) await said(t, luis, channelId, `mensaje ${i}`);
    await until(async () => (await reports(t, owner, `?user_id=${luis.id}`)).body.items.length > 0);
    const { items } = (await reports(t, owner, `?user_id=${luis.id}`)).body;
    assert.deepEqual(items.map((r: { rule: string }) => r.rule), ["flood"], "told once, not of every message");

    await setFilter(t, owner, {
      ...filter,
      escalation: { enabled: true, blocks: 3, minutes: 10, mute_seconds: 300 },
    });
    for (let i = 0; i < 3; i++) assert.equal(brief(await say(t, luis, channelId, "spam")), "422 message_blocked");
    await until(async () => brief(await say(t, luis, channelId, "hola")) === "403 muted");
    await until(async () => (await inboxTypes(t, luis)).includes("moderation_mute"));
    const list = await t.call("GET", `/admin/moderation/actions?user_id=${luis.id}`, { token: owner.access });
    const [mute] = list.body.items;
    assert.deepEqual([list.body.items.length, mute.moderator.id, mute.moderator.username], [1, null, "filter"]);
    assert.equal(Date.parse(mute.expires_at) - Date.parse(mute.created_at), 300_000);
    ahead = 301_000;
    await said(t, luis, channelId, "ya puedo");
    assert.equal(brief(await say(t, luis, channelId, "spam")), "422 message_blocked");
    await t.app.db.one(sql`select 1 as one from moderation_blocks where user_id = ${luis.id} limit 1`);
    await said(t, luis, channelId, "one more after a mute does not mute again");
  });

  Deno.test(`${db}: settings: who may, what is refused, two who change them at once, the test box`, async () => {
    await using scene = await createScene({ db });
    const { t, owner, admin, moderator, ana } = scene;
    const stranger = await t.stranger("fremd");
    const path = "/admin/moderation/filters";
    const get = (by: typeof ana) => t.call("GET", path, { token: by.access });
    assert.equal((await get(ana)).status, 403);
    assert.equal((await setFilter(t, ana, {})).status, 403);
    assert.equal((await setFilter(t, moderator, {})).status, 403, "moderators look, admins change");
    assert.equal((await get(moderator)).body.version, 0);
    await setFilter(t, admin, { words: [{ text: "secreto", action: "block" }] });
    assert.deepEqual((await get(stranger)).body.words, [], "another organisation has its own");
    const theirs = await channelOf(t, stranger, "public", []);
    await said(t, stranger, theirs, "secreto");
    const state = (await get(moderator)).body;
    assert.deepEqual([state.version, state.updated_by.username, state.words[0].whole_word], [1, "admin", true]);
    const { updated_at: _, updated_by: __, ...settings } = state;
    assert.equal((await setFilter(t, owner, settings)).status, 200);
    assert.equal(brief(await setFilter(t, owner, settings)), "409 conflict", "read before the other change");

    const wrong: [Record<string, unknown>, string][] = [
      [{ patterns: [{ pattern: "(", action: "flag" }] }, "patterns.0.pattern"],
      [{ patterns: [{ pattern: "(a)\\1", action: "flag" }] }, "patterns.0.pattern"],
      [{ patterns: [{ pattern: "a{1000}", action: "flag" }] }, "patterns.0.pattern"],
      [{ patterns: [{ pattern: ".*", action: "block" }] }, "patterns.0.pattern"],
      [{ words: [{ text: "!!!", action: "flag" }] }, "words.0.text"],
      [{ words: [{ text: "x", action: "explode" }] }, "words.0.action"],
      [{ links: { action: "flag", allow: ["not a domain"] } }, "links.allow.0"],
      [{ flood: { action: "block", messages: 1, seconds: 1 } }, "flood.messages"],
      [{ exempt_roles: ["king"] }, "exempt_roles.0"],
    ];
    for (const [body, field] of wrong) {
      const answer = await setFilter(t, owner, body);
      assert.deepEqual([answer.status, answer.body.errors?.[0]?.path], [422, field], answer.text);
    }
    const test = (by: typeof ana, body: unknown) => t.call("POST", `${path}/test`, { token: by.access, body });
    assert.equal((await test(ana, { content: "x" })).status, 403);
    assert.deepEqual((await test(moderator, { content: "un S3CRET0" })).body, {
      verdict: "block",
      hits: [{ rule: "word", reason: 'the word "secreto"', action: "block" }],
    });
    const draft = { words: [{ text: "otro", action: "flag" }] };
    assert.equal((await test(moderator, { content: "otro", settings: draft })).body.verdict, "flag");
    assert.equal((await test(moderator, { content: "secreto", settings: draft })).body.verdict, "ok");
    const bad = await test(moderator, { content: "x", settings: { patterns: [{ pattern: "[", action: "flag" }] } });
    assert.equal(bad.body.errors[0].path, "settings.patterns.0.pattern");
    assert.equal((await auditActions(t, owner)).filter((a) => a === "moderation.filter_changed").length, 2);
  });
}

Deno.test("evil patterns and texts do not hold up the server", async () => {
  await using scene = await createScene({});
  const { t, owner, ana, luis, channelId } = scene;
  const patterns = [
    "(a+)+$",
    "(a|aa)+!",
    "([a-zA-Z]+)*!x",
    "(.*a){20}q",
    "(x+x+)+y",
    "^(\\w+\\s?)*\\?q",
    "[ab]*a[ab]{90}c",
  ];
  const saved = await setFilter(t, owner, { patterns: patterns.map((pattern) => ({ pattern, action: "flag" })) });
  assert.equal(saved.status, 200, saved.text);
  await using socket = await openSocket(`${t.url}/ws?token=${ana.access}`);
  const ab = Array.from({ length: 16_000 }, (_, i) => "ab"[(i * i + (i >> 3)) & 1]).join("");
  const sending = Promise.all(
    [ab, "a".repeat(16_000) + "#", "x".repeat(16_000), "word ".repeat(3200) + "#"].map((text) =>
      say(t, luis, channelId, text)
    ),
  );
  let done = false, pings = 0;
  void sending.finally(() => done = true);
  while (!done) {
    assert.equal((await socket.ask({ type: "ping" })).type, "pong");
    pings++;
  }
  assert.deepEqual((await sending).map((answer) => answer.status), [201, 201, 201, 201]);
  // A matcher that backtracks would hold the loop for longer than the world lasts: no ping and no message would be answered.
  assert.ok(pings > 0, "the socket was served meanwhile");
});
