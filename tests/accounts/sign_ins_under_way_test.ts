// What has begun and waits does not outlive what has ended it: sign-ins that wait for a second step or are between two looks,
// notices and mails that wait in the queue; and what a token or an old password hash holds after a change.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { admit } from "../../features/accounts/sign_in/admit.ts";
import { userForCode } from "../../features/accounts/codes/store.ts";
import { accountMailJob } from "../../features/accounts/mail/job.ts";
import type { AccountMailJob } from "../../features/accounts/mail/queue.ts";
import { codeOfStep, stepOf } from "../../features/accounts/second_factor/totp.ts";
import { securityNoticeJob } from "../../features/notifications/account/security_notice.ts";
import { silentLogger } from "../../kernel/log.ts";
import type { SecurityNotice } from "../../kernel/security_notice.ts";
import { createPasswordHasher } from "../../workers/passwords.ts";
import { fromBase32 } from "../support/base32.ts";
import { freePort, providerEnv, SmallBrowser, startProvider } from "../support/oidc_provider.ts";
import { startSmtp } from "../support/smtp_stand_in.ts";
import { createTestApp, PASSWORD, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const guest = (t: TestApp) => ({ app: t.app, requestId: "test", ip: null, userAgent: null, log: t.app.log });

/** What is queued from now on under this name, in place of being run. */
function queued<T>(t: TestApp, name: string): { data: T; delay?: number }[] {
  const jobs: { data: T; delay?: number }[] = [];
  const { enqueue } = t.app.jobs;
  t.app.jobs.enqueue = (job, data, options) => {
    if (job !== name) return enqueue.call(t.app.jobs, job, data, options);
    jobs.push({ data: data as T, delay: options?.delaySeconds });
    return Promise.resolve();
  };
  return jobs;
}

for (const db of testedKinds()) {
  Deno.test(`${db}: a provider's ticket does not outlive what ends sessions and ways in`, async () => {
    const port = freePort();
    let at = Date.now();
    await using t = await createTestApp({ db, now: () => new Date(at), env: providerEnv("MAIN", port) });
    await using provider = await startProvider(port, t.url, ["main"]);
    const owner = await t.owner(), ana = await t.person("member", "ana");
    provider.people.ana = { email: ana.email, email_verified: true };
    let password = PASSWORD;
    const login = (more = {}) => t.call("POST", "/auth/login", { body: { username: "ana", password, ...more } });
    const { secret } = (await t.call("POST", "/auth/2fa/setup", { token: ana.access })).body;
    const code = () => codeOfStep(fromBase32(secret), stepOf(new Date(at)));
    assert.equal((await t.call("POST", "/auth/2fa/enable", { token: ana.access, body: { code: code() } })).status, 200);
    const fresh = async (): Promise<string> => {
      at += 60_000;
      const answer = await login({ totp: code() });
      assert.equal(answer.status, 200, answer.text);
      return answer.body.access_token;
    };
    const ticketOf = async () => {
      const browser = new SmallBrowser();
      const back = await browser.signInAt(await browser.get(`${t.url}/api/v1/auth/oauth/main/start`), "ana", t.url);
      const page = await browser.get(back, { headers: { accept: "text/html" } });
      return page.headers.get("location")!.split("/login#second=")[1]!;
    };
    const second = async (ticket: string) => {
      at += 60_000;
      return await t.call("POST", "/auth/login/second", { body: { ticket, totp: code() } });
    };
    assert.equal((await second(await ticketOf())).status, 200, "it works as long as nothing has happened");
    const ends: Record<string, (token: string) => Promise<unknown>> = {
      "another password": async (token) => {
        const body = { current_password: password, new_password: "another good pass phrase" };
        assert.equal((await t.call("POST", "/auth/change-password", { token, body })).status, 204);
        password = body.new_password;
      },
      "all sessions ended": (token) => t.call("POST", "/auth/logout-all", { token }),
      "the provider's account removed": async (token) => {
        const [identity] = (await t.call("GET", "/auth/identities", { token })).body.items;
        assert.equal((await t.call("DELETE", `/auth/identities/${identity.id}`, { token })).status, 204);
      },
      "a reset": async () => {
        const { body } = await t.call("POST", `/users/${ana.id}/reset-link`, { token: owner.access });
        const token = body.url.split("#token=")[1];
        password = "chosen by the link itself";
        const done = await t.call("POST", "/auth/reset-password/confirm", { body: { token, new_password: password } });
        assert.equal(done.status, 204, done.text);
      },
      "an administrator's password": async () => {
        password = "handed over by somebody";
        const { body } = await t.login(owner);
        await t.call("PUT", `/users/${ana.id}`, { token: body.access_token, body: { password } });
      },
    };
    for (const [name, end] of Object.entries(ends)) {
      const token = await fresh(), ticket = await ticketOf();
      await end(token);
      const answer = await second(ticket);
      assert.deepEqual([answer.status, answer.body.code], [401, "unauthenticated"], name);
    }
    // Not to be made by hand either.
    const [id, method, epoch, ...rest] = (await ticketOf()).split(".");
    const forged = [id, method, Number(epoch) + 1, ...rest].join(".");
    assert.equal((await second(forged)).status, 401);
  });

  Deno.test(`${db}: a sign-in with a code under way ends when the number goes`, async () => {
    await using t = await createTestApp({ db, settings: { sms: "log" } });
    const ana = await t.person("member", "ana"), phone = "+34600111222";
    await t.app.db.run(sql`update users set phone = ${phone} where id = ${ana.id}`);
    const looked = (await userForCode(t.app.db, phone))!;
    assert.equal((await t.call("DELETE", "/auth/phone", { token: ana.access })).status, 204);
    await assert.rejects(admit(guest(t), looked, "code"), { code: "invalid_credentials" });
    const again = (await userForCode(t.app.db, phone)) ?? looked;
    assert.equal(again, looked, "nobody has the number now");
  });

  Deno.test(`${db}: notices go to the address of the moment; mails of a closed organisation wait`, async () => {
    await using smtp = await startSmtp();
    await using t = await createTestApp({ db, settings: { "smtp-url": smtp.url, "public-url": "https://pulpo.test" } });
    const owner = await t.owner(), ana = await t.person("member", "ana");
    const notices = queued<SecurityNotice>(t, "notifications.security");
    const mails = queued<AccountMailJob>(t, "accounts.mail");
    await t.app.db.run(sql`update users set phone = '+34600111222' where id = ${ana.id}`);
    assert.equal((await t.call("DELETE", "/auth/phone", { token: ana.access })).status, 204);
    const body = { password: "a password of the owner", email: "thief@example.net" };
    assert.equal((await t.call("PUT", `/users/${ana.id}`, { token: owner.access, body })).status, 200);
    const run = { id: crypto.randomUUID(), attempt: 1, lastAttempt: false };
    const notice = notices[0]!.data, mail = mails[0]!.data;

    // Closed: put off, not lost and not repeated for ever.
    const open = (is_active: boolean) => t.app.db.run(sql`update organizations set is_active = ${is_active}`);
    await open(false);
    await securityNoticeJob.handle(t.app, notice, run);
    await accountMailJob.handle(t.app, mail, run);
    assert.deepEqual([notices[1]?.delay, mails[1]?.delay], [3600, 3600]);
    await accountMailJob.handle(t.app, { ...mail, held: 720 }, run);
    assert.equal(mails.length, 2);
    assert.equal(smtp.mails.length, 0);
    await open(true);
    await securityNoticeJob.handle(t.app, notices[1]!.data, run);
    await accountMailJob.handle(t.app, mails[1]!.data, run);
    assert.deepEqual(smtp.mails.map(({ to }) => to), [["ana@example.org"], ["ana@example.org"]]);
  });

  Deno.test(`${db}: a token without a part that is switched off does not count as holding it`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const everything: string[] = (await t.call("GET", "/auth/scopes", { token: owner.access })).body.items;
    const make = async (scopes: string[]) =>
      (await t.call("POST", "/auth/tokens", { token: owner.access, body: { name: "x", scopes } })).body.token as string;
    const all = everything.filter((scope) => scope.includes("."));
    const whole = await make(all), less = await make(all.filter((scope) => scope !== "webhooks.manage"));
    const features = { webhooks: false };
    const off = await t.call("PUT", "/organization", { token: owner.access, body: { settings: { features } } });
    assert.equal(off.status, 200, off.text);
    const admin = (username: string, token: string) =>
      t.call("POST", "/users", {
        token,
        body: { email: `${username}@example.org`, username, password: PASSWORD, role: "admin" },
      });
    assert.equal((await admin("made", whole)).status, 201);
    assert.equal((await admin("not", less)).status, 403);
    const hooks = async (token: string) => (await t.call("GET", "/webhooks/incoming", { token })).body.code;
    assert.deepEqual([await hooks(whole), await hooks(less)], ["feature_disabled", "forbidden"]);
  });

  Deno.test(`${db}: a password hash of another cost is renewed at sign-in`, async () => {
    await using t = await createTestApp({ db });
    const ana = await t.person("member", "ana");
    const slow = createPasswordHasher({ log: silentLogger, cost: 5 });
    try {
      const hash = await slow.hash(PASSWORD, "account");
      await t.app.db.run(sql`update users set password_hash = ${hash} where id = ${ana.id}`);
    } finally {
      slow.close();
    }
    const stored = async () =>
      (await t.app.db.one<{ password_hash: string }>(sql`select password_hash from users where id = ${ana.id}`))
        .password_hash;
    assert.equal((await t.login({ ...ana, password: "wrong" })).status, 401);
    assert.match(await stored(), /^\$2.\$05\$/);
    // Two at once: both come in, and sessions stay.
    const both = await Promise.all([t.login(ana), t.login(ana)]);
    assert.deepEqual(both.map((a) => a.status), [200, 200]);
    await until(async () => /^\$2.\$04\$/.test(await stored()));
    assert.equal((await t.login(ana)).status, 200);
    assert.equal((await t.call("GET", "/auth/me", { token: ana.access })).status, 200);
  });
}
