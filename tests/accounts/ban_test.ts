// Bans and mutes on two instances (one PostgreSQL, one Redis): what one instance decides holds on the other at once, ends
// by itself when its time is over (the clock is moved), and nothing of a banned person is left anywhere.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { accountsFeature } from "../../features/accounts/mod.ts";
import { moderationFeature } from "../../features/moderation/mod.ts";
import { available, startRedis } from "../../tools/services.ts";
import { acted, auditActions, channelOf, lift, said, say, setFilter } from "../support/moderation_app.ts";
import { databaseFromTemplate } from "../support/server_databases.ts";
import { openSocket } from "../support/socket_client.ts";
import { openStream } from "../support/stream_client.ts";
import { type Answer, createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const missing = !(available().postgres && available().redis) && Deno.env.get("CI") !== "true";
const brief = (answer: Answer) => `${answer.status} ${answer.body?.code ?? ""}`.trim();

Deno.test({ name: "two instances: bans, mutes and the filter hold on both at once", ignore: missing }, async (test) => {
  const redis = await startRedis();
  const settings = { "database-url": await databaseFromTemplate(), "redis-url": redis.url };
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead);
  const a = await createTestApp({ settings, now }), b = await createTestApp({ settings, now });
  const owner = await a.owner();
  const moderator = await a.person("moderator", "moderator");
  const luis = await a.person("member", "luis"), ana = await a.person("member", "ana");
  const channelId = await channelOf(a, ana, "public", [luis]);
  const otherId = await channelOf(a, ana, "public", [luis]);
  const channel = `channel:${channelId}`, other = `channel:${otherId}`;
  const signIn = (t: TestApp, password = PASSWORD) => t.login({ username: "luis", password });
  const read = (t: TestApp, token: string, id = channelId) => t.call("GET", `/channels/${id}/messages`, { token });

  await test.step("a ban from the organisation closes everything on both, and refuses every credential", async () => {
    const made = await a.call("POST", "/auth/tokens", {
      token: luis.access,
      body: { name: "bot", scopes: ["chat.read", "chat.send", "channels.subscribe"] },
    });
    const token = made.body.token as string;
    const pair = (await signIn(b)).body;
    const ticket = (await b.call("POST", "/auth/ticket", { token: pair.access_token })).body.ticket as string;
    const sockets = await Promise.all([
      openSocket(`${a.url}/ws?token=${luis.access}&channels=${channel}`),
      openSocket(`${b.url}/ws?token=${pair.access_token}&channels=${channel}`),
      openSocket(`${b.url}/ws?token=${token}&channels=${channel}`),
    ]);
    for (const socket of sockets) await socket.wait((f) => f.type === "ack");
    const stream = await openStream(`${b.url}/sse?channels=${channel}&token=${token}`);
    assert.equal(stream.status, 200);
    for (const t of [a, b]) assert.equal((await read(t, token)).status, 200);
    const started = performance.now();
    const ban = { user_id: luis.id, action_type: "ban", reason: "acoso", duration_seconds: 3600 };
    const id = await acted(a, moderator, ban);
    for (const socket of sockets) assert.ok([4401, 4403].includes((await socket.waitClosed()).code));
    await until(() => stream.ended);
    console.log(`    all connections were closed after ${Math.round(performance.now() - started)} ms`);
    for (const t of [a, b]) {
      await until(async () => brief(await read(t, token)) === "403 banned");
      assert.equal(brief(await read(t, luis.access)), "403 banned");
      assert.equal(brief(await read(t, pair.access_token)), "403 banned");
      const refreshed = await t.call("POST", "/auth/refresh", { body: { refresh_token: pair.refresh_token } });
      assert.equal(brief(refreshed), "403 banned");
      assert.equal(brief(await signIn(t, "wrong password")), "401 invalid_credentials");
      const right = await signIn(t);
      assert.equal(brief(right), "403 banned");
      assert.match(right.body.detail, /acoso/);
      assert.match(right.body.detail, new RegExp(now().toISOString().slice(0, 10).slice(0, 4)));
    }
    const refused = await fetch(`${b.url}/sse?token=${ticket}&channels=${channel}`);
    await refused.body?.cancel();
    assert.ok([401, 403].includes(refused.status), `a ticket of before: ${refused.status}`);
    assert.equal(
      (await b.call("GET", `/admin/moderation/actions/${id}`, { token: owner.access })).body.is_active,
      true,
    );

    ahead = 3_601_000;
    for (const t of [a, b]) {
      assert.equal(brief(await read(t, token)), "200", "works again by itself");
      assert.equal((await signIn(t)).status, 200);
    }
    ahead = 0;
    assert.equal(brief(await signIn(a)), "403 banned");
    const lifted = await lift(b, owner, id);
    assert.equal(lifted.status, 200, lifted.text);
    await until(async () => brief(await read(a, token)) === "200");
    assert.equal((await signIn(a)).status, 200);
  });

  await test.step("bans overlap: lifting one leaves the other; without end means without end", async () => {
    const short = await acted(a, moderator, { user_id: luis.id, action_type: "ban", duration_seconds: 60 });
    const long = await acted(b, owner, { user_id: luis.id, action_type: "ban" });
    assert.equal(brief(await lift(a, moderator, long)), "403 forbidden");
    assert.equal((await lift(a, moderator, short)).status, 200);
    ahead = 20 * 365 * 86_400_000;
    assert.equal(brief(await signIn(b)), "403 banned");
    ahead = 0;
    assert.equal((await lift(a, owner, long)).status, 200);
    await until(async () => (await signIn(b)).status === 200);
  });

  await test.step("a ban from one channel ends its subscriptions on both, and the rest goes on", async () => {
    const tokenA = (await signIn(a)).body.access_token, tokenB = (await signIn(b)).body.access_token;
    const id = await said(a, luis, channelId, "palabra buscada");
    const reply = await a.call("POST", `/channels/${channelId}/messages`, {
      token: ana.access,
      body: { content: "respuesta", reply_to_id: id },
    });
    assert.equal(reply.status, 201, reply.text);
    const found = (t: TestApp, token: string) =>
      t.call("GET", "/messages/search?q=buscada", { token }).then((answer) => answer.body.items.length);
    await until(async () => await found(b, tokenB) === 1);
    const sockets = await Promise.all([
      openSocket(`${a.url}/ws?token=${tokenA}&channels=${channel},${other}`),
      openSocket(`${b.url}/ws?token=${tokenB}&channels=${channel},${other}`),
    ]);
    for (const socket of sockets) await socket.wait((f) => f.type === "ack");
    const started = performance.now();
    await acted(a, moderator, { user_id: luis.id, action_type: "ban", channel_id: channelId, duration_seconds: 600 });
    for (const socket of sockets) {
      const lost = await socket.wait((f) => f.type === "error" && f.subject === channel);
      assert.equal(lost.code, "banned");
    }
    console.log(`    both subscriptions had ended after ${Math.round(performance.now() - started)} ms`);
    for (const [t, token] of [[a, tokenA], [b, tokenB]] as const) {
      const call = (method: string, path: string, body?: unknown) => t.call(method, path, { token, body });
      assert.equal(brief(await call("GET", `/channels/${channelId}/messages`)), "403 banned");
      assert.equal(brief(await call("GET", `/messages/${id}`)), "404 not_found");
      assert.equal(await found(t, token), 0);
      assert.equal(brief(await call("GET", `/messages/${id}/thread`)), "404 not_found");
      assert.equal(brief(await call("POST", `/channels/${channelId}/messages`, { content: "x" })), "403 banned");
      assert.equal(brief(await call("PUT", `/messages/${id}`, { content: "x" })), "404 not_found");
      assert.equal(brief(await call("POST", `/channels/${channelId}/join`)), "403 banned");
      assert.equal((await call("GET", `/channels/${otherId}/messages`)).status, 200);
      const mine = await call("GET", "/chat/restrictions");
      assert.deepEqual(mine.body.items.map((r: { channel_id: string }) => r.channel_id), [channelId]);
    }
    // What is said there does not arrive, what is said elsewhere does.
    await said(a, ana, channelId, "sin él");
    await said(a, ana, otherId, "con él");
    for (const socket of sockets) {
      await socket.wait((f) => f.type === "chat_message" && f.channel === other);
      assert.ok(!socket.frames.some((f) => f.type === "chat_message" && f.data.message.content === "sin él"));
      await socket[Symbol.asyncDispose]();
    }
    ahead = 601_000;
    assert.equal((await read(b, tokenB)).status, 200, "works again by itself");
    await said(a, { access: tokenA }, channelId, "he vuelto");
    ahead = 0;
  });

  await test.step("a mute of one instance holds on the other", async () => {
    const id = await acted(a, moderator, { user_id: luis.id, action_type: "mute", channel_id: otherId });
    assert.equal(brief(await say(b, luis, otherId, "x")), "403 muted");
    assert.equal((await lift(b, moderator, id)).status, 200);
    await said(a, luis, otherId, "x");
  });

  await test.step("a filter of one instance holds on the other", async () => {
    await said(b, luis, otherId, "patata");
    const saved = await setFilter(a, owner, { words: [{ text: "patata", action: "block" }] });
    assert.equal(saved.status, 200, saved.text);
    assert.equal(brief(await say(a, luis, otherId, "patata")), "422 message_blocked");
    await until(async () => brief(await say(b, luis, otherId, "patata")) === "422 message_blocked");
    await setFilter(b, owner, {});
    await until(async () => (await say(a, luis, otherId, "patata")).status === 201);
  });

  const audit = await auditActions(a, owner);
  for (const action of ["moderation.banned", "moderation.muted", "moderation.lifted", "moderation.filter_changed"]) {
    assert.ok(audit.includes(action), action);
  }
  await a[Symbol.asyncDispose]();
  await b[Symbol.asyncDispose]();
  await redis.close();
});

for (const db of testedKinds()) {
  Deno.test(`${db}: a ban ends sessions, and the jobs that clean up change nothing that can be seen`, async () => {
    let ahead = 0;
    await using t = await createTestApp({ db, now: () => new Date(Date.now() + ahead) });
    const owner = await t.owner();
    const luis = await t.person("member", "luis");
    const channelId = await channelOf(t, luis, "public", []);
    await using socket = await openSocket(`${t.url}/ws?token=${luis.access}`);
    await socket.ask({ type: "ping" });
    await acted(t, owner, { user_id: luis.id, action_type: "ban", duration_seconds: 900 });
    await acted(t, owner, { user_id: luis.id, action_type: "mute", duration_seconds: 1800 });
    assert.equal((await socket.waitClosed()).code, 4401);
    assert.equal(brief(await say(t, luis, channelId, "x")), "403 banned");
    const clean = async () => {
      for (const job of [moderationFeature, accountsFeature].flatMap((feature) => feature.jobs ?? [])) {
        await job.handle(t.app, {}, { id: "1", attempt: 1, lastAttempt: false });
      }
    };
    await clean();
    assert.equal(brief(await t.login(luis)), "403 banned");
    ahead = 901_000;
    await clean();
    const { access_token: access } = (await t.login(luis)).body;
    assert.equal(brief(await say(t, { access }, channelId, "x")), "403 muted");
    await clean();
    ahead = 1_801_000;
    const later = (await t.login(luis)).body.access_token;
    await said(t, { access: later }, channelId, "x");
    await clean();
    const { banned_until } = await t.app.db.one<{ banned_until: Date | null }>(
      sql`select banned_until from users where id = ${luis.id}`,
    );
    assert.equal(banned_until, null);
    const left = await t.app.db.rows(sql`select 1 from chat_restrictions`);
    assert.equal(left.length, 0);
  });
}
