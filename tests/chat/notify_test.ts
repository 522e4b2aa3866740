// Who is notified of which message, and as what: over HTTP and real sockets, on both databases.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { newId } from "../../kernel/ids.ts";
import { fold } from "../../features/chat/search/fold_text.ts";
import { containsWord, foldedText } from "../../features/chat/notify/rules.ts";
import { notifyConsumers } from "../../features/chat/notify/notify.ts";
import { excerptOf } from "../../features/chat/notify/templates.ts";
import { readPlace } from "../../features/notifications/mod.ts";
import { type Frame, openSocket, type SocketClient } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

Deno.test("keywords: whole words, or any piece of writing without spaces, whatever case and accents, not in code", () => {
  const text = foldedText("Factura de Bogotá: ¡paga ya! `secreto` ```\nclave\n``` C++ gato-montés 日本語テスト");
  for (const word of ["factura", "FACTURA", "bogota", "paga ya", "c++", "gato", "montes", "¡paga", "日本", "テスト"]) {
    assert.ok(containsWord(text, fold(word)), word);
  }
  for (const word of ["fact", "actura", "secreto", "clave", "at", "本日", ""]) {
    assert.ok(!containsWord(text, fold(word)), word);
  }
});

Deno.test("excerpts: one plain line", () => {
  const of = (content: string, files: string[] = []) =>
    excerptOf({ content, attachments: files.map((filename) => ({ filename })) as never }, "en");
  assert.equal(of("# Hi **there**\n> [a link](https://e.org/x) `code`"), "Hi there a link code");
  assert.equal(of("```js\nlet a;\n```"), "let a;");
  assert.equal(of("  ", ["a.png", "b.pdf"]), "File: a.png, b.pdf");
  assert.equal(of("x".repeat(500)).length, 200);
});

for (const kind of testedKinds()) {
  Deno.test({
    name: `notifications of chat on ${kind}`,
    async fn(t) {
      await using app = await createTestApp({ db: kind, settings: { registration: "open" } });
      const owner = await app.owner();
      const ana = await app.person("member", "ana"), ben = await app.person("member", "ben");
      const cleo = await app.person("member", "cleo"), eve = await app.stranger();
      const make = async (person: Person, body: Record<string, unknown>): Promise<string> => {
        const made = await app.call("POST", "/channels", { token: person.access, body });
        assert.ok(made.status === 201 || made.status === 200, made.text);
        return made.body.id;
      };
      const general = await make(owner, { name: "notes", user_ids: [ana.id, ben.id] });
      const say = async (person: Person, channel: string, content: string, more: Record<string, unknown> = {}) => {
        const sent = await app.call("POST", `/channels/${channel}/messages`, {
          token: person.access,
          body: { content, ...more },
        });
        assert.equal(sent.status, 201, sent.text);
        return sent.body;
      };
      const choose = async (person: Person, body: unknown) => {
        const done = await app.call("PUT", "/chat/preferences", { token: person.access, body });
        assert.equal(done.status, 200, done.text);
      };
      const setting = async (person: Person, channel: string, body: unknown) => {
        const done = await app.call("PUT", `/channels/${channel}/settings`, { token: person.access, body });
        assert.equal(done.status, 200, done.text);
      };
      await using anaSocket = await listen(app, ana);
      await using benSocket = await listen(app, ben);
      await using ownerSocket = await listen(app, owner);
      /** Waits until everything sent before has been decided, by a direct message that always notifies. */
      const marker = await make(owner, { type: "direct", user_ids: [ana.id] });
      const settled = async () => {
        const { id } = await say(owner, marker, `marker ${newId()}`);
        await anaSocket.wait((f) => f.data?.message_id === id);
      };
      const about = (socket: SocketClient, id: string) => pushes(socket).filter((f) => f.data.message_id === id);
      const types = (socket: SocketClient, id: string) => about(socket, id).map((f) => f.data.type);

      await t.step("a mention: one push of the agreed form, and an inbox row of its own type", async () => {
        const message = await say(ben, general, "Hola @ana, **mira** esto");
        const push = await anaSocket.wait((f) => f.data?.message_id === message.id);
        assert.equal(push.type, "notification");
        assert.deepEqual(push.data, {
          type: "mention",
          channel_id: general,
          channel_name: "notes",
          message_id: message.id,
          root_id: null,
          sender: { id: ben.id, username: "ben", display_name: message.user.display_name, avatar_url: null },
          excerpt: "Hola @ana, mira esto",
        });
        assert.equal(push.message, "ben mentioned you in #notes\nHola @ana, mira esto");
        assert.ok(push.offset > 0);
        const inbox = await app.call("GET", "/notifications?type=mention", { token: ana.access });
        assert.deepEqual(inbox.body.items.map((i: Frame) => [i.id, i.type, i.sender.id]), [[
          push.id,
          "mention",
          ben.id,
        ]]);
        await settled();
        assert.equal(about(anaSocket, message.id).length, 1);
        assert.deepEqual(types(benSocket, message.id), [], "never the sender");
        assert.deepEqual(types(ownerSocket, message.id), [], "nobody else");
      });

      await t.step("in Spanish for who reads Spanish", async () => {
        await app.call("PUT", "/auth/me", { token: ana.access, body: { locale: "es-CO" } });
        const message = await say(ben, general, "@ana otra vez");
        const push = await anaSocket.wait((f) => f.data?.message_id === message.id);
        assert.equal(push.message.split("\n")[0], "ben te mencionó en #notes");
      });

      await t.step("@channel and @here; whoever does not want them", async () => {
        const all = await say(owner, general, "@channel lunch");
        await anaSocket.wait((f) => f.data?.message_id === all.id);
        await benSocket.wait((f) => f.data?.message_id === all.id);
        assert.match(about(benSocket, all.id)[0]!.message, /^owner called @channel in #notes/);
        await choose(ben, { group_mentions: false });
        const here = await say(owner, general, "@here now @cleo");
        await anaSocket.wait((f) => f.data?.message_id === here.id);
        await settled();
        assert.deepEqual(types(benSocket, here.id), []);
        await choose(ben, { group_mentions: true });
        // Cleo is no member: no notification, online or not.
        await app.call("POST", `/channels/${general}/members`, { token: owner.access, body: { user_id: cleo.id } });
        const again = await say(owner, general, "@here again");
        await anaSocket.wait((f) => f.data?.message_id === again.id);
        await settled();
        const offline = await inboxOf(app, cleo);
        assert.deepEqual(offline.map((i) => i.type), ["channel_invite"], "@here is for who is online");
        const channel = await say(owner, general, "@all come");
        await until(async () => (await inboxOf(app, cleo)).some((i) => i.data.message_id === channel.id));
      });

      await t.step("direct messages, in groups too; muted ones not", async () => {
        const pair = await make(ana, { type: "direct", user_ids: [ben.id] });
        const message = await say(ana, pair, "psst");
        const push = await benSocket.wait((f) => f.data?.message_id === message.id);
        assert.deepEqual([push.data.type, push.data.channel_name], ["direct_message", null]);
        assert.equal(push.message, "Message from ana\npsst");
        await choose(ben, { level: "none" });
        const second = await say(ana, pair, "psst 2");
        await benSocket.wait((f) => f.data?.message_id === second.id);
        await choose(ben, { level: "mentions" });
        await setting(ben, pair, { muted_until: new Date(Date.now() + 3_600_000).toISOString() });
        const third = await say(ana, pair, "psst 3 @ben");
        await settled();
        assert.deepEqual(types(benSocket, third.id), []);
        await setting(ben, pair, { muted_until: null });
      });

      await t.step("replies in followed threads, until one stops following", async () => {
        const root = await say(ana, general, "root");
        const reply = await say(ben, general, "an answer", { reply_to_id: root.id });
        const push = await anaSocket.wait((f) => f.data?.message_id === reply.id);
        assert.deepEqual([push.data.type, push.data.root_id], ["thread_reply", root.id]);
        const own = await say(ana, general, "thanks", { reply_to_id: root.id });
        await benSocket.wait((f) => f.data?.message_id === own.id);
        const left = await app.call("PUT", `/messages/${root.id}/thread`, {
          token: ben.access,
          body: { following: false },
        });
        assert.equal(left.status, 200, left.text);
        await choose(ana, { threads: false });
        const later = await say(owner, general, "me too", { reply_to_id: root.id });
        await settled();
        assert.deepEqual([types(benSocket, later.id), types(anaSocket, later.id)], [[], []]);
        await choose(ana, { threads: true });
      });

      await t.step("levels: of the channel before the general one; keywords; muted is silent", async () => {
        await setting(ben, general, { notify: "all" });
        const plain = await say(ana, general, "nothing special");
        const push = await benSocket.wait((f) => f.data?.message_id === plain.id);
        assert.equal(push.data.type, "channel_message");
        await setting(ben, general, { notify: "none" });
        const named = await say(ana, general, "@ben?");
        await settled();
        await setting(ben, general, { notify: "default" });
        await choose(ben, { level: "all" });
        const wanted = await say(ana, general, "for all who want all");
        await benSocket.wait((f) => f.data?.message_id === wanted.id);
        assert.deepEqual(types(benSocket, named.id), []);
        await choose(ben, { level: "mentions", keywords: ["Factura", "factura", "invoice"] });
        assert.deepEqual((await app.call("GET", "/chat/preferences", { token: ben.access })).body.keywords, [
          "factura",
          "invoice",
        ]);
        const word = await say(ana, general, "La FACTURA llegó");
        const keyword = await benSocket.wait((f) => f.data?.message_id === word.id);
        assert.equal(keyword.data.type, "keyword");
        assert.match(keyword.message, /^ana wrote “factura” in #notes/);
        const both = await say(ana, general, "@ben factura");
        await benSocket.wait((f) => f.data?.message_id === both.id);
        await setting(ben, general, { muted_until: new Date(Date.now() + 3_600_000).toISOString() });
        const muted = await say(ana, general, "@ben @channel factura", { confirm_mentions: true });
        await settled();
        assert.deepEqual(types(benSocket, both.id), ["mention"], "one notification per message");
        assert.deepEqual(types(benSocket, muted.id), []);
        await setting(ben, general, { muted_until: null });
      });

      await t.step(
        "an edit calls whom it names, once, and takes it back; a deleted message leaves the inbox",
        async () => {
          await choose(ben, { keywords: [] });
          const message = await say(ana, general, "no names");
          const edit = async (content: string) => {
            const edited = await app.call("PUT", `/messages/${message.id}`, { token: ana.access, body: { content } });
            assert.equal(edited.status, 200, edited.text);
          };
          const rows = async () =>
            (await inboxOf(app, ben)).filter((i) => i.data?.message_id === message.id).map((i) => i.type);
          await edit("@ben now");
          await benSocket.wait((f) => f.data?.message_id === message.id);
          await edit("@ben now, @ben!");
          await settled();
          assert.deepEqual(types(benSocket, message.id), ["mention"], "once");
          assert.deepEqual(await rows(), ["mention"]);
          const [{ id: first }] = about(benSocket, message.id) as [Frame];
          await edit("nobody now, and no @channel");
          await benSocket.wait((f) => f.type === "notification_read" && f.data.ids.includes(first));
          assert.deepEqual(await rows(), []);
          await settled();
          assert.deepEqual(types(ownerSocket, message.id), [], "an edit does not call everybody");
          await edit("@ben after all");
          await until(async () => (await rows()).length === 1);
          assert.deepEqual(await rows(), ["mention"]);
          const doomed = await say(ana, general, "@ben something secret");
          await benSocket.wait((f) => f.data?.message_id === doomed.id);
          assert.equal((await app.call("DELETE", `/messages/${doomed.id}`, { token: ana.access })).status, 204);
          const { id } = about(benSocket, doomed.id)[0]!;
          await benSocket.wait((f) => f.type === "notification_read" && f.data.ids.includes(id));
          assert.ok(!JSON.stringify(await inboxOf(app, ben)).includes("something secret"));
          const left = await app.app.db.rows(sql`select 1 from notification_recipients where notification_id = ${id}`);
          assert.equal(left.length, 0);
        },
      );

      await t.step("who cannot read the channel hears nothing", async () => {
        const closed = await make(owner, { name: "closed", type: "private", user_ids: [ben.id] });
        const before = (await inboxOf(app, eve)).length;
        await say(owner, closed, "@ana @ben @cleo @channel look");
        await until(async () =>
          (await inboxOf(app, ben)).some((i) => i.data.channel_id === closed && i.type === "mention")
        );
        for (const person of [ana, cleo]) {
          assert.ok(!(await inboxOf(app, person)).some((i) => i.data?.channel_id === closed), person.username);
        }
        assert.equal((await inboxOf(app, eve)).length, before);
        await app.call("POST", `/channels/${closed}/members`, {
          token: owner.access,
          body: { user_id: ben.id, permissions: { read: false } },
        });
        const hidden = await say(owner, closed, "@channel without ben");
        await settled();
        assert.deepEqual(types(benSocket, hidden.id), []);
      });

      await t.step("added by somebody else: told; joining alone: not", async () => {
        const club = await make(owner, { name: "club", type: "public" });
        await app.call("POST", `/channels/${club}/members`, { token: owner.access, body: { user_id: ben.id } });
        const push = await benSocket.wait((f) => f.data?.type === "channel_invite" && f.data.channel_id === club);
        assert.equal(push.message, "owner added you to #club");
        assert.deepEqual([push.data.sender.id, push.data.message_id], [owner.id, null]);
        assert.equal((await app.call("POST", `/channels/${club}/join`, { token: ana.access })).status, 200);
        await settled();
        assert.ok(!pushes(anaSocket).some((f) => f.data.type === "channel_invite" && f.data.channel_id === club));
      });

      await t.step("reading the place reads its notifications, up to there and no further", async () => {
        const first = await say(ana, general, "@ben one"), second = await say(ana, general, "@ben two");
        await until(() => about(benSocket, second.id).length === 1);
        const unread = async () =>
          (await app.call("GET", "/notifications?unread=true", { token: ben.access })).body.items
            .map((i: Frame) => i.data.message_id).filter((id: string) => id === first.id || id === second.id);
        assert.deepEqual(await unread(), [second.id, first.id]);
        const { id: organizationId } = (await app.call("GET", "/organization", { token: ben.access })).body;
        const place = { organizationId, userId: ben.id, placeId: general, partId: null };
        await readPlace(app.app, { ...place, seq: first.seq });
        assert.deepEqual(await unread(), [second.id]);
        const told = about(benSocket, first.id)[0]!.id;
        await benSocket.wait((f) => f.type === "notification_read" && f.data.ids.includes(told));
        assert.equal(await readPlace(app.app, { ...place, userId: ana.id, seq: second.seq }) >= 0, true);
        assert.deepEqual(await unread(), [second.id], "not by somebody else's reading");
        assert.equal(await readPlace(app.app, { ...place, seq: second.seq }), 1);
        assert.equal(await readPlace(app.app, { ...place, seq: second.seq }), 0);
        const third = await say(ana, general, "@ben three");
        await until(() => about(benSocket, third.id).length === 1);
        const done = await app.call("POST", `/channels/${general}/read`, {
          token: ben.access,
          body: { message_id: third.id },
        });
        assert.equal(done.status, 200, done.text);
        const inbox = await app.call("GET", "/notifications?unread=true", { token: ben.access });
        assert.ok(
          !inbox.body.items.some((i: Frame) => i.data.message_id === third.id),
          "by the read call of the channel",
        );
      });

      await t.step("the consumer twice: nothing new", async () => {
        const count = async () =>
          (await app.app.db.one(sql`select count(*)::int as n from notification_recipients`)).n as number;
        const start = (await app.app.db.one(sql`select max(id) as id from events`)).id;
        await say(ana, general, "@ben once");
        await say(owner, general, "@channel once");
        await app.call("POST", `/channels/${await make(owner, { name: "once" })}/members`, {
          token: owner.access,
          body: { user_ids: [ana.id, ben.id] },
        });
        await until(() => pushes(benSocket).some((f) => f.data.channel_name === "once"));
        await settled();
        const before = await count();
        const rows = await app.app.db.rows(sql`
          select e.id, c.organization_id, c.channel, e.type, e.body from events e
          join event_channels c on c.id = e.channel_id where e.id > ${start} order by e.txid, e.id`);
        const events = rows.map((row) => ({
          id: row.id,
          organizationId: row.organization_id,
          channel: row.channel,
          type: row.type,
          push: JSON.parse(row.body),
        }));
        assert.ok(events.filter((e) => e.type === "chat_message").length >= 3);
        for (const consumer of notifyConsumers) await consumer.handle(app.app, events);
        assert.equal(await count(), before);
        const late = await app.person("member", "late");
        await app.call("POST", `/channels/${general}/members`, { token: owner.access, body: { user_id: late.id } });
        await until(async () => (await inboxOf(app, late)).length === 1);
        for (const consumer of notifyConsumers) await consumer.handle(app.app, events);
        assert.equal((await inboxOf(app, late)).length, 1, "nobody is called for what was written before they came");
      });

      await t.step("@channel in a channel of 1,200", async () => {
        const { id: organizationId } = (await app.call("GET", "/organization", { token: owner.access })).body;
        await app.app.db.run(sql`
          insert into users (id, organization_id, email, username, display_name, role, created_at)
          select gen_random_uuid(), ${organizationId}, 'crowd' || n || '@example.org', 'crowd' || n, 'C', 'member', now()
          from generate_series(1, 1200) n`);
        const crowd = await make(owner, { name: "crowd" });
        await app.app.db.run(sql`
          insert into channel_members (channel_id, user_id, organization_id, joined_at)
          select ${crowd}, id, organization_id, now() from users where username like 'crowd%'`);
        const message = await say(owner, crowd, "@channel to all", { confirm_mentions: true });
        const counted = () =>
          app.app.db.one(sql`
            select count(distinct n.id)::int as rows, count(*)::int as people, count(distinct r.user_id)::int as once
            from notifications n join notification_recipients r on r.notification_id = n.id
            where n.source_id = ${message.id}`);
        await until(async () => (await counted()).people >= 1200, { timeoutMs: 30_000 });
        await settled();
        assert.deepEqual(await counted(), { rows: 3, people: 1200, once: 1200 });
      });

      await t.step("preferences: their bounds, and nobody else's", async () => {
        const put = (body: unknown) => app.call("PUT", "/chat/preferences", { token: cleo.access, body });
        for (
          const bad of [
            { level: "some" },
            { keywords: ["x"] },
            { keywords: Array(21).fill("word") },
            {
              keywords: ["two\nlines"],
            },
            { digest: "weekly" },
            { push: true },
          ]
        ) assert.equal((await put(bad)).status, 422, JSON.stringify(bad));
        assert.equal((await put({ sounds: false })).body.sounds, false);
        assert.equal((await app.call("GET", "/chat/preferences", { token: ben.access })).body.sounds, true);
        assert.equal((await app.call("GET", "/chat/preferences")).status, 401);
        const forged = await app.call("POST", "//notify", {
          token: ana.access,
          body: { type: "notification", message: "x", user_ids: [ben.id], pushType: "notification" },
        });
        assert.equal(forged.body.code, "reserved_type");
      });
    },
  });
}

const pushes = (socket: SocketClient) => socket.frames.filter((f) => f.type === "notification");

async function listen(app: TestApp, person: Person): Promise<SocketClient> {
  const socket = await openSocket(`${app.url}/ws?token=${person.access}&channels=user:me:notifications`);
  await socket.wait((f) => f.type === "ack");
  return socket;
}

async function inboxOf(app: TestApp, person: Person): Promise<Frame[]> {
  return (await app.call("GET", "/notifications?limit=100", { token: person.access })).body.items;
}
