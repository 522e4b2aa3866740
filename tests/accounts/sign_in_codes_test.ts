// One-time codes: signing in, new accounts, adding a number, and what somebody may try with them. Codes are read where people
// read them: in the server's log (PULPO_SMS=log), in a mail.
import assert from "node:assert/strict";
import { codeOfStep, stepOf } from "../../features/accounts/second_factor/totp.ts";
import { sql } from "../../db/sql.ts";
import {
  addPhone,
  ask,
  clock,
  codesFor,
  getCode,
  MINUTE,
  nextCode,
  settled,
  verify,
  wrong,
} from "../support/sign_in_codes.ts";
import { fromBase32 } from "../support/base32.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { createTestApp, PASSWORD, type Person } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

for (const kind of testedKinds()) {
  Deno.test(`codes by text message on ${kind}`, async (s) => {
    const time = clock();
    await using t = await createTestApp({ db: kind, settings: { sms: "log" }, now: time.now });
    const ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const carla = await t.person("member", "carla");
    const phone = "+34600111222", bens = "+34600999888";
    /** Time goes on: everybody signs in anew. */
    const fresh = async (person: Person) => ({
      ...person,
      access: (await t.login(person)).body.access_token as string,
    });

    await s.step("a number is added with the code that was sent to it, and signs in", async () => {
      await addPhone(t, ana, phone);
      time.forward(MINUTE);
      const code = await getCode(t, "+34 600-111 (222)".replace(/[^+\d]/g, ""));
      const pair = await verify(t, "+34 600 111 222", `${code.slice(0, 3)} ${code.slice(3)}`);
      assert.equal(pair.status, 200, pair.text);
      assert.equal(pair.body.user.username, "ana");
      const me = await t.call("GET", "/auth/me", { token: pair.body.access_token });
      assert.equal(me.body.phone, phone);
      const others = await t.call("GET", `/users/${ana.id}`, { token: ben.access });
      assert.ok(!others.text.includes(phone), "others do not see the number");
    });

    await s.step("a code is good once, and a replay is told as a wrong one", async () => {
      time.forward(MINUTE);
      const code = await getCode(t, phone);
      assert.equal((await verify(t, phone, code)).status, 200);
      const again = await verify(t, phone, code);
      assert.deepEqual([again.status, again.body.code], [401, "invalid_code"]);
    });

    await s.step("of two who give it at once, one gets in", async () => {
      time.forward(MINUTE);
      const code = await getCode(t, phone);
      const answers = await Promise.all(Array.from({ length: 4 }, () => verify(t, phone, code)));
      assert.deepEqual(answers.map((a) => a.status).sort(), [200, 401, 401, 401]);
    });

    await s.step("five wrong codes burn it", async () => {
      time.forward(6 * MINUTE);
      const code = await getCode(t, phone);
      for (let i = 0; i < 5; i++) assert.equal((await verify(t, phone, wrong(code))).status, 401);
      const right = await verify(t, phone, code);
      assert.deepEqual([right.status, right.body.code], [401, "invalid_code"]);
      await until(async () => {
        const failed = await t.app.db.rows<{ method: string }>(sql`select details->>'method' as method from audit_log
          where action = 'auth.login_failed' and subject_id = ${ana.id}`);
        return failed.length >= 6 && failed.every(({ method }) => method === "code");
      });
    });

    await s.step("it ends after five minutes", async () => {
      time.forward(MINUTE);
      const code = await getCode(t, phone);
      time.forward(5 * MINUTE + 1);
      assert.equal((await verify(t, phone, code)).status, 401);
    });

    await s.step("asking again at once sends nothing; a new code replaces the old one", async () => {
      await addPhone(t, await fresh(ben), bens);
      const first = await getCode(t, bens);
      const sent = codesFor(t, bens).length;
      time.forward(10_000);
      assert.deepEqual((await ask(t, bens)).body, { expires_in: 290, retry_after: 20 });
      await settled(t);
      assert.equal(codesFor(t, bens).length, sent);
      time.forward(20_001);
      const second = await getCode(t, bens);
      assert.notEqual(first, second);
      assert.equal((await verify(t, bens, first)).status, 401);
      assert.equal((await verify(t, bens, second)).status, 200);
    });

    await s.step("a number belongs to one account; only who holds the telephone is told", async () => {
      const [a, b] = [await fresh(ana), await fresh(ben)];
      const before = codesFor(t, bens).length;
      const asked = await t.call("POST", "/auth/phone", { token: a.access, body: { phone: bens } });
      assert.equal(asked.status, 202, asked.text);
      const body = { phone: bens, code: await nextCode(t, bens, before) };
      // It was sent to add a number, and to ana.
      assert.equal((await verify(t, bens, body.code)).status, 401);
      assert.equal((await t.call("POST", "/auth/phone/verify", { token: b.access, body })).status, 401);
      const taken = await t.call("POST", "/auth/phone/verify", { token: a.access, body });
      assert.deepEqual([taken.status, taken.body.code, taken.body.errors[0].path], [409, "conflict", "phone"]);
    });

    await s.step("API tokens add and remove nothing; whoever is switched off stays out", async () => {
      const made = await t.call("POST", "/auth/tokens", {
        token: (await fresh(ana)).access,
        body: { name: "t", scopes: ["profile.manage"] },
      });
      const { token } = made.body;
      assert.equal((await t.call("POST", "/auth/phone", { token, body: { phone } })).status, 403);
      assert.equal((await t.call("DELETE", "/auth/phone", { token })).status, 403);
      const { access } = await fresh(await t.owner());
      const off = await t.call("PUT", `/users/${ben.id}`, { token: access, body: { is_active: false } });
      assert.equal(off.status, 200, off.text);
      time.forward(MINUTE);
      const sent = codesFor(t, bens).length;
      assert.equal((await ask(t, bens)).status, 202);
      await settled(t);
      assert.equal(codesFor(t, bens).length, sent);
    });

    await s.step("a second factor is still asked for, and the code stays good for that step", async () => {
      const carol = await fresh(carla), number = "+34600111444";
      await addPhone(t, carol, number);
      const { secret } = (await t.call("POST", "/auth/2fa/setup", { token: carol.access })).body;
      const totp = () => codeOfStep(fromBase32(secret), stepOf(time.now()));
      const enabled = await t.call("POST", "/auth/2fa/enable", { token: carol.access, body: { code: await totp() } });
      assert.equal(enabled.status, 200, enabled.text);
      time.forward(MINUTE);
      const code = await getCode(t, number);
      const first = await verify(t, number, code);
      assert.deepEqual([first.status, first.body.code], [401, "totp_required"]);
      const guess = await verify(t, number, code, { totp: wrong(await totp()) });
      assert.deepEqual([guess.status, guess.body.code], [401, "invalid_code"]);
      const pair = await verify(t, number, code, { totp: await totp() });
      assert.equal(pair.body.user?.username, "carla", pair.text);
      time.forward(MINUTE);
      assert.equal((await verify(t, number, code, { totp: await totp() })).body.code, "invalid_code");
    });

    await s.step("a session that was left open adds and removes no number", async () => {
      const a = await fresh(ana);
      time.forward(11 * MINUTE);
      const add = await t.call("POST", "/auth/phone", { token: a.access, body: { phone: "+34600111555" } });
      const remove = await t.call("DELETE", "/auth/phone", { token: a.access });
      for (const refused of [add, remove]) {
        assert.deepEqual([refused.status, refused.body.code], [403, "recent_sign_in_required"]);
      }
    });

    await s.step("a number is removed, unless it is the last way in", async () => {
      const a = await fresh(ana), owner = await fresh(await t.owner());
      assert.equal((await t.call("DELETE", "/auth/phone", { token: a.access })).status, 204);
      assert.equal((await t.call("GET", "/auth/me", { token: a.access })).body.phone, null);
      await addPhone(t, a, "+34600111333");
      await t.app.db.run(sql`update users set password_hash = null where id = ${ana.id}`);
      const refused = await t.call("DELETE", "/auth/phone", { token: a.access });
      assert.deepEqual([refused.status, refused.body.code], [409, "last_way_in"]);
      const audit = await t.call("GET", `/audit?subject_id=${ana.id}`, { token: owner.access });
      const actions = audit.body.items.map((entry: { action: string }) => entry.action);
      assert.ok(actions.includes("user.phone_added") && actions.includes("user.phone_removed"));
      assert.ok(!audit.text.includes("600111"), "no number in the log");
    });

    await s.step("codes are in the database in no form", async () => {
      time.forward(MINUTE);
      const code = await getCode(t, "+34600111333");
      const { text } = await t.app.db.one<{ text: string }>(sql`
        select coalesce((select string_agg(c::text, '') from sign_in_codes c), '') ||
          coalesce((select string_agg(data::text, '') from pgboss.job where name = 'accounts.send_code'), '') as text`);
      assert.ok(text.includes("+34600111333") && !text.includes(code));
    });
  });

  Deno.test(`codes: the answer to a new number says what the session lacks, on ${kind}`, async () => {
    await using t = await createTestApp({ db: kind, settings: { sms: "log" } });
    const owner = await t.owner(), ana = await t.person("member", "ana"), phone = "+34600111222";
    const settings = { second_factor: { roles: ["member"], grace_days: 3 } };
    const ruled = await t.call("PUT", "/organization", { token: owner.access, body: { settings } });
    assert.equal(ruled.status, 200, ruled.text);
    await t.call("POST", "/auth/phone", { token: ana.access, body: { phone } });
    const body = { phone, code: await nextCode(t, phone, 0) };
    const added = await t.call("POST", "/auth/phone/verify", { token: ana.access, body });
    assert.ok(added.body.second_factor_due, added.text);
    const me = await t.call("GET", "/auth/me", { token: ana.access });
    assert.equal(added.body.second_factor_due, me.body.second_factor_due);
  });

  Deno.test(`codes: people are told of a new number and of a new address, at the old one, on ${kind}`, async () => {
    await using smtp = await startSmtp();
    const mail = { "smtp-url": smtp.url, "mail-from": "Pulpo <p@example.org>" };
    await using t = await createTestApp({ db: kind, settings: { sms: "log", ...mail } });
    const ana = await t.person("member", "ana"), token = ana.access;
    await addPhone(t, ana, "+34600111222");
    assert.equal((await t.call("DELETE", "/auth/phone", { token })).status, 204);
    await until(() => smtp.mails.length === 2);
    const change = { email: "thief@example.net", current_password: PASSWORD, locale: "es" };
    assert.equal((await t.call("PUT", "/auth/me", { token, body: change })).status, 200);
    await until(() => smtp.mails.length === 3);
    for (const { to } of smtp.mails) assert.deepEqual(to, ["ana@example.org"]);
    const texts = smtp.mails.map(mailText).join("\n");
    assert.match(texts, /ends in 22 was added/);
    assert.match(texts, /ends in 22 was removed/);
    assert.match(texts, /se cambió a thief@example\.net/);
    assert.ok(!texts.includes("600111"), "no number in a mail");
    const { items } = (await t.call("GET", "/notifications", { token })).body;
    const kinds = items.map(({ data }: { data: { kind: string } }) => data.kind);
    assert.deepEqual(kinds.toSorted(), ["email_changed", "phone_added", "phone_removed"]);
  });

  Deno.test(`codes, known and unknown numbers on ${kind}`, async (s) => {
    await using t = await createTestApp({ db: kind, settings: { sms: "log" } });
    const ana = await t.person("member", "ana");
    await addPhone(t, ana, "+525512345678");

    await s.step("an unknown number gets the same answer and no message", async () => {
      const known = await ask(t, "+525512345678"), unknown = await ask(t, "+525512345679");
      assert.deepEqual([unknown.status, unknown.body], [known.status, known.body]);
      const names = (answer: { headers: Headers }) => [...answer.headers.keys()].sort();
      assert.deepEqual(names(unknown), names(known));
      const again = await ask(t, "+525512345679");
      assert.deepEqual(Object.keys(again.body), ["expires_in", "retry_after"]);
      await settled(t);
      assert.equal(codesFor(t, "+525512345679").length, 0);
      assert.equal(codesFor(t, "+525512345678").length, 2);
    });

    await s.step("a wrong code is refused alike, and the same statements run for both", async () => {
      const guess = wrong(codesFor(t, "+525512345678").at(-1)!);
      const known = await verify(t, "+525512345678", guess), unknown = await verify(t, "+525512345679", guess);
      const { request_id: _a, ...one } = known.body, { request_id: _b, ...other } = unknown.body;
      assert.deepEqual([other, unknown.status], [one, known.status]);
      const never = await verify(t, "+525512340000", guess);
      assert.equal(never.body.code, "invalid_code");
    });

    await s.step("what is no number in E.164 is refused, and so are codes that are none", async () => {
      for (
        const phone of [
          "600111222",
          "+0600111222",
          "+34",
          "+346001112223334445",
          "+34600abc222",
          "tel:+34600111222",
          "",
        ]
      ) {
        const refused = await ask(t, phone);
        assert.deepEqual([refused.status, refused.body.code], [422, "validation_failed"], phone);
      }
      for (const body of [{}, { phone: "+34600111222", email: "a@example.org" }]) {
        assert.equal((await t.call("POST", "/auth/request-otp", { body })).status, 422);
      }
      for (const code of ["12345", "1234567", "abcdef", "１２３４５６"]) {
        assert.equal((await verify(t, "+34600111222", code)).status, 422, code);
      }
    });

    await s.step("no mail server: codes by mail are off, and it says so", async () => {
      const off = await t.call("POST", "/auth/request-otp", { body: { email: ana.email } });
      assert.deepEqual([off.status, off.body.code], [403, "sign_in_way_off"]);
    });
  });

  Deno.test(`codes make accounts while registration is open, on ${kind}`, async (s) => {
    await using smtp = await startSmtp();
    const settings = { sms: "log", registration: "open", "smtp-url": smtp.url, "mail-from": "Pulpo <p@example.org>" };
    await using t = await createTestApp({ db: kind, settings });
    const owner = await t.owner();
    const mailCode = async (email: string, before: number) => {
      const mails = () => smtp.mails.filter((mail) => mail.to.includes(email));
      return await until(() => mails()[before] && /\b\d{6}\b/.exec(mailText(mails()[before]!))![0]);
    };

    await s.step("a new number: an account without an address, in the only organisation", async () => {
      const pair = await verify(t, "+34600222333", await getCode(t, "+34600222333"));
      assert.equal(pair.status, 200, pair.text);
      const { user, access_token: token } = pair.body;
      assert.deepEqual([user.email, user.role, user.phone, user.organization.name], [
        null,
        "member",
        "+34600222333",
        "First",
      ]);
      assert.match(user.username, /^user-[a-z0-9]{8}$/);
      // Everything around works without an address: lists, search, profile, mails that do not go out.
      assert.equal((await t.call("GET", "/users?q=user-", { token: owner.access })).body.items[0].email, null);
      assert.equal((await t.call("GET", "/admin/users", { token: owner.access })).status, 200);
      const renamed = await t.call("PUT", "/auth/me", { token, body: { username: "carla", display_name: "Carla" } });
      assert.equal(renamed.status, 200, renamed.text);
      await t.call("PUT", "/notifications/preferences", { token, body: { default: "email" } });
      // Nobody has an old password to give: an address and the first password need a fresh sign-in instead.
      const setAddress = (current_password?: string) =>
        t.call("PUT", "/auth/me", { token, body: { email: "carla@example.org", current_password } });
      const setPassword = (current_password?: string) =>
        t.call("POST", "/auth/change-password", { token, body: { current_password, new_password: PASSWORD } });
      await t.app.db.run(
        sql`update sessions set created_at = created_at - interval '1 hour' where user_id = ${user.id}`,
      );
      for (const stale of [await setAddress(), await setAddress("x"), await setPassword(), await setPassword("x")]) {
        assert.deepEqual([stale.status, stale.body.code], [403, "recent_sign_in_required"]);
      }
      await t.app.db.run(sql`update sessions set proved_at = ${t.app.now()} where user_id = ${user.id}`);
      const { token: bot } = (await t.call("POST", "/auth/tokens", {
        token,
        body: { name: "bot", scopes: ["profile.manage", "second_factor.manage"] },
      })).body;
      const first = { new_password: PASSWORD };
      assert.equal((await t.call("POST", "/auth/change-password", { token: bot, body: first })).status, 403);
      assert.equal((await setAddress()).body.email, "carla@example.org");
      assert.equal((await setPassword()).status, 204);
      assert.equal((await t.login({ username: "carla", password: PASSWORD })).status, 200);
      // From now on it is asked for.
      assert.equal((await setPassword()).body.errors[0].path, "current_password");
      assert.equal((await setPassword("not this one")).body.code, "invalid_credentials");
      await t.app.db.run(sql`update users set email = null where id = ${user.id}`);
      const note = { type: "test", message: "Hello", user_ids: [user.id] };
      assert.equal((await t.call("POST", "/notify", { token: owner.access, body: note })).status, 202);
      assert.ok((await t.call("GET", "/channels", { token })).body.items.length >= 1, "in the default channel");
    });

    await s.step("an organisation of one's own, when one is named", async () => {
      const code = await getCode(t, "+34600222444");
      const made = await verify(t, "+34600222444", code, { organization_name: "Casa del Mar" });
      assert.deepEqual([made.body.user.role, made.body.user.organization.name], ["owner", "Casa del Mar"]);
      // Now there are two: without a name it is not clear where a new person belongs, and the code stays good.
      const third = await getCode(t, "+34600222555");
      const unclear = await verify(t, "+34600222555", third);
      assert.deepEqual([unclear.status, unclear.body.errors?.[0].path], [422, "organization_name"]);
      assert.equal((await verify(t, "+34600222555", third, { organization_name: "Faro" })).status, 200);
    });

    await s.step("by mail: a known address signs in, a new one makes an account", async () => {
      assert.equal((await t.call("POST", "/auth/request-otp", { body: { email: "OWNER@example.org" } })).status, 202);
      const body = { email: "owner@example.org", code: await mailCode("owner@example.org", 0) };
      const pair = await t.call("POST", "/auth/verify-otp", { body });
      assert.equal(pair.body.user?.id, owner.id, pair.text);
      await t.call("POST", "/auth/request-otp", {
        body: { email: "dora.lopez@example.net" },
        headers: { "accept-language": "es-MX" },
      });
      const code = await mailCode("dora.lopez@example.net", 0);
      assert.match(mailText(smtp.mails.at(-1)!), /para entrar una vez/);
      const dora = { email: "dora.lopez@example.net", code, organization_name: "Puerto" };
      const made = await t.call("POST", "/auth/verify-otp", { body: dora });
      assert.deepEqual(
        [made.body.user?.username, made.body.user?.email],
        ["dora.lopez", "dora.lopez@example.net"],
        made.text,
      );
    });

    await s.step("an address that somebody only claimed lets nobody in by mail", async () => {
      const claim = {
        email: "victim@example.net",
        username: "mallory",
        password: "correct horse battery",
        organization_name: "M",
      };
      await t.call("POST", "/auth/register", { body: claim });
      const sent = smtp.mails.length;
      assert.equal((await t.call("POST", "/auth/request-otp", { body: { email: "victim@example.net" } })).status, 202);
      await settled(t);
      assert.equal(smtp.mails.slice(sent).filter((mail) => /Pulpo code/.test(mail.raw)).length, 0);
    });

    await s.step(
      "numbers in a row, as those who earn by messages ask for: the area's budget holds, members get theirs",
      async () => {
        const base = "+4479009";
        for (let i = 0; i < 40; i++) assert.equal((await ask(t, `${base}${String(i).padStart(5, "0")}`)).status, 202);
        await settled(t);
        const sent = t.logs.filter((line) => line.includes(`text message to ${base}`)).length;
        assert.equal(sent, 20);
        assert.ok(t.logs.some((line) => line.includes("the budget of this area is used up")));
        const mine = codesFor(t, "+34600222333").length;
        await t.app.db.run(sql`update sign_in_codes set created_at = created_at - interval '1 minute'`);
        await ask(t, "+34600222333");
        assert.match(await nextCode(t, "+34600222333", mine), /^\d{6}$/);
      },
    );
  });
}
