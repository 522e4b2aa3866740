// SCIM 2.0 as Entra ID and Okta speak it: discovery, filters, people made, replaced, patched and switched off; and what it
// must not reach: owners, other organisations, anybody without the right kind of token.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

const TYPE = "application/scim+json";

async function scimToken(t: TestApp, who: Person, scopes = ["scim"]): Promise<string> {
  const made = await t.call("POST", "/auth/tokens", { token: who.access, body: { name: "idp", scopes } });
  assert.equal(made.status, 201, made.text);
  return made.body.token;
}

const caller = (t: TestApp, token: string) => (method: string, path: string, body?: unknown) =>
  t.call(method, `//scim/v2${path}`, { token, body, headers: body === undefined ? {} : { "content-type": TYPE } });

const patch = (...Operations: unknown[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations,
});

for (const db of testedKinds()) {
  Deno.test(`${db}: SCIM: a person's life as Entra ID sends it`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner(), admin = await t.person("admin", "boss");
    const scim = caller(t, await scimToken(t, admin));
    const none = await scim("GET", `/Users?filter=${encodeURIComponent('userName eq "Luis@example.org"')}`);
    assert.deepEqual([none.status, none.body.totalResults, none.body.Resources], [200, 0, []]);
    assert.match(none.headers.get("content-type")!, /^application\/scim\+json/);

    const made = await scim("POST", "/Users", {
      schemas: [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
      ],
      externalId: "8f7e",
      userName: "luis@example.org",
      active: true,
      displayName: "Luis Vega",
      title: "Cook",
      emails: [{ primary: true, type: "work", value: "luis.vega@example.org" }],
      name: { familyName: "Vega", givenName: "Luis" },
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "Kitchen" },
    });
    assert.equal(made.status, 201, made.text);
    const { id } = made.body;
    assert.equal(made.headers.get("location"), made.body.meta.location);
    assert.ok(made.body.meta.location.endsWith(`/scim/v2/Users/${id}`));
    assert.deepEqual([made.body.userName, made.body.externalId, made.body.active], ["luis@example.org", "8f7e", true]);
    const here = (await t.call("GET", `/users/${id}`, { token: owner.access })).body;
    assert.deepEqual([here.username, here.email, here.role, here.display_name], [
      "luis",
      "luis.vega@example.org",
      "member",
      "Luis Vega",
    ]);
    assert.equal((await t.login({ username: "luis", password: "" })).status, 422);

    for (
      const filter of [
        'userName eq "LUIS@example.org"',
        'externalId eq "8f7e"',
        'emails[type eq "work"].value eq "luis.vega@example.org"',
        'emails.value eq "luis.vega@example.org" and active eq true',
        `id eq "${id}"`,
      ]
    ) {
      const { body } = await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
      assert.deepEqual(body.Resources?.map((one: { id: string }) => one.id), [id], filter);
    }
    const again = await scim("POST", "/Users", { userName: "luis@example.org" });
    assert.deepEqual([again.status, again.body.scimType, again.body.status], [409, "uniqueness", "409"]);

    const changed = await scim(
      "PATCH",
      `/Users/${id}`,
      patch(
        { op: "Replace", path: "displayName", value: "Luis V." },
        { op: "Add", path: 'emails[type eq "work"].value', value: "l.vega@example.org" },
        { op: "Replace", path: "name.givenName", value: "Luís" },
        { op: "Add", path: "title", value: "Chef" },
        { op: "Replace", path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", value: "x" },
      ),
    );
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual([changed.body.displayName, changed.body.emails[0].value, changed.body.name.givenName], [
      "Luis V.",
      "l.vega@example.org",
      "Luís",
    ]);

    await t.call("PUT", `/users/${id}`, { token: owner.access, body: { password: "correct horse battery" } });
    const session = (await t.login({ username: "luis", password: "correct horse battery" })).body;
    const off = await scim("PATCH", `/Users/${id}`, patch({ op: "Replace", path: "active", value: "False" }));
    assert.equal(off.body.active, false, off.text);
    assert.equal((await t.call("GET", "/auth/me", { token: session.access_token })).status, 401);
    assert.equal((await t.login({ username: "luis", password: "correct horse battery" })).status, 401);
    const on = await scim("PATCH", `/Users/${id}`, patch({ op: "replace", value: { active: true } }));
    assert.equal(on.body.active, true);

    // To the name that they have here already: no conflict with themselves.
    const plain = await scim("PATCH", `/Users/${id}`, patch({ op: "replace", path: "userName", value: "Luis" }));
    assert.deepEqual([plain.status, plain.body.userName], [200, "luis"], plain.text);
    const replaced = await scim("PUT", `/Users/${id}`, { userName: "lvega", emails: [{ value: "l@example.org" }] });
    assert.deepEqual([replaced.body.userName, replaced.body.externalId], ["lvega", undefined]);
    assert.equal((await t.call("GET", `/users/${id}`, { token: owner.access })).body.username, "lvega");
    assert.equal((await scim("DELETE", `/Users/${id}`)).status, 204);
    assert.equal((await scim("GET", `/Users/${id}`)).body.active, false, "switched off, not gone");
    const log = (await t.call("GET", `/audit?subject_id=${id}`, { token: owner.access })).body.items;
    assert.ok(
      log.some((e: { action: string; details: { by?: string } }) =>
        e.action === "user.disabled" && e.details.by === "scim"
      ),
    );
  });

  Deno.test(`${db}: SCIM: as Okta sends it, pages, chosen attributes, two at once`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const scim = caller(t, await scimToken(t, owner));
    for (let n = 0; n < 5; n++) {
      const made = await scim("POST", "/Users", {
        userName: `p${n}@example.org`,
        name: { givenName: "P", familyName: `${n}` },
      });
      assert.equal(made.body.displayName, `P ${n}`);
    }
    const page = (await scim("GET", "/Users?startIndex=2&count=2")).body;
    assert.deepEqual([page.totalResults, page.startIndex, page.itemsPerPage], [6, 2, 2]);
    assert.equal((await scim("GET", "/Users?count=0")).body.totalResults, 6);
    assert.equal((await scim("GET", "/Users?startIndex=-5&count=-1")).body.startIndex, 1);
    const some = (await scim("GET", "/Users?attributes=userName&count=1")).body.Resources[0];
    assert.deepEqual(Object.keys(some).sort(), ["id", "schemas", "userName"]);
    // The same local part in two domains: both get a name, the addresses stay what they are.
    const other = await scim("POST", "/Users", { userName: "p0@elsewhere.example" });
    assert.equal(other.status, 201, other.text);
    const both = await Promise.all([0, 1].map(() => scim("POST", "/Users", { userName: "twin@example.org" })));
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
    const whole = await scim("PUT", `/Users/${other.body.id}`, { userName: "p0@elsewhere.example", active: "False" });
    assert.equal(whole.body.active, false);
  });

  Deno.test(`${db}: SCIM: owners, administrators' addresses and other organisations are out of reach`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner(), admin = await t.person("admin", "boss"), far = await t.stranger();
    const token = await scimToken(t, admin);
    const scim = caller(t, token), theirs = caller(t, await scimToken(t, far));
    for (
      const [method, body] of [
        ["PATCH", patch({ op: "replace", path: "active", value: false })],
        ["PUT", { userName: "owner" }],
        ["DELETE", undefined],
      ] as const
    ) {
      const refused = await scim(method, `/Users/${owner.id}`, body);
      assert.deepEqual([refused.status, refused.body.status], [403, "403"], method);
    }
    const moved = await scim(
      "PATCH",
      `/Users/${admin.id}`,
      patch({ op: "replace", path: "emails", value: "evil@example.org" }),
    );
    assert.equal(moved.status, 403);
    assert.equal((await t.call("GET", "/auth/me", { token: owner.access })).status, 200);
    for (const method of ["GET", "DELETE"]) assert.equal((await theirs(method, `/Users/${admin.id}`)).status, 404);
    assert.equal((await theirs("GET", "/Users")).body.totalResults, 1);
    const spoof = await scim("POST", "/Users", {
      userName: "mallory@example.org",
      roles: [{ value: "owner" }],
      role: "owner",
    });
    assert.equal((await t.call("GET", `/users/${spoof.body.id}`, { token: owner.access })).body.role, "member");

    // Not with a session, another scope, nothing, or after the maker of the token lost the office.
    assert.equal((await caller(t, admin.access)("GET", "/Users")).status, 403);
    assert.equal((await caller(t, await scimToken(t, admin, ["users.manage"]))("GET", "/Users")).status, 403);
    const anonymous = await t.call("GET", "//scim/v2/Users");
    assert.deepEqual([anonymous.status, anonymous.body.schemas], [401, [
      "urn:ietf:params:scim:api:messages:2.0:Error",
    ]]);
    const member = await t.person("moderator");
    const refused = await t.call("POST", "/auth/tokens", {
      token: member.access,
      body: { name: "x", scopes: ["scim"] },
    });
    assert.ok(refused.status === 403 || refused.status === 422, refused.text);
    assert.equal((await t.call("GET", "/users", { token })).status, 403, "good for SCIM only");
    await t.call("PUT", `/users/${admin.id}`, { token: owner.access, body: { role: "member" } });
    assert.equal((await scim("GET", "/Users")).status, 403);
  });

  Deno.test(`${db}: SCIM: an account that is made switched off gets what everybody has when it is switched on`, async () => {
    await using t = await createTestApp({ db });
    const scim = caller(t, await scimToken(t, await t.owner()));
    const joined = async (id: string) =>
      (await t.app.db.rows(sql`select channel_id from channel_members where user_id = ${id}`)).length;
    const made = async (name: string) =>
      (await scim("POST", "/Users", { userName: `${name}@example.org`, active: false })).body.id as string;
    const ana = await made("ana"), ben = await made("ben");
    assert.deepEqual([await joined(ana), await joined(ben)], [0, 0]);
    assert.equal(
      (await scim("PATCH", `/Users/${ana}`, patch({ op: "replace", path: "active", value: true }))).status,
      200,
    );
    assert.equal(await joined(ana), 1);
    const { access } = await t.owner();
    assert.equal((await t.call("PUT", `/users/${ben}`, { token: access, body: { is_active: true } })).status, 200);
    assert.equal(await joined(ben), 1);
  });

  Deno.test(`${db}: SCIM: who waits to be let in is not there`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner();
    const approval = { settings: { sign_up: { approval: true } } };
    assert.equal((await t.call("PUT", "/organization", { token: owner.access, body: approval })).status, 200);
    const ana = { email: "ana@example.org", username: "ana", password: "correct horse battery" };
    assert.equal((await t.call("POST", "/auth/register", { body: ana })).status, 202);
    const { id } = await t.app.db.one<{ id: string }>(sql`select id from users where username = 'ana'`);
    const scim = caller(t, await scimToken(t, owner));
    assert.equal((await scim("GET", "/Users")).body.totalResults, 1);
    const on = patch({ op: "replace", path: "active", value: true });
    for (const [method, body] of [["GET", undefined], ["PATCH", on], ["DELETE", undefined]] as const) {
      assert.equal((await scim(method, `/Users/${id}`, body)).status, 404, method);
    }
    const group = await scim("POST", "/Groups", { displayName: "Kitchen", members: [{ value: id }] });
    assert.deepEqual([group.status, group.body.scimType], [400, "invalidValue"]);
    assert.equal((await t.login(ana)).body.code, "approval_pending");
  });

  Deno.test(`${db}: SCIM: only the main address is the one to sign in with`, async () => {
    await using t = await createTestApp({ db });
    const scim = caller(t, await scimToken(t, await t.owner()));
    const { id } = (await scim("POST", "/Users", { userName: "ana@example.org" })).body;
    const after = async (operation: unknown) => {
      const answer = await scim("PATCH", `/Users/${id}`, patch(operation));
      assert.equal(answer.status, 200, answer.text);
      return answer.body.emails[0].value;
    };
    const home = "home@example.net";
    for (
      const operation of [
        { op: "replace", path: 'emails[type eq "home"].value', value: home },
        { op: "add", path: 'emails[type eq "other"]', value: [{ value: home }] },
        { op: "replace", path: "emails[primary eq false].value", value: home },
        { op: "replace", path: 'emails[value eq "else@example.org"].value', value: home },
        { op: "remove", path: 'emails[type eq "home"]' },
        { op: "add", path: "emails", value: [{ value: home, type: "home", primary: "False" }] },
        { op: "replace", value: { 'emails[type eq "home"].value': home } },
      ]
    ) assert.equal(await after(operation), "ana@example.org", JSON.stringify(operation));
    const work = (n: number) => `a${n}@example.org`;
    assert.equal(await after({ op: "replace", value: { 'emails[type eq "work"].value': work(1) } }), work(1));
    assert.equal(await after({ op: "replace", path: "emails[primary eq true].value", value: work(2) }), work(2));
    assert.equal(await after({ op: "replace", path: `emails[value eq "${work(2)}"].value`, value: work(3) }), work(3));
    assert.equal(await after({ op: "add", path: "emails", value: [{ value: work(4), primary: "True" }] }), work(4));
    assert.equal(await after({ op: "add", value: { emails: [{ value: work(5), type: "work" }] } }), work(5));
  });

  Deno.test(`${db}: SCIM: a token reaches nobody whom its person could not manage`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner(), admin = await t.person("admin", "boss");
    const moderator = await t.person("moderator", "mod"), member = await t.person("member", "ana");
    const roles = async (change: object) => {
      const answer = await t.call("PUT", "/organization/roles", { token: owner.access, body: { roles: change } });
      assert.equal(answer.status, 200, answer.text);
    };
    const scim = caller(t, await scimToken(t, admin));
    const move = (who: Person) => patch({ op: "replace", path: "emails", value: `${who.username}@elsewhere.example` });
    const off = patch({ op: "replace", path: "active", value: false });

    // Moderators hold something that administrators do not: whoever moves their address could take it.
    await roles({ moderator: { add: ["chat.purge", "scim.provision"], remove: [] } });
    assert.equal((await scim("PATCH", `/Users/${moderator.id}`, move(moderator))).status, 403);
    assert.equal((await scim("PUT", `/Users/${moderator.id}`, { userName: "mod@elsewhere.example" })).status, 403);
    assert.equal((await scim("DELETE", `/Users/${moderator.id}`)).status, 403);
    assert.equal((await scim("PATCH", `/Users/${member.id}`, move(member))).status, 200);

    const theirs = caller(t, await scimToken(t, moderator));
    assert.equal((await theirs("PATCH", `/Users/${admin.id}`, off)).status, 403, "a role above the own");
    assert.equal((await t.call("GET", "/auth/me", { token: admin.access })).status, 200);
    assert.equal((await theirs("PATCH", `/Users/${member.id}`, off)).status, 200);
    await roles({ member: { add: ["chat.purge"], remove: [] } });
    assert.equal((await scim("POST", "/Users", { userName: "new@example.org" })).status, 403);
    assert.equal(
      (await caller(t, await scimToken(t, owner))("POST", "/Users", { userName: "new@example.org" })).status,
      201,
    );
  });

  Deno.test(`${db}: SCIM: wrong input is told as SCIM says it, and leaves nothing behind`, async () => {
    await using t = await createTestApp({ db });
    const owner = await t.owner();
    const scim = caller(t, await scimToken(t, owner));
    const { id } = (await scim("POST", "/Users", { userName: "ana@example.org" })).body;
    const wrong: [string, string, unknown, number, string | undefined][] = [
      ["GET", `/Users?filter=${encodeURIComponent('userName co "a"')}`, undefined, 400, "invalidFilter"],
      ["GET", `/Users?filter=${encodeURIComponent('title eq "a"')}`, undefined, 400, "invalidFilter"],
      ["GET", `/Users?filter=${"x".repeat(2000)}`, undefined, 400, "invalidValue"],
      ["GET", "/Users/1", undefined, 404, undefined],
      ["POST", "/Users", { userName: "no address" }, 400, "invalidValue"],
      ["POST", "/Users", {}, 400, "invalidValue"],
      ["POST", "/Users", { userName: "x@example.org", active: "maybe" }, 400, "invalidValue"],
      ["POST", "/Users", "{", 400, "invalidValue"],
      ["POST", "/Users", { userName: "x".repeat(2_000_000) }, 413, undefined],
      ["PATCH", `/Users/${id}`, patch(), 400, "invalidValue"],
      ["PATCH", `/Users/${id}`, patch({ op: "move", path: "active" }), 400, "invalidValue"],
      ["PATCH", `/Users/${id}`, patch({ op: "remove" }), 400, "noTarget"],
      ["PATCH", `/Users/${id}`, patch({ op: "remove", path: "userName" }), 400, "mutability"],
      ["PATCH", `/Users/${id}`, patch({ op: "replace", path: "a b", value: 1 }), 400, "invalidPath"],
      ["PATCH", `/Users/${id}`, patch({ op: "replace", path: "emails", value: "not an address" }), 400, "invalidValue"],
      [
        "PATCH",
        `/Users/${id}`,
        patch(
          { op: "replace", path: "displayName", value: "half" },
          { op: "replace", path: "active", value: { a: 1 } },
        ),
        400,
        "invalidValue",
      ],
    ];
    for (const [method, path, body, status, scimType] of wrong) {
      const answer = await scim(method, path, body);
      const what = `${method} ${path.slice(0, 60)} ${JSON.stringify(body)?.slice(0, 80)}: ${answer.text.slice(0, 200)}`;
      assert.equal(answer.status, status, what);
      if (status !== 413) assert.equal(answer.body.scimType, scimType, what);
    }
    assert.equal((await scim("GET", `/Users/${id}`)).body.displayName, "ana", "all of a patch or nothing");
    for (const [path, status] of [["__proto__", 400], ["constructor", 200], ["toString", 200]] as const) {
      const odd = await scim("PATCH", `/Users/${id}`, patch({ op: "add", path, value: "x" }));
      assert.deepEqual([odd.status, odd.body.displayName], [status, status === 200 ? "ana" : undefined], path);
    }
  });
}

Deno.test("SCIM: a provider finds out what is spoken", async () => {
  await using t = await createTestApp();
  const scim = caller(t, await scimToken(t, await t.owner()));
  const config = (await scim("GET", "/ServiceProviderConfig")).body;
  assert.deepEqual([config.patch.supported, config.filter.supported, config.bulk.supported], [true, true, false]);
  assert.deepEqual((await scim("GET", "/ResourceTypes")).body.Resources.map((r: { id: string }) => r.id), [
    "User",
    "Group",
  ]);
  assert.equal((await scim("GET", "/ResourceTypes/User")).body.endpoint, "/Users");
  const schema = await scim("GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User");
  assert.ok(schema.body.attributes.some((a: { name: string }) => a.name === "userName"));
  assert.equal((await scim("GET", "/Schemas/none")).status, 404);
  const document = (await t.call("GET", "//openapi.json")).body;
  assert.ok(document.paths["/scim/v2/Users/{id}"].patch);
});
