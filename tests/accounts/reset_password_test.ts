// Forgotten passwords: by mail over a real SMTP server and by a link that an administrator hands on. Nobody learns from text,
// status or work who has an account, and no link works twice, late, or after the next one.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { mailText, type SmtpStandIn, startSmtp } from "../support/smtp_stand_in.ts";
import { type Answer, createTestApp, PASSWORD, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const NEW = "another good pass phrase";
const ask = (t: TestApp, email: string) => t.call("POST", "/auth/reset-password", { body: { email } });
const confirm = (t: TestApp, token: string, new_password = NEW) =>
  t.call("POST", "/auth/reset-password/confirm", { body: { token, new_password } });
const look = (t: TestApp, token: string) => t.call("POST", "/auth/reset-password/look", { body: { token } });

/** The link of the newest mail to this address. */
async function mailedToken(smtp: SmtpStandIn, to: string, count: number): Promise<string> {
  await until(() => smtp.mails.filter((mail) => mail.to[0] === to).length >= count, { what: `mail ${count} to ${to}` });
  const text = mailText(smtp.mails.filter((mail) => mail.to[0] === to)[count - 1]!);
  const url = /(\S+)#token=([\w-]{43})/.exec(text)!;
  assert.match(url[1]!, /^https:\/\/pulpo\.test\/(reset|confirm)$/, "the token stands behind #, never in a query");
  return url[2]!;
}

function refused(answer: Answer, code: string, status = 403): void {
  assert.deepEqual([answer.status, answer.body?.code], [status, code], answer.text);
}

for (const db of testedKinds()) {
  Deno.test(`reset (${db}): by mail, once, the newest link only, all sessions end`, async () => {
    let ahead = 0;
    await using smtp = await startSmtp();
    await using t = await createTestApp({
      db,
      now: () => new Date(Date.now() + ahead),
      settings: { "smtp-url": smtp.url, "public-url": "https://pulpo.test" },
    });
    const owner = await t.owner();
    const luis = await t.person("member", "luis");
    await t.call("PUT", "/auth/me", { token: luis.access, body: { locale: "es" } });

    const known = await ask(t, "LUIS@example.org"), unknown = await ask(t, "nobody@example.org");
    for (const answer of [known, unknown]) assert.deepEqual([answer.status, answer.text], [202, ""]);
    const names = (answer: Answer) => [...answer.headers.keys()].sort().join();
    assert.equal(names(known), names(unknown));
    const first = await mailedToken(smtp, luis.email, 1);
    assert.match(mailText(smtp.mails[0]!), /^Subject: Nueva contraseña para First\r\n/m);

    await ask(t, luis.email);
    const second = await mailedToken(smtp, luis.email, 2);
    assert.notEqual(first, second);
    refused(await confirm(t, first), "link_invalid");
    refused(await look(t, first), "link_invalid");
    assert.deepEqual((await look(t, second)).body, {
      username: "luis",
      email: luis.email,
      organization: "First",
      first: false,
    });
    refused(await confirm(t, second, "short"), "weak_password", 422);
    const both = await Promise.all([confirm(t, second), confirm(t, second)]);
    assert.deepEqual(both.map((a) => a.status).sort(), [204, 403]);
    refused(await confirm(t, second), "link_invalid");
    assert.equal((await t.call("GET", "/auth/me", { token: luis.access })).status, 401);
    assert.equal((await t.login(luis)).status, 401);
    const back = await t.login({ username: "luis", password: NEW });
    assert.equal(back.status, 200);
    await until(() => smtp.mails.some((mail) => /Subject: Tu contraseña ha cambiado/.test(mailText(mail))));
    assert.equal(smtp.mails.filter((mail) => mail.to[0] === "nobody@example.org").length, 0);

    // A change of the password ends links that are under way; so does an hour.
    await ask(t, luis.email);
    const third = await mailedToken(smtp, luis.email, 4);
    await t.call("POST", "/auth/change-password", {
      token: back.body.access_token,
      body: { current_password: NEW, new_password: PASSWORD },
    });
    refused(await confirm(t, third), "link_invalid");
    await ask(t, luis.email);
    const fourth = await mailedToken(smtp, luis.email, 6);
    ahead = 3_601_000;
    refused(await confirm(t, fourth), "link_invalid");

    const audit = (await t.call("GET", "/audit?limit=200", { token: (await t.login(owner)).body.access_token })).text;
    assert.match(audit, /auth\.reset_requested/);
    assert.match(audit, /auth\.password_reset/);
    for (const token of [first, second, third, fourth]) {
      assert.ok(!audit.includes(token) && !t.logs.join("\n").includes(token));
      const jobs = await t.app.db.rows(sql`select data::text as data from pgboss.job`);
      assert.ok(!JSON.stringify(jobs).includes(token), "no queue holds the token");
    }
  });

  Deno.test(`reset (${db}): the same work for known and unknown addresses; budgets; switched off accounts`, async () => {
    await using smtp = await startSmtp();
    await using t = await createTestApp({ db, settings: { "smtp-url": smtp.url, "rate-limits": "links=0" } });
    await t.owner();
    const luis = await t.person("member", "luis"), off = await t.person("member", "off");
    const { access } = await t.owner();
    await t.call("PUT", `/users/${off.id}`, { token: access, body: { is_active: false } });
    const jobs = async () =>
      (await t.app.db.one<{ n: number }>(sql`select count(*)::int as n from pgboss.job where name = 'accounts.mail'`))
        .n;
    const before = await jobs();
    await ask(t, luis.email);
    assert.equal(await jobs(), before + 1);
    await ask(t, "nobody@example.org");
    assert.equal(await jobs(), before + 2, "an address without an account is queued as well");
    await ask(t, off.email);
    await until(() => smtp.mails.length === 1);
    // Five an hour for one address, and more are not refused: that would tell the same to all, but help nobody.
    for (let i = 0; i < 10; i++) assert.equal((await ask(t, luis.email)).status, 202);
    assert.ok(await jobs() <= before + 7);
    for (const email of ["a@b@c", "x@example.org\nBcc: y@example.org", ""]) {
      refused(await ask(t, email), "validation_failed", 422);
    }
    assert.ok(smtp.mails.every((mail) => mail.to[0] !== off.email));
  });

  Deno.test(`reset (${db}): a link from an administrator, within their power, then and now`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner(), stranger = await t.stranger();
    const admin = await t.person("admin"), member = await t.person("member");
    const link = (by: Person, of: Person) => t.call("POST", `/users/${of.id}/reset-link`, { token: by.access });
    const tokenOf = (answer: Answer) => answer.body.url.split("#token=")[1] as string;
    refused(await link(member, admin), "forbidden");
    refused(await link(admin, owner), "forbidden");
    refused(await link(admin, admin), "forbidden");
    refused(await link(stranger, member), "not_found", 404);
    const robot = { username: "robot", display_name: "Robot" };
    const service = await t.call("POST", "/service-accounts", { token: owner.access, body: robot });
    assert.equal(service.status, 201, service.text);
    refused(await link(owner, service.body), "conflict", 409);
    const made = await link(admin, member);
    assert.equal(made.status, 201, made.text);
    assert.equal((await look(t, tokenOf(made))).body.username, member.username);
    assert.equal((await confirm(t, tokenOf(made))).status, 204);
    assert.equal((await t.login({ ...member, password: NEW })).status, 200);

    // The person rises, or the administrator falls: the link is worth nothing.
    const early = tokenOf(await link(admin, member));
    await t.call("PUT", `/users/${member.id}`, { token: owner.access, body: { role: "owner" } });
    refused(await confirm(t, early), "link_invalid");
    await t.call("PUT", `/users/${member.id}`, { token: owner.access, body: { role: "member" } });
    const later = tokenOf(await link(admin, member));
    await t.call("PUT", `/users/${admin.id}`, { token: owner.access, body: { role: "viewer" } });
    refused(await confirm(t, later), "link_invalid");
  });

  Deno.test(`reset (${db}): whoever registered with somebody else's address has no way back in`, async () => {
    await using smtp = await startSmtp();
    await using t = await createTestApp({
      db,
      settings: { registration: "open", "smtp-url": smtp.url, "public-url": "https://pulpo.test" },
    });
    await t.owner();
    const mallory = await t.stranger("mallory"), ana = await t.person("member", "ana");
    /** One way of each kind, and a token. */
    const prepare = async (person: Person, n: number) => {
      const org = sql`(select organization_id from users where id = ${person.id})`;
      await t.app.db.run(sql`update users set phone = ${`+3460011199${n}`} where id = ${person.id}`);
      await t.app.db.run(sql`insert into user_identities
        (id, organization_id, user_id, provider, issuer, subject, created_at)
        values (${crypto.randomUUID()}, ${org}, ${person.id}, 'main', 'https://id.example', ${person.id}, now())`);
      await t.app.db.run(sql`insert into passkeys (id, user_id, organization_id, credential_id, public_key, counter,
          transports, backed_up, name, created_at)
        values (${crypto.randomUUID()}, ${person.id}, ${org}, ${person.id}, ''::bytea, 0, '{}', false, 'Key', now())`);
      await t.app.db.run(sql`insert into second_factors (user_id, organization_id, secret, created_at, enabled_at)
        values (${person.id}, ${org}, ''::bytea, now(), now())`);
      const body = { name: "way back", scopes: ["profile.manage"] };
      const made = await t.call("POST", "/auth/tokens", { token: person.access, body });
      assert.equal(made.status, 201, made.text);
      const { token } = made.body;
      assert.equal((await t.call("GET", "/auth/me", { token })).status, 200);
      return token as string;
    };
    const left = async (person: Person) =>
      await t.app.db.one<{ n: number }>(sql`select count(u.phone)::int
        + (select count(*) from user_identities i where i.user_id = u.id)::int
        + (select count(*) from passkeys k where k.user_id = u.id)::int
        + (select count(*) from second_factors f where f.user_id = u.id)::int
        + (select count(*) from api_tokens a where a.user_id = u.id)::int as n
        from users u where u.id = ${person.id} group by u.id`);
    const trojan = await prepare(mallory, 1), own = await prepare(ana, 2);
    assert.equal((await left(mallory)).n, 5);

    await ask(t, mallory.email);
    assert.equal((await confirm(t, await mailedToken(smtp, mallory.email, 1))).status, 204);
    assert.equal((await left(mallory)).n, 0);
    assert.equal((await t.call("GET", "/auth/me", { token: trojan })).status, 401);
    const back = await t.login({ username: "mallory", password: NEW });
    assert.equal(back.status, 200, back.text);
    const audit = (await t.call("GET", "/audit?limit=200", { token: back.body.access_token })).text;
    for (const action of ["user.phone_removed", "auth.passkey_removed", "identity.unlinked", "token.deleted"]) {
      assert.ok(audit.includes(`"${action}"`), action);
    }

    // An administrator vouched for this address: the person keeps what is theirs.
    await ask(t, ana.email);
    assert.equal((await confirm(t, await mailedToken(smtp, ana.email, 1))).status, 204);
    assert.equal((await left(ana)).n, 5);
    assert.equal((await t.call("GET", "/auth/me", { token: own })).status, 200);
  });

  Deno.test(`accounts without a password (${db}): a link to hand on, or a mail`, async () => {
    await using t = await createTestApp({ db });
    const { access } = await t.owner();
    const create = (app: TestApp, token: string, username: string) =>
      app.call("POST", "/users", { token, body: { email: `${username}@example.org`, username, role: "member" } });
    const made = await create(t, access, "ana");
    assert.equal(made.status, 201, made.text);
    assert.equal(made.body.invitation.mailed, false);
    assert.equal((await t.login({ username: "ana", password: PASSWORD })).status, 401);
    const token = made.body.invitation.url.split("#token=")[1];
    assert.equal((await look(t, token)).body.first, true);
    assert.equal((await confirm(t, token, PASSWORD)).status, 204);
    assert.equal((await t.login({ username: "ana", password: PASSWORD })).status, 200);
    refused(await confirm(t, token), "link_invalid");

    await using smtp = await startSmtp();
    await using m = await createTestApp({ db, settings: { "smtp-url": smtp.url, "public-url": "https://pulpo.test" } });
    const mailed = await create(m, (await m.owner()).access, "ben");
    assert.deepEqual([mailed.body.invitation.mailed, mailed.body.invitation.url], [true, undefined]);
    const first = await mailedToken(smtp, "ben@example.org", 1);
    assert.equal((await confirm(m, first, PASSWORD)).status, 204);
    assert.equal((await m.login({ username: "ben", password: PASSWORD })).status, 200);
  });
}

Deno.test("reset: 10,000 guesses of a token never succeed, and cost no work after the first few", async () => {
  await using t = await createTestApp({ settings: { "rate-limit-per-minute": "0" } });
  const { access } = await t.owner();
  const body = { email: "ana@example.org", username: "ana", role: "member" };
  await t.call("POST", "/users", { token: access, body });
  const statuses = new Map<number, number>();
  for (let round = 0; round < 100; round++) {
    const guesses = Array.from({ length: 100 }, () => confirm(t, crypto.randomUUID().replaceAll("-", "")));
    for (const { status } of await Promise.all(guesses)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  assert.deepEqual([...statuses.keys()].sort(), [403, 429]);
  // Thirty a minute; the run may see the begin of a few more minutes.
  assert.ok(statuses.get(403)! <= 30 * 10, JSON.stringify([...statuses]));
});
