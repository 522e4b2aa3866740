// Tokens that are made with tokens, and the socket of administrators: over real sockets and both databases.
import assert from "node:assert/strict";
import { openSocket } from "../support/socket_client.ts";
import { createTestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

for (const db of testedKinds()) {
  Deno.test(`tokens (${db}): a child ends with its parent, by time and by deletion`, async () => {
    let now = Date.now();
    await using t = await createTestApp({ db, now: () => new Date(now) });
    const owner = await t.owner();
    const iso = (minutes: number) => new Date(now + minutes * 60_000).toISOString();
    const make = (token: string, expires_at?: string, scopes = ["tokens.manage", "notify"]) =>
      t.call("POST", "/auth/tokens", { token, body: { name: "k", scopes, expires_at } });
    const me = async (token: string) => (await t.call("GET", "/auth/me", { token })).status;

    const parent = (await make(owner.access, iso(60))).body;
    const longer = await make(parent.token, iso(61));
    assert.equal(longer.status, 403, longer.text);
    assert.equal(longer.body.errors[0].path, "expires_at");
    const child = (await make(parent.token)).body;
    assert.equal(child.expires_at, parent.expires_at, "no end of its own: that of its parent");
    const shorter = (await make(parent.token, iso(30))).body;
    assert.ok(shorter.expires_at < parent.expires_at);
    const grandchild = (await make(child.token)).body;
    assert.equal((await make(grandchild.token, iso(100))).status, 403);

    const lasting = (await make(owner.access)).body;
    const born = (await make(lasting.token)).body, borns = (await make(born.token)).body;
    const apart = (await make(owner.access)).body;
    assert.equal(born.expires_at, null);
    await using socket = await openSocket(`${t.url}/ws?token=${borns.token}&channels=broadcast`);
    await socket.wait((f) => f.type === "ack");
    for (const token of [lasting.token, born.token, borns.token]) assert.equal(await me(token), 200);
    assert.equal((await t.call("DELETE", `/auth/tokens/${lasting.id}`, { token: owner.access })).status, 204);
    assert.equal((await socket.waitClosed()).code, 4401);
    for (const token of [lasting.token, born.token, borns.token]) assert.equal(await me(token), 401);
    assert.equal(await me(apart.token), 200);
    const left = (await t.call("GET", "/auth/tokens", { token: owner.access })).body.items.map((k: { id: string }) =>
      k.id
    );
    assert.equal(left.includes(born.id) || left.includes(borns.id), false);

    now += 61 * 60_000;
    for (const token of [parent.token, child.token, grandchild.token]) assert.equal(await me(token), 401);
  });
}

Deno.test("/ws/admin: a token needs the scope, whatever its owner's role", async () => {
  await using t = await createTestApp();
  const owner = await t.owner();
  const token = async (scopes: string[]) =>
    (await t.call("POST", "/auth/tokens", { token: owner.access, body: { name: "k", scopes } })).body.token as string;
  for (const scopes of [["notify"], ["users.read", "channels.subscribe"]]) {
    await using refused = await openSocket(`${t.url}/ws/admin?token=${await token(scopes)}`);
    assert.equal((await refused.waitClosed()).code, 4403, scopes.join());
  }
  await using admin = await openSocket(`${t.url}/ws/admin?token=${await token(["organization.manage"])}`);
  assert.equal((await admin.ask({ type: "ping" })).type, "pong");
});
