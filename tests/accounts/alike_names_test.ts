// Nobody passes for somebody else with letters of another alphabet, neither people nor channels, nor what archives and
// programs bring.
import assert from "node:assert/strict";
import { scenes } from "../support/scenes.ts";
import { createTestApp } from "../support/test_app.ts";
import { type DbKind, testedKinds } from "../support/test_db.ts";
import { channelsOf, importArchive, messagesOf, upload } from "../support/transfer_app.ts";
import { zipOf } from "../support/transfer_archives.ts";

/** "Copa" and "copa" in Cyrillic letters. */
const COPA = "Сора", SMALL_COPA = "сора";

/** A person whose display name others would like to have, and one who tries. */
async function world(db: DbKind) {
  const app = await createTestApp({ db, settings: { registration: "open" } });
  const owner = await app.owner(), bea = await app.person("member", "bea"), copa = await app.person("member", "copa");
  const rename = (token: string, display_name: string) =>
    app.call("PUT", "/auth/me", { token, body: { display_name } });
  const make = (name: string, type = "public") =>
    app.call("POST", "/channels", { token: owner.access, body: { name, type } });
  assert.equal((await rename(copa.access, "Copa García")).status, 200);
  return { app, owner, bea, rename, make, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

for (const kind of testedKinds()) {
  scenes(`look-alike names on ${kind}`, () => world(kind), {
    async "people: refused in other letters, allowed as the same name"({ bea, rename }) {
      const refused = await rename(bea.access, `${COPA} García`);
      assert.equal(refused.status, 409, refused.text);
      assert.equal(refused.body.code, "conflict");
      assert.match(refused.body.detail, /In other letters this is the name of @copa\./);
      assert.equal(refused.body.errors[0].path, "display_name");
      const asUser = await rename(bea.access, COPA);
      assert.equal(asUser.status, 409, "looks like a user name, too");
      assert.equal((await rename(bea.access, "Copa García")).status, 200, "two people may have one name");
      assert.equal((await rename(bea.access, "Вера")).status, 200);
      assert.equal((await rename(bea.access, "Вера")).status, 200, "one's own name is no look-alike");
    },

    async "by an administrator, and for new accounts"({ app, owner, bea }) {
      const changed = await app.call("PUT", `/users/${bea.id}`, {
        token: owner.access,
        body: { display_name: `${COPA} García` },
      });
      assert.equal(changed.status, 409, changed.text);
      const made = await app.call("POST", "/users", {
        token: owner.access,
        body: {
          email: "x@example.org",
          username: "xenia",
          password: "a long enough word",
          role: "member",
          display_name: `${COPA} García`,
        },
      });
      assert.equal(made.status, 409, made.text);
    },

    async "another organisation's names do not matter, and are not told"({ app, rename }) {
      const stranger = await app.stranger();
      assert.equal((await rename(stranger.access, `${COPA} García`)).status, 200);
    },

    async "public channels"({ app, owner, make }) {
      const first = await make("copa");
      assert.equal(first.status, 201);
      const refused = await make(SMALL_COPA);
      assert.equal(refused.status, 409, refused.text);
      assert.match(refused.body.detail, /In other letters this is the name of #copa\./);
      assert.equal((await make("corn")).status, 201);
      assert.equal((await make("com")).status, 201, "letters of ASCII are what they are");
      const hidden = await make(SMALL_COPA, "private");
      assert.equal(hidden.status, 201, "private ones may have any name, as the same one");
      const path = `/channels/${hidden.body.id}`;
      const opened = await app.call("PUT", path, { token: owner.access, body: { type: "public" } });
      assert.equal(opened.status, 409, opened.text);
      const other = await make("otro");
      const renamed = await app.call("PUT", `/channels/${other.body.id}`, {
        token: owner.access,
        body: { name: SMALL_COPA },
      });
      assert.equal(renamed.status, 409, renamed.text);
      await app.call("PUT", `/channels/${first.body.id}`, { token: owner.access, body: { is_archived: true } });
      assert.equal((await app.call("PUT", path, { token: owner.access, body: { type: "public" } })).status, 200);
    },

    async "archives: names are cleaned, or changed and told"({ app, owner, make }) {
      assert.equal((await make("otro")).status, 201);
      const archive = await zipOf({
        "users.json": [
          { id: "U0", name: "owner", profile: { email: owner.email } },
          { id: "U1", name: "eva", profile: { email: "eva@example.org", display_name: "Eva\u202e\u200b M" } },
          { id: "U2", name: "mallory", profile: { email: "m@example.org", display_name: `${COPA} García` } },
          { id: "U3", name: "trudy", profile: { email: "t@example.org", display_name: "Аdmin" } },
        ],
        "channels.json": [
          { id: "C1", name: "оtro", created: 1700000000, creator: "U1", members: ["U1"] },
          { id: "C2", name: "\u200bventas", created: 1700000000, creator: "U1", members: ["U0"] },
        ],
        "\u200bventas/2024-03-05.json": [
          { type: "message", subtype: "bot_message", ts: "1709625600.000100", username: "CI\u202e bot", text: "hola" },
        ],
      });
      const run = await importArchive(app, owner, { source: "slack", media_id: await upload(app, owner, archive) });
      assert.equal(run.status, "done", run.error ?? "");
      const codes = run.report!.conflicts.map((f) => f.code);
      assert.ok(codes.includes("display_name_changed"), codes.join());
      assert.ok(codes.includes("channel_name_changed"), codes.join());
      const { body } = await app.call("GET", "/users?limit=200", { token: owner.access });
      const shown = Object.fromEntries(
        body.items.map((u: { username: string; display_name: string }) => [u.username, u.display_name]),
      );
      assert.deepEqual([shown.eva, shown.mallory, shown.trudy], ["Eva M", "mallory", "trudy"]);
      const names = (await channelsOf(app, owner.access)).map((channel) => channel.name);
      assert.ok(names.includes("ventas") && names.includes("otro"), names.join());
      const ventas = (await channelsOf(app, owner.access)).find((channel) => channel.name === "ventas")!;
      const [message] = await messagesOf(app, owner.access, ventas.id);
      assert.equal(message!.user.display_name, "CI bot");
    },
  });
}
