// Accounts over HTTP: registration, sign-in, refresh, sessions, profile.
import assert from "node:assert/strict";
import { channels } from "../../protocol/wire/channels.ts";
import { createTestApp, PASSWORD } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

for (const db of testedKinds()) {
  Deno.test(`accounts (${db}): set-up, sign-in, refresh and reuse, logout`, async () => {
    await using t = await createTestApp({ db });
    const { needed, command } = (await t.call("GET", "/setup")).body;
    assert.deepEqual([needed, command], [true, `./pulpo user setup-link --data-dir ${t.dataDir}`]);
    const owner = await t.owner();
    assert.deepEqual((await t.call("GET", "/setup")).body, { needed: false });
    const again = { token: "x", email: "b@example.org", username: "bob", password: PASSWORD, organization_name: "B" };
    assert.equal((await t.call("POST", "/setup", { body: again })).body.code, "setup_done");

    const me = await t.call("GET", "/auth/me", { token: owner.access });
    assert.equal(me.status, 200);
    assert.equal(me.body.role, "owner");
    assert.equal(me.body.email, "owner@example.org");
    assert.equal(me.body.organization.name, "First");
    assert.ok(me.body.permissions.includes("users.manage") && me.body.permissions.includes("audit.read"));
    assert.equal(me.headers.get("cache-control"), "no-store");
    assert.ok(me.headers.get("x-request-id"));

    for (const body of [{ email: "OWNER@example.org" }, { username: "Owner" }, { username: "owner@example.org" }]) {
      const answer = await t.call("POST", "/auth/login", { body: { ...body, password: PASSWORD } });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.token_type, "Bearer");
      assert.equal(answer.body.expires_in, 900);
    }

    const second = await t.call("POST", "/auth/refresh", { body: { refresh_token: owner.refresh } });
    assert.equal(second.status, 200);
    assert.notEqual(second.body.refresh_token, owner.refresh);
    const replay = await t.call("POST", "/auth/refresh", { body: { refresh_token: owner.refresh } });
    assert.equal(replay.status, 401);
    assert.equal(replay.body.code, "token_reused");
    // The family is dead: the newest refresh token and both access tokens.
    const dead = await t.call("POST", "/auth/refresh", { body: { refresh_token: second.body.refresh_token } });
    assert.equal(dead.body.code, "unauthenticated");
    for (const token of [owner.access, second.body.access_token]) {
      assert.equal((await t.call("GET", "/auth/me", { token })).status, 401);
    }

    const session = await t.login(owner);
    assert.equal((await t.call("POST", "/auth/logout", { token: session.body.access_token })).status, 204);
    assert.equal((await t.call("GET", "/auth/me", { token: session.body.access_token })).status, 401);
    const afterLogout = await t.call("POST", "/auth/refresh", { body: { refresh_token: session.body.refresh_token } });
    assert.equal(afterLogout.body.code, "unauthenticated");
  });

  Deno.test(`accounts (${db}): the same refresh token used many times at once rotates at most once`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const body = { refresh_token: owner.refresh };
    const answers = await Promise.all(Array.from({ length: 10 }, () => t.call("POST", "/auth/refresh", { body })));
    assert.equal(answers.filter((a) => a.status === 200).length, 1);
    assert.equal(answers.filter((a) => a.body.code === "token_reused").length, 9);
  });

  Deno.test(`accounts (${db}): logout-all ends every session`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const other = await t.login(owner);
    assert.equal((await t.call("POST", "/auth/logout-all", { token: owner.access })).status, 204);
    for (const token of [owner.access, other.body.access_token]) {
      assert.equal((await t.call("GET", "/auth/me", { token })).status, 401);
    }
    const event = t.events.findLast((e) => e.channel === channels.control())!;
    const { data } = JSON.parse(event.body);
    assert.deepEqual(data, { kind: "sessions_revoked", user_id: owner.id, session_ids: "all" });
  });
}

Deno.test("accounts: registration closed, by invitation, open", async () => {
  const body = { email: "new@example.org", username: "newbie", password: PASSWORD };
  for (const registration of ["closed", "invite"]) {
    await using t = await createTestApp({ settings: { registration } });
    const without = await t.call("POST", "/auth/register", { body });
    assert.deepEqual([without.status, without.body.code], [403, "registration_closed"]);
    const answer = await t.call("POST", "/auth/register", { body: { ...body, invite: "made-up" } });
    assert.deepEqual(
      [answer.status, answer.body.code],
      [403, registration === "closed" ? "registration_closed" : "invite_invalid"],
    );
  }
  await using t = await createTestApp({ settings: { registration: "open" } });
  const nowhere = await t.call("POST", "/auth/register", { body });
  assert.equal(nowhere.status, 422);
  assert.equal(nowhere.body.errors[0].path, "organization_name");
  await t.owner();
  const joined = await t.call("POST", "/auth/register", { body });
  assert.equal(joined.status, 201);
  assert.equal(joined.body.user.role, "member");
  const own = { ...body, email: "boss@example.org", username: "boss", organization_name: "Own" };
  const boss = await t.call("POST", "/auth/register", { body: own });
  assert.equal(boss.body.user.role, "owner");
  assert.notEqual(boss.body.user.organization.id, joined.body.user.organization.id);

  const taken = await t.call("POST", "/auth/register", { body: { ...own, email: "BOSS@Example.org", username: "x2" } });
  assert.equal(taken.status, 409);
  assert.equal(taken.body.errors[0].path, "email");
  const name = await t.call("POST", "/auth/register", { body: { ...own, email: "b2@example.org", username: "BOSS" } });
  assert.equal(name.body.errors[0].path, "username");
});

Deno.test("accounts: weak passwords and reserved names are refused", async () => {
  await using t = await createTestApp({ settings: { registration: "open" } });
  const person = { email: "ana.perez@example.org", username: "ana.perez", organization_name: "A" };
  for (
    const password of ["short", "elevenchars", "Password1234", "ana.perez@example.org", "aaaaaaaaaaaa", "123456789012"]
  ) {
    const answer = await t.call("POST", "/auth/register", { body: { ...person, password } });
    assert.equal(answer.status, 422, password);
    assert.equal(answer.body.code, "weak_password");
  }
  const here = await t.call("POST", "/auth/register", { body: { ...person, username: "here", password: PASSWORD } });
  assert.equal(here.body.code, "validation_failed");
});

Deno.test("accounts: profile and change of password", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const phone = await t.login(owner);
  const token = owner.access;
  const changed = await t.call("PUT", "/auth/me", { token, body: { display_name: "The Owner", locale: "es" } });
  assert.equal(changed.status, 200, changed.text);
  assert.equal(changed.body.display_name, "The Owner");
  assert.equal((await t.call("GET", "/auth/me", { token })).body.display_name, "The Owner");

  const email = await t.call("PUT", "/auth/me", { token, body: { email: "new@example.org" } });
  assert.equal(email.body.errors[0].path, "current_password");
  const withPassword = { email: "new@example.org", current_password: PASSWORD };
  assert.equal((await t.call("PUT", "/auth/me", { token, body: withPassword })).body.email, "new@example.org");

  const change = (current_password: string, new_password: string) =>
    t.call("POST", "/auth/change-password", { token, body: { current_password, new_password } });
  assert.equal((await change("wrong", "a new pass phrase")).body.code, "invalid_credentials");
  assert.equal((await change(PASSWORD, "short")).body.code, "weak_password");
  assert.equal((await change(PASSWORD, "a new pass phrase")).status, 204);
  assert.equal((await t.call("GET", "/auth/me", { token })).status, 200);
  assert.equal((await t.call("GET", "/auth/me", { token: phone.body.access_token })).status, 401);
  assert.equal((await t.login(owner)).status, 401);
  assert.equal((await t.login({ username: "owner", password: "a new pass phrase" })).status, 200);
});

Deno.test("accounts: sessions are listed and ended one by one", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const phone = await t.login(owner);
  const list = await t.call("GET", "/auth/sessions", { token: owner.access });
  assert.ok(list.body.items.length >= 2);
  assert.equal(list.body.items.filter((s: { current: boolean }) => s.current).length, 1);
  assert.equal(list.body.items[0].ip, "127.0.0.1");
  const mine = await t.call("GET", "/auth/sessions", { token: phone.body.access_token });
  const { id } = mine.body.items.find((s: { current: boolean }) => s.current);
  const stranger = await t.person();
  assert.equal((await t.call("DELETE", `/auth/sessions/${id}`, { token: stranger.access })).status, 404);
  assert.equal((await t.call("DELETE", `/auth/sessions/${id}`, { token: owner.access })).status, 204);
  assert.equal((await t.call("GET", "/auth/me", { token: phone.body.access_token })).status, 401);
  assert.equal((await t.call("DELETE", `/auth/sessions/${id}`, { token: owner.access })).status, 404);
});
