// Passkeys over real sockets with an authenticator in software, and everything that somebody may try with them. The real
// browser is in tests/console/second_factor_test.ts.
import assert from "node:assert/strict";
import { codeOfStep, stepOf } from "../../features/accounts/second_factor/totp.ts";
import { sql } from "../../db/sql.ts";
import { fromBase32 } from "../support/base32.ts";
import { type Lies, SoftAuthenticator } from "../support/soft_authenticator.ts";
import { type Answer, createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const ORIGIN = "https://ops.example.org", RP = "ops.example.org";
const SETTINGS = { "public-url": `${ORIGIN}/pulpo`, registration: "open" };
const BASE = "/auth/passkeys";

function ok(answer: Answer, status = 200): Answer {
  assert.equal(answer.status, status, answer.text);
  return answer;
}
function refused(answer: Answer, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.body?.code], [status, code], answer.text);
}

const device = () => new SoftAuthenticator(ORIGIN, RP);
const options = async (t: TestApp, token: string) =>
  ok(await t.call("POST", `${BASE}/register/options`, { token })).body;
const register = async (t: TestApp, token: string, key: SoftAuthenticator, lies: Lies = {}) =>
  await t.call("POST", `${BASE}/register/verify`, {
    token,
    body: { ...key.register(await options(t, token), lies), name: "Ana's phone" },
  });
const loginOptions = async (t: TestApp) => ok(await t.call("POST", `${BASE}/login/options`)).body;
const verify = (t: TestApp, body: unknown) => t.call("POST", `${BASE}/login/verify`, { body });
const signIn = async (t: TestApp, key: SoftAuthenticator, lies: Lies = {}) =>
  await verify(t, key.authenticate(await loginOptions(t), lies));

for (const db of testedKinds()) {
  Deno.test(`passkeys (${db}): add, sign in without a name, list, rename, remove while signed in`, async () => {
    await using t = await createTestApp({ db, settings: SETTINGS });
    const ana = await t.person("member", "ana");
    const asked = await options(t, ana.access);
    assert.deepEqual(asked.rp, { name: "First", id: RP });
    assert.equal(asked.attestation, "none");
    assert.equal(asked.authenticatorSelection.residentKey, "required");
    assert.equal(asked.authenticatorSelection.userVerification, "required");
    assert.deepEqual(asked.excludeCredentials, []);
    const handle = new TextDecoder().decode(Uint8Array.fromBase64(asked.user.id, { alphabet: "base64url" }));
    assert.equal(handle, ana.id, "the id, not the name");

    const phone = device();
    const made = ok(await register(t, ana.access, phone), 201).body;
    assert.deepEqual([made.name, made.last_used_at, made.transports], ["Ana's phone", null, ["internal"]]);
    assert.deepEqual((await options(t, ana.access)).excludeCredentials.map((c: { id: string }) => c.id), [phone.id]);
    refused(await register(t, ana.access, phone), 409, "conflict");

    const asking = await loginOptions(t);
    assert.deepEqual(Object.keys(asking).sort(), ["challenge", "rpId", "timeout", "userVerification"]);
    const pair = ok(await verify(t, phone.authenticate(asking))).body;
    assert.equal(pair.user.username, "ana");
    assert.equal(pair.user.passkeys, 1);
    const { items: [listed] } = ok(await t.call("GET", BASE, { token: pair.access_token })).body;
    assert.ok(listed.last_used_at);
    const audit = await t.call("GET", "/audit?action=auth.login", { token: (await t.owner()).access });
    assert.deepEqual(audit.body.items[0].details, { method: "passkey", factor: "passkey" });

    const path = `${BASE}/${made.id}`;
    const renamed = await t.call("PUT", path, { token: pair.access_token, body: { name: "Old phone" } });
    assert.equal(ok(renamed).body.name, "Old phone");
    refused(await t.call("PUT", path, { token: pair.access_token, body: { name: "" } }), 422, "validation_failed");
    ok(await t.call("DELETE", path, { token: pair.access_token }), 204);
    refused(await t.call("DELETE", path, { token: pair.access_token }), 404, "not_found");
    ok(await t.call("GET", "/auth/me", { token: pair.access_token }));
    refused(await signIn(t, phone), 401, "passkey_refused");
    await until(async () => {
      const { items } = (await t.call("GET", "/notifications", { token: ana.access })).body;
      const kinds = items.map((n: { data: { kind: string } }) => n.data?.kind);
      return kinds.includes("passkey_added") && kinds.includes("passkey_removed");
    });
  });

  Deno.test(`passkeys (${db}): what is not right is refused, always with the same words`, async () => {
    let now = Date.parse("2027-03-01T12:00:00Z");
    await using t = await createTestApp({ db, settings: SETTINGS, now: () => new Date(now) });
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const phone = device();
    for (const lies of [{ origin: "https://evil.example" }, { rpId: "evil.example" }, { verified: false }]) {
      refused(await register(t, ana.access, phone, lies), 401, "passkey_refused");
    }
    // A challenge is for one session, once, for five minutes.
    const foreign = phone.register(await options(t, luis.access));
    refused(
      await t.call("POST", `${BASE}/register/verify`, { token: ana.access, body: foreign }),
      401,
      "passkey_refused",
    );
    const stale = phone.register(await options(t, ana.access));
    now += 5 * 60_000;
    refused(
      await t.call("POST", `${BASE}/register/verify`, { token: ana.access, body: stale }),
      401,
      "passkey_refused",
    );
    const signing = phone.register({ ...await loginOptions(t), user: { id: "x" } });
    refused(
      await t.call("POST", `${BASE}/register/verify`, { token: ana.access, body: signing }),
      401,
      "passkey_refused",
    );
    for (const clientDataJSON of ["", "e30", "bnVsbA", "_w"]) {
      const body = { ...stale, response: { ...stale.response, clientDataJSON } };
      refused(await t.call("POST", `${BASE}/register/verify`, { token: ana.access, body }), 401, "passkey_refused");
    }
    ok(await register(t, ana.access, phone), 201);
    const other = device();
    ok(await register(t, luis.access, other), 201);
    // Somebody else's credential id under the own key, on another account.
    const copied = device();
    Object.assign(copied, { id: phone.id });
    refused(await register(t, luis.access, copied), 409, "conflict");

    const words = new Set<string>();
    const no = (answer: Answer) => {
      refused(answer, 401, "passkey_refused");
      words.add(answer.body.detail);
    };
    for (
      const lies of [
        { origin: "https://evil.example" },
        { origin: `${ORIGIN}:8443` },
        { rpId: "evil.example" },
        { verified: false },
        { userHandle: other.userHandle },
        { userHandle: "" },
        { id: other.id },
        { id: device().id },
        { keyOf: other },
      ]
    ) no(await signIn(t, phone, lies));
    const answered = phone.authenticate(await loginOptions(t));
    ok(await verify(t, answered));
    no(await verify(t, answered));
    const late = phone.authenticate(await loginOptions(t));
    now += 5 * 60_000;
    no(await verify(t, late));
    no(await signIn(t, phone, { counter: 1 }));
    const { counter } = await t.app.db.one(sql`select counter from passkeys where credential_id = ${phone.id}`);
    no(await signIn(t, phone, { counter }));
    ok(await signIn(t, phone, { counter: counter + 1 }));
    no(await verify(t, phone.authenticate(await options(t, (await t.login(ana)).body.access_token))));
    // One challenge, four answers at once.
    const challenge = await loginOptions(t);
    const answers = [1, 2, 3, 4].map(() => phone.authenticate(challenge));
    const statuses = (await Promise.all(answers.map((body) => verify(t, body)))).map((a) => a.status);
    assert.deepEqual(statuses.sort(), [200, 401, 401, 401]);
    await t.app.db.run(sql`update users set is_active = false where id = ${ana.id}`);
    no(await signIn(t, phone));
    assert.equal(words.size, 1, [...words].join("\n"));
    const failed = await t.app.db.rows(sql`select 1 as one from audit_log where action = 'auth.login_failed'`);
    assert.ok(failed.length > 0);
  });

  Deno.test(`passkeys (${db}): other people's, other organisations', tokens, old sessions; counted and bounded`, async () => {
    let now = Date.parse("2027-03-01T12:00:00Z");
    await using t = await createTestApp({
      db,
      settings: { ...SETTINGS, "rate-limits": "passkeys=0" },
      now: () => new Date(now),
    });
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const stranger = await t.stranger();
    const phone = device();
    const { id } = ok(await register(t, ana.access, phone), 201).body;
    for (const { access } of [luis, stranger]) {
      refused(await t.call("DELETE", `${BASE}/${id}`, { token: access }), 404, "not_found");
      refused(await t.call("PUT", `${BASE}/${id}`, { token: access, body: { name: "Mine" } }), 404, "not_found");
      assert.deepEqual((await t.call("GET", BASE, { token: access })).body.items, []);
    }
    const scopes = { name: "bot", scopes: ["second_factor.manage"] };
    const { token } = ok(await t.call("POST", "/auth/tokens", { token: ana.access, body: scopes }), 201).body;
    refused(await t.call("POST", `${BASE}/register/options`, { token }), 403, "forbidden");
    refused(await t.call("DELETE", `${BASE}/${id}`, { token }), 403, "forbidden");

    // Challenges do not pile up.
    for (let i = 0; i < 8; i++) await options(t, ana.access);
    for (let i = 0; i < 8; i++) await loginOptions(t);
    const count = async () => (await t.app.db.one<{ n: number }>(sql`select count(*) as n from passkey_challenges`)).n;
    assert.equal(await count(), 5 + 8);
    await t.app.db.run(sql`insert into passkey_challenges (challenge, expires_at)
      select 'flood' || n, ${new Date(now + 299_000)} from generate_series(1, 20100) as n`);
    await loginOptions(t);
    assert.equal(await count(), 5 + 20_000);
    ok(await signIn(t, phone));
    now += 5 * 60_000;
    await loginOptions(t);
    assert.equal(await count(), 1);

    now += 6 * 60_000;
    refused(await t.call("POST", `${BASE}/register/options`, { token: ana.access }), 403, "recent_sign_in_required");
    refused(await t.call("DELETE", `${BASE}/${id}`, { token: ana.access }), 403, "recent_sign_in_required");
    // A passkey confirms, too: one's own, with an answer that was not used before.
    const confirm = async (token: string, body: unknown) => await t.call("POST", `${BASE}/confirm`, { token, body });
    refused(await confirm(luis.access, phone.authenticate(await loginOptions(t))), 401, "passkey_refused");
    refused(await t.call("POST", `${BASE}/register/options`, { token: luis.access }), 403, "recent_sign_in_required");
    const answered = phone.authenticate(await loginOptions(t));
    ok(await confirm(ana.access, answered), 204);
    refused(await confirm(ana.access, answered), 401, "passkey_refused");
    refused(await confirm(token, phone.authenticate(await loginOptions(t))), 403, "forbidden");
    ok(await t.call("POST", `${BASE}/register/options`, { token: ana.access }));
    await t.app.db.run(sql`update sessions set proved_at = null`);
    ok(await t.call("POST", "/auth/confirm", { token: ana.access, body: { password: PASSWORD } }), 204);
    ok(await t.call("POST", `${BASE}/register/options`, { token: ana.access }));
    ok(await t.call("DELETE", `${BASE}/${id}`, { token: ana.access }), 204);
  });

  Deno.test(`passkeys (${db}): one is both steps; a role that needs two lets no password alone in, nor past it`, async () => {
    await using t = await createTestApp({ db, settings: SETTINGS });
    const ana = await t.person("member", "ana"), owner = await t.owner();
    const phone = device();
    ok(await register(t, ana.access, phone), 201);
    const body = { settings: { second_factor: { roles: ["member"] } } };
    ok(await t.call("PUT", "/organization", { token: owner.access, body }));
    // The session that made it has proved it.
    ok(await t.call("GET", "/channels", { token: ana.access }));
    const full = ok(await signIn(t, phone)).body;
    assert.equal(full.user.second_factor_required, false);
    ok(await t.call("GET", "/channels", { token: full.access_token }));
    // The password alone: it neither works nor adds or removes a way in.
    const half = ok(await t.login(ana)).body;
    assert.equal(half.user.second_factor_required, true);
    refused(await t.call("GET", "/channels", { token: half.access_token }), 403, "forbidden");
    refused(await t.call("POST", "/auth/2fa/setup", { token: half.access_token }), 403, "forbidden");
    refused(await t.call("POST", `${BASE}/register/options`, { token: half.access_token }), 403, "forbidden");
    const { items: [{ id }] } = ok(await t.call("GET", BASE, { token: half.access_token })).body;
    refused(await t.call("DELETE", `${BASE}/${id}`, { token: half.access_token }), 403, "forbidden");
    // Who removes the last one has to set up another.
    ok(await t.call("DELETE", `${BASE}/${id}`, { token: full.access_token }), 204);
    assert.equal((await t.call("GET", "/auth/me", { token: full.access_token })).body.second_factor_required, true);
    ok(await register(t, full.access_token, device()), 201);
    ok(await t.call("GET", "/channels", { token: full.access_token }));
    // Whose app is on keeps that one, and what the session has proved.
    const { access_token: both } = full;
    const { secret } = ok(await t.call("POST", "/auth/2fa/setup", { token: both })).body;
    const code = codeOfStep(fromBase32(secret), stepOf(t.app.now()));
    ok(await t.call("POST", "/auth/2fa/enable", { token: both, body: { code } }));
    for (const key of ok(await t.call("GET", BASE, { token: both })).body.items) {
      ok(await t.call("DELETE", `${BASE}/${key.id}`, { token: both }), 204);
    }
    ok(await t.call("GET", "/channels", { token: both }));
    assert.equal((await t.call("GET", "/auth/me", { token: both })).body.second_factor_required, false);
    // An administrator removes what was lost.
    ok(await t.call("DELETE", `/users/${ana.id}/2fa`, { token: owner.access }), 204);
    ok(await t.call("POST", "/auth/2fa/setup", { token: (await t.login(ana)).body.access_token }));
  });
}

Deno.test("passkeys: only where a browser takes them: at a name with https, or on this machine", async () => {
  const at = async (settings: Record<string, string>, host?: string) => {
    await using t = await createTestApp({ settings });
    const url = new URL(t.url);
    // fetch does not let the Host header be set: a socket does.
    const socket = await Deno.connect({ hostname: "127.0.0.1", port: Number(url.port) });
    const head = `POST /api/v1/auth/passkeys/login/options HTTP/1.1\r\nhost: ${host ?? url.host}\r\n` +
      "content-length: 0\r\nconnection: close\r\n\r\n";
    await socket.write(new TextEncoder().encode(head));
    return /rpId":"([^"]+)|code":"([^"]+)/.exec(await new Response(socket.readable).text())?.slice(1).find(Boolean);
  };
  assert.equal(await at({}), "passkeys_unavailable");
  assert.equal(await at({}, "localhost:8080"), "localhost");
  assert.equal(await at({}, "ops.example.org"), "passkeys_unavailable");
  assert.equal(await at({ "public-url": "https://192.0.2.7" }), "passkeys_unavailable");
  assert.equal(await at({ "public-url": "http://ops.example.org" }), "passkeys_unavailable");
  assert.equal(await at({ "public-url": "https://ops.example.org/ops/" }, "evil.example"), "ops.example.org");
});

Deno.test({
  name: "passkeys: of two that are removed at once the last one stays",
  ignore: !testedKinds().includes("server"),
}, async () => {
  await using t = await createTestApp({ db: "server", settings: SETTINGS });
  const ana = await t.person("member", "ana");
  const ids = [];
  for (const key of [device(), device()]) ids.push(ok(await register(t, ana.access, key), 201).body.id);
  await t.app.db.run(sql`update users set password_hash = null where id = ${ana.id}`);
  // Both have removed and looked before either is through: what they write next is held up.
  const held = Promise.withResolvers<void>(), go = Promise.withResolvers<void>();
  const holder = t.app.db.withTx(async (tx) => {
    await tx.run(sql`lock table audit_log in share mode`);
    held.resolve();
    await go.promise;
  });
  await held.promise;
  const removing = ids.map((id) => t.call("DELETE", `${BASE}/${id}`, { token: ana.access }));
  const waits = sql`select pid from pg_stat_activity
    where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`;
  await until(async () => (await t.app.db.rows(waits)).length >= 2).finally(go.resolve);
  await holder;
  const answers = await Promise.all(removing);
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [204, 409]);
  assert.equal(answers.find((answer) => answer.status === 409)!.body.code, "last_way_in");
  assert.equal((await t.app.db.rows(sql`select id from passkeys`)).length, 1);
});
