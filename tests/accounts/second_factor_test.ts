// The second factor from end to end, over real sockets, and what somebody who knows the password can and cannot do with it.
import assert from "node:assert/strict";
import { runAdminCommand } from "../../server/commands/run.ts";
import { admit } from "../../features/accounts/sign_in/admit.ts";
import { proveCode } from "../../features/accounts/second_factor/step.ts";
import { codeOfStep, stepOf } from "../../features/accounts/second_factor/totp.ts";
import { userToAdmit } from "../../features/accounts/people/store.ts";
import type { AppError } from "../../kernel/errors.ts";
import { sql } from "../../db/sql.ts";
import { fromBase32 } from "../support/base32.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { type Answer, createTestApp, PASSWORD, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

/** A clock that tests move, and an authenticator app. */
function clock() {
  let now = Date.parse("2027-03-01T12:00:00Z");
  return {
    now: () => new Date(now),
    pass: (seconds: number) => void (now += seconds * 1000),
    code: (secret: string, steps = 0) => codeOfStep(fromBase32(secret), stepOf(new Date(now)) + steps),
  };
}
type Clock = ReturnType<typeof clock>;

const post = (t: TestApp, path: string, token: string, body?: unknown) => t.call("POST", path, { token, body });
const signIn = (t: TestApp, person: { username: string }, more: object = {}, headers = {}) =>
  t.call("POST", "/auth/login", { body: { username: person.username, password: PASSWORD, ...more }, headers });

function ok(answer: Answer, status = 200): Answer {
  assert.equal(answer.status, status, answer.text);
  return answer;
}
function refused(answer: Answer, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.body?.code], [status, code], answer.text);
}

async function enable(t: TestApp, at: Clock, token: string): Promise<{ secret: string; codes: string[] }> {
  const { secret } = ok(await post(t, "/auth/2fa/setup", token)).body;
  const { recovery_codes } = ok(await post(t, "/auth/2fa/enable", token, { code: at.code(secret) })).body;
  return { secret, codes: recovery_codes };
}

for (const db of testedKinds()) {
  Deno.test(`second factor (${db}): set up, sign in with it, each code once, recovery codes, off again`, async () => {
    const at = clock();
    await using t = await createTestApp({ db, now: at.now });
    const ana = await t.person("member", "ana");
    const other = (await t.login(ana)).body.access_token;
    const state = async (token: string) => (await t.call("GET", "/auth/2fa", { token })).body;
    assert.deepEqual(await state(ana.access), {
      enabled: false,
      enabled_at: null,
      recovery_codes_left: 0,
      has_password: true,
    });

    const setup = ok(await post(t, "/auth/2fa/setup", ana.access)).body;
    assert.match(setup.secret, /^[A-Z2-7]{32}$/);
    assert.match(setup.otpauth_url, /^otpauth:\/\/totp\/First:ana%40example\.org\?/);
    // Nothing counts before a code has proved that the app has it.
    ok(await signIn(t, ana));
    refused(await post(t, "/auth/2fa/enable", ana.access, { code: "000000" }), 401, "invalid_code");
    const second = ok(await post(t, "/auth/2fa/setup", ana.access)).body;
    refused(await post(t, "/auth/2fa/enable", ana.access, { code: at.code(setup.secret) }), 401, "invalid_code");
    const enabled = ok(await post(t, "/auth/2fa/enable", ana.access, { code: at.code(second.secret) })).body;
    const { secret } = second, codes: string[] = enabled.recovery_codes;
    assert.equal(new Set(codes).size, 10);
    for (const code of codes) assert.match(code, /^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/);
    refused(await post(t, "/auth/2fa/setup", ana.access), 409, "conflict");
    refused(await post(t, "/auth/2fa/enable", ana.access, { code: at.code(secret) }), 409, "conflict");
    assert.equal((await t.call("GET", "/auth/me", { token: other })).status, 401, "other sessions have ended");
    assert.equal((await t.call("GET", "/auth/me", { token: ana.access })).body.second_factor, true);

    // What is stored tells neither the secret nor a code.
    const [row] = await t.app.db.rows(sql`select * from second_factors`);
    assert.doesNotMatch(new TextDecoder("latin1").decode(row!.secret), new RegExp(secret));
    assert.ok(!JSON.stringify(await t.app.db.rows(sql`select * from recovery_codes`)).includes(codes[0]!.slice(0, 5)));
    const told = t.logs.join("\n") + JSON.stringify(await t.app.db.rows(sql`select * from audit_log`));
    for (const text of [secret, ...codes]) assert.ok(!told.includes(text));

    // The code that switched it on is used up.
    refused(await signIn(t, ana), 401, "totp_required");
    refused(await signIn(t, ana, { totp: at.code(secret) }), 401, "invalid_code");
    refused(await signIn(t, ana, { totp: at.code(secret), password: "wrong wrong wrong" }), 401, "invalid_credentials");
    at.pass(60);
    const code = at.code(secret);
    ok(await signIn(t, ana, { totp: `${code.slice(0, 3)} ${code.slice(3)}` }));
    refused(await signIn(t, ana, { totp: code }), 401, "invalid_code");
    refused(await signIn(t, ana, { totp: at.code(secret, -1) }), 401, "invalid_code");
    at.pass(60);
    const both = await Promise.all(Array.from({ length: 4 }, () => signIn(t, ana, { totp: at.code(secret) })));
    assert.deepEqual(both.map((a) => a.status).sort(), [200, 401, 401, 401], "one code lets one in");

    const typed = codes[0]!.toUpperCase().replace("-", " ").replaceAll("0", "o").replaceAll("1", "l");
    ok(await signIn(t, ana, { recovery_code: typed }));
    refused(await signIn(t, ana, { recovery_code: codes[0] }), 401, "invalid_code");
    const token = ok(await signIn(t, ana, { recovery_code: codes[1] })).body.access_token;
    assert.equal((await state(token)).recovery_codes_left, 8);

    // New recovery codes: the old ones are dead.
    refused(await post(t, "/auth/2fa/recovery-codes", token, { code: codes[2] }), 422, "validation_failed");
    at.pass(60);
    const proof = { password: PASSWORD, code: at.code(secret) };
    const fresh = ok(await post(t, "/auth/2fa/recovery-codes", token, proof)).body.recovery_codes;
    refused(await post(t, "/auth/2fa/recovery-codes", token, proof), 401, "invalid_code");
    refused(await signIn(t, ana, { recovery_code: codes[2] }), 401, "invalid_code");

    refused(await post(t, "/auth/2fa/disable", token, { password: PASSWORD, code: "123456" }), 401, "invalid_code");
    refused(await post(t, "/auth/2fa/disable", token, { password: "no", code: fresh[0] }), 401, "invalid_credentials");
    ok(await post(t, "/auth/2fa/disable", token, { password: PASSWORD, code: fresh[0] }), 204);
    ok(await signIn(t, ana));
    refused(await post(t, "/auth/2fa/disable", token, { password: PASSWORD, code: fresh[1] }), 409, "conflict");
    assert.equal((await t.app.db.rows(sql`select * from recovery_codes`)).length, 0);
  });

  Deno.test(`second factor (${db}): 10,000 guesses never succeed, not even the right code among them; the person is told`, async () => {
    const at = clock();
    await using t = await createTestApp({ db, now: at.now, settings: { "trust-proxy": "true" } });
    const ana = await t.person("member", "ana"), owner = await t.owner();
    const { secret, codes } = await enable(t, at, ana.access);
    at.pass(60);
    // Over the wire, from ever new addresses: the limits on failures.
    const right = at.code(secret);
    const wrong = right === "000000" ? "000001" : "000000";
    const statuses: number[] = [];
    for (let i = 0; i < 24; i++) {
      statuses.push((await signIn(t, ana, { totp: wrong }, { "x-forwarded-for": `198.51.100.${i}` })).status);
    }
    assert.ok(statuses.every((status) => status === 401 || status === 429), String(statuses));
    assert.equal(statuses.at(-1), 429);
    // The password was right, and the code was not: the audit log has it, behind the answer.
    const failures = `/audit?action=auth.login_failed&subject_id=${ana.id}&limit=200`;
    await until(async () => {
      const { items } = (await t.call("GET", failures, { token: owner.access })).body;
      return items.filter((entry: { details: { method: string } }) => entry.details.method === "totp").length ===
        statuses.filter((status) => status === 401).length;
    });
    // Behind them, were they got around: after ten wrong codes in a row none is looked at.
    const ctx = { app: t.app, requestId: "test", ip: null, userAgent: null, log: t.app.log };
    const [{ organization_id }] = await t.app.db.rows(sql`select organization_id from users where id = ${ana.id}`) as [
      { organization_id: string },
    ];
    const person = { organizationId: organization_id, userId: ana.id };
    const guess = (totp: string) =>
      proveCode(ctx, person, { totp }).then(() => "in", (error) => (error as AppError).code);
    const seen = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const result = await guess(i % 100 === 99 ? right : String(i).padStart(6, "0"));
      seen.set(result, (seen.get(result) ?? 0) + 1);
    }
    assert.deepEqual([...seen.keys()], ["rate_limited"]);
    // The pauses grow, up to a day; a recovery code works meanwhile.
    const pauses: number[] = [];
    for (let round = 0; round < 9; round++) {
      const { locked_until } = await t.app.db.one(sql`select locked_until from second_factors`);
      pauses.push((locked_until.getTime() - at.now().getTime()) / 60_000);
      at.pass(pauses.at(-1)! * 60);
      for (let i = 0; i < 10; i++) assert.equal(await guess(`x${i}`), "invalid_code");
    }
    assert.deepEqual(pauses, [15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
    assert.equal(await guess(at.code(secret)), "rate_limited");
    assert.equal(await proveCode(ctx, person, { recovery_code: codes[0] }), "recovery_code");
    at.pass(1440 * 60);
    assert.equal(await guess(at.code(secret)), "in");
    assert.equal((await t.app.db.one(sql`select wrong_codes from second_factors`)).wrong_codes, 0);
    await until(async () => {
      const { items } = (await t.call("GET", "/notifications", { token: await tokenOf(t, at, ana, secret) })).body;
      return items?.some((n: { data: { kind: string } }) => n.data?.kind === "totp_locked");
    });
  });

  Deno.test(`second factor (${db}): needs a fresh sign-in or the password; no API token; nobody of another organisation`, async () => {
    const at = clock();
    await using t = await createTestApp({ db, now: at.now, settings: { registration: "open" } });
    const ana = await t.person("member", "ana"), chief = await t.person("admin", "chief");
    at.pass(11 * 60);
    refused(await post(t, "/auth/2fa/setup", ana.access), 403, "recent_sign_in_required");
    refused(await post(t, "/auth/confirm", ana.access, { password: "wrong wrong" }), 401, "invalid_credentials");
    refused(await post(t, "/auth/2fa/setup", ana.access), 403, "recent_sign_in_required");
    ok(await post(t, "/auth/confirm", ana.access, { password: PASSWORD }), 204);
    const { secret } = ok(await post(t, "/auth/2fa/setup", ana.access)).body;
    const scopes = ["second_factor.manage", "profile.manage"];
    const { token } = ok(await post(t, "/auth/tokens", ana.access, { name: "bot", scopes }), 201).body;
    refused(await t.call("GET", "/auth/2fa", { token }), 403, "forbidden");
    refused(await post(t, "/auth/2fa/enable", token, { code: at.code(secret) }), 403, "forbidden");
    // A secret that was shown long ago is not switched on.
    at.pass(3700);
    const later = (await t.login(ana)).body.access_token;
    refused(await post(t, "/auth/2fa/enable", later, { code: at.code(secret) }), 409, "conflict");
    await enable(t, at, later);

    const owner = (await t.login(await t.owner())).body.access_token;
    const stranger = await t.stranger();
    const admin = { id: chief.id, access: (await t.login(chief)).body.access_token as string };
    const reset = (id: string, by: string) => t.call("DELETE", `/users/${id}/2fa`, { token: by });
    refused(await reset(ana.id, stranger.access), 404, "not_found");
    refused(await reset(ana.id, later), 403, "forbidden");
    refused(await reset((await t.owner()).id, admin.access), 403, "forbidden");
    refused(await reset(admin.id, admin.access), 403, "forbidden");
    const listed = (await t.call("GET", "/users?q=ana", { token: admin.access })).body.items[0];
    assert.equal(listed.second_factor, true);
    assert.equal((await t.call("GET", "/users?q=ana", { token: later })).body.items[0].second_factor, true, "oneself");
    assert.ok(!("second_factor" in (await t.call("GET", `/users/${admin.id}`, { token: later })).body));
    ok(await reset(ana.id, admin.access), 204);
    refused(await reset(ana.id, owner), 409, "conflict");
    assert.equal((await t.call("GET", "/auth/me", { token: later })).status, 401);
    ok(await signIn(t, ana));
    const { items } = (await t.call("GET", "/audit?action=user.second_factor_reset", { token: owner })).body;
    assert.deepEqual([items.length, items[0].subject_id, items[0].actor_id], [1, ana.id, admin.id]);
  });

  Deno.test(`second factor (${db}): who has no password needs a sign-in of the last ten minutes to switch it off`, async () => {
    const at = clock();
    await using t = await createTestApp({ db, now: at.now });
    const ana = await t.person("member", "ana");
    const { codes } = await enable(t, at, ana.access);
    await t.app.db.run(sql`update users set password_hash = null where id = ${ana.id}`);
    at.pass(11 * 60);
    refused(await post(t, "/auth/2fa/disable", ana.access, { code: codes[0] }), 403, "recent_sign_in_required");
    refused(await post(t, "/auth/confirm", ana.access, { password: "anything" }), 401, "invalid_credentials");
    await t.app.db.run(sql`update sessions set proved_at = ${at.now()} where user_id = ${ana.id}`);
    refused(await post(t, "/auth/2fa/disable", ana.access, { code: "zzzzz-zzzzz" }), 401, "invalid_code");
    ok(await post(t, "/auth/2fa/disable", ana.access, { code: codes[0] }), 204);
  });

  Deno.test(`second factor (${db}): a sign-in through a provider waits for the code; its ticket opens nothing alone`, async () => {
    const at = clock();
    await using t = await createTestApp({ db, now: at.now });
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const { secret } = await enable(t, at, ana.access);
    at.pass(60);
    const ctx = { app: t.app, requestId: "test", ip: null, userAgent: null, log: t.app.log };
    const row = (await userToAdmit(t.app.db, ana.id))!;
    const needed = await admit(ctx, row, "provider").then(() => undefined, (error) => error as AppError);
    assert.equal(needed?.code, "totp_required");
    const ticket = needed!.cause as string;
    const finish = (body: object) => t.call("POST", "/auth/login/second", { body });
    refused(await finish({ ticket }), 401, "totp_required");
    refused(await finish({ ticket, totp: "000000" }), 401, "invalid_code");
    for (
      const forged of [
        ticket.replace(ana.id, luis.id),
        ticket.replace(".provider.", ".password."),
        ticket.replace(/\.\d{13}\./, `.${at.now().getTime() + 9e9}.`),
        "x",
      ]
    ) refused(await finish({ ticket: forged, totp: at.code(secret) }), 401, "unauthenticated");
    const pair = ok(await finish({ ticket, totp: at.code(secret) })).body;
    assert.equal(pair.user.username, "ana");
    refused(await finish({ ticket, totp: at.code(secret) }), 401, "invalid_code");
    at.pass(10 * 60);
    refused(await finish({ ticket, totp: at.code(secret) }), 401, "unauthenticated");
  });

  Deno.test(`second factor (${db}): a role that needs one can do nothing before; days of grace; tokens go on`, async () => {
    const at = clock();
    await using t = await createTestApp({ db, now: at.now });
    const owner = await t.owner(), ana = await t.person("member", "ana"), vera = await t.person("viewer", "vera");
    const { token } = ok(await post(t, "/auth/tokens", ana.access, { name: "bot", scopes: ["users.read"] }), 201).body;
    const put = (second_factor: object) =>
      t.call("PUT", "/organization", { token: owner.access, body: { settings: { second_factor } } });
    refused(await put({ roles: ["king"] }), 422, "validation_failed");
    const saved = ok(await put({ roles: ["member"], grace_days: 3 })).body.settings.second_factor;
    assert.deepEqual(saved, { roles: ["member"], grace_days: 3, since: { member: at.now().toISOString() } });
    const me = async (token: string) => (await t.call("GET", "/auth/me", { token })).body;
    const due = new Date(at.now().getTime() + 3 * 86_400_000).toISOString();
    let seen = await me(ana.access);
    assert.deepEqual([seen.second_factor_required, seen.second_factor_due], [false, due]);
    // The answer to a change says the same as the profile.
    seen = ok(await t.call("PUT", "/auth/me", { token: ana.access, body: { display_name: "Ana" } })).body;
    assert.deepEqual([seen.second_factor_required, seen.second_factor_due], [false, due]);
    at.pass(86_400);
    // Saying the same again, or another time of grace, does not begin anew; nor does what a client says of `since`.
    const lie = { roles: ["member"], grace_days: 2, since: "2030-01-01T00:00:00.000Z" };
    const again = ok(
      await t.call("PUT", "/organization", {
        token: (await t.login(owner)).body.access_token,
        body: { settings: { second_factor: lie } },
      }),
    ).body.settings.second_factor;
    assert.deepEqual(again.since, saved.since);
    at.pass(2 * 86_400);

    const answer = ok(await t.login(ana)).body;
    assert.equal(answer.user.second_factor_required, true);
    assert.deepEqual(answer.user.permissions, ["second_factor.manage"]);
    const session = answer.access_token as string;
    for (const path of ["/users", "/notifications", "/channels", "/auth/sessions", "/auth/tokens"]) {
      refused(await t.call("GET", path, { token: session }), 403, "forbidden");
    }
    refused(await post(t, "/auth/tokens", session, { name: "way out", scopes: ["users.read"] }), 403, "forbidden");
    refused(await t.call("PUT", "/auth/me", { token: session, body: { display_name: "A" } }), 403, "forbidden");
    const renewed = ok(await t.call("POST", "/auth/refresh", { body: { refresh_token: answer.refresh_token } })).body;
    assert.equal(renewed.user.second_factor_required, true);
    ok(await t.call("GET", "/users", { token }));
    ok(await t.call("GET", "/users", { token: (await t.login(vera)).body.access_token }));

    const { secret } = await enable(t, at, renewed.access_token);
    seen = await me(renewed.access_token);
    assert.equal(seen.second_factor_required, false);
    assert.ok(seen.permissions.includes("chat.send"));
    ok(await t.call("GET", "/users", { token: renewed.access_token }));
    at.pass(60);
    const full = await tokenOf(t, at, ana, secret);
    ok(await t.call("GET", "/channels", { token: full }));
    at.pass(60);
    ok(await post(t, "/auth/2fa/disable", full, { password: PASSWORD, code: at.code(secret) }), 204);
    assert.equal((await me(full)).second_factor_required, true);
    refused(await t.call("GET", "/channels", { token: full }), 403, "forbidden");
  });

  Deno.test(`second factor (${db}): a sign-in that is under way does not outlive what changes meanwhile`, async () => {
    const at = clock();
    await using t = await createTestApp({ db, now: at.now });
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const rosa = await t.person("member", "rosa"), { access } = await t.owner();
    const ctx = { app: t.app, requestId: "test", ip: null, userAgent: null, log: t.app.log };
    const row = async (person: Person) => (await userToAdmit(t.app.db, person.id))!;
    const seen = { ana: await row(ana), luis: await row(luis), rosa: await row(rosa) };
    const change = { current_password: PASSWORD, new_password: "another good pass phrase" };
    ok(await post(t, "/auth/change-password", ana.access, change), 204);
    await assert.rejects(admit(ctx, seen.ana, "password"), { code: "invalid_credentials" });
    // A new second factor ends the other sessions, and with them what has begun.
    await enable(t, at, luis.access);
    await assert.rejects(admit(ctx, seen.luis, "password"), { code: "invalid_credentials" });
    ok(await t.call("PUT", `/users/${rosa.id}`, { token: access, body: { is_active: false } }));
    await assert.rejects(admit(ctx, seen.rosa, "password"), { code: "invalid_credentials" });
    ok(await t.call("DELETE", `/users/${rosa.id}`, { token: access }), 204);
    await assert.rejects(admit(ctx, seen.rosa, "password"), { code: "invalid_credentials" });
    const live = await t.app.db.rows(sql`select user_id from sessions where revoked_at is null`);
    assert.equal(live.filter((session) => session.user_id === luis.id).length, 1, "the one that switched it on");
  });
}

async function tokenOf(t: TestApp, at: Clock, person: Person, secret: string): Promise<string> {
  at.pass(60);
  return ok(await signIn(t, person, { totp: at.code(secret) })).body.access_token;
}

Deno.test("second factor: people are told by mail in their language, whatever their preferences", async () => {
  await using smtp = await startSmtp();
  const at = clock();
  await using t = await createTestApp({
    now: at.now,
    settings: { "smtp-url": smtp.url, "mail-from": "Pulpo <pulpo@example.org>" },
  });
  const ana = await t.person("member", "ana");
  ok(await t.call("PUT", "/auth/me", { token: ana.access, body: { locale: "es-CO" } }));
  const { codes } = await enable(t, at, ana.access);
  await until(() => smtp.mails.length === 1);
  const text = mailText(smtp.mails[0]!);
  assert.match(text, /Seguridad de tu cuenta/);
  assert.match(text, /Se activó la verificación en dos pasos/);
  assert.match(text, /1 de marzo de 2027/);
  ok(await signIn(t, ana, { recovery_code: codes[0] }));
  await until(() => smtp.mails.length === 2);
  assert.match(mailText(smtp.mails[1]!), /Códigos que quedan: 9/);
  ok(await t.call("DELETE", `/users/${ana.id}/2fa`, { token: (await t.owner()).access }), 204);
  await until(() => smtp.mails.length === 3);
  assert.match(mailText(smtp.mails[2]!), /owner eliminó tu segundo factor/);
});

Deno.test("second factor: the command line helps the owner who has lost everything", async () => {
  const at = clock();
  await using t = await createTestApp({ now: at.now });
  const owner = await t.owner();
  await enable(t, at, owner.access);
  refused(await signIn(t, owner), 401, "totp_required");
  // The command touches no file.
  const host = { app: t.app, database: undefined as never };
  const run = (user: string) => runAdminCommand(host, { name: "user reset-2fa", flags: { user } });
  assert.match(await run("OWNER@example.org"), /^removed the second factors of owner/);
  ok(await signIn(t, owner));
  await assert.rejects(run("owner"), /has no second factor/);
  await assert.rejects(run("nobody"), /There is no user "nobody"/);
});

Deno.test({
  name: "second factor: switching it on waits for a sign-in that is under way, and ends it",
  ignore: !testedKinds().includes("server"),
}, async () => {
  const at = clock();
  await using t = await createTestApp({ db: "server", now: at.now });
  const ana = await t.person("member", "ana");
  const { secret } = ok(await post(t, "/auth/2fa/setup", ana.access)).body;
  const ctx = { app: t.app, requestId: "test", ip: null, userAgent: null, log: t.app.log };
  let over = false;
  const enabling = Promise.withResolvers<Answer>();
  const pair = await admit(ctx, (await userToAdmit(t.app.db, ana.id))!, "password", async (tx) => {
    post(t, "/auth/2fa/enable", ana.access, { code: at.code(secret) }).then(enabling.resolve, enabling.reject)
      .finally(() => over = true);
    // It waits for this transaction (or, were it not to, is done before the session is there).
    const waits = sql`select pid from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`;
    await until(async () => over || (await tx.rows(waits)).length > 0);
  });
  ok(await enabling.promise);
  refused(await t.call("GET", "/auth/me", { token: pair.access_token }), 401, "unauthenticated");
});
