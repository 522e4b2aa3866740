// A person's profile under its other address, and the own list of contacts.
import assert from "node:assert/strict";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

const add = (t: TestApp, who: Person, body: unknown) => t.call("POST", "/users/contacts", { token: who.access, body });
const list = async (t: TestApp, who: Person, query = "") =>
  (await t.call("GET", `/users/contacts${query}`, { token: who.access })).body;

for (const db of testedKinds()) {
  Deno.test(`${db}: contacts: added by id and name, listed by page, removed; seen by nobody else`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner();
    const ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const far = await t.stranger();
    const made = await add(t, ana, { user_id: ben.id, name: "Benito" });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.body.id, made.body.name, made.body.user.username], [ben.id, "Benito", "ben"]);
    assert.equal(made.body.user.email, null, "the address is for managers");
    assert.equal((await add(t, ana, { username: "OWNER" })).body.id, owner.id);
    // Again: the same one, and only what was given changes.
    assert.equal((await add(t, ana, { username: "ben" })).body.name, "Benito");
    assert.equal((await add(t, ana, { username: "ben", name: null })).body.name, null);
    const first = await list(t, ana, "?limit=1");
    assert.deepEqual(first.items.map((c: { id: string }) => c.id), [ben.id]);
    const second = await list(t, ana, `?limit=1&cursor=${encodeURIComponent(first.next_cursor)}`);
    assert.deepEqual([second.items[0].id, second.next_cursor], [owner.id, null]);

    for (const other of [ben, owner, far]) assert.deepEqual((await list(t, other)).items, []);
    assert.equal((await t.call("DELETE", `/users/contacts/${ben.id}`, { token: owner.access })).status, 404);
    const before = t.events.length;
    await add(t, ana, { user_id: ben.id });
    assert.equal(t.events.length, before, "nobody is told");

    const wrong: [unknown, number][] = [
      [{ user_id: far.id }, 404],
      [{ username: far.username }, 404],
      [{ username: "nobody" }, 404],
      [{ user_id: ana.id }, 409],
      [{ user_id: ben.id, username: "ben" }, 422],
      [{}, 422],
      [{ user_id: "1; drop table users" }, 422],
      [{ username: "ben", name: "x".repeat(101) }, 422],
      [{ username: "ben", name: "x".repeat(2_000_000) }, 413],
    ];
    for (const [body, status] of wrong) {
      const answer = await add(t, ana, body);
      assert.equal(answer.status, status, `${JSON.stringify(body).slice(0, 60)}: ${answer.text.slice(0, 200)}`);
    }
    await t.call("PUT", `/users/${ben.id}`, { token: owner.access, body: { is_active: false } });
    assert.deepEqual(
      (await list(t, ana)).items.map((c: { id: string }) => c.id),
      [owner.id],
      "switched off: not shown",
    );
    const both = await Promise.all(
      [0, 1].map(() => t.call("DELETE", `/users/contacts/${owner.id}`, { token: ana.access })),
    );
    assert.deepEqual(both.map(({ status }) => status).sort(), [204, 404]);
  });

  Deno.test(`${db}: /users/me is the own profile, and changes it`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const ana = await t.person("viewer", "ana");
    const me = await t.call("GET", "/users/me", { token: ana.access });
    assert.deepEqual(me.body, (await t.call("GET", "/auth/me", { token: ana.access })).body);
    const put = (body: unknown) => t.call("PUT", "/users/me", { token: ana.access, body });
    assert.equal((await put({ display_name: "Ana G." })).body.display_name, "Ana G.");
    assert.equal((await t.call("GET", `/users/${ana.id}`, { token: owner.access })).body.display_name, "Ana G.");
    assert.equal((await put({ email: "new@example.org" })).status, 422, "a new address needs the password");
    assert.equal((await put({ username: "owner" })).status, 409);
    assert.equal((await put({ role: "owner" })).body.role, "viewer");
    assert.equal((await t.call("GET", "/users/me")).status, 401);
  });
}
