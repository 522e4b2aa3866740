// Every endpoint against everybody: two organisations, all roles, API tokens of every scope. The list of endpoints is the
// OpenAPI document, and what each one needs is its `x-permission`, so that a new endpoint is in here by itself, and fails
// until it says what it needs and, when its address holds an id, which thing that may be (`fixtures`).
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { ROLES } from "../../kernel/actor.ts";
import { newId } from "../../kernel/ids.ts";
import { permissionsOf } from "../../kernel/permissions.ts";
import { call, type Ids, madeUp, type Operation, operationsOf } from "../support/api_operations.ts";
import { png } from "../support/picture_files.ts";
import { enrollAgent, newAgentKey } from "../support/soft_agent.ts";
import { createTestApp, PASSWORD, type Person, type TestApp } from "../support/test_app.ts";

/** A passkey that no device has: made by hand, since this server's address can have none. */
async function passkeyOf(t: TestApp, owner: Person): Promise<string> {
  const id = newId();
  await t.app.db.run(sql`insert into passkeys (id, user_id, organization_id, credential_id, public_key, counter,
      transports, backed_up, name, created_at)
    select ${id}::uuid, u.id, u.organization_id, ${id}, ''::bytea, 0, '{}', false, 'x', now() from users u
    where u.id = ${owner.id}`);
  return id;
}

async function agentOf(t: TestApp, owner: Person): Promise<string> {
  const made = await t.call("POST", "/agents", { token: owner.access, body: {} });
  return (await enrollAgent(t.url, made.body.token, await newAgentKey())).body.agent_id;
}

/** One of each thing that an address may name, in the owner's organisation. */
async function fixtures(t: TestApp, owner: Person, prefix: string): Promise<Ids> {
  const make = async (method: string, path: string, body?: unknown, token = owner.access, headers = {}) => {
    const made = await t.call(method, path, { token, body, headers });
    assert.ok(made.status < 300, `${method} ${path}: ${made.status} ${made.text}`);
    return made.body;
  };
  const account = { email: `${prefix}@example.org`, username: prefix, password: PASSWORD, role: "member" };
  const person = (await make("POST", "/users", account)).id;
  const member = (await t.login({ username: prefix, password: PASSWORD })).body.access_token;
  const channel = (await make("POST", "/channels", { name: `${prefix}-news`, type: "public" })).id;
  await make("POST", `/channels/${channel}/join`, undefined, member);
  const message = (await make("POST", `/channels/${channel}/messages`, { content: "Good morning" })).id;
  const identity = newId();
  await t.app.db.run(sql`insert into user_identities
    (id, organization_id, user_id, provider, issuer, subject, created_at)
    select ${identity}, organization_id, id, 'main', 'https://id.example.org', ${prefix}, now() from users where id = ${owner.id}`);
  const send_at = new Date(t.app.now().getTime() + 86_400_000).toISOString();
  const hook = (await make("POST", "/webhooks/outgoing", {
    name: prefix,
    url: "https://example.org/hook",
    events: ["test"],
  })).id;
  await make("POST", "/notify", { type: "test", message: "Hello" });
  const upload = await fetch(`${t.url}/api/v1/media/upload?filename=a.txt`, {
    method: "PUT",
    headers: { authorization: `Bearer ${owner.access}` },
    body: "text",
  }).then((r) => r.json());
  const pictured = await fetch(`${t.url}/api/v1/users/${owner.id}/avatar`, {
    method: "PUT",
    headers: { authorization: `Bearer ${owner.access}`, "content-type": "image/png" },
    body: await png(8, 8),
  }).then((r) => r.json());
  const byPrefix: Record<string, string> = {
    "/auth/identities": identity,
    "/auth/sessions": (await make("GET", "/auth/sessions")).items[0].id,
    "/auth/tokens": (await make("POST", "/auth/tokens", { name: prefix, scopes: ["notify"] })).id,
    "/auth/passkeys": await passkeyOf(t, owner),
    "/users": person,
    "/organization/invites": (await make("POST", "/organization/invites", {})).id,
    "/organization/sign-ups": await signUp(t, owner, prefix),
    "/channels": channel,
    "/messages": message,
    "/notifications": (await make("GET", "/notifications")).items[0].id,
    "/webhooks/incoming": (await make("POST", "/webhooks/incoming", { name: prefix, channel: "notify:builds" })).id,
    "/webhooks/outgoing/deliveries": (await make("POST", `/webhooks/outgoing/${hook}/test`)).id,
    "/webhooks/outgoing": hook,
    "/push/subscriptions": (await make("POST", "/push/subscriptions", {
      endpoint: `https://updates.push.services.mozilla.com/wpush/v2/${prefix}`,
      keys: {
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth: "BTBZMqHH6r4Tts7J_aSIgg",
      },
    })).id,
    "/scheduled": (await make("POST", "/scheduled", { channel_id: channel, content: "Later", send_at })).id,
    "/admin/commands": (await make("POST", "/admin/commands", {
      trigger: "deploy",
      url: "https://example.org/deploy",
      description: "Deploys",
    })).id,
    "/admin/reports":
      (await make("POST", `/messages/${message}/report`, { reason: "Rude", category: "other" }, member)).id,
    "/admin/moderation/actions":
      (await make("POST", "/admin/moderation/actions", { user_id: person, action_type: "warning", reason: "Rude" })).id,
    "/media/uploads": (await make("POST", "/media/uploads", { filename: "b.txt", size: 10, mime_type: "text/plain" }))
      .upload_id,
    "/media": upload.id,
    "/avatars": pictured.avatar_url?.split("/").at(-1),
    "/admin/imports":
      (await make("POST", "/admin/imports", { source: "slack", media_id: upload.id, dry_run: true })).id,
    "/admin/exports": (await make("POST", "/admin/exports", { include_files: false })).id,
    "/agents/join-tokens": (await make("POST", "/agents/join-tokens", {})).id,
    "/agents": await agentOf(t, owner),
    "/user-groups": (await make("POST", "/user-groups", { name: prefix, handle: `${prefix}-group`, user_ids: [] })).id,
    "/service-accounts": (await make("POST", "/service-accounts", { username: `${prefix}-bot` })).id,
    "/users/contacts": (await make("POST", "/users/contacts", { user_id: person })).id,
    "/scim/v2/Users": person,
    "/scim/v2/Groups":
      (await make("POST", "/user-groups", { name: prefix, handle: `${prefix}-scim`, user_ids: [] })).id,
    "/scim/v2/ResourceTypes": "User",
    "/scim/v2/Schemas": "User",
    "/auth/me/export": (await make("POST", "/auth/me/export")).id,
    "/sse/activity": channel,
  };
  const longestFirst = Object.keys(byPrefix).sort((a, b) => b.length - a.length);
  return (path) => {
    if (!path.includes("{")) return {};
    const found = longestFirst.find((one) => path.replace("/api/v1", "").startsWith(`${one}/{`));
    assert.ok(found && byPrefix[found], `${path}: make one of these things in \`fixtures\``);
    const [first, ...others] = Object.keys(madeUp(path));
    return {
      ...madeUp(path),
      [first!]: byPrefix[found]!,
      ...(others.includes("user_id") ? { user_id: person } : {}),
    };
  };
}

/** Somebody who waits to be let in. */
async function signUp(t: TestApp, owner: Person, prefix: string): Promise<string> {
  const username = `${prefix}-waits`;
  const body = { email: `${username}@example.org`, username, password: PASSWORD, role: "member" };
  const { id } = (await t.call("POST", "/users", { token: owner.access, body })).body;
  await t.app.db.run(sql`
    update users set is_active = false, pending = 'approval', pending_since = now() where id = ${id}`);
  return id;
}

/** Nothing beyond what the document names was asked for. With alternatives the input says which one it is. */
function isServed(op: Operation, { status, text }: { status: number; text: string }): boolean {
  const asked = /needs the permission \\?"([\w.]+)/.exec(text)?.[1];
  if (asked && !(op.needs!.length > 1 && op.needs!.includes(asked))) return false;
  return status < 500 && !text.includes('"code":"unauthenticated"');
}

const SESSION_ENDS = /\/auth\/logout/;

Deno.test("authorisation: every endpoint × organisation × role × scope is answered as the document says", async () => {
  await using t = await createTestApp({
    settings: {
      registration: "open",
      "rate-limit-per-minute": "0",
      "rate-limits": "tokens=0",
      "webhook-private": "allow",
    },
  });
  const owner = await t.owner();
  const document = (await t.call("GET", "//openapi.json")).body;
  const operations = operationsOf(document, t.app.permissionTable).filter((op) => !op.socket);
  const closed = operations.filter((op) => op.needs !== undefined);
  assert.ok(closed.length > 100);
  const ours = await fixtures(t, owner, "ours");
  const theirs = await fixtures(t, await t.stranger(), "theirs");
  const wrong: string[] = [];
  let tried = 0;
  const check = (ok: boolean, op: Operation, who: string, answer: { status: number; text: string }) => {
    tried++;
    if (!ok) wrong.push(`${op.name} by ${who}: ${answer.status} ${answer.text.slice(0, 200)}`);
  };

  for (const op of operations) {
    const answer = await call(t, op, madeUp);
    if (op.needs === undefined) check(!/Sign in first/.test(answer.text), op, "nobody", answer);
    else check(answer.status === 401, op, "nobody", answer);
  }
  for (const op of closed.filter((op) => op.path.includes("{"))) {
    const answer = await call(t, op, theirs, owner.access);
    check(answer.status === 404 || answer.status === 403, op, "another organisation's owner", answer);
  }

  const people = new Map<string, Person>();
  for (const role of ROLES) people.set(role, role === "owner" ? owner : await t.person(role));
  const lacks = (held: ReadonlySet<string>, op: Operation) =>
    op.needs?.length && !op.needs.some((one) => held.has(one));
  for (const [role, person] of people) {
    const held = permissionsOf(t.app.permissionTable, role as typeof ROLES[number]);
    for (const op of closed.filter((op) => lacks(held, op))) {
      const answer = await call(t, op, ours, person.access);
      check(answer.status === 403, op, `the ${role}, who lacks ${op.needs}`, answer);
    }
  }

  const every = Object.keys(t.app.permissionTable);
  const signIn = async (person: Person) => (await t.login(person)).body.access_token as string;
  const tokenOf = async (scopes: string[]) => {
    // Anew: one of the calls has ended all of the owner's sessions.
    const token = await signIn(owner);
    const made = await t.call("POST", "/auth/tokens", { token, body: { name: "matrix", scopes } });
    assert.equal(made.status, 201, made.text);
    return made.body.token as string;
  };
  const sets = new Map(closed.filter((op) => op.needs).map((op) => [op.needs!.join(), op.needs!]));
  for (const [key, needs] of sets) {
    const without = await tokenOf(every.filter((one) => !needs.includes(one)));
    // What is done in a chat is answered with what is there: such scopes are worth something beside chat.read.
    const only = await tokenOf([...new Set([...needs, ...(key.startsWith("chat.") ? ["chat.read"] : [])])]);
    for (const op of closed.filter((op) => op.needs?.join() === key)) {
      const refused = await call(t, op, ours, without);
      check(refused.status === 403, op, `a token without ${key}`, refused);
      const allowed = await call(t, op, madeUp, only);
      // Refused for another reason (a session is needed, the role of the new account): not for want of a permission.
      check(isServed(op, allowed), op, `a token of only ${key}`, allowed);
    }
  }

  for (const [role, person] of people) {
    const held = permissionsOf(t.app.permissionTable, role as typeof ROLES[number]);
    let token = await signIn(person);
    for (const op of closed.filter((op) => !lacks(held, op))) {
      const answer = await call(t, op, madeUp, token);
      check(isServed(op, answer), op, `the ${role}`, answer);
      if (SESSION_ENDS.test(op.path)) token = await signIn(person);
    }
  }
  assert.deepEqual(wrong, [], `${wrong.length} of ${tried} answers are not what the document says`);
});
