// Open registration: domains, confirmed addresses, approval by an administrator, and what an account may do that waits.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { mailText, startSmtp } from "../support/smtp_stand_in.ts";
import { type Answer, createTestApp, PASSWORD, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const register = (t: TestApp, email: string, more: Record<string, unknown> = {}) =>
  t.call("POST", "/auth/register", { body: { email, username: email.split("@")[0], password: PASSWORD, ...more } });
const settings = (t: TestApp, by: Person, sign_up: unknown) =>
  t.call("PUT", "/organization", { token: by.access, body: { settings: { sign_up } } });
const login = (t: TestApp, username: string) => t.login({ username, password: PASSWORD });
const waiting = async (t: TestApp, by: Person) =>
  (await t.call("GET", "/organization/sign-ups", { token: by.access })).body.items;

function refused(answer: Answer, code: string, status = 403): void {
  assert.deepEqual([answer.status, answer.body?.code], [status, code], answer.text);
}

for (const db of testedKinds()) {
  Deno.test(`sign-up (${db}): approval: waits, is told of, let in or refused`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner(), member = await t.person();
    assert.deepEqual((await t.call("GET", "/auth/options")).body, {
      registration: "open",
      mail: false,
      organization: "First",
    });
    refused(await settings(t, member, { approval: true }), "forbidden");
    assert.equal((await settings(t, owner, { approval: true })).status, 200);
    const ana = await register(t, "ana@example.org");
    assert.deepEqual([ana.status, ana.body], [202, { pending: "approval" }]);
    refused(await login(t, "ana"), "approval_pending");
    refused(await t.login({ username: "ana", password: "wrong wrong wrong" }), "invalid_credentials", 401);
    const people = (await t.call("GET", "/users", { token: owner.access })).body.items;
    assert.ok(!people.some((p: Person) => p.username === "ana"));
    const [item] = await waiting(t, owner);
    assert.deepEqual([item.username, item.email, item.pending], ["ana", "ana@example.org", "approval"]);
    for (const method of ["PUT", "DELETE"]) {
      const body = method === "PUT" ? { is_active: true } : undefined;
      refused(await t.call(method, `/users/${item.id}`, { token: owner.access, body }), "not_found", 404);
    }
    const note = await until(async () =>
      (await t.call("GET", "/notifications", { token: owner.access })).body.items.find((n: { type: string }) =>
        n.type === "sign_up_waiting"
      )
    );
    assert.equal(note.data.username, "ana");
    assert.equal((await t.call("GET", "/notifications", { token: member.access })).body.items.length, 0);

    const approve = (id: string, by: Person) =>
      t.call("POST", `/organization/sign-ups/${id}/approve`, { token: by.access });
    refused(await approve(item.id, member), "forbidden");
    assert.equal((await approve(item.id, owner)).status, 204);
    assert.equal((await approve(item.id, owner)).status, 404);
    const inNow = await login(t, "ana");
    assert.equal(inNow.status, 200);
    const channels = await t.call("GET", "/channels", { token: inNow.body.access_token });
    assert.deepEqual(channels.body.items.map((c: { name: string }) => c.name), ["general"]);

    await register(t, "ben@example.org");
    const [second] = await waiting(t, owner);
    const refuse = () => t.call("DELETE", `/organization/sign-ups/${second.id}`, { token: owner.access });
    assert.deepEqual([(await refuse()).status, (await refuse()).status], [204, 404]);
    refused(await login(t, "ben"), "invalid_credentials", 401);
    refused(
      await t.call("DELETE", `/organization/sign-ups/${member.id}`, { token: owner.access }),
      "not_found",
      404,
    );
    // An invitation is an approval.
    const { token } = (await t.call("POST", "/organization/invites", { token: owner.access, body: {} })).body;
    assert.equal((await register(t, "cleo@example.org", { invite: token })).status, 201);
  });

  Deno.test(`sign-up (${db}): domains, and the address is confirmed by mail`, async () => {
    let ahead = 0;
    await using smtp = await startSmtp();
    await using t = await createTestApp({
      db,
      now: () => new Date(Date.now() + ahead),
      settings: { registration: "open", "smtp-url": smtp.url, "public-url": "https://pulpo.test" },
    });
    const owner = await t.owner();
    refused(await settings(t, owner, { domains: ["not a domain"] }), "validation_failed", 422);
    assert.equal((await settings(t, owner, { domains: ["Example.org"] })).status, 200);
    for (
      const email of ["eve@example.net", "eve@evil-example.org", "eve@sub.example.org", "eve@example.org.evil.net"]
    ) {
      refused(await register(t, email), "registration_closed");
    }
    const ana = await register(t, "ana@EXAMPLE.org");
    assert.deepEqual([ana.status, ana.body], [202, { pending: "email" }]);
    refused(await login(t, "ana"), "email_unconfirmed");
    await until(() => smtp.mails.length === 1);
    const token = /\/confirm#token=([\w-]+)/.exec(mailText(smtp.mails[0]!))![1]!;
    const confirm = (token: string, password?: string) =>
      t.call("POST", "/auth/confirm-email", { body: { token, password } });
    refused(await confirm("made-up"), "link_invalid");
    // It confirms an address and sets no password.
    refused(
      await t.call("POST", "/auth/reset-password/confirm", { body: { token, new_password: "another pass phrase" } }),
      "link_invalid",
    );
    // Not the password of the registration: nothing happens, the link holds on. With it everything stays.
    refused(await confirm(token, "not the password"), "invalid_credentials", 401);
    const both = await Promise.all([confirm(token, PASSWORD), confirm(token, PASSWORD)]);
    assert.deepEqual(both.map((a) => a.status).sort(), [200, 403]);
    assert.deepEqual(both.find((a) => a.status === 200)!.body, { pending: null, set_password: null });
    assert.equal((await login(t, "ana")).status, 200);

    // A mail that got lost: the link for a new password proves the same. With approval the next thing is waited for.
    await settings(t, owner, { domains: ["example.org"], approval: true });
    await register(t, "ben@example.org");
    await t.call("POST", "/auth/reset-password", { body: { email: "ben@example.org" } });
    const reset = await until(() =>
      smtp.mails.map((mail) => /\/reset#token=([\w-]{43})/.exec(mailText(mail))?.[1]).find(Boolean)
    );
    const body = { token: reset, new_password: PASSWORD };
    assert.equal((await t.call("POST", "/auth/reset-password/confirm", { body })).status, 204);
    refused(await login(t, "ben"), "approval_pending");
    const [item] = await waiting(t, owner);
    assert.deepEqual([item.username, item.email_verified], ["ben", true]);

    // Eve registers with dora's address, and an administrator lets her in; dora opens the mail: what Eve has is gone, and
    // dora chooses a password.
    await settings(t, owner, { domains: ["example.org"] });
    await register(t, "dora@example.org");
    const mailed = await until(() =>
      smtp.mails.map(mailText).filter((text) => text.includes("dora")).map((text) =>
        /\/confirm#token=([\w-]+)/.exec(text)?.[1]
      ).find(Boolean)
    );
    const sleeper = (await waiting(t, owner)).find((one: { username: string }) => one.username === "dora");
    await t.call("POST", `/organization/sign-ups/${sleeper.id}/approve`, { token: owner.access });
    const eve = (await login(t, "dora")).body;
    const kept = await t.call("POST", "/auth/tokens", {
      token: eve.access_token,
      body: { name: "x", scopes: ["chat.read"] },
    });
    assert.equal(kept.status, 201, kept.text);
    await t.app.db.run(sql`update users set phone = '+34600000001' where username = 'dora'`);
    const confirmed = (await confirm(mailed)).body;
    for (const token of [eve.access_token, kept.body.token]) {
      assert.equal((await t.call("GET", "/auth/me", { token })).status, 401);
    }
    assert.equal((await t.call("POST", "/auth/refresh", { body: { refresh_token: eve.refresh_token } })).status, 401);
    refused(await login(t, "dora"), "invalid_credentials", 401);
    assert.deepEqual(
      await t.app.db.one(sql`select phone, password_hash from users where username = 'dora'`),
      { phone: null, password_hash: null },
    );
    const chosen = { token: confirmed.set_password.token, new_password: "the own pass phrase" };
    assert.equal((await t.call("POST", "/auth/reset-password/confirm", { body: chosen })).status, 204);
    const dora = await t.call("POST", "/auth/login", { body: { username: "dora", password: chosen.new_password } });
    assert.equal(dora.status, 200, dora.text);

    // Whoever does not confirm frees the name.
    await register(t, "cleo@example.org");
    ahead = 25 * 3_600_000;
    await t.app.jobs.enqueue("accounts.delete_ended", {});
    await until(async () => !await t.app.db.maybe(sql`select 1 as one from users where username = 'cleo'`), {
      timeoutMs: 30_000,
    });
    assert.ok(await t.app.db.maybe(sql`select 1 as one from users where username = 'ben'`));
  });

  Deno.test(`sign-up (${db}): nobody takes the people of another organisation's domain`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner(), stranger = await t.stranger();
    refused(await settings(t, stranger, { domains: ["example.org"] }), "validation_failed", 422);
    refused(await settings(t, stranger, { domains: ["example.net"] }), "validation_failed", 422);
    const verify = (id: string) => t.app.db.run(sql`update users set email_verified_at = now() where id = ${id}`);
    await verify(stranger.id);
    assert.equal((await settings(t, stranger, { domains: ["example.net"] })).status, 200);
    refused(await settings(t, stranger, { domains: ["example.net", "example.org"] }), "validation_failed", 422);
    await verify(owner.id);
    refused(await settings(t, owner, { domains: ["example.net"] }), "conflict", 409);
    // Without a mail server nobody can show that the address is theirs: somebody looks at it.
    const luis = await register(t, "luis@example.net");
    assert.deepEqual(luis.body, { pending: "approval" });
    assert.equal((await waiting(t, owner)).length, 0);
    assert.equal((await waiting(t, stranger))[0].username, "luis");
    refused(
      await t.call("POST", `/organization/sign-ups/${(await waiting(t, stranger))[0].id}/approve`, {
        token: owner.access,
      }),
      "not_found",
      404,
    );
    refused(await register(t, "noplace@example.com"), "validation_failed", 422);
  });
}
