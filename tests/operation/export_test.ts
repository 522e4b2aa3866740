// Exports: what is in them and what is not, and that one fills an empty organisation with the same again.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { ZipArchive } from "../../features/transfer/archives/zip.ts";
import { createTestApp, PASSWORD, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { channelsOf, exportAll, importArchive, messagesOf, upload } from "../support/transfer_app.ts";
import { slackExport, zipOf } from "../support/transfer_archives.ts";
import { PNG } from "../support/transfer_hostile.ts";
import { storeBytes } from "../../features/media/mod.ts";
import { encodeHex, sha256 } from "../support/transfer_hash.ts";

type Row = Record<string, unknown>;

async function ok(t: TestApp, who: Person, method: string, path: string, body?: unknown) {
  const answer = await t.call(method, path, { token: who.access, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** A little of everything. */
async function fill(t: TestApp, owner: Person): Promise<{ ben: Person; general: string; secret: string }> {
  const ben = await t.person("member", "ben");
  const general = (await ok(t, owner, "POST", "/channels", {
    name: "general",
    topic: "Tema",
    description: "d",
    policy: { pin: "moderator" },
  })).id;
  const secret = (await ok(t, owner, "POST", "/channels", { name: "secret", type: "private" })).id;
  await ok(t, owner, "POST", `/channels/${general}/members`, { user_id: ben.id, role: "moderator" });
  const organization = (await ok(t, owner, "GET", "/auth/me")).organization.id;
  const picture = await storeBytes(t.app, organization, owner.id, { filename: "pic.png" }, PNG);
  const first = await ok(t, owner, "POST", `/channels/${general}/messages`, { content: "hello @ben, día 1" });
  await ok(t, ben, "POST", `/channels/${general}/messages`, { content: "answer", reply_to_id: first.id });
  await ok(t, owner, "POST", `/channels/${general}/messages`, { content: "look", attachments: [picture.id] });
  await ok(t, owner, "PUT", `/messages/${first.id}`, {
    content: `hello @ben, día 2, see /chat/${general}/${first.id}`,
  });
  await ok(t, ben, "PUT", `/messages/${first.id}/reactions/${encodeURIComponent("👍")}`);
  await ok(t, owner, "PUT", `/messages/${first.id}/pin`);
  const gone = await ok(t, ben, "POST", `/channels/${general}/messages`, { content: "regretted words" });
  await ok(t, ben, "DELETE", `/messages/${gone.id}`);
  await ok(t, owner, "POST", `/channels/${secret}/messages`, { content: "top secret" });
  const direct = (await ok(t, owner, "POST", "/channels", { type: "direct", user_ids: [ben.id] })).id;
  await ok(t, owner, "POST", `/channels/${direct}/messages`, { content: "between us" });
  await ok(t, ben, "PUT", "/notifications/preferences", { types: { usuario_registrado: "none" } });
  return { ben, general, secret };
}

async function download(t: TestApp, owner: Person, id: string, range?: string): Promise<Response> {
  return await fetch(`${t.url}/api/v1/admin/exports/${id}/download`, {
    headers: { authorization: `Bearer ${owner.access}`, ...(range ? { range } : {}) },
  });
}

async function withArchive<T>(bytes: Uint8Array, body: (zip: ZipArchive) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, bytes);
  const zip = await ZipArchive.open(path);
  try {
    return await body(zip);
  } finally {
    zip.close();
    await Deno.remove(path);
  }
}

const rowsOf = async (zip: ZipArchive, name: string): Promise<Row[]> =>
  new TextDecoder().decode(await zip.bytes(`${name}.ndjson`)).split("\n").filter(Boolean).map((line) =>
    JSON.parse(line)
  );

/** What people see, without what differs between two servers: ids as names, times of joining, positions of reading. */
async function seen(t: TestApp, who: Person): Promise<unknown> {
  const out: unknown[] = [];
  const channels = (await channelsOf(t, who.access, "&member=true")).toSorted((a, b) =>
    String(a.name).localeCompare(String(b.name))
  );
  for (const c of channels) {
    const messages = await messagesOf(t, who.access, c.id), number = new Map(messages.map((m) => [m.id, m.seq]));
    const members = (await ok(t, who, "GET", `/channels/${c.id}/members`)).items as {
      user: { username: string };
      role: string;
    }[];
    const versions = await Promise.all(
      messages.filter((m) => m.edited_at).map(async (m) =>
        (await ok(t, who, "GET", `/messages/${m.id}/history`)).items.map((
          e: Row,
        ) => [e.version, e.content, e.edited_at])
      ),
    );
    out.push({
      channel: [c.type, c.name, c.topic, c.description, c.policy, c.created_at, c.member_count],
      members: members.map((m) => [m.user.username, m.role]).toSorted(),
      versions,
      messages: messages.map((m) => ({
        ...m,
        id: null,
        channel_id: null,
        content: m.content.replaceAll(c.id, "<channel>").replace(
          /<channel>\/([0-9a-f-]{36})/,
          (_, id) => `<channel>/${number.get(id)}`,
        ),
        user: m.user.username,
        root_id: m.root_id && number.get(m.root_id),
        reply_to_id: m.reply_to_id && number.get(m.reply_to_id),
        attachments: m.attachments.map((a) => [a.filename, a.mime_type, a.size, a.width]),
        reactions: m.reactions.map((r) => [r.emoji, r.count]),
        mentions: m.mentions.map((x) => x.type === "user" ? x.username : x.type),
        system: m.system && [m.system.event, m.system.user?.username, m.system.actor?.username, m.system.value],
        client_id: null,
      })),
    });
  }
  return out;
}

for (const kind of testedKinds()) {
  Deno.test(`exports on ${kind}`, async (t) => {
    await using app = await createTestApp({ db: kind });
    const owner = await app.owner();
    const { ben } = await fill(app, owner);
    let archive: Uint8Array = new Uint8Array();
    let id = "";

    await t.step("only owners; nothing of others", async () => {
      assert.equal((await app.call("POST", "/admin/exports", { token: ben.access, body: {} })).status, 403);
      assert.equal((await app.call("GET", "/admin/exports", { token: ben.access })).status, 403);
    });

    await t.step("everything, with checksums", async () => {
      const run = await exportAll(app, owner, { include_private: true, include_direct: true });
      assert.equal(run.status, "done", run.error ?? "");
      id = run.id;
      const answer = await download(app, owner, id);
      assert.equal(answer.status, 200);
      archive = await answer.bytes();
      assert.equal(archive.length, run.size);
      assert.equal(encodeHex(await sha256(archive)), run.sha256);
      await withArchive(archive, async (zip) => {
        const manifest = await zip.json("manifest.json") as {
          files: { path: string; sha256: string; bytes: number; rows?: number }[];
          counts: Row;
        };
        assert.deepEqual(manifest.counts, run.counts);
        for (const file of manifest.files) {
          const bytes = await zip.bytes(file.path);
          assert.deepEqual([bytes.length, encodeHex(await sha256(bytes))], [file.bytes, file.sha256], file.path);
        }
        const messages = await rowsOf(zip, "messages");
        assert.ok(messages.some((m) => m.content === "top secret") && messages.some((m) => m.content === "between us"));
        assert.ok(!JSON.stringify(messages).includes("regretted"));
        const picture = (await rowsOf(zip, "media"))[0]!;
        assert.equal(encodeHex(await sha256(await zip.bytes(`files/${picture.id}`))), picture.sha256);
        const text = (await Promise.all(
          manifest.files.filter((f) => f.rows !== undefined).map((f) => zip.bytes(f.path)),
        )).map((b) => new TextDecoder().decode(b)).join("");
        for (const secret of ["password_hash", "$2a$", "$2b$", "token_hash"]) assert.ok(!text.includes(secret), secret);
        assert.ok((await rowsOf(zip, "audit")).some((e) => e.action === "export.started"));
      });
    });

    await t.step("the download: parts, and nobody else's", async () => {
      const part = await download(app, owner, id, "bytes=10-19");
      assert.deepEqual([part.status, await part.bytes()], [206, archive.slice(10, 20)]);
      const tail = await download(app, owner, id, "bytes=-5");
      assert.deepEqual(await tail.bytes(), archive.slice(-5));
      const none = await download(app, owner, id, "bytes=999999999-");
      assert.equal(none.status, 416);
      await none.body?.cancel();
      const refused = await download(app, ben, id);
      assert.equal(refused.status, 403);
      await refused.body?.cancel();
      const log = (await app.call("GET", "/audit?action=export.downloaded", { token: owner.access })).body.items;
      assert.equal(log.length, 2); // from the first byte, and from the end; not the part in the middle
    });

    await t.step("without private and direct ones: not a word of them", async () => {
      const run = await exportAll(app, owner, { include_files: false });
      const bytes = await (await download(app, owner, run.id)).bytes();
      await withArchive(bytes, async (zip) => {
        for (const name of ["messages", "channels", "members", "threads"]) {
          const text = JSON.stringify(await rowsOf(zip, name));
          assert.ok(!text.includes("secret") && !text.includes("between us"), name);
        }
        assert.ok(![...zip.names()].some((name) => name.startsWith("files/")));
      });
    });

    await t.step("into an empty organisation on another server: the same again", async () => {
      await using other = await createTestApp({ db: kind });
      const target = await other.owner();
      const run = await importArchive(other, target, {
        source: "pulpo",
        media_id: await upload(other, target, archive),
      });
      assert.equal(run.status, "done", run.error ?? "");
      assert.equal(run.report!.counts.files_stored, 1, JSON.stringify(run.report!.unsupported));
      assert.deepEqual(await seen(other, target), await seen(app, owner));
      // History counts as read.
      assert.ok((await channelsOf(other, target.access, "&member=true")).every((c) => c.unread_count === 0));
      const preferences = (t: TestApp) =>
        t.app.db.rows(sql`select p.value from notification_preferences p
        join users u on u.id = p.user_id where u.username = 'ben'`);
      assert.deepEqual(await preferences(other), await preferences(app));
      assert.equal(
        (await importArchive(other, target, { source: "pulpo", media_id: await upload(other, target, archive) }))
          .status,
        "done",
      );
      assert.deepEqual(await seen(other, target), await seen(app, owner));
    });

    await t.step(
      "guests stay guests, programs get no account but keep their name, who waits is in no export",
      async () => {
        await using from = await createTestApp({ db: kind });
        await using to = await createTestApp({ db: kind });
        const giver = await from.owner(), target = await to.owner(), guest = await from.person("guest", "gus");
        await from.person("member", "wanda");
        await from.app.db.run(sql`update users set pending = 'approval', pending_since = now(), is_active = false
        where username = 'wanda'`);
        const program = await ok(from, giver, "POST", "/service-accounts", {
          username: "robot",
          display_name: "Robot 9",
          role: "member",
        });
        const { token } = await ok(from, giver, "POST", `/service-accounts/${program.id}/tokens`, {
          name: "x",
          scopes: ["chat.read", "chat.send"],
        });
        const { id: room } = await ok(from, giver, "POST", "/channels", {
          name: "room",
          user_ids: [guest.id, program.id],
        });
        const said = await from.call("POST", `/channels/${room}/messages`, { token, body: { content: "beep" } });
        assert.equal(said.status, 201, said.text);
        const run = await exportAll(from, giver, {});
        const bytes = await (await download(from, giver, run.id)).bytes();
        const done = await importArchive(to, target, { source: "pulpo", media_id: await upload(to, target, bytes) });
        assert.equal(done.status, "done", done.error ?? "");
        assert.deepEqual(await to.app.db.rows(sql`select username, role from users order by username`), [
          { username: "gus", role: "guest" },
          { username: "owner", role: "owner" },
        ]);
        const [found] = (await channelsOf(to, target.access)).filter(({ name }) => name === "room");
        const beep = (await messagesOf(to, target.access, found!.id)).find(({ content }) => content === "beep")!;
        assert.deepEqual([beep.user.username, beep.user.is_bot], ["Robot 9", true]);
        const members = (await ok(to, target, "GET", `/channels/${found!.id}/members`)).items as Row[];
        assert.equal(members.length, 2);
        const joined = await to.app.db.rows(sql`select c.name from channel_members m
        join channels c on c.id = m.channel_id join users u on u.id = m.user_id where u.username = 'gus'`);
        assert.deepEqual(joined, [{ name: "room" }]);
      },
    );

    await t.step("removed by hand", async () => {
      assert.equal((await app.call("DELETE", `/admin/exports/${id}`, { token: owner.access })).status, 204);
      const answer = await download(app, owner, id);
      assert.equal(answer.status, 410);
      await answer.body?.cancel();
    });
  });
}

Deno.test("an archive is kept for seven days; another organisation sees nothing of it", async () => {
  let ahead = 0;
  await using app = await createTestApp({
    settings: { registration: "open" },
    now: () => new Date(Date.now() + ahead),
  });
  const owner = await app.owner(), eve = await app.stranger();
  const run = await exportAll(app, owner, {});
  assert.equal((await app.call("GET", `/admin/exports/${run.id}`, { token: eve.access })).status, 404);
  const refused = await download(app, eve, run.id);
  assert.equal(refused.status, 404);
  await refused.body?.cancel();
  ahead = 8 * 86_400_000;
  const again = await app.login({ username: "owner", password: PASSWORD });
  const late = await download(app, { ...owner, access: again.body.access_token }, run.id);
  assert.equal(late.status, 410);
  await late.body?.cancel();
});

Deno.test("one at a time, and cancelled", async () => {
  await using app = await createTestApp();
  const owner = await app.owner();
  const media_id = await upload(app, owner, await zipOf(slackExport()));
  const body = { source: "slack", media_id };
  const [a, b] = await Promise.all([1, 2].map(() => app.call("POST", "/admin/imports", { token: owner.access, body })));
  assert.deepEqual([a!.status, b!.status].toSorted(), [202, 409]);
  const id = (a!.status === 202 ? a : b)!.body.id;
  assert.equal((await app.call("POST", `/admin/imports/${id}/cancel`, { token: owner.access })).status, 200);
});
