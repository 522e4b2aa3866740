// Groups by SCIM as Entra ID and Okta send them; two changes at once; members of elsewhere; names that are taken.
import assert from "node:assert/strict";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

async function scimOf(t: TestApp, who: Person) {
  const { token } =
    (await t.call("POST", "/auth/tokens", { token: who.access, body: { name: "idp", scopes: ["scim"] } })).body;
  return (method: string, path: string, body?: unknown) =>
    t.call(method, `//scim/v2${path}`, {
      token,
      body,
      headers: body === undefined ? {} : { "content-type": "application/scim+json" },
    });
}

const patch = (...Operations: unknown[]) => ({ Operations });
const ids = (body: { members: { value: string }[] }) => body.members.map(({ value }) => value).sort();

for (const db of testedKinds()) {
  Deno.test(`${db}: SCIM groups: made, found, patched in every form, deleted`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const [ana, ben, eva] = [
      await t.person("member", "ana"),
      await t.person("member", "ben"),
      await t.person("member", "eva"),
    ];
    const scim = await scimOf(t, owner);
    const made = await scim("POST", "/Groups", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
      displayName: "Cocina y Salón",
      externalId: "g-1",
      members: [{ value: ana.id }],
    });
    assert.equal(made.status, 201, made.text);
    const { id } = made.body;
    const here = (await t.call("GET", `/user-groups/${id}`, { token: owner.access })).body;
    assert.deepEqual([here.name, here.handle, here.user_ids], ["Cocina y Salón", "cocina-y-salon", [ana.id]]);
    const found = async (filter: string, more = "") =>
      (await scim("GET", `/Groups?filter=${encodeURIComponent(filter)}${more}`)).body.Resources;
    for (const filter of ['displayName eq "cocina y salón"', 'externalId eq "g-1"', `members.value eq "${ana.id}"`]) {
      assert.deepEqual((await found(filter)).map((g: { id: string }) => g.id), [id], filter);
    }
    assert.equal((await found('externalId eq "g-1"', "&excludedAttributes=members"))[0].members, undefined);

    const step = async (...operations: unknown[]) => {
      const answer = await scim("PATCH", `/Groups/${id}`, patch(...operations));
      assert.equal(answer.status, 200, answer.text);
      return ids(answer.body);
    };
    const all = (...people: Person[]) => people.map((one) => one.id).sort();
    assert.deepEqual(
      await step({ op: "Add", path: "members", value: [{ value: ben.id }, { value: ana.id }] }),
      all(ana, ben),
    );
    assert.deepEqual(await step({ op: "Remove", path: `members[value eq "${ana.id}"]` }), all(ben));
    assert.deepEqual(await step({ op: "add", value: { members: [{ value: eva.id }] } }), all(ben, eva));
    assert.deepEqual(await step({ op: "Remove", path: "members", value: [{ value: ben.id }] }), all(eva));
    assert.deepEqual(await step({ op: "replace", path: "members", value: [{ value: ana.id }] }), all(ana));
    assert.deepEqual(await step({ op: "replace", value: { id, displayName: "Kitchen" } }), all(ana));
    // Two at once: both hold.
    await Promise.all([ben, eva].map((one) => step({ op: "add", path: "members", value: [{ value: one.id }] })));
    assert.deepEqual(await step({ op: "replace", path: "externalId", value: "g-2" }), all(ana, ben, eva));
    assert.deepEqual(await step({ op: "remove", path: "members" }), []);
    const put = await scim("PUT", `/Groups/${id}`, { displayName: "Sala", members: [{ value: ben.id }] });
    assert.deepEqual([put.body.displayName, put.body.externalId, ids(put.body)], ["Sala", undefined, all(ben)]);
    assert.equal((await scim("DELETE", `/Groups/${id}`)).status, 204);
    assert.equal((await scim("GET", `/Groups/${id}`)).status, 404);
  });

  Deno.test(`${db}: SCIM groups: who is switched off stays in their groups`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner(), ana = await t.person("member", "ana"), ben = await t.person("member", "ben");
    const scim = await scimOf(t, owner);
    const { id } =
      (await scim("POST", "/Groups", { displayName: "Kitchen", members: [{ value: ana.id }, { value: ben.id }] })).body;
    const active = (value: boolean) =>
      scim("PATCH", `/Users/${ana.id}`, patch({ op: "replace", path: "active", value }));
    const here = async () => (await t.call("GET", `/user-groups/${id}`, { token: owner.access })).body.user_ids.sort();
    assert.equal((await active(false)).status, 200);
    assert.deepEqual(await here(), [ben.id]);
    const renamed = await scim(
      "PATCH",
      `/Groups/${id}`,
      patch({ op: "replace", path: "displayName", value: "Cocina" }),
    );
    assert.deepEqual(ids(renamed.body), [ana.id, ben.id].sort());
    const console = { name: "Sala", user_ids: [ben.id] };
    assert.equal((await t.call("PUT", `/user-groups/${id}`, { token: owner.access, body: console })).status, 200);
    assert.equal((await active(true)).status, 200);
    assert.deepEqual(await here(), [ana.id, ben.id].sort());
    await active(false);
    const removed = await scim(
      "PATCH",
      `/Groups/${id}`,
      patch({ op: "remove", path: `members[value eq "${ana.id}"]` }),
    );
    assert.deepEqual(ids(removed.body), [ben.id], "taken out by name");
    const added = await scim("PUT", `/Groups/${id}`, { displayName: "Sala", members: [{ value: ana.id }] });
    assert.deepEqual(ids(added.body), [ana.id]);
    await active(true);
    assert.deepEqual(await here(), [ana.id]);
  });

  Deno.test(`${db}: SCIM groups: a handle is in nobody's way`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const scim = await scimOf(t, owner);
    assert.equal((await scim("POST", "/Groups", { displayName: "Kitchen" })).status, 201);
    const address = await scim("POST", "/Users", { userName: "kitchen@example.org" });
    const plain = await scim("POST", "/Users", { userName: "kitchen", emails: [{ value: "k@example.org" }] });
    assert.deepEqual([address.status, plain.status], [201, 201], `${address.text} ${plain.text}`);
    assert.equal(plain.body.userName, "kitchen", "as the provider calls them");
    const names = (await t.call("GET", "/users", { token: owner.access })).body.items.map((p: Person) => p.username);
    assert.deepEqual(names.sort(), ["kitchen2", "kitchen3", "owner"]);
    const again = await scim("POST", "/Users", { userName: "kitchen", emails: [{ value: "k2@example.org" }] });
    assert.deepEqual([again.status, again.body.scimType], [409, "uniqueness"]);
  });

  Deno.test(`${db}: SCIM groups: nobody of elsewhere, handles that are taken, wrong input`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner(), far = await t.stranger();
    await t.person("member", "kitchen");
    const scim = await scimOf(t, owner), theirs = await scimOf(t, far);
    const first = await scim("POST", "/Groups", { displayName: "Kitchen" });
    const second = await scim("POST", "/Groups", { displayName: "KITCHEN" });
    const handles = (await t.call("GET", "/user-groups", { token: owner.access })).body.items.map((
      g: { handle: string },
    ) => g.handle);
    assert.deepEqual(handles.sort(), ["kitchen-2", "kitchen-3"], `${first.text} ${second.text}`);
    const { id } = first.body;
    const foreign = patch({ op: "add", path: "members", value: [{ value: far.id }] });
    assert.deepEqual([(await scim("PATCH", `/Groups/${id}`, foreign)).body.scimType], ["invalidValue"]);
    for (const method of ["GET", "DELETE"]) assert.equal((await theirs(method, `/Groups/${id}`)).status, 404);
    assert.equal((await theirs("PATCH", `/Groups/${id}`, foreign)).status, 404);
    assert.equal((await theirs("GET", "/Groups")).body.totalResults, 0);
    const wrong: [unknown, string][] = [
      [patch({ op: "add", path: "members", value: [{ value: "1" }] }), "invalidValue"],
      [patch({ op: "add", path: "members", value: "ana" }), "invalidValue"],
      [patch({ op: "remove", path: "displayName" }), "mutability"],
      [patch({ op: "replace", path: "displayName", value: "x".repeat(101) }), "invalidValue"],
      [patch({ op: "remove", path: 'members[type eq "x"]' }), "invalidValue"],
    ];
    for (const [body, scimType] of wrong) {
      const answer = await scim("PATCH", `/Groups/${id}`, body);
      assert.deepEqual([answer.status, answer.body.scimType], [400, scimType], JSON.stringify(body).slice(0, 100));
    }
    assert.equal((await scim("GET", `/Groups/${id}`)).body.displayName, "Kitchen");
    assert.equal((await t.call("GET", "//scim/v2/Groups", { token: owner.access })).status, 403, "not with a session");
  });
}
