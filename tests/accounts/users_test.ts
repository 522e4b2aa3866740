// Users, roles, API tokens, tickets and the audit log over HTTP.
import assert from "node:assert/strict";
import { authenticate } from "../../features/accounts/mod.ts";
import { rawSql } from "../../db/sql.ts";
import { SYSTEM_ORGANIZATION } from "../../kernel/ids.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { createTestApp, PASSWORD, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

const names = (answer: { body: { items: { username: string }[] } }) => answer.body.items.map((u) => u.username);

for (const db of testedKinds()) {
  Deno.test(`users (${db}): list, filter, page; addresses only for managers`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const viewer = await t.person("viewer", "vera");
    await t.person("member", "Mario");
    await t.person("member", "maria_50");
    const all = await t.call("GET", "/users", { token: owner.access });
    assert.deepEqual(new Set(names(all)), new Set(["maria_50", "Mario", "owner", "vera"]));
    assert.equal(all.body.next_cursor, null);
    assert.deepEqual(names(await t.call("GET", "/users?q=MARI", { token: owner.access })).length, 2);
    assert.deepEqual(names(await t.call("GET", "/users?q=m_ri", { token: owner.access })), []);
    assert.deepEqual(names(await t.call("GET", "/users?q=a_5", { token: owner.access })), ["maria_50"]);
    const first = await t.call("GET", "/users?limit=3", { token: owner.access });
    assert.equal(first.body.items.length, 3);
    const rest = await t.call("GET", `/users?limit=3&cursor=${first.body.next_cursor}`, { token: owner.access });
    assert.deepEqual([...names(first), ...names(rest)], names(all));
    const seen = await t.call("GET", "/users", { token: viewer.access });
    for (const user of seen.body.items) assert.equal(user.email === null, user.id !== viewer.id);
  });

  Deno.test(`users (${db}): there is always an owner, also when two leave at once`, async () => {
    await using t = await createTestApp({ db });
    const one = await t.owner();
    const refused = await t.call("PUT", `/users/${one.id}`, { token: one.access, body: { role: "admin" } });
    assert.equal(refused.status, 409, refused.text);
    assert.equal((await t.call("DELETE", `/users/${one.id}`, { token: one.access })).status, 409);
    const two = await t.person("owner");
    const demote = (who: Person, by: Person) =>
      t.call("PUT", `/users/${who.id}`, { token: by.access, body: { role: "member" } });
    const answers = await Promise.all([demote(one, two), demote(two, one)]);
    assert.equal(answers.filter((a) => a.status === 200).length, 1, answers.map((a) => a.text).join());
  });

  Deno.test(`audit (${db}): filters, pages, export, append-only`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner();
    const person = await t.person("member", "paula");
    const token = owner.access;
    const named = { display_name: "=HYPERLINK(1)", role: "moderator" };
    assert.equal((await t.call("PUT", `/users/${person.id}`, { token, body: named })).status, 200);
    const key = { name: "=2+5", scopes: ["notify"] };
    assert.equal((await t.call("POST", "/auth/tokens", { token, body: key })).status, 201);
    await t.call("POST", "/auth/login", { body: { username: "paula", password: "not this one" } });

    // A failed sign-in is written in the background: its answer takes as long as any other.
    await until(async () => (await auditOf(t, owner, "?action=auth.login_failed")).length === 1);
    const all = await auditOf(t, owner, "");
    const actions = all.map((e) => e.action);
    for (const action of ["setup.completed", "user.created", "user.role_changed", "token.created", "auth.login"]) {
      assert.ok(actions.includes(action), `${action} in ${actions}`);
    }
    assert.ok(all.every((e, i) => i === 0 || all[i - 1]!.id > e.id), "newest first");
    const changed = await auditOf(t, owner, "?action=user.role_changed");
    assert.deepEqual(changed[0]!.details.role, { from: "member", to: "moderator" });
    assert.equal(changed[0]!.actor_id, owner.id);
    assert.equal(changed[0]!.ip, "127.0.0.1");
    assert.ok((await auditOf(t, owner, `?subject_id=${person.id}`)).every((e) => e.subject_id === person.id));
    assert.ok((await auditOf(t, owner, `?actor_id=${person.id}`)).every((e) => e.actor_id === person.id));
    assert.deepEqual(await auditOf(t, owner, `?from=${new Date(Date.now() + 60_000).toISOString()}`), []);
    assert.deepEqual(await auditOf(t, owner, `?to=2020-01-01T00:00:00Z`), []);
    assert.equal((await auditOf(t, owner, "?action=user.*")).every((e) => e.action.startsWith("user.")), true);

    const page = await t.call("GET", "/audit?limit=2", { token });
    const next = await t.call("GET", `/audit?limit=2&cursor=${page.body.next_cursor}`, { token });
    assert.deepEqual([...page.body.items, ...next.body.items].map((e) => e.id), all.slice(0, 4).map((e) => e.id));

    const csv = await t.call("GET", "/audit/export?format=csv", { token });
    assert.match(csv.headers.get("content-type")!, /^text\/csv/);
    assert.match(csv.headers.get("content-disposition")!, /attachment; filename="audit-\d{4}-\d\d-\d\d\.csv"/);
    const lines = csv.text.trim().split("\r\n");
    assert.ok(lines[0]!.startsWith("id,created_at,actor_id"));
    assert.ok(lines.length > all.length);
    const ndjson = await t.call("GET", "/audit/export?format=ndjson&action=token.created", { token });
    assert.equal(JSON.parse(ndjson.text.trim()).details.name, "=2+5");
    assert.equal((await t.call("GET", "/audit/export?format=xml", { token })).status, 422);

    assert.equal((await t.call("GET", "/audit", { token: person.access })).status, 403);
    const stranger = await t.stranger();
    assert.ok((await auditOf(t, stranger, "")).every((e) => e.actor_id === stranger.id || e.actor_id === null));
    for (const change of ["delete from audit_log", "update audit_log set action = 'x'", "truncate audit_log"]) {
      await assert.rejects(t.app.db.exec(change), /append-only/);
    }
  });

  Deno.test(`tickets (${db}): good once, for 30 seconds`, async () => {
    let now = Date.now();
    await using t = await createTestApp({ db, now: () => new Date(now) });
    const owner = await t.owner();
    const take = async () => (await t.call("POST", "/auth/ticket", { token: owner.access })).body.ticket as string;
    const ticket = await take();
    // Nobody is let in over HTTP with it, and trying does not use it up.
    assert.equal((await t.call("GET", "/auth/me", { token: ticket })).status, 401);
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => authenticate(t.app, ticket)));
    const actors = results.flatMap((r) => r.status === "fulfilled" ? [r.value] : []);
    assert.equal(actors.length, 1);
    assert.equal(actors[0]!.userId, owner.id);
    assert.ok(actors[0]!.expiresAt! <= now + 900_000);
    const late = await take();
    now += 31_000;
    await assert.rejects(authenticate(t.app, late), /unauthenticated/);
  });
}

interface Entry {
  id: string;
  action: string;
  actor_id: string | null;
  subject_id: string | null;
  ip: string | null;
  details: Record<string, unknown>;
}

async function auditOf(t: TestApp, person: Person, query: string): Promise<Entry[]> {
  const answer = await t.call("GET", `/audit${query}`, { token: person.access });
  assert.equal(answer.status, 200, answer.text);
  return answer.body.items;
}

Deno.test("users: create, change, disable, delete; nobody reaches above the own role", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const admin = await t.person("admin");
  const member = await t.person("member");
  const make = (who: Person, body: object) => t.call("POST", "/users", { token: who.access, body });
  const fresh = { email: "fresh@example.org", username: "fresh", password: PASSWORD };
  assert.equal((await make(member, fresh)).status, 403);
  assert.equal((await make(admin, { ...fresh, role: "owner" })).status, 403);
  assert.equal((await make(admin, { ...fresh, role: "king" })).status, 422);
  const made = await make(admin, { ...fresh, role: "moderator" });
  assert.equal(made.status, 201);
  assert.equal(made.body.email, "fresh@example.org");
  assert.equal((await make(admin, { ...fresh, username: "fresh2" })).status, 409);

  const put = (who: Person, id: string, body: object) => t.call("PUT", `/users/${id}`, { token: who.access, body });
  assert.equal((await put(admin, owner.id, { display_name: "x" })).status, 403);
  assert.equal((await put(admin, made.body.id, { role: "owner" })).status, 403);
  assert.equal((await put(admin, admin.id, { role: "owner" })).status, 403);
  assert.equal((await put(admin, admin.id, { password: "a new pass phrase" })).status, 403);
  assert.equal((await t.call("DELETE", `/users/${owner.id}`, { token: admin.access })).status, 403);

  // A changed role counts at once.
  assert.equal((await t.call("GET", "/audit", { token: member.access })).status, 403);
  assert.equal((await put(owner, member.id, { role: "admin" })).status, 200);
  assert.equal((await t.call("GET", "/audit", { token: member.access })).status, 200);

  // A password from an admin and a switched-off account end all sessions.
  assert.equal((await put(owner, member.id, { password: "given by the owner" })).status, 200);
  assert.equal((await t.call("GET", "/auth/me", { token: member.access })).status, 401);
  const again = await t.login({ username: member.username, password: "given by the owner" });
  assert.equal((await put(owner, member.id, { is_active: false })).status, 200);
  assert.equal((await t.call("GET", "/auth/me", { token: again.body.access_token })).status, 401);
  const off = await t.login({ username: member.username, password: "given by the owner" });
  const unknown = await t.login({ username: "nobody-here", password: "given by the owner" });
  assert.equal(off.status, 401);
  assert.deepEqual({ ...off.body, request_id: "" }, { ...unknown.body, request_id: "" });

  assert.equal((await t.call("DELETE", `/users/${member.id}`, { token: admin.access })).status, 204);
  assert.equal((await t.call("GET", `/users/${member.id}`, { token: admin.access })).status, 404);
  assert.equal((await t.call("DELETE", `/users/${member.id}`, { token: admin.access })).status, 404);
  const events = t.events.filter((e) => e.organizationId === SYSTEM_ORGANIZATION && e.channel === channels.control());
  const last = events.map((e) => JSON.parse(e.body).data).findLast((d) => d.kind === "user_changed");
  assert.deepEqual(last, {
    kind: "user_changed",
    user_id: member.id,
    organization_id: last.organization_id,
    disabled: true,
  });
});

Deno.test("users: other organisations do not exist", async () => {
  await using t = await createTestApp({ settings: { registration: "open" } });
  const owner = await t.owner();
  const stranger = await t.stranger();
  const token = stranger.access;
  const paths: [string, string, unknown?][] = [
    ["GET", `/users/${owner.id}`],
    ["PUT", `/users/${owner.id}`, { display_name: "x" }],
    ["DELETE", `/users/${owner.id}`],
    ["POST", `/users/${owner.id}/status`, { status: "away" }],
  ];
  for (const [method, path, body] of paths) {
    const foreign = await t.call(method, path, { token, body });
    const missing = await t.call(method, path.replace(owner.id, crypto.randomUUID()), { token, body });
    assert.equal(foreign.status, 404, `${method} ${path}: ${foreign.text}`);
    assert.equal(foreign.body.detail, missing.body.detail);
  }
  assert.deepEqual(names(await t.call("GET", "/users", { token })), [stranger.username]);
  assert.equal((await t.call("GET", "/users/not-an-id", { token })).status, 404);
  const created = await t.call("POST", "/auth/tokens", {
    token: owner.access,
    body: { name: "n", scopes: ["notify"] },
  });
  assert.equal((await t.call("DELETE", `/auth/tokens/${created.body.id}`, { token })).status, 404);
});

Deno.test("users: status, own and of others", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const person = await t.person();
  const set = (who: Person, id: string, body: object) =>
    t.call("POST", `/users/${id}/status`, { token: who.access, body });
  const away = await set(person, person.id, { status: "away", text: "lunch" });
  assert.equal(away.status, 200, away.text);
  assert.equal(away.body.status, "away");
  assert.equal((await t.call("GET", "/auth/me", { token: person.access })).body.status_text, "lunch");
  assert.equal((await t.call("GET", `/users/${person.id}`, { token: owner.access })).body.status, "away");
  assert.equal((await set(person, owner.id, { status: "busy" })).status, 403);
  assert.equal((await set(owner, person.id, { status: "online", text: null })).body.status_text, null);
  assert.equal((await set(owner, person.id, { status: "sleeping" })).status, 422);
  assert.deepEqual((await t.call("GET", "/users/online", { token: owner.access })).body, {
    items: [],
    next_cursor: null,
  });
});

Deno.test("API tokens: scopes cut what they may do, and never exceed the owner", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const viewer = await t.person("viewer");
  const make = (who: Person, body: object) => t.call("POST", "/auth/tokens", { token: who.access, body });
  const scopes = (await t.call("GET", "/auth/scopes", { token: viewer.access })).body.items;
  assert.ok(scopes.includes("users.read") && !scopes.includes("users.manage"));
  assert.equal((await make(viewer, { name: "x", scopes: ["users.manage"] })).status, 403);
  assert.equal((await make(viewer, { name: "x", scopes: ["no.such"] })).status, 422);
  assert.equal((await make(owner, { name: "x", scopes: [] })).status, 422);
  assert.equal((await make(owner, { name: "x", scopes: ["notify"], expires_at: "2020-01-01T00:00:00Z" })).status, 422);

  const made = await make(owner, { name: "reader", scopes: ["users.read"] });
  assert.equal(made.status, 201, made.text);
  const { token } = made.body;
  assert.match(token, /^pulpo_[\w-]{43}$/);
  assert.equal(token.startsWith(made.body.prefix), true);
  assert.equal((await t.call("GET", "/users", { token })).status, 200);
  assert.equal((await t.call("GET", "/audit", { token })).status, 403);
  assert.equal((await t.call("PUT", "/auth/me", { token, body: { display_name: "x" } })).status, 403);
  assert.equal((await t.call("POST", "/auth/logout", { token })).status, 403);
  assert.deepEqual((await t.call("GET", "/auth/me", { token })).body.permissions, ["users.read"]);

  // A token that manages users cannot make itself more than it is.
  const manager = (await make(owner, { name: "hr", scopes: ["users.read", "users.manage"] })).body.token;
  const rise = { email: "r@example.org", username: "rise", password: PASSWORD, role: "owner" };
  assert.equal((await t.call("POST", "/users", { token: manager, body: rise })).status, 403);

  const list = await t.call("GET", "/auth/tokens", { token: owner.access });
  assert.deepEqual(list.body.items.map((i: { name: string }) => i.name), ["hr", "reader"]);
  assert.equal("token" in list.body.items[0], false);
  const stored = await t.app.db.rows(rawSql("select token_hash from api_tokens"));
  assert.ok(stored.every((r) => /^[0-9a-f]{64}$/.test(r.token_hash)));

  assert.equal((await t.call("DELETE", `/auth/tokens/${made.body.id}`, { token: owner.access })).status, 204);
  assert.equal((await t.call("GET", "/users", { token })).status, 401);
});

Deno.test("API tokens: one that has ended says so; a role taken away takes the token's rights too", async () => {
  let now = Date.now();
  await using t = await createTestApp({ now: () => new Date(now) });
  const owner = await t.owner();
  const admin = await t.person("admin");
  const body = { name: "audit", scopes: ["audit.read"], expires_at: new Date(now + 3600_000).toISOString() };
  const { token } = (await t.call("POST", "/auth/tokens", { token: admin.access, body })).body;
  assert.equal((await t.call("GET", "/audit", { token })).status, 200);
  await t.call("PUT", `/users/${admin.id}`, { token: owner.access, body: { role: "member" } });
  assert.equal((await t.call("GET", "/audit", { token })).status, 403);
  now += 3601_000;
  assert.equal((await t.call("GET", "/audit", { token })).body.code, "token_expired");
});

Deno.test("roles and organisation", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const member = await t.person();
  const roles = (await t.call("GET", "/roles", { token: member.access })).body.items;
  assert.deepEqual(roles.map((r: { role: string }) => r.role), [
    "owner",
    "admin",
    "moderator",
    "member",
    "viewer",
    "guest",
  ]);
  const permissions = (role: string) => roles.find((r: { role: string }) => r.role === role).permissions;
  assert.ok(permissions("admin").includes("users.manage") && !permissions("moderator").includes("users.manage"));
  const organization = await t.call("GET", "/organization", { token: member.access });
  assert.equal(organization.body.name, "First");
  assert.equal(organization.body.users, 2);
  const rename = (token: string) => t.call("PUT", "/organization", { token, body: { name: "Second" } });
  assert.equal((await rename(member.access)).status, 403);
  assert.equal((await rename(owner.access)).body.name, "Second");
  const put = (body: unknown) => t.call("PUT", "/organization", { token: owner.access, body });
  assert.equal((await put({ settings: { no_such_section: {} } })).status, 422);
  assert.equal((await put({})).body.name, "Second", "what is absent stays");
  assert.equal((await t.call("GET", "/organization", { token: member.access })).body.settings, undefined);
  assert.equal(typeof (await t.call("GET", "/organization", { token: owner.access })).body.settings, "object");
  assert.equal((await t.call("GET", "/auth/me", { token: member.access })).body.organization.name, "Second");
});
