// Invitations: who may make them, what they bring, and every way to misuse one. The mail goes through a real SMTP server.
import assert from "node:assert/strict";
import { runAdminCommand } from "../../server/commands/run.ts";
import { sql } from "../../db/sql.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { type Answer, createTestApp, PASSWORD, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const invite = (t: TestApp, by: Person, body: unknown = {}) =>
  t.call("POST", "/organization/invites", { token: by.access, body });

const register = (t: TestApp, username: string, invite?: string, more: Record<string, unknown> = {}) =>
  t.call("POST", "/auth/register", {
    body: { email: `${username}@example.org`, username, password: PASSWORD, ...(invite ? { invite } : {}), ...more },
  });

function refused(answer: Answer, code: string, status = 403): void {
  assert.deepEqual([answer.status, answer.body?.code], [status, code], answer.text);
}

for (const db of testedKinds()) {
  Deno.test(`invitations (${db}): from the first minute, used once, replay and race`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const made = await invite(t, owner, {});
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(Object.keys(made.body).sort(), ["expires_at", "id", "mailed", "token", "url"]);
    assert.equal(made.body.url, `${t.app.publicUrl()}/register#invite=${made.body.token}`);
    const week = Date.parse(made.body.expires_at) - t.app.now().getTime();
    assert.ok(week > 604_000_000 && week <= 604_800_000);
    const shown = await t.call("POST", "/auth/invites/look", { body: { invite: made.body.token } });
    assert.deepEqual(shown.body, {
      organization: "First",
      role: "member",
      invited_by: "owner",
      email: null,
      expires_at: made.body.expires_at,
    });

    // What fails takes no use: a weak password, a name that is taken.
    assert.equal((await register(t, "luis", made.body.token, { password: "short" })).status, 422);
    assert.equal((await register(t, "owner", made.body.token, { email: "l@example.org" })).status, 409);
    const luis = await register(t, "luis", made.body.token);
    assert.equal(luis.status, 201, luis.text);
    assert.deepEqual([luis.body.user.role, luis.body.user.organization.name], ["member", "First"]);
    refused(await register(t, "again", made.body.token), "invite_invalid");
    refused(await t.call("POST", "/auth/invites/look", { body: { invite: made.body.token } }), "invite_invalid");
    const channels = await t.call("GET", "/channels", { token: luis.body.access_token });
    assert.deepEqual(channels.body.items.map((c: { name: string }) => c.name), ["general"]);

    const last = (await invite(t, owner, { uses: 2, role: "viewer" })).body.token;
    const both = await Promise.all(["r1", "r2", "r3", "r4"].map((name) => register(t, name, last)));
    assert.deepEqual(both.map((a) => a.status).sort(), [201, 201, 403, 403]);
    assert.ok(both.filter((a) => a.status === 201).every((a) => a.body.user.role === "viewer"));

    const list = await t.call("GET", "/organization/invites", { token: owner.access });
    assert.deepEqual(
      list.body.items.map((i: Record<string, unknown>) => [i.uses, i.uses_left, i.state]),
      [[2, 0, "used_up"], [1, 0, "used_up"]],
    );
    assert.equal(list.body.items[0].created_by.username, "owner");
    assert.ok(!list.text.includes(made.body.token) && !list.text.includes("hash"));
    // Neither table nor log holds the token.
    const audit = await t.call("GET", "/audit", { token: owner.access });
    assert.ok(!audit.text.includes(made.body.token));
    assert.ok(!t.logs.join("\n").includes(made.body.token));
  });

  Deno.test(`invitations (${db}): revoked, over, wrong, of another organisation; the author's rights of now`, async () => {
    let ahead = 0;
    await using t = await createTestApp({
      db,
      now: () => new Date(Date.now() + ahead),
      settings: { registration: "open" },
    });
    const owner = await t.owner(), stranger = await t.stranger();
    const admin = await t.person("admin"), member = await t.person();
    refused(await invite(t, member), "forbidden");
    refused(await invite(t, admin, { role: "owner" }), "forbidden");
    for (
      const body of [{ uses: 0 }, { uses: 1001 }, { expires_in: 1 }, { email: "x@example.org", uses: 2 }, { role: "x" }]
    ) {
      refused(await invite(t, owner, body), "validation_failed", 422);
    }

    const revoked = (await invite(t, owner)).body;
    const path = `/organization/invites/${revoked.id}`;
    assert.equal((await t.call("DELETE", path, { token: stranger.access })).status, 404);
    assert.equal((await t.call("DELETE", path, { token: owner.access })).status, 204);
    assert.equal((await t.call("DELETE", path, { token: owner.access })).status, 404);
    const texts = new Set<string>();
    for (const token of [revoked.token, "made-up", revoked.token.slice(1), "x".repeat(200)]) {
      const answer = await register(t, "nobody", token);
      refused(answer, "invite_invalid");
      texts.add(answer.body.detail);
    }
    assert.equal(texts.size, 1, "one answer, whatever is wrong");
    assert.equal((await t.call("GET", "/organization/invites", { token: stranger.access })).body.items.length, 0);
    const ownerOnly = (await invite(t, owner, { role: "owner" })).body.id;
    refused(await t.call("DELETE", `/organization/invites/${ownerOnly}`, { token: admin.access }), "forbidden");
    refused(await register(t, "two", revoked.token, { organization_name: "New" }), "validation_failed", 422);

    const byAdmin = (await invite(t, admin, { role: "admin", uses: 9 })).body.token;
    assert.equal((await register(t, "first", byAdmin)).status, 201);
    await t.call("PUT", `/users/${admin.id}`, { token: owner.access, body: { role: "member" } });
    refused(await register(t, "second", byAdmin), "invite_invalid");
    await t.call("PUT", `/users/${admin.id}`, { token: owner.access, body: { role: "admin", is_active: false } });
    refused(await register(t, "second", byAdmin), "invite_invalid");
    await t.call("PUT", `/users/${admin.id}`, { token: owner.access, body: { is_active: true } });
    assert.equal((await register(t, "second", byAdmin)).status, 201);
    await t.call("DELETE", `/users/${admin.id}`, { token: owner.access });
    refused(await register(t, "third", byAdmin), "invite_invalid");

    const short = (await invite(t, owner, { expires_in: 60 })).body.token;
    ahead = 61_000;
    refused(await register(t, "late", short), "invite_invalid");
  });

  Deno.test(`invitations (${db}): channels, judged when made and when used`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner(), stranger = await t.stranger(), admin = await t.person("admin");
    const channel = async (by: Person, name: string, type: string) =>
      (await t.call("POST", "/channels", { token: by.access, body: { name, type } })).body.id as string;
    const open = await channel(owner, "news", "public"), closed = await channel(owner, "secret", "private");
    const theirs = await channel(stranger, "theirs", "public");
    // Not the admin's to give: a private channel of others, another organisation's, one that there is not.
    for (const id of [closed, theirs, crypto.randomUUID()]) {
      const answer = await invite(t, admin, { channel_ids: [id] });
      refused(answer, "validation_failed", 422);
      assert.equal(answer.body.errors[0].path, "channel_ids.0");
    }
    const made = await invite(t, owner, { channel_ids: [open, closed, closed], uses: 2 });
    assert.equal(made.status, 201, made.text);
    const namesOf = async (token: string) =>
      (await t.call("GET", "/channels", { token })).body.items.map((c: { name: string }) => c.name).sort();
    const ana = await register(t, "ana", made.body.token);
    assert.deepEqual(await namesOf(ana.body.access_token), ["general", "news", "secret"]);
    assert.equal((await t.call("DELETE", `/channels/${closed}`, { token: owner.access })).status, 204);
    const ben = await register(t, "ben", made.body.token);
    assert.equal(ben.status, 201, ben.text);
    assert.deepEqual(await namesOf(ben.body.access_token), ["general", "news"]);
  });

  Deno.test(`invitations (${db}): by mail, for one address, which counts as confirmed only by the mail's link`, async () => {
    await using smtp = await startSmtp();
    await using t = await createTestApp({ db, settings: { "smtp-url": smtp.url, "public-url": "https://pulpo.test" } });
    const owner = await t.owner();
    await t.call("PUT", "/auth/me", {
      token: owner.access,
      body: { display_name: "Ana <b>García</b>", locale: "es" },
    });
    const body = { email: "Luis@Example.org" };
    for (const email of ["a@example.org\r\nBcc: evil@example.org", "a@example.org, evil@example.org", "<a@b>"]) {
      refused(await invite(t, owner, { email }), "validation_failed", 422);
    }
    const made = await invite(t, owner, body);
    assert.equal(made.body.mailed, true);
    await until(() => smtp.mails.length === 1);
    const text = mailText(smtp.mails[0]!);
    assert.deepEqual(smtp.mails[0]!.to, ["Luis@example.org"]);
    assert.match(text, /^Subject: Ana <b>García<\/b> te invita a First\r\n/m);
    assert.match(text, /Ana &lt;b&gt;García&lt;\/b&gt; te invita/);
    const mailed = /https:\/\/pulpo\.test\/register#invite=([\w-]+)/.exec(text)![1]!;
    assert.notEqual(mailed, made.body.token, "the mail has a token of its own");
    const other = await register(t, "eve", mailed);
    refused(other, "invite_invalid");
    assert.equal(other.body.errors[0].path, "email");
    assert.equal((await register(t, "luis", mailed)).status, 201);
    refused(await register(t, "luis2", made.body.token, { email: "luis@example.org" }), "invite_invalid");
    const verified = async (name: string) =>
      (await t.app.db.one<{ ok: boolean }>(
        sql`select email_verified_at is not null as ok from users where username = ${name}`,
      )).ok;
    assert.equal(await verified("luis"), true);
    const handed = await invite(t, owner, { email: "ben@example.org" });
    assert.equal((await register(t, "ben", handed.body.token)).status, 201);
    assert.equal(await verified("ben"), false, "whoever has the copied link may be anybody");
  });
}

Deno.test("invitations: closed registration takes none; a token of an API needs the rights of the role", async () => {
  await using t = await createTestApp({ settings: { registration: "closed" } });
  const owner = await t.owner();
  refused(await invite(t, owner), "registration_closed");
  refused(await register(t, "eve", "made-up"), "registration_closed");
  await using open = await createTestApp();
  const boss = await open.owner();
  const api = await open.call("POST", "/auth/tokens", {
    token: boss.access,
    body: { name: "inviter", scopes: ["users.invite"] },
  });
  const asToken = { ...boss, access: api.body.token };
  refused(await invite(open, asToken, { role: "admin" }), "forbidden");
  const key = { "idempotency-key": "one" };
  const call = () =>
    open.call("POST", "/organization/invites", { token: boss.access, body: { role: "viewer" }, headers: key });
  const [first, second] = [await call(), await call()];
  assert.equal(first.body.token, second.body.token, "the same key gets the first answer");
});

Deno.test("invitations: from the command line, with links to set passwords", async () => {
  await using t = await createTestApp();
  await t.owner();
  const luis = await t.person("member", "luis");
  const run = (name: string, flags: Record<string, string>) =>
    runAdminCommand({ app: t.app, database: undefined as never }, { name, flags });
  const url = await run("user invite", { role: "moderator", uses: "2", days: "1" });
  const ben = await register(t, "ben", url.split("#invite=")[1]);
  assert.deepEqual([ben.status, ben.body.user?.role], [201, "moderator"], ben.text);
  await assert.rejects(run("user invite", { uses: "many" }), /--uses/);
  const token = (await run("user reset-link", { user: "luis" })).split("#token=")[1];
  const body = { token, new_password: "another good pass phrase" };
  assert.equal((await t.call("POST", "/auth/reset-password/confirm", { body })).status, 204);
  assert.equal((await t.login({ ...luis, password: body.new_password })).status, 200);
  assert.match(
    await run("user create", { email: "eva@example.org" }),
    /created eva \(member\); this link .*\n.*\/reset#token=/s,
  );
});
