// Cards of programs in chat: sent, changed, found, told of, exported and imported, and what a click does. On both kinds of
// database, against a real receiver.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { sql } from "../../db/sql.ts";
import { actionJob, actionSweepJob } from "../../features/chat/cards/actions.ts";
import { excerptOf } from "../../features/chat/notify/templates.ts";
import type { Card } from "../../protocol/chat/cards.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { channelsOf, exportAll, importArchive, messagesOf, upload } from "../support/transfer_app.ts";
import { until } from "../support/wait.ts";

interface Received {
  headers: Headers;
  body: string;
}

function startReceiver() {
  const received: Received[] = [];
  const state = { status: 200 };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    received.push({ headers: request.headers, body: await request.text() });
    return new Response("thanks", { status: state.status });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/in`,
    received,
    state,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const CARD: Card = {
  title: "Deployment of canción",
  title_url: "https://ci.example/7",
  text: "**Version 7** waits for `zanahoria`",
  fields: [{ title: "Branch", value: "main", short: true }],
  color: "warning",
  author: { name: "Ana", url: "https://ci.example/ana" },
  footer: "ci.example",
  timestamp: "2026-01-15T10:30:00.000Z",
  actions: [
    { id: "approve", label: "Approve", style: "primary", value: "7" },
    { id: "reject", label: "Reject", style: "danger", value: "" },
    { id: "open", label: "Open", url: "https://ci.example/7" },
    { id: "when", label: "Pick a date" },
  ],
};

async function setUp(t: TestApp) {
  const owner = await t.owner(), ana = await t.person("member", "ana");
  const team =
    (await t.call("POST", "/channels", { token: owner.access, body: { name: "team", user_ids: [ana.id] } })).body;
  const made = await t.call("POST", "/auth/tokens", {
    token: owner.access,
    body: { name: "ci", scopes: ["chat.send", "chat.read"] },
  });
  assert.equal(made.status, 201, made.text);
  return { owner, ana, team, program: made.body.token as string };
}

for (const kind of testedKinds()) {
  Deno.test(`cards on ${kind}`, async (s) => {
    await using t = await createTestApp({ db: kind });
    const { owner, ana, team, program } = await setUp(t);
    const send = (token: string, body: unknown) => t.call("POST", `/channels/${team.id}/messages`, { token, body });
    let id = "";

    await s.step("a program sends them, a person does not", async () => {
      const sent = await send(program, { cards: [{ ...CARD, timestamp: "2026-01-15T12:30:00+02:00" }] });
      assert.equal(sent.status, 201, sent.text);
      assert.deepEqual([sent.body.cards, sent.body.content, sent.body.user.is_bot], [[CARD], "", true]);
      id = sent.body.id;
      assert.deepEqual((await t.call("GET", `/messages/${id}`, { token: ana.access })).body.cards, [CARD]);
      const event = t.events.findLast((e) => e.body.includes(`"chat_message"`))!;
      assert.deepEqual(JSON.parse(event.body).data.message.cards, [CARD]);
      assert.equal((await send(ana.access, { content: "x", cards: [CARD] })).body.code, "forbidden");
    });

    await s.step("wrong ones are refused with their place", async () => {
      const wrong: [unknown, string][] = [
        [[{}], "cards"],
        [[{ title: "a", title_url: "javascript:alert(1)" }], "cards.0.title_url"],
        [[{ title: "a", color: "red" }], "cards.0.color"],
        [[{ title: "a\0" }], "cards.0.title"],
        [[{ actions: [{ id: "a", label: "x" }, { id: "a", label: "y" }] }], "cards"],
        [[{ title: "a", timestamp: "soon" }], "cards.0.timestamp"],
        [Array.from({ length: 20 }, () => ({ text: "x".repeat(20_000) })), "cards"],
      ];
      for (const [cards, path] of wrong) {
        const answer = await send(program, { content: "x", cards });
        assert.deepEqual([answer.status, answer.body.errors?.[0].path], [422, path], answer.text);
      }
    });

    await s.step("their words are found, with word forms and without accents", async () => {
      for (const q of ["cancion", "zanahorias", "branch", "approve", '"version 7"', "has:link zanahoria"]) {
        const found = await t.call("GET", `/messages/search?q=${encodeURIComponent(q)}`, { token: ana.access });
        assert.deepEqual(found.body.items.map((m: { id: string }) => m.id), [id], `${q}: ${found.text}`);
        assert.match(found.body.items[0].excerpt.text, /Deployment/);
        assert.deepEqual(found.body.items[0].highlights, []);
      }
    });

    await s.step("the same cards again, with their keys in another order, are no edit", async () => {
      const again = [Object.fromEntries(Object.entries(CARD).toReversed())];
      const answer = await t.call("PUT", `/messages/${id}`, { token: program, body: { cards: again } });
      assert.deepEqual([answer.status, answer.body.edited_at], [200, null], answer.text);
    });

    await s.step("an edit keeps what stood there, and the search follows", async () => {
      const next = [{ title: "Done", text: "pepino" }];
      const edited = await t.call("PUT", `/messages/${id}`, { token: program, body: { cards: next } });
      assert.deepEqual([edited.status, edited.body.cards], [200, next], edited.text);
      assert.ok(edited.body.edited_at);
      const history = await t.call("GET", `/messages/${id}/history`, { token: ana.access });
      assert.deepEqual(history.body.items[0].cards, [CARD]);
      const search = async (q: string) =>
        (await t.call("GET", `/messages/search?q=${q}`, { token: ana.access })).body.items.length;
      assert.deepEqual([await search("pepino"), await search("zanahoria")], [1, 0]);
      const none = await t.call("PUT", `/messages/${id}`, { token: program, body: { cards: [] } });
      assert.equal(none.body.errors?.[0].path, "content", none.text);
      const text = await t.call("PUT", `/messages/${id}`, { token: owner.access, body: { content: "with words" } });
      assert.deepEqual([text.body.content, text.body.cards], ["with words", next], text.text);
      assert.equal(
        (await t.call("PUT", `/messages/${id}`, { token: owner.access, body: { cards: [CARD] } })).body.code,
        "forbidden",
      );
    });

    await s.step("who is named in a card is told, with its text", async () => {
      await send(program, { cards: [{ title: "Review", text: "please, @ana: **today** `x_y`" }] });
      const told = await until(async () => {
        const { items } = (await t.call("GET", "/notifications", { token: ana.access })).body;
        return items.find((item: { type: string }) => item.type === "mention");
      });
      assert.equal(told.data.excerpt, "Review please, @ana: today x_y");
      assert.equal(excerptOf({ content: "", attachments: [], cards: [CARD] }, "en").startsWith("Ana Deployment"), true);
    });

    await s.step("the filter looks into them", async () => {
      const put = await t.call("PUT", "/admin/moderation/filters", {
        token: owner.access,
        body: { enabled: true, exempt_roles: [], words: [{ text: "calabaza", action: "block" }] },
      });
      assert.ok(put.status < 300, put.text);
      await until(async () =>
        (await send(program, { cards: [{ fields: [{ title: "x", value: "calabaza" }] }] })).status === 422
      );
    });

    await s.step("a deleted message shows none, nor does an export", async () => {
      const gone = (await send(program, { cards: [{ text: "berenjena" }] })).body.id;
      assert.equal((await t.call("DELETE", `/messages/${gone}`, { token: program })).status, 204);
      assert.deepEqual((await t.call("GET", `/messages/${gone}`, { token: ana.access })).body.cards, []);
      const run = await exportAll(t, owner, {});
      const archive = await (await fetch(`${t.url}/api/v1/admin/exports/${run.id}/download`, {
        headers: { authorization: `Bearer ${owner.access}` },
      })).bytes();
      await using other = await createTestApp({ db: kind });
      const target = await other.owner();
      const done = await importArchive(other, target, {
        source: "pulpo",
        media_id: await upload(other, target, archive),
      });
      assert.equal(done.status, "done", done.error ?? "");
      const there = (await channelsOf(other, target.access)).find((c) => c.name === "team")!;
      await other.call("POST", `/channels/${there.id}/join`, { token: target.access });
      const cardsIn = async (app: TestApp, who: Person, channel: string) =>
        (await messagesOf(app, who.access, channel)).filter((m) => m.message_type === "text").map((
          m,
        ) => [m.content, m.cards]);
      assert.deepEqual(await cardsIn(other, target, there.id), await cardsIn(t, owner, team.id));
      const rows = await other.app.db.rows<{ text: string }>(sql`
        select concat(content, props) as text from messages union all select cards::text from message_edits`);
      assert.ok(!JSON.stringify(rows).includes("berenjena"));
      assert.ok(JSON.stringify(rows).includes("zanahoria"));
    });
  });

  Deno.test(`clicks on cards on ${kind}`, async (s) => {
    await using receiver = startReceiver();
    let shift = 0;
    await using t = await createTestApp({ db: kind, now: () => new Date(Date.now() + shift) });
    const { owner, ana, team } = await setUp(t);
    const viewer = await t.person("viewer", "vera"), outsider = await t.person("member", "otto");
    await t.call("POST", `/channels/${team.id}/members`, { token: owner.access, body: { user_id: viewer.id } });
    const made = await t.call("POST", "/webhooks/incoming", {
      token: owner.access,
      body: { name: "CI", channel: `channel:${team.id}`, action_url: receiver.url },
    });
    assert.deepEqual([made.status, made.body.action_url], [201, receiver.url], made.text);
    const { secret } = made.body;
    const post = await t.call("POST", `//hooks/${made.body.token}`, {
      body: {
        attachments: [{
          title: "Deploy",
          actions: [
            { type: "button", name: "approve", text: "Approve", value: "7" },
            { type: "button", name: "open", text: "Open", url: "https://ci.example" },
            { type: "users_select", name: "who", placeholder: "Who" },
          ],
        }],
      },
    });
    assert.equal(post.text, "ok");
    const { id } = (await t.call("GET", `/channels/${team.id}/messages?limit=1`, { token: ana.access })).body.items[0];
    const click = (person: Person, action = "approve", message = id) =>
      t.call("POST", `/messages/${message}/actions/${action}`, { token: person.access });

    await s.step("the program gets it signed", async () => {
      const answer = await click(ana);
      assert.equal(answer.status, 202, answer.text);
      const [told] = await until(() => receiver.received.length ? receiver.received : undefined);
      assert.deepEqual(JSON.parse(told!.body), {
        action_id: "approve",
        value: "7",
        user: { id: ana.id, username: "ana", display_name: "ana", avatar_url: null, is_bot: false },
        message_id: id,
        channel_id: team.id,
      });
      const timestamp = told!.headers.get("x-pulpo-timestamp");
      const expected = createHmac("sha256", secret).update(`${timestamp}.${told!.body}`).digest("hex");
      assert.equal(told!.headers.get("x-pulpo-signature"), `sha256=${expected}`);
      assert.equal(told!.headers.get("x-pulpo-event"), "message_action");
      assert.equal(told!.headers.get("x-pulpo-delivery"), answer.body.id);
    });

    await s.step("a double click is one, a later one is another", async () => {
      const status = () =>
        t.app.db.rows<{ status: string }>(sql`select status from message_actions order by created_at`);
      await until(async () => (await status()).every((row) => row.status === "delivered"));
      shift += 10_000;
      const both = await Promise.all([click(ana), click(ana)]);
      assert.deepEqual([both[0]!.status, both[0]!.body.id], [202, both[1]!.body.id]);
      await until(() => receiver.received.length === 2);
      await until(async () => (await status()).every((row) => row.status === "delivered"));
      shift += 10_000;
      assert.notEqual((await click(ana)).body.id, both[0]!.body.id);
      await until(() => receiver.received.length === 3);
      // Another person's click is their own.
      assert.equal((await click(owner)).status, 202);
      await until(() => receiver.received.length === 4);
    });

    await s.step("rights: who does not read it, who may not react, what cannot be clicked", async () => {
      const refusals: [Promise<{ status: number; body: { code: string } }>, number, string][] = [
        [click(outsider), 404, "not_found"],
        [click(viewer), 403, "forbidden"],
        [click(ana, "nothing"), 404, "not_found"],
        [click(ana, "open"), 409, "conflict"],
        [click(ana, "who"), 409, "conflict"],
        [click(ana, "approve", team.id), 404, "not_found"],
        [t.call("POST", `/messages/${id}/actions/approve`), 401, "unauthenticated"],
      ];
      for (const [answer, status, code] of refusals) {
        const { body, status: got } = await answer;
        assert.deepEqual([got, body.code], [status, code]);
      }
      assert.equal(receiver.received.length, 4);
    });

    await s.step("what fails is tried again, and given up in the end", async () => {
      receiver.state.status = 500;
      shift += 10_000;
      const { body } = await click(ana);
      const job = {
        id: body.id as string,
        organization_id: (await t.call("GET", "/auth/me", { token: ana.access })).body.organization.id,
      };
      const row = () =>
        t.app.db.one<{ status: string; attempts: number; response_status: number }>(sql`
        select status, attempts, response_status from message_actions where id = ${job.id}`);
      await until(async () => (await row()).attempts === 1);
      assert.deepEqual(await row(), { status: "pending", attempts: 1, response_status: 500 });
      await assert.rejects(actionJob.handle(t.app, job, { id: "j", attempt: 2, lastAttempt: false }));
      receiver.state.status = 202;
      await actionJob.handle(t.app, job, { id: "j", attempt: 3, lastAttempt: false });
      assert.deepEqual(await row(), { status: "delivered", attempts: 3, response_status: 202 });
      const count = receiver.received.length;
      await actionJob.handle(t.app, job, { id: "j", attempt: 4, lastAttempt: true });
      assert.equal(receiver.received.length, count, "once it is there it is not told again");
    });

    await s.step(
      "without an address nobody takes clicks; addresses of this machine's kind are refused as ever",
      async () => {
        const put = (body: unknown) =>
          t.call("PUT", `/webhooks/incoming/${made.body.id}`, { token: owner.access, body });
        assert.equal((await put({ action_url: "http://169.254.169.254/x" })).body.errors[0].path, "action_url");
        assert.equal((await put({ action_url: "ftp://x" })).status, 422);
        assert.equal((await put({ name: "CI 2" })).body.action_url, receiver.url);
        assert.equal((await put({ action_url: null })).body.action_url, null);
        assert.equal(
          (await t.call("PUT", `/webhooks/incoming/${made.body.id}`, { token: ana.access, body: {} })).status,
          403,
        );
        shift += 10_000;
        assert.equal((await click(ana)).status, 409);
        const actions = [{ type: "button", name: "approve", text: "Approve", value: "7" }];
        const again = await t.call("POST", `//hooks/${made.body.token}`, {
          body: { attachments: [{ title: "Deploy again", actions }] },
        });
        assert.equal(again.text, "ok");
        const [last] = (await t.call("GET", `/channels/${team.id}/messages?limit=1`, { token: ana.access })).body.items;
        assert.equal(last.cards[0].title, "Deploy again");
        assert.equal(last.cards[0].actions[0].label, "Approve");
        assert.equal(last.cards[0].actions[0].value, undefined, "what nobody takes cannot be clicked");
        const { items } = (await t.call("GET", "/webhooks/incoming", { token: owner.access })).body;
        assert.deepEqual([items[0].name, items[0].action_url, "secret" in items[0]], ["CI 2", null, false]);
      },
    );

    await s.step("old clicks go", async () => {
      shift += 31 * 86_400_000;
      await actionSweepJob.handle(t.app, {}, { id: "j", attempt: 1, lastAttempt: true });
      assert.deepEqual(await t.app.db.rows(sql`select id from message_actions`), []);
    });
  });
}
