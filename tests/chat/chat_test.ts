// Chat over HTTP: channels and who may see them, messages and their order, threads, read state, changes. What happens on
// sockets is in live_test.ts.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { deleteMessages, settleChannel } from "../../features/chat/mod.ts";
import type { Message } from "../../protocol/chat/chat.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

/** Calls that must succeed, and calls that must fail with a code. */
function caller(t: TestApp) {
  const ok = async (who: Person, method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await t.call(method, path, { token: who.access, body });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const fails = async (code: string, who: Person, method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await t.call(method, path, { token: who.access, body });
    assert.equal(answer.body?.code, code, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  return { ok, fails };
}

const contents = (page: { items: Message[] }) => page.items.map((m) => m.content);

for (const db of testedKinds()) {
  Deno.test(`chat (${db}): channels: making, finding, joining, leaving; private ones stay unknown`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const { ok, fails } = caller(t);
    const owner = await t.owner(), ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const viewer = await t.person("viewer", "vera"), stranger = await t.stranger("stranger");
    const general = await ok(ana, "POST", "/channels", { name: "Plaza", description: "todo", type: "public" });
    assert.deepEqual([general.role, general.is_member, general.member_count], ["admin", true, 1]);
    await fails("conflict", luis, "POST", "/channels", { name: "plaza" });
    await fails("validation_failed", luis, "POST", "/channels", { type: "public" });
    await fails("validation_failed", luis, "POST", "/channels", { name: "a\u0000b" });
    await fails("forbidden", viewer, "POST", "/channels", { name: "mine" });
    const secret = await ok(ana, "POST", "/channels", { name: "secret", type: "private", user_ids: [luis.id] });

    const names = async (who: Person, query = "") =>
      (await ok(who, "GET", `/channels${query}`)).items.map((c: Json) => c.name);
    assert.deepEqual(await names(luis), ["general", "secret", "Plaza"], "own first, then what may be joined");
    assert.deepEqual(await names(viewer), ["general", "Plaza"]);
    assert.deepEqual(await names(luis, "?member=true"), ["general", "secret"]);
    assert.deepEqual(await names(viewer, "?q=TODÓ"), ["Plaza"]);
    assert.deepEqual(await names(stranger), ["general"], "another organisation");
    for (const who of [viewer, owner, stranger]) {
      for (const path of ["", "/members", "/messages", "/pins"]) {
        await fails("not_found", who, "GET", `/channels/${secret.id}${path}`);
      }
      await fails("not_found", who, "POST", `/channels/${secret.id}/join`);
      const code = who === viewer ? "forbidden" : "not_found"; // a viewer never writes, wherever
      await fails(code, who, "POST", `/channels/${secret.id}/messages`, { content: "hi" });
    }
    await fails("not_found", stranger, "GET", `/channels/${general.id}`);
    await fails("forbidden", luis, "GET", `/channels/${general.id}/messages`);
    assert.equal((await ok(luis, "GET", `/channels/${general.id}`)).is_member, false);
    assert.equal((await ok(luis, "POST", `/channels/${general.id}/join`)).member_count, 2);
    assert.equal((await ok(luis, "POST", `/channels/${general.id}/join`)).member_count, 2, "once");
    assert.deepEqual(
      (await ok(luis, "GET", `/channels/${general.id}/members`)).items.map((m: Json) => [m.user.username, m.role]),
      [["ana", "admin"], ["luis", "member"]],
    );
    await ok(ana, "POST", `/channels/${general.id}/leave`);
    const [heir] = (await ok(luis, "GET", `/channels/${general.id}/members`)).items;
    assert.deepEqual([heir.user.username, heir.role], ["luis", "admin"], "somebody administers it");
    await ok(luis, "DELETE", `/channels/${general.id}`);
    await fails("channel_archived", luis, "POST", `/channels/${general.id}/messages`, { content: "hi" });
    assert.deepEqual(await names(luis), ["general", "secret"]);
    assert.deepEqual(await names(luis, "?archived=true"), ["Plaza"]);
    await ok(ana, "POST", "/channels", { name: "plaza" }); // the name is free again
    await fails("forbidden", luis, "DELETE", `/channels/${general.id}?purge=true`);
    await ok(owner, "DELETE", `/channels/${general.id}?purge=true`);
    await fails("not_found", luis, "GET", `/channels/${general.id}`);
  });

  Deno.test(`chat (${db}): direct conversations exist once for the same people`, async () => {
    await using t = await createTestApp({ db });
    const { ok, fails } = caller(t);
    const owner = await t.owner(), ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const [one, two] = await Promise.all([
      ok(ana, "POST", "/channels", { type: "direct", user_ids: [luis.id] }),
      ok(luis, "POST", "/channels", { type: "direct", user_ids: [ana.id] }),
    ]);
    assert.equal(one.id, two.id);
    assert.deepEqual(one.members.map((m: Json) => m.username), ["ana", "luis"]);
    const group = await ok(ana, "POST", "/channels", { type: "direct", user_ids: [luis.id, owner.id] });
    assert.notEqual(group.id, one.id);
    assert.equal(group.member_count, 3);
    await fails("not_found", owner, "GET", `/channels/${one.id}`);
    await ok(luis, "POST", `/channels/${one.id}/messages`, { content: "hola" });
    const own = (await ok(ana, "GET", "/channels?type=direct")).items.find((c: Json) => c.id === one.id);
    assert.deepEqual([own.unread_count, own.mention_count, own.last_message.content], [1, 1, "hola"]);
    await fails("conflict", ana, "POST", `/channels/${one.id}/leave`);
    await fails("conflict", ana, "DELETE", `/channels/${one.id}`);
    await fails("forbidden", ana, "POST", `/channels/${one.id}/members`, { user_id: owner.id });
    await fails("validation_failed", ana, "POST", "/channels", { type: "direct", user_ids: [crypto.randomUUID()] });
  });

  Deno.test(`chat (${db}): messages: order, pages, repeats, history from joining on`, async () => {
    await using t = await createTestApp({ db });
    const { ok, fails } = caller(t);
    const owner = await t.owner(), ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const { id } = await ok(owner, "POST", "/channels", {
      name: "x",
      type: "private",
      history: "joined",
      user_ids: [ana.id],
    });
    const at = `/channels/${id}/messages`;
    const sent: Message[] = [];
    for (let i = 1; i <= 9; i++) sent.push(await ok(i % 2 ? owner : ana, "POST", at, { content: `m${i}` }));
    const page = (query: string, who = owner) => ok(who, "GET", `${at}?${query}`);
    assert.deepEqual(contents(await page("limit=3")), ["m9", "m8", "m7"]);
    assert.deepEqual(contents(await page(`limit=2&before=${sent[4]!.id}`)), ["m4", "m3"]);
    assert.deepEqual(contents(await page(`limit=2&after=${sent[4]!.id}`)), ["m6", "m7"]);
    assert.deepEqual(contents(await page(`limit=4&around=${sent[4]!.id}`)), ["m3", "m4", "m5", "m6"]);
    assert.deepEqual(contents(await page(`limit=4&at=${sent[4]!.created_at}`)), ["m3", "m4", "m5", "m6"]);
    let cursor = "", all: string[] = [];
    do {
      const next = await page(`limit=4${cursor}`);
      all = [...all, ...contents(next)];
      cursor = next.next_cursor ? `&cursor=${next.next_cursor}` : "";
    } while (cursor);
    assert.deepEqual(all.slice(0, 9), ["m9", "m8", "m7", "m6", "m5", "m4", "m3", "m2", "m1"]);

    // A resend is harmless, also when all come at once.
    const many = await Promise.all(
      Array.from({ length: 8 }, () => ok(ana, "POST", at, { content: "once", client_id: "c1" })),
    );
    assert.equal(new Set(many.map((m) => m.id)).size, 1);
    assert.equal((await ok(ana, "POST", at, { content: "changed", client_id: "c1" })).content, "once");
    assert.notEqual((await ok(owner, "POST", at, { content: "mine", client_id: "c1" })).id, many[0].id);

    // The database puts the position into the logged push: nothing that people write is taken for it.
    const tricky = (n: number) => `"seq":0,{"seq":0} \\"seq\\":0 \u2028 👩‍🚀 $1 \\u0000 ${n}`;
    const written: Message[] = await Promise.all(
      Array.from(
        { length: 6 },
        (_, n) => ok(n % 2 ? owner : ana, "POST", at, { content: tricky(n), client_id: tricky(n) }),
      ),
    );
    assert.deepEqual(written.map((m) => m.content), written.map((_, n) => tricky(n)));
    const logged = await t.app.db.rows<{ body: string }>(sql`
      select e.body from events e join event_channels c on c.id = e.channel_id
      where c.channel = ${`channel:${id}`} and e.type = 'chat_message' order by e."offset" desc limit 6`);
    const pushed: Message[] = logged.reverse().map(({ body }) => JSON.parse(body).data.message);
    assert.deepEqual(pushed, written.toSorted((a, b) => a.seq - b.seq));
    assert.equal(pushed.at(-1)!.seq, pushed[0]!.seq + 5);

    await ok(owner, "POST", `/channels/${id}/members`, { user_id: luis.id });
    await ok(ana, "POST", at, { content: "@luis welcome" });
    assert.deepEqual(contents(await page("", luis)).filter((c) => c.startsWith("m")), [], "not what came before");
    await fails("not_found", luis, "GET", `/messages/${sent[0]!.id}`);
    await fails("not_found", luis, "GET", `${at}?around=${sent[0]!.id}`);
    await fails("validation_failed", luis, "POST", at, { content: "re", reply_to_id: sent[0]!.id });
    await fails("validation_failed", ana, "POST", at, { content: "  " });
    await fails("validation_failed", ana, "POST", at, { content: "x".repeat(16 * 1024 + 1) });
    await fails("validation_failed", ana, "POST", at, { content: "file", attachments: [crypto.randomUUID()] });
  });

  Deno.test(`chat (${db}): threads have their own count, unread messages and mentions are counted and synced`, async () => {
    await using t = await createTestApp({ db });
    const { ok } = caller(t);
    const owner = await t.owner(), ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const { id } = await ok(owner, "POST", "/channels", { name: "x", user_ids: [ana.id, luis.id] });
    const send = (who: Person, content: string, reply_to_id?: string): Promise<Message> =>
      ok(who, "POST", `/channels/${id}/messages`, { content, reply_to_id });
    const state = async (who: Person) => {
      const c = (await ok(who, "GET", "/channels")).items.find((c: Json) => c.id === id);
      return [c.unread_count, c.mention_count, c.thread_unread_count];
    };
    const root = await send(owner, "hello @ana, `@luis` is code");
    assert.deepEqual(root.mentions.map((m: Json) => m.username), ["ana"]);
    const second = await send(owner, "all of you: @channel");
    assert.deepEqual(await state(ana), [2, 2, 0]);
    assert.deepEqual(await state(luis), [2, 1, 0]);
    assert.deepEqual(await state(owner), [0, 0, 0]);
    const read = await ok(ana, "POST", `/channels/${id}/read`, { message_id: root.id });
    assert.deepEqual([read.unread_count, read.mention_count], [1, 1]);
    await ok(ana, "POST", `/channels/${id}/read`, { message_id: second.id });
    await ok(ana, "POST", `/channels/${id}/read`, { message_id: root.id }); // older: nothing moves
    assert.deepEqual(await state(ana), [0, 0, 0]);
    await ok(ana, "POST", `/channels/${id}/read`, { message_id: second.id, unread: true });
    assert.deepEqual(await state(ana), [1, 1, 0]);
    await ok(ana, "POST", `/channels/${id}/read`, { message_id: second.id });

    const reply = await send(luis, "an answer, @ana", root.id);
    await send(luis, "another", reply.id);
    assert.deepEqual([reply.root_id, reply.reply_to_id], [root.id, root.id]);
    assert.deepEqual(await state(owner), [0, 0, 2], "who began the thread follows it");
    assert.deepEqual(await state(ana), [0, 0, 2], "who is named in it too");
    assert.deepEqual(await state(luis), [2, 1, 0], "a reply does not mark the channel as read");
    const thread = await ok(ana, "GET", `/messages/${reply.id}/thread`);
    assert.deepEqual([thread.root.id, thread.root.reply_count, thread.unread_count, thread.following], [
      root.id,
      2,
      2,
      true,
    ]);
    assert.deepEqual(contents(thread), ["an answer, @ana", "another"]);
    const followed = (await ok(ana, "GET", "/threads")).items;
    assert.deepEqual(followed.map((f: Json) => [f.root.id, f.unread_count, f.mention_count]), [[root.id, 2, 1]]);
    await ok(ana, "PUT", `/messages/${root.id}/thread`, { read_message_id: thread.items[1].id });
    assert.deepEqual(await state(ana), [0, 0, 0]);
    await ok(ana, "PUT", `/messages/${root.id}/thread`, { following: false });
    await send(luis, "one more", root.id);
    assert.deepEqual(await state(ana), [0, 0, 0]);
    assert.deepEqual((await ok(ana, "GET", "/threads")).items, []);
    const flat = await ok(ana, "GET", `/channels/${id}/messages?replies=false`);
    assert.deepEqual(contents(flat).filter((c) => c.includes("answer") || c.includes("more")), []);
  });

  Deno.test(`chat (${db}): what retention took from between is not unread for ever; one's own stays read`, async () => {
    await using t = await createTestApp({ db });
    const { ok } = caller(t);
    const owner = await t.owner(), ana = await t.person("member", "ana");
    const { id } = await ok(owner, "POST", "/channels", { name: "x", user_ids: [ana.id] });
    const organization = (await ok(owner, "GET", "/auth/me")).organization.id;
    const send = (who: Person, content: string): Promise<Message> =>
      ok(who, "POST", `/channels/${id}/messages`, { content });
    const unread = async () => (await ok(ana, "GET", `/channels/${id}`)).unread_count;
    const sent: Message[] = [];
    for (const who of [owner, owner, owner, ana, owner, ana]) sent.push(await send(who, "m"));
    // An import puts old messages behind younger ones; these go first.
    await t.app.db.withTx(async (tx) => {
      await deleteMessages(tx, organization, [sent[1]!.id]);
      await settleChannel(tx, organization, id);
    });
    const read = (message: Message, unread = false) =>
      ok(ana, "POST", `/channels/${id}/read`, { message_id: message.id, unread });
    assert.equal((await read(sent[2]!)).unread_count, 1);
    assert.equal((await read(sent[4]!)).unread_count, 0);
    await send(owner, "new");
    assert.equal(await unread(), 1);
    assert.equal((await read(sent[2]!, true)).unread_count, 3, "without what ana wrote");
    assert.equal((await read(sent[3]!)).unread_count, 2);
  });

  Deno.test(`chat (${db}): edits keep what was, deletes leave a tombstone, reactions and pins`, async () => {
    await using t = await createTestApp({ db });
    const { ok, fails } = caller(t);
    const owner = await t.owner(), ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const mod = await t.person("moderator", "mod");
    const { id } = await ok(ana, "POST", "/channels", { name: "x", user_ids: [owner.id, luis.id, mod.id] });
    const message: Message = await ok(luis, "POST", `/channels/${id}/messages`, { content: "frist" });
    await fails("forbidden", ana, "PUT", `/messages/${message.id}`, { content: "mine" });
    const edited = await ok(luis, "PUT", `/messages/${message.id}`, { content: "first @ana" });
    assert.ok(edited.edited_at);
    assert.equal((await ok(ana, "GET", `/channels/${id}`)).mention_count, 1, "an edit calls whom it names");
    await ok(luis, "PUT", `/messages/${message.id}`, { content: "first" });
    assert.equal((await ok(ana, "GET", "/channels")).items[0].mention_count, 0, "and not whom it takes out");
    const { items } = await ok(ana, "GET", `/messages/${message.id}/history`);
    assert.deepEqual(items.map((v: Json) => v.content), ["frist", "first @ana"]);

    const heart = encodeURIComponent("❤️");
    await ok(ana, "PUT", `/messages/${message.id}/reactions/${heart}`);
    await ok(ana, "PUT", `/messages/${message.id}/reactions/${heart}`);
    const bare = encodeURIComponent("\u2764"); // without the mark that makes a picture of it: the same emoji
    const { items: reactions } = await ok(luis, "PUT", `/messages/${message.id}/reactions/${bare}`);
    assert.deepEqual(reactions, [{ emoji: "❤️", count: 2, user_ids: [ana.id, luis.id] }]);
    await fails("not_found", ana, "PUT", `/messages/${message.id}/reactions/${encodeURIComponent("<b>")}`);
    for (const text of ["hello", "👍👎", "🇽🇽", "1"]) {
      await fails("validation_failed", ana, "PUT", `/messages/${message.id}/reactions/${encodeURIComponent(text)}`);
    }
    await ok(ana, "PUT", `/messages/${message.id}/reactions/${encodeURIComponent(":Parrot:")}`);
    await ok(ana, "DELETE", `/messages/${message.id}/reactions/${encodeURIComponent(":parrot:")}`);
    // The name of a custom emoji that came with an import can be joined and left.
    await t.app.db.run(sql`
      insert into message_reactions (message_id, emoji, user_id, organization_id, channel_id, created_at)
      select id, 'parrot', user_id, organization_id, channel_id, now() from messages where id = ${message.id}`);
    assert.equal((await ok(ana, "PUT", `/messages/${message.id}/reactions/parrot`)).items.at(-1).count, 2);
    await ok(ana, "DELETE", `/messages/${message.id}/reactions/parrot`);
    await ok(luis, "DELETE", `/messages/${message.id}/reactions/parrot`);
    for (const content of ["\u200b", "\u3164\u3164", " \u2800\ufe0f", "\u00ad\u2060"]) {
      await fails("validation_failed", luis, "POST", `/channels/${id}/messages`, { content });
      await fails("validation_failed", luis, "PUT", `/messages/${message.id}`, { content });
      await fails("validation_failed", ana, "POST", "/channels", { name: content });
    }
    await ok(ana, "PUT", `/messages/${message.id}/pin`);
    assert.deepEqual(contents(await ok(luis, "GET", `/channels/${id}/pins`)), ["first"]);

    const other: Message = await ok(ana, "POST", `/channels/${id}/messages`, { content: "ana's" });
    await fails("forbidden", luis, "DELETE", `/messages/${other.id}`);
    await ok(mod, "DELETE", `/messages/${other.id}`);
    await ok(luis, "DELETE", `/messages/${message.id}`);
    await fails("not_found", luis, "PUT", `/messages/${message.id}`, { content: "again" });
    await fails("not_found", luis, "GET", `/messages/${message.id}/history`);
    const gone = (await ok(ana, "GET", `/channels/${id}/messages`)).items.find((m: Json) => m.id === message.id);
    assert.deepEqual([gone.is_deleted, gone.content, gone.reactions, gone.is_pinned], [true, "", [], false]);
    assert.deepEqual((await ok(luis, "GET", `/channels/${id}/pins`)).items, []);
    const audit = (await ok(owner, "GET", "/audit?action=message.deleted")).items;
    assert.deepEqual(audit.map((a: Json) => a.subject_id), [other.id], "a moderator's deletion is on record");
  });

  Deno.test(`chat (${db}): who may do what in a channel: roles, policy, permissions of one person, programs`, async () => {
    await using t = await createTestApp({ db });
    const { ok, fails } = caller(t);
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const viewer = await t.person("viewer", "vera");
    const { id } = await ok(ana, "POST", "/channels", { name: "news", user_ids: [luis.id, viewer.id] });
    const say = { content: "hello" };
    await fails("forbidden", viewer, "POST", `/channels/${id}/messages`, say);
    await ok(viewer, "GET", `/channels/${id}/messages`);
    await fails("forbidden", luis, "PUT", `/channels/${id}`, { topic: "mine" });
    await ok(ana, "PUT", `/channels/${id}`, { policy: { post: "moderator", mention_all: "admin", invite: "admin" } });
    await fails("forbidden", luis, "POST", `/channels/${id}/messages`, say);
    await fails("forbidden", luis, "POST", `/channels/${id}/members`, { user_id: ana.id });
    await ok(ana, "POST", `/channels/${id}/members`, { user_id: luis.id, permissions: { post: true } });
    await ok(luis, "POST", `/channels/${id}/messages`, say);
    await fails("forbidden", luis, "POST", `/channels/${id}/messages`, { content: "@channel" });
    await ok(ana, "POST", `/channels/${id}/members`, {
      user_id: luis.id,
      role: "moderator",
      permissions: { post: false },
    });
    await fails("forbidden", luis, "POST", `/channels/${id}/messages`, say);
    await fails("conflict", ana, "POST", `/channels/${id}/members`, { user_id: ana.id, role: "member" });
    const token = await ok(ana, "POST", "/auth/tokens", { name: "robot", scopes: ["chat.send", "chat.read"] });
    const bot = await t.call("POST", `/channels/${id}/messages`, { token: token.token, body: say });
    assert.deepEqual([bot.status, bot.body.user.is_bot, bot.body.user.username], [201, true, "ana"]);
    const narrow = await ok(ana, "POST", "/auth/tokens", { name: "reader", scopes: ["chat.read"] });
    const refused = await t.call("POST", `/channels/${id}/messages`, { token: narrow.token, body: say });
    assert.equal(refused.status, 403);
  });

  Deno.test(`chat (${db}): @channel to many people must be meant`, async () => {
    await using t = await createTestApp({ db });
    const { ok, fails } = caller(t);
    const owner = await t.owner();
    const { id } = await ok(owner, "POST", "/channels", { name: "big" });
    const people = [];
    for (let i = 0; i < 26; i++) people.push((await t.person("member", `p${i}`)).id);
    await ok(owner, "POST", `/channels/${id}/members`, { user_ids: people });
    const problem = await fails("confirmation_required", owner, "POST", `/channels/${id}/messages`, {
      content: "@channel hi",
    });
    assert.match(problem.detail, /26 people/);
    await ok(owner, "POST", `/channels/${id}/messages`, { content: "@channel hi", confirm_mentions: true });
  });
}
