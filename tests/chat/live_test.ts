// Chat on sockets: one action behind frame and REST, what arrives where, resuming, and that somebody who loses a right loses
// the open socket's channel within a second on every instance.
import assert from "node:assert/strict";
import { channels } from "../../protocol/wire/channels.ts";
import { available, startRedis } from "../../tools/services.ts";
import { databaseFromTemplate } from "../support/server_databases.ts";
import { openSocket, type SocketClient } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

async function ok(t: TestApp, who: Person, method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await t.call(method, path, { token: who.access, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

async function connect(t: TestApp, who: Person, path: string): Promise<SocketClient> {
  const socket = await openSocket(`${t.url}${path}${path.includes("?") ? "&" : "?"}token=${who.access}`);
  await socket.wait((f) => f.type === "ack");
  return socket;
}

for (const db of testedKinds()) {
  Deno.test(`chat (${db}): a frame and a request are one action; everybody gets the same push`, async () => {
    await using t = await createTestApp({ db });
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const { id } = await ok(t, ana, "POST", "/channels", { name: "x", user_ids: [luis.id] });
    await using a = await connect(t, ana, `/ws/chat/${id}`);
    await using b = await connect(t, luis, `/ws?channels=${channels.chat(id)},${channels.userChat("me")}`);
    const ack = await a.ask({ type: "chat_message", channel_id: id, content: "hola", client_id: "c1" });
    assert.equal(ack.type, "ack");
    assert.deepEqual([ack.data.content, ack.data.client_id, ack.data.user.username], ["hola", "c1", "ana"]);
    const again = await a.ask({ type: "chat_message", channel_id: id, content: "hola", client_id: "c1" });
    assert.equal(again.data.id, ack.data.id);
    const sent = await ok(t, luis, "POST", `/channels/${id}/messages`, { content: "buenas" });
    for (const socket of [a, b]) {
      await socket.wait((f) => f.type === "chat_message" && f.data.message.id === sent.id);
      const got = socket.frames.filter((f) => f.type === "chat_message");
      assert.deepEqual(got.map((f) => f.data.message.content), ["hola", "buenas"]);
      assert.equal(got[1]!.offset, got[0]!.offset + 1);
    }
    b.send({ type: "typing", channel_id: id });
    const typing = await a.wait((f) => f.type === "user_typing");
    assert.deepEqual([typing.data.user.username, typing.offset], ["luis", undefined]);
    const last = await ok(t, ana, "POST", `/channels/${id}/messages`, { content: "read me" });
    await b.ask({ type: "read", channel_id: id, message_id: last.id });
    const receipt = await a.wait((f) => f.type === "message_read" && f.data.user.username === "luis");
    assert.equal(receipt.data.message_id, last.id);
    const { items: readers } = await ok(t, ana, "GET", `/channels/${id}/members?q=luis`);
    assert.equal(readers[0].read_seq, last.seq);
    const refused = await a.ask({ type: "chat_message", channel_id: crypto.randomUUID(), content: "?" });
    assert.deepEqual([refused.type, refused.code], ["error", "not_found"]);
    const bad = await a.ask({ type: "chat_message", channel_id: id, content: "" });
    assert.deepEqual([bad.type, bad.code], ["error", "validation_failed"]);
  });

  Deno.test(`chat (${db}): other devices hear of what was read; a reader that was away misses nothing`, async () => {
    await using t = await createTestApp({ db });
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const { id } = await ok(t, ana, "POST", "/channels", { name: "x", user_ids: [luis.id] });
    await using phone = await connect(t, luis, `/ws?channels=${channels.userChat("me")}`);
    const channel = channels.chat(id);
    let socket = await connect(t, luis, `/ws?channels=${channel}`);
    const send = (content: string) => ok(t, ana, "POST", `/channels/${id}/messages`, { content });
    const first = await send("1");
    const { offset, epoch } = await socket.wait((f) => f.type === "chat_message");
    await socket[Symbol.asyncDispose]();
    await send("2");
    await ok(t, ana, "PUT", `/messages/${first.id}`, { content: "1!" });
    await send("3");
    socket = await openSocket(`${t.url}/ws?token=${luis.access}`);
    const ack = await socket.ask({ type: "subscribe", channels: [channel], since: { [channel]: { epoch, offset } } });
    assert.equal(ack.data.channels[channel].recovered, true);
    await send("4");
    await until(() => socket.frames.filter((f) => f.channel === channel).length === 4);
    assert.deepEqual(
      socket.frames.filter((f) => f.channel === channel).map((f) => [f.type, f.data.message.content]),
      [["chat_message", "2"], ["message_edited", "1!"], ["chat_message", "3"], ["chat_message", "4"]],
    );
    await socket[Symbol.asyncDispose]();
    await ok(t, luis, "POST", `/channels/${id}/read`, { message_id: first.id });
    const state = await phone.wait((f) => f.type === "read_state");
    assert.deepEqual([state.data.channel_id, state.data.unread_count], [id, 3]);
    const other = await ok(t, ana, "POST", "/channels", { name: "y" });
    await ok(t, ana, "POST", `/channels/${other.id}/members`, { user_id: luis.id });
    await phone.wait((f) => f.type === "channel_added" && f.data.channel_id === other.id);
  });
}

const missing = !(available().postgres && available().redis) && Deno.env.get("CI") !== "true";

Deno.test({ name: "chat: who loses a right loses the open channel on both instances", ignore: missing }, async () => {
  const redis = await startRedis();
  const settings = { "database-url": await databaseFromTemplate(), "redis-url": redis.url };
  const a = await createTestApp({ settings }), b = await createTestApp({ settings });
  try {
    const owner = await a.owner();
    const sockets: SocketClient[] = [];
    const losers: [string, (id: string, person: Person) => Promise<unknown>][] = [
      ["removed", (id, person) => ok(a, owner, "DELETE", `/channels/${id}/members/${person.id}`)],
      [
        "narrowed",
        (id, person) =>
          ok(b, owner, "POST", `/channels/${id}/members`, { user_id: person.id, permissions: { read: false } }),
      ],
      ["left", (id, person) => ok(b, person, "POST", `/channels/${id}/leave`)],
      ["erased", (id) => ok(a, owner, "DELETE", `/channels/${id}?purge=true`)],
    ];
    for (const [why, lose] of losers) {
      const person = await a.person("member", `user_${why}`);
      const { id } = await ok(a, owner, "POST", "/channels", { name: why, type: "private", user_ids: [person.id] });
      const message = await ok(a, owner, "POST", `/channels/${id}/messages`, { content: "before the end" });
      await ok(a, owner, "POST", `/channels/${id}/messages`, { content: "a reply", reply_to_id: message.id });
      const open = [await connect(a, person, `/ws/chat/${id}`), await connect(b, person, `/ws/chat/${id}`)];
      sockets.push(...open);
      await lose(id, person);
      for (const socket of open) await socket.wait((f) => f.type === "error" && f.subject === channels.chat(id));
      if (why !== "erased") await ok(a, owner, "POST", `/channels/${id}/messages`, { content: "after the end" });
      for (const t of [a, b]) {
        for (
          const path of [
            `/channels/${id}`,
            `/channels/${id}/messages`,
            `/channels/${id}/members`,
            `/messages/${message.id}`,
            `/messages/${message.id}/thread`,
            `/messages/${message.id}/history`,
          ]
        ) {
          const answer = await t.call("GET", path, { token: person.access });
          assert.equal(answer.status, 404, `${why}: ${path} ${answer.text}`);
        }
        const write = await t.call("POST", `/channels/${id}/messages`, {
          token: person.access,
          body: { content: "!" },
        });
        assert.equal(write.status, 404, why);
        const threads = await t.call("GET", "/threads", { token: person.access });
        assert.deepEqual(threads.body.items, [], why);
        const found = await t.call("GET", "/messages/search?q=end", { token: person.access });
        assert.deepEqual(found.body.items, [], why);
      }
      for (const socket of open) {
        assert.ok(!socket.frames.some((f) => f.data?.message?.content === "after the end"), `${why}: nothing follows`);
        const refused = await socket.ask({ type: "subscribe", channels: [channels.chat(id)] });
        assert.equal(refused.data.denied[channels.chat(id)], "not_found", why);
      }
    }
    // An organisation's role that shrinks: the socket stays, writing stops.
    const person = await a.person("member", "demoted");
    const { id } = await ok(a, owner, "POST", "/channels", { name: "demoted", user_ids: [person.id] });
    await using socket = await connect(b, person, `/ws/chat/${id}`);
    await ok(a, owner, "PUT", `/users/${person.id}`, { role: "viewer" });
    await until(async () => {
      const answer = await socket.ask({ type: "chat_message", channel_id: id, content: "still?" });
      return answer.code === "forbidden";
    });
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
  } finally {
    await a.stop();
    await b.stop();
    await redis.close();
  }
});

Deno.test("chat: outgoing webhooks that name the type get messages of public channels, never of private ones", async () => {
  const received: Json[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    received.push(await request.json());
    return new Response("thanks");
  });
  const t = await createTestApp({ settings: { "webhook-private": "allow" } });
  try {
    const owner = await t.owner(), ana = await t.person("member", "ana");
    const url = `http://127.0.0.1:${server.addr.port}/in`;
    await ok(t, owner, "POST", "/webhooks/outgoing", { name: "everything", url: `${url}?all`, events: ["*"] });
    await ok(t, owner, "POST", "/webhooks/outgoing", { name: "chat", url, events: ["chat_message"] });
    const open = await ok(t, ana, "POST", "/channels", { name: "open" });
    const closed = await ok(t, ana, "POST", "/channels", { name: "closed", type: "private" });
    await ok(t, ana, "POST", `/channels/${closed.id}/messages`, { content: "a secret" });
    await ok(t, ana, "POST", `/channels/${open.id}/messages`, { content: "for everybody" });
    const texts = () => received.map((event) => event.data.message.content);
    await until(() => texts().includes("for everybody"), { timeoutMs: 20_000 });
    assert.ok(!texts().includes("a secret"));
    assert.equal(texts().filter((text) => text === "for everybody").length, 1, "not for the webhook of everything");
  } finally {
    await t.stop();
    await server.shutdown();
  }
});
