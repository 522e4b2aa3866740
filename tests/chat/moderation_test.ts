// Reports and actions over HTTP, on both kinds of database: what they do, who may, and what must not leak.
import assert from "node:assert/strict";
import { newId } from "../../kernel/ids.ts";
import { openSocket } from "../support/socket_client.ts";
import {
  act,
  acted,
  auditActions,
  channelOf,
  createScene,
  inboxTypes,
  lift,
  report,
  reports,
  said,
  say,
} from "../support/moderation_app.ts";
import type { Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

for (const db of testedKinds()) {
  Deno.test(`${db}: a report keeps the message as it was, shows what is around it, and its outcome is told`, async () => {
    await using scene = await createScene({ db });
    const { t, owner, moderator, ana, luis, channelId } = scene;
    await using live = await openSocket(`${t.url}/ws?token=${moderator.access}&channels=moderation`);
    await live.wait((f) => f.type === "ack");
    await said(t, ana, channelId, "uno");
    await said(t, ana, channelId, "dos");
    await said(t, luis, channelId, "tres");
    const id = await said(t, luis, channelId, "eres tonta");
    await said(t, ana, channelId, "¿perdona?");
    const made = await report(t, ana, id, { category: "harassment" });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.body.status, "pending");
    const again = await report(t, ana, id, { category: "spam" });
    assert.deepEqual([again.status, again.body.id, again.body.category], [201, made.body.id, "harassment"]);
    const pushed = await live.wait((f) => f.type === "report_created");
    assert.equal(pushed.data.report.id, made.body.id);
    assert.equal(typeof pushed.offset, "number", "durable");

    const edited = await t.call("PUT", `/messages/${id}`, { token: luis.access, body: { content: "eres lista" } });
    assert.equal(edited.status, 200, edited.text);
    const [seen] = (await reports(t, moderator, "?status=pending")).body.items;
    assert.equal(seen.message.content, "eres tonta");
    assert.equal(seen.message_state, "edited");
    assert.deepEqual(seen.before.map((m: { content: string }) => m.content), ["dos", "tres"]);
    assert.deepEqual(seen.after.map((m: { content: string }) => m.content), ["¿perdona?"]);
    assert.deepEqual([seen.reporter.username, seen.author.username], ["ana", "luis"]);
    assert.equal((await t.call("DELETE", `/messages/${id}`, { token: luis.access })).status < 300, true);
    const [gone] = (await reports(t, moderator)).body.items;
    assert.deepEqual([gone.message.content, gone.message_state], ["eres tonta", "deleted"]);

    const put = (body: unknown) => t.call("PUT", `/admin/reports/${seen.id}`, { token: moderator.access, body });
    const claimed = await put({ assigned_to: moderator.id });
    assert.equal(claimed.body.assigned_to.username, "moderator", claimed.text);
    assert.equal((await reports(t, moderator, `?assigned_to=${moderator.id}`)).body.items.length, 1);
    assert.equal((await put({ assigned_to: ana.id })).status, 422, "a member cannot be given reports");
    const done = await put({ status: "resolved", note: "hablado" });
    assert.deepEqual([done.body.status, done.body.note, done.body.reviewed_by.username], [
      "resolved",
      "hablado",
      "moderator",
    ]);
    await live.wait((f) => f.type === "report_updated" && f.data.report.status === "resolved");
    await until(async () => (await inboxTypes(t, ana)).includes("report_reviewed"));
    assert.ok(!(await inboxTypes(t, luis)).includes("report_reviewed"), "the author is not told who reported");
    assert.equal((await reports(t, moderator, "?status=pending")).body.items.length, 0);
    const audit = await auditActions(t, owner);
    for (const action of ["report.created", "report.assigned", "report.resolved"]) {
      assert.ok(audit.includes(action), action);
    }
  });

  Deno.test(`${db}: reports: who may, and what nobody learns`, async () => {
    await using scene = await createScene({ db });
    const { t, owner, moderator, admin, ana, luis, channelId } = scene;
    const stranger = await t.stranger("fremd");
    const id = await said(t, luis, channelId, "hola");
    const secretId = await channelOf(t, ana, "private", [luis]);
    const secret = await said(t, luis, secretId, "secreto");
    const answers = {
      own: await report(t, luis, id),
      unknown: await report(t, ana, newId()),
      notIn: await report(t, admin, secret),
      strange: await report(t, stranger, id),
      empty: await report(t, ana, id, { reason: "  " }),
      category: await report(t, ana, id, { category: "nope" }),
    };
    assert.deepEqual(Object.values(answers).map((a) => a.status), [403, 404, 404, 404, 422, 422]);
    const made = (await report(t, ana, secret)).body.id;
    const [seen] = (await reports(t, moderator)).body.items;
    assert.equal(seen.message.content, "secreto", "moderators see what was reported in channels they are not in");
    assert.equal((await t.call("GET", `/channels/${secretId}/messages`, { token: moderator.access })).status, 404);

    for (const person of [ana, luis]) {
      assert.equal((await reports(t, person)).status, 403);
      const put = await t.call("PUT", `/admin/reports/${made}`, {
        token: person.access,
        body: { status: "dismissed" },
      });
      assert.equal(put.status, 403);
    }
    assert.deepEqual((await reports(t, stranger)).body.items, [], "another organisation has its own queue");
    const strangePut = await t.call("PUT", `/admin/reports/${made}`, {
      token: stranger.access,
      body: { status: "dismissed" },
    });
    assert.equal(strangePut.status, 404);
    await using socket = await openSocket(`${t.url}/ws?token=${ana.access}&channels=moderation`);
    const ack = await socket.wait((f) => f.type === "ack" || f.type === "error");
    assert.ok(ack.type === "error" || ack.data.denied.moderation, JSON.stringify(ack));

    // A moderator does not decide about what is said about the own messages; an owner has nobody above.
    await t.call("POST", `/channels/${channelId}/join`, { token: moderator.access });
    const own = await said(t, moderator, channelId, "soy yo");
    const aboutModerator = (await report(t, ana, own)).body.id;
    const decide = (by: typeof ana) =>
      t.call("PUT", `/admin/reports/${aboutModerator}`, { token: by.access, body: { status: "dismissed" } });
    assert.equal((await decide(moderator)).status, 403);
    const named = async (by: typeof ana) =>
      (await reports(t, by, `?user_id=${moderator.id}`)).body.items[0].reporter.username;
    assert.deepEqual([await named(moderator), await named(owner)], ["", "ana"], "nor learns who said it");
    const pushed = t.events.filter((event) => event.channel === "moderation").map((event) => JSON.parse(event.body));
    const about = pushed.find((push) => push.data.report?.id === aboutModerator);
    assert.deepEqual(about.data.report.reporter, { id: null, username: "", avatar_url: null }, "from events neither");
    assert.equal((await decide(owner)).status, 200);
    await until(async () => (await inboxTypes(t, ana)).includes("report_reviewed"));
    await t.call("POST", `/channels/${channelId}/join`, { token: owner.access });
    const aboutOwner = (await report(t, ana, await said(t, owner, channelId, "soy yo"))).body.id;
    const body = { status: "resolved" };
    assert.equal((await t.call("PUT", `/admin/reports/${aboutOwner}`, { token: owner.access, body })).status, 200);
  });

  Deno.test(`${db}: reports: two people count, a flood is slowed down, an answer can be opened again`, async () => {
    await using scene = await createScene({ db });
    const { t, moderator, ana, owner, luis, channelId } = scene;
    await t.call("POST", `/channels/${channelId}/join`, { token: owner.access });
    const ids = [];
    for (let i = 0; i < 22; i++) ids.push(await said(t, luis, channelId, `spam ${i}`));
    const both = await Promise.all([report(t, ana, ids[0]!), report(t, owner, ids[0]!), report(t, ana, ids[0]!)]);
    assert.deepEqual(both.map((a) => a.status), [201, 201, 201], both.map((a) => a.text).join());
    assert.equal(both[0]!.body.id, both[2]!.body.id, "also at the same moment");
    const cases = (await reports(t, moderator)).body.items;
    assert.equal(cases.length, 1, "one case");
    const [seen] = cases;
    assert.deepEqual([seen.reports_on_message, seen.reports_on_author, seen.report_count], [2, 2, 2]);
    assert.equal(both[1]!.body.id, seen.id, "both know the case's id");
    assert.deepEqual(seen.reports.map((r: { reporter: Person }) => r.reporter.username).sort(), ["ana", "owner"]);
    const statuses = [];
    for (const id of ids.slice(1)) statuses.push((await report(t, ana, id)).status);
    assert.equal(statuses.at(-1), 429);
    assert.ok(statuses.filter((s) => s === 201).length >= 18);
    const page = await reports(t, moderator, `?limit=5&user_id=${luis.id}&channel_id=${channelId}`);
    assert.equal(page.body.items.length, 5);
    const next = await reports(t, moderator, `?limit=5&cursor=${page.body.next_cursor}`);
    assert.ok(next.body.items[0].id < page.body.items[4].id);
    assert.equal((await reports(t, moderator, "?cursor=x")).status, 422);

    const put = (body: unknown) =>
      t.call("PUT", `/admin/reports/${both[0]!.body.id}`, { token: moderator.access, body });
    assert.equal((await put({})).status, 422);
    assert.equal((await put({ status: "dismissed" })).status, 200);
    assert.equal((await put({ status: "pending" })).body.reviewed_by, null);
    assert.equal((await put({ status: "dismissed" })).status, 200);
    for (const person of [ana, owner]) {
      await until(async () => (await inboxTypes(t, person)).includes("report_reviewed"));
    }
    const anew = await report(t, owner, ids[0]!);
    assert.notEqual(anew.body.id, seen.id, "what was decided is closed for everybody: a new case");
    assert.equal((await put({ status: "pending" })).status, 409, "one open case per message");
  });

  Deno.test(`${db}: ten people report one message at the same moment: one case, with all of them`, async () => {
    await using scene = await createScene({ db });
    const { t, owner, moderator, luis, channelId } = scene;
    const people: Person[] = [];
    for (let i = 0; i < 10; i++) people.push(await t.person("member", `witness${i}`));
    await t.call("POST", `/channels/${channelId}/join`, { token: owner.access });
    for (const person of people) await t.call("POST", `/channels/${channelId}/join`, { token: person.access });
    await using live = await openSocket(`${t.url}/ws?token=${moderator.access}&channels=moderation`);
    await live.wait((f) => f.type === "ack");
    const id = await said(t, luis, channelId, "spam");
    const categories = ["spam", "harassment"];
    const made = await Promise.all(
      people.map((person, i) => report(t, person, id, { reason: `reason ${i}`, category: categories[i % 2] })),
    );
    assert.deepEqual([...new Set(made.map((a) => a.status))], [201], made.map((a) => a.text).join());
    assert.equal(new Set(made.map((a) => a.body.id)).size, 1);
    const cases = (await reports(t, moderator, "?status=pending")).body.items;
    assert.equal(cases.length, 1);
    assert.equal(cases[0].report_count, 10);
    assert.deepEqual(
      cases[0].reports.map((r: { reason: string }) => r.reason).sort(),
      people.map((_, i) => `reason ${i}`),
    );
    const told = () => live.frames.filter((f) => f.type === "report_created");
    await until(() => told().some((f) => f.data.report.report_count === 10));
    // Any of the reports' ids stands for the case.
    const other = cases[0].reports.at(-1).id;
    assert.notEqual(other, cases[0].id);
    const done = await t.call("PUT", `/admin/reports/${other}`, {
      token: moderator.access,
      body: { status: "resolved", note: "dealt with" },
    });
    assert.deepEqual([done.body.id, done.body.status, done.body.report_count], [cases[0].id, "resolved", 10]);
    assert.deepEqual((await reports(t, moderator, "?status=pending")).body.items, []);
    for (const person of people) {
      await until(async () => (await inboxTypes(t, person)).includes("report_reviewed"));
    }
  });

  Deno.test(`${db}: a mute stops writing here or everywhere, ends by itself, and can be lifted`, async () => {
    let ahead = 0;
    await using scene = await createScene({ db, now: () => new Date(Date.now() + ahead) });
    const { t, owner, moderator, ana, luis, channelId } = scene;
    const otherId = await channelOf(t, luis, "public", [ana]);
    const before = await said(t, luis, channelId, "hola");
    const here = await acted(t, moderator, {
      user_id: luis.id,
      action_type: "mute",
      channel_id: channelId,
      duration_seconds: 300,
    });
    const refused = await say(t, luis, channelId, "hola?");
    assert.deepEqual([refused.status, refused.body.code], [403, "muted"]);
    await said(t, luis, otherId, "aquí sí");
    const everywhere = await acted(t, moderator, { user_id: luis.id, action_type: "mute", reason: "insultos" });
    const calls: [string, string, unknown?][] = [
      ["POST", `/channels/${otherId}/messages`, { content: "x" }],
      ["PUT", `/messages/${before}`, { content: "x" }],
      ["PUT", `/messages/${before}/reactions/%F0%9F%91%8D`],
      ["POST", "/media/uploads", { filename: "a.txt", size: 10 }],
    ];
    for (const [method, path, body] of calls) {
      const answer = await t.call(method, path, { token: luis.access, body });
      assert.deepEqual([path, answer.status, answer.body?.code], [path, 403, "muted"]);
    }
    assert.equal((await t.call("GET", `/channels/${otherId}/messages`, { token: luis.access })).status, 200);
    const mine = await t.call("GET", "/chat/restrictions", { token: luis.access });
    assert.deepEqual(mine.body.items.map((r: { id: string }) => r.id), [everywhere, here]);
    assert.deepEqual((await t.call("GET", "/chat/restrictions", { token: ana.access })).body.items, []);
    await until(async () => (await inboxTypes(t, luis)).filter((type) => type === "moderation_mute").length === 2);

    const lifted = await lift(t, moderator, everywhere, "fue un error");
    assert.deepEqual([lifted.status, lifted.body.is_active, lifted.body.revoke_reason], [200, false, "fue un error"]);
    assert.equal((await lift(t, moderator, everywhere)).status, 409);
    await said(t, luis, otherId, "otra vez");
    assert.equal((await say(t, luis, channelId, "x")).status, 403, "the other one still holds");
    ahead = 301_000;
    await said(t, luis, channelId, "por fin");
    const list = (query: string) => t.call("GET", `/admin/moderation/actions${query}`, { token: moderator.access });
    assert.deepEqual((await list("?active=true")).body.items, []);
    assert.equal((await list(`?user_id=${luis.id}&action_type=mute&active=false`)).body.items.length, 2);
    assert.equal((await list(`?channel_id=${channelId}`)).body.items.length, 1);
    assert.equal((await list("?from=2100-01-01T00:00:00.000Z")).body.items.length, 0);
    assert.equal((await t.call("GET", `/admin/moderation/actions/${here}`, { token: moderator.access })).body.id, here);
    await until(async () => (await inboxTypes(t, luis)).includes("moderation_lifted"));
    const audit = await auditActions(t, owner);
    assert.ok(audit.includes("moderation.muted") && audit.includes("moderation.lifted"));
  });

  Deno.test(`${db}: actions: nobody reaches upwards, sideways, or into another organisation`, async () => {
    await using scene = await createScene({ db });
    const { t, owner, admin, moderator, ana, luis, channelId } = scene;
    const stranger = await t.stranger("fremd");
    const second = await t.person("moderator", "second");
    const ban = (by: typeof ana, of: typeof ana, extra = {}) =>
      act(t, by, { user_id: of.id, action_type: "ban", ...extra }).then((a) => a.status);
    assert.deepEqual(
      [
        await ban(moderator, owner),
        await ban(moderator, admin),
        await ban(moderator, second),
        await ban(moderator, moderator),
        await ban(admin, owner),
        await ban(owner, owner),
        await ban(ana, luis),
        await ban(luis, moderator),
        await ban(moderator, stranger),
        await ban(stranger, luis),
      ],
      [403, 403, 403, 403, 403, 403, 403, 403, 404, 404],
    );
    const strangeChannel = await channelOf(t, stranger, "public", []);
    const secret = await channelOf(t, ana, "private", [luis]);
    assert.deepEqual(
      [
        await ban(moderator, luis, { channel_id: strangeChannel }),
        await ban(moderator, luis, { channel_id: newId() }),
        await ban(moderator, luis, { channel_id: secret }),
        await ban(moderator, luis, { report_id: newId() }),
        await ban(moderator, luis, { reason: "" }),
        await ban(moderator, luis, { duration_seconds: 0 }),
        await ban(moderator, luis, { action_type: "warning", duration_seconds: 5 }),
        await ban(moderator, luis, { action_type: "kill" }),
      ],
      [404, 404, 404, 422, 422, 422, 422, 422],
    );
    assert.equal((await t.call("GET", "/admin/moderation/actions", { token: ana.access })).status, 403);
    const byAdmin = await acted(t, admin, { user_id: luis.id, action_type: "mute" });
    assert.equal((await lift(t, moderator, byAdmin)).status, 403, "an admin did it");
    assert.equal((await lift(t, luis, byAdmin)).status, 403);
    assert.equal((await lift(t, stranger, byAdmin)).status, 404);
    assert.equal((await t.call("GET", `/admin/moderation/actions/${byAdmin}`, { token: stranger.access })).status, 404);
    assert.equal((await lift(t, owner, byAdmin)).status, 200);
    // What was reported in a private channel may be acted on there.
    const id = await said(t, luis, secret, "mal");
    const reportId = (await report(t, ana, id)).body.id;
    await acted(t, moderator, { user_id: luis.id, action_type: "mute", channel_id: secret, report_id: reportId });
    assert.equal((await say(t, luis, secret, "x")).status, 403);
    const warned = await acted(t, moderator, { user_id: ana.id, action_type: "warning" });
    await until(async () => (await inboxTypes(t, ana)).includes("moderation_warning"));
    await said(t, ana, channelId, "a warning takes nothing away");
    assert.equal(
      (await t.call("GET", `/admin/moderation/actions/${warned}`, { token: owner.access })).body.is_active,
      false,
    );
    assert.equal(t.logs.filter((line) => line.includes('"internal"')).length, 0);
  });
}
