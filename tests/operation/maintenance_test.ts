// An organisation that is closed for maintenance, parts of the product that it has switched off, and what the server's
// owner sees of its settings.
import assert from "node:assert/strict";
import { runAdminCommand } from "../../server/commands/run.ts";
import { codeOfStep, stepOf } from "../../features/accounts/second_factor/totp.ts";
import { loadConfig, SETTINGS } from "../../kernel/config.ts";
import { shownSettings } from "../../kernel/shown_settings.ts";
import { CLOSE } from "../../protocol/errors.ts";
import { MemoryBroker } from "../../realtime/memory_broker.ts";
import { fromBase32 } from "../support/base32.ts";
import { databaseFromTemplate } from "../support/server_databases.ts";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp, PASSWORD, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

async function connect(t: TestApp, who: Person) {
  const { ticket } = (await t.call("POST", "/auth/ticket", { token: who.access })).body;
  return await openSocket(`${t.url}/ws?token=${ticket}`);
}

const set = (t: TestApp, who: Person, settings: object) =>
  t.call("PUT", "/organization", { token: who.access, body: { settings } });

for (const db of testedKinds()) {
  Deno.test(`${db}: maintenance: people are turned away with the owner's words, administrators go on, nothing ends`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner(), admin = await t.person("admin"), ana = await t.person("member", "ana");
    const far = await t.stranger();
    const { token } = (await t.call("POST", "/auth/tokens", {
      token: ana.access,
      body: { name: "x", scopes: ["users.read"] },
    })).body;
    await using socket = await connect(t, ana);
    await using kept = await connect(t, admin);
    await using other = await connect(t, far);
    const closed = { maintenance: { on: true, text: "Back at noon" } };
    assert.equal((await set(t, admin, closed)).status, 403, "an owner's matter");
    assert.equal((await set(t, ana, closed)).status, 403);
    assert.equal((await set(t, owner, { maintenance: { on: true, text: "x".repeat(501) } })).status, 422);
    const hooked = { name: "CI", channel: "notify:builds" };
    const hook = (await t.call("POST", "/webhooks/incoming", { token: owner.access, body: hooked })).body.url;
    const post = () => fetch(hook.replace(/^https?:\/\/[^/]+/, t.url), { method: "POST", body: '{"text":"x"}' });
    assert.equal((await set(t, owner, closed)).status, 200);
    const posted = await post();
    assert.deepEqual([posted.status, (await posted.json()).code], [503, "maintenance"]);
    assert.ok(Number(posted.headers.get("retry-after")) > 0);

    assert.equal((await socket.waitClosed()).code, CLOSE.restarting);
    for (const credential of [ana.access, token]) {
      const answer = await t.call("GET", "/users", { token: credential });
      assert.deepEqual([answer.status, answer.body.code, answer.body.detail], [503, "maintenance", "Back at noon"]);
      assert.ok(Number(answer.headers.get("retry-after")) > 0);
    }
    assert.equal((await t.login(ana)).body.code, "maintenance");
    assert.equal((await t.login({ username: "ana", password: "not it at all" })).body.code, "invalid_credentials");
    assert.equal(
      (await t.call("POST", "/auth/refresh", { body: { refresh_token: ana.refresh } })).body.code,
      "maintenance",
    );
    await using refused = await openSocket(`${t.url}/ws?token=${ana.access}`);
    assert.equal((await refused.waitClosed()).code, CLOSE.restarting);
    for (const who of [owner, admin, far]) {
      assert.equal((await t.call("GET", "/users", { token: who.access })).status, 200);
      assert.equal((await t.login(who)).status, 200);
    }
    assert.equal((await kept.ask({ type: "ping", id: 1 })).type, "pong");
    assert.equal((await other.ask({ type: "ping", id: 1 })).type, "pong");

    assert.equal((await set(t, owner, { maintenance: {} })).status, 200);
    assert.equal((await t.call("GET", "/users", { token: ana.access })).status, 200, "the session is what it was");
    assert.equal((await t.call("GET", "/users", { token })).status, 200);
    assert.equal((await t.call("POST", "/auth/refresh", { body: { refresh_token: ana.refresh } })).status, 200);
  });

  Deno.test(`${db}: maintenance uses up no code of the second step`, async () => {
    let now = Date.now();
    await using t = await createTestApp({ db, now: () => new Date(now) });
    const owner = await t.owner(), ana = await t.person("member", "ana");
    const post = (path: string, body: object) => t.call("POST", path, { token: ana.access, body });
    const { secret } = (await post("/auth/2fa/setup", {})).body;
    const totp = () => codeOfStep(fromBase32(secret), stepOf(new Date(now)));
    const { recovery_codes: [recovery_code] } = (await post("/auth/2fa/enable", { code: totp() })).body;
    now += 60_000;
    for (const second of [{ recovery_code }, { totp: totp() }]) {
      const signIn = () => t.call("POST", "/auth/login", { body: { username: "ana", password: PASSWORD, ...second } });
      assert.equal((await set(t, owner, { maintenance: { on: true } })).status, 200);
      assert.equal((await signIn()).body.code, "maintenance");
      assert.equal((await set(t, owner, { maintenance: {} })).status, 200);
      const pair = await signIn();
      assert.equal(pair.status, 200, pair.text);
    }
  });

  Deno.test(`${db}: maintenance from the command line is for all of the server, or one organisation`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    await t.owner();
    const ana = await t.person("member", "ana");
    const far = await t.stranger();
    const run = (name: string, flags = {}) =>
      runAdminCommand({ app: t.app, database: undefined as never }, { name, flags });
    assert.match(await run("maintenance on", { text: "Moving" }), /First: closed.*\nElsewhere: closed/);
    assert.equal((await t.call("GET", "/users", { token: ana.access })).body.detail, "Moving");
    assert.equal((await t.call("GET", "/users", { token: far.access })).status, 200, "an owner goes on");
    assert.match(await run("maintenance status"), /First: closed \(Moving\)/);
    await run("maintenance off", { organization: "First" });
    assert.equal((await t.call("GET", "/users", { token: ana.access })).status, 200);
    assert.match(await run("maintenance status"), /First: open\nElsewhere: closed/);
    await assert.rejects(run("maintenance on", { organization: "Nowhere" }), /no such organisation/);
    await assert.rejects(run("maintenance on", { text: "x".repeat(501) }), /500/);
  });

  Deno.test(`${db}: switched off: calls, sockets and tokens of that part are refused as disabled, for owners too`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner(), ana = await t.person("member", "ana");
    const channel =
      (await t.call("POST", "/channels", { token: owner.access, body: { name: "plaza", type: "public" } })).body.id;
    const hook = (await t.call("POST", "/webhooks/incoming", {
      token: owner.access,
      body: { name: "x", channel: "notify:builds" },
    })).body;
    const post = async () => {
      const response = await fetch(`${t.url}${new URL(hook.url).pathname}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: "hi" }),
      });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await post(), 200);
    await using socket = await connect(t, ana);
    assert.equal((await set(t, ana, { features: { chat: false } })).status, 403);
    assert.equal((await set(t, owner, { features: { chatt: false } })).status, 422);
    assert.equal((await set(t, owner, { features: { chat: false, webhooks: false, statistics: false } })).status, 200);
    const calls: [string, string, unknown?][] = [
      ["GET", "/channels"],
      ["POST", `/channels/${channel}/messages`, { content: "hi" }],
      ["GET", "/webhooks/outgoing"],
    ];
    for (const [method, path, body] of calls) {
      const answer = await t.call(method, path, { token: owner.access, body });
      assert.deepEqual(
        [answer.status, answer.body.code],
        [403, "feature_disabled"],
        `${method} ${path}: ${answer.text}`,
      );
    }
    const sent = await socket.ask({ type: "chat_message", channel_id: channel, content: "hi", id: 7 });
    assert.equal(sent.code, "feature_disabled", JSON.stringify(sent));
    assert.equal(await post(), 404);
    const me = (await t.call("GET", "/auth/me", { token: owner.access })).body;
    assert.ok(
      !me.permissions.some((p: string) => p.startsWith("chat.s") || p === "webhooks.manage" || p === "stats.read"),
    );
    // What one never had is still forbidden, not disabled.
    assert.equal((await t.call("GET", "/audit", { token: ana.access })).body.code, "forbidden");
    // Everything else works, and all of it again after it was switched on.
    assert.equal((await t.call("GET", "/notifications", { token: ana.access })).status, 200);
    assert.equal((await set(t, owner, { features: {} })).status, 200);
    assert.equal((await t.call("GET", "/channels", { token: ana.access })).status, 200);
    assert.equal(await post(), 200);
  });

  Deno.test(`${db}: switched off: who manages people still does, nobody more than before`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner(), admin = await t.person("admin"), ana = await t.person("member", "ana");
    const roles = (change: object) =>
      t.call("PUT", "/organization/roles", { token: owner.access, body: { roles: { member: change } } });
    const add = (who: Person, username: string, role = "member") =>
      t.call("POST", "/users", {
        token: who.access,
        body: { email: `${username}@example.org`, username, password: PASSWORD, role },
      });
    assert.equal((await roles({ add: ["chat.purge"], remove: [] })).status, 200);
    assert.equal((await add(admin, "too-much")).status, 403, "members hold more than administrators");
    assert.equal((await set(t, owner, { features: { chat: false, statistics: false } })).status, 200);
    assert.equal((await add(admin, "too-much")).status, 403, "and still would, were it switched on");
    assert.equal((await add(owner, "ben")).status, 201);
    const reset = { password: "another long pass phrase" };
    assert.equal((await t.call("PUT", `/users/${ana.id}`, { token: owner.access, body: reset })).status, 200);
    assert.equal((await roles({ add: ["chat.moderate"], remove: [] })).status, 200, "for when it is switched on again");
    assert.equal((await roles({ add: [], remove: [] })).status, 200);
    assert.equal((await add(admin, "eva")).status, 201);
    assert.equal((await add(admin, "boss", "owner")).status, 403);
  });
}

Deno.test("maintenance and switches take effect on the other instance's sockets", async () => {
  const url = await databaseFromTemplate();
  const broker = new MemoryBroker();
  const settings = { "database-url": url };
  await using one = await createTestApp({ settings, broker });
  await using two = await createTestApp({ settings, broker });
  const owner = await one.owner(), ana = await one.person("member", "ana");
  await using socket = await connect(two, ana);
  assert.equal((await two.call("GET", "/channels", { token: ana.access })).status, 200);
  assert.equal((await set(one, owner, { maintenance: { on: true, text: "" } })).status, 200);
  assert.equal((await socket.waitClosed()).code, CLOSE.restarting);
  assert.equal((await two.call("GET", "/channels", { token: ana.access })).status, 503);
});

Deno.test("server settings: every one of them, where it comes from, no secret, for the first organisation's owners", async () => {
  const config = loadConfig({
    flags: { port: "8099", "smtp-url": "smtp://u:hidden-word@mail.example" },
    env: { PULPO_SECRET: "hidden-word that is long enough for it", PULPO_LOG_LEVEL: "warn" },
    toml: 'log_format = "json"',
  });
  const shown = new Map(shownSettings(config).map((one) => [one.name, one]));
  assert.equal(shown.size, Object.keys(SETTINGS).length);
  const of = (name: string) => [shown.get(name)!.value, shown.get(name)!.origin, shown.get(name)!.is_set];
  assert.deepEqual(of("port"), ["8099", "flag", true]);
  assert.deepEqual(of("log_level"), ["warn", "environment", true]);
  assert.deepEqual(of("log_format"), ["json", "file", true]);
  assert.deepEqual(of("registration"), ["invite", "default", true]);
  assert.deepEqual(of("secret"), [null, "environment", true]);
  assert.deepEqual(of("admin_password"), [null, "default", false]);
  assert.ok(!JSON.stringify([...shown.values()]).includes("hidden-word"));

  await using t = await createTestApp({ settings: { registration: "open" } });
  const owner = await t.owner(), admin = await t.person("admin"), far = await t.stranger();
  const read = (who: Person) => t.call("GET", "/admin/settings", { token: who.access });
  const answer = await read(owner);
  assert.equal(answer.body.items.length, Object.keys(SETTINGS).length);
  assert.equal(answer.body.items.find((s: { name: string }) => s.name === "registration").origin, "flag");
  assert.ok(!answer.text.includes("a secret for tests"));
  assert.equal((await read(admin)).status, 403);
  assert.equal((await read(far)).status, 404, "an owner of another organisation");
  assert.equal((await t.login({ username: "owner", password: PASSWORD })).status, 200);
});
