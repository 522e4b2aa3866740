// Who is online and what people show of themselves, pushed: on both databases, across instances, until a time, with wrong input,
// and to nobody of another organisation.
import assert from "node:assert/strict";
import { MemoryBroker, MemoryBus } from "../../realtime/memory_broker.ts";
import { databaseFromTemplate } from "../support/server_databases.ts";
import { type Frame, openSocket, type SocketClient } from "../support/socket_client.ts";
import { createTestApp, type Person, type TestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";
import { until } from "../support/wait.ts";

async function watch(t: TestApp, person: Person): Promise<SocketClient> {
  const socket = await openSocket(`${t.url}/ws?token=${person.access}&channels=presence`);
  const ack = await socket.wait((f) => f.type === "ack");
  assert.deepEqual(ack.data.denied, {}, "everybody may follow presence");
  return socket;
}

/** What the socket was told last of that person. */
function told(socket: SocketClient, id: string): Frame | undefined {
  return socket.frames.filter((f) => f.type === "presence").flatMap((f) => f.data.users as Frame[])
    .findLast((user) => user.id === id);
}

const set = (t: TestApp, by: Person, body: unknown, id = by.id) =>
  t.call("POST", `/users/${id}/status`, { token: by.access, body });

for (const db of testedKinds()) {
  Deno.test(`${db}: presence: coming, going, a status, a new name are told to everybody who follows`, async () => {
    await using t = await createTestApp({ db });
    await t.owner();
    const ana = await t.person("member", "ana"), viewer = await t.person("viewer", "vera");
    await using watcher = await watch(t, viewer);
    await until(() => told(watcher, viewer.id)?.status === "online", { what: "one is online to oneself at once" });

    const socket = await watch(t, ana);
    await until(() => told(watcher, ana.id)?.status === "online");
    const ends = new Date(Date.now() + 3_600_000).toISOString();
    const answer = await set(t, ana, { status: "busy", text: "🏝 On holiday", until: ends });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual([answer.body.status, answer.body.status_text, answer.body.status_until], [
      "busy",
      "🏝 On holiday",
      ends,
    ]);
    await until(() => told(watcher, ana.id)?.status === "busy");
    const busy = told(watcher, ana.id)!;
    assert.deepEqual([busy.status_text, busy.status_until, busy.username], ["🏝 On holiday", ends, "ana"]);
    const listed = (await t.call("GET", "/users/online", { token: viewer.access })).body.items;
    assert.equal(listed.find((u: Person) => u.id === ana.id).status_until, ends);
    assert.equal((await t.call("GET", "/auth/me", { token: ana.access })).body.status_text, "🏝 On holiday");

    await t.call("PUT", "/auth/me", { token: ana.access, body: { display_name: "Ana María" } });
    await until(() => told(watcher, ana.id)?.display_name === "Ana María");

    // A second connection: closing one of two is not going.
    await using second = await watch(t, ana);
    socket.close();
    await socket.waitClosed();
    await set(t, ana, { status: "away" });
    await until(() => told(watcher, ana.id)?.status === "away");
    assert.equal(told(watcher, ana.id)?.status_text, "🏝 On holiday", "a text that is not named stays");

    await set(t, ana, { status: "offline" });
    await until(() => told(watcher, ana.id)?.status === "offline", { what: "hidden" });
    await set(t, ana, { status: "online", text: null });
    await until(() => told(watcher, ana.id)?.status === "online");
    second.close();
    await until(() => told(watcher, ana.id)?.status === "offline", { what: "gone" });
  });

  Deno.test(`${db}: presence: a status ends by itself, for those who read and those who follow`, async () => {
    await using t = await createTestApp({ db });
    await t.owner();
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    await using watcher = await watch(t, luis);
    await using _socket = await watch(t, ana);
    const ends = new Date(Date.now() + 1500).toISOString();
    assert.equal((await set(t, ana, { status: "busy", text: "Lunch", until: ends })).status, 200);
    await until(() => told(watcher, ana.id)?.status === "busy");
    await until(() => told(watcher, ana.id)?.status === "online", { timeoutMs: 30_000 });
    assert.equal(told(watcher, ana.id)?.status_text, null);
    for (const path of [`/users/${ana.id}`, "/auth/me"]) {
      const { body } = await t.call("GET", path, { token: ana.access });
      assert.deepEqual([body.status, body.status_text, body.status_until], ["online", null, null], path);
    }
  });

  Deno.test(`${db}: presence: readers compare with the time, whether or not the job has run`, async () => {
    let ahead = 0;
    await using t = await createTestApp({ db, now: () => new Date(Date.now() + ahead) });
    const owner = await t.owner();
    const ends = new Date(Date.now() + 20 * 3_600_000).toISOString();
    await set(t, owner, { status: "busy", text: "Away from the desk", until: ends });
    ahead = 21 * 3_600_000;
    const access = (await t.login(owner)).body.access_token;
    for (const path of [`/users/${owner.id}`, "/auth/me", "/users?q=owner"]) {
      const answer = (await t.call("GET", path, { token: access })).body;
      const user = answer.items?.[0] ?? answer;
      assert.deepEqual([user.status_text, user.status_until], [null, null], path);
      assert.notEqual(user.status, "busy", path);
    }
  });

  Deno.test(`${db}: presence: hostile texts, times in the past, other people, another organisation`, async () => {
    await using t = await createTestApp({ db, settings: { registration: "open" } });
    const owner = await t.owner();
    const ana = await t.person("member", "ana"), luis = await t.person("member", "luis");
    const stranger = await t.stranger();
    await using spy = await watch(t, stranger);
    await using watcher = await watch(t, luis);

    const dirty = await set(t, ana, { status: "busy", text: "a\u0000b\u001b[31m\r\nc\u202edlrow\u2028  d" });
    assert.equal(dirty.status, 200, dirty.text);
    assert.equal(dirty.body.status_text, "a b [31m c dlrow d");
    for (const text of ["\u200b\u200d\u2060", "   ", "\u0000\u0007"]) {
      assert.equal((await set(t, ana, { status: "away", text })).body.status_text, null, JSON.stringify(text));
    }
    const wrong = [
      { status: "busy", text: "x".repeat(10_240) },
      { status: "busy", text: "x".repeat(141) },
      { status: "busy", text: 7 },
      { status: "busy", until: new Date(Date.now() - 1000).toISOString() },
      { status: "busy", until: new Date(Date.now() + 400 * 24 * 3_600_000).toISOString() },
      { status: "busy", until: "tomorrow" },
      { status: "dancing" },
    ];
    for (const body of wrong) {
      const answer = await set(t, ana, body);
      assert.equal(answer.status, 422, JSON.stringify(body).slice(0, 100));
      assert.equal(answer.body.code, "validation_failed");
    }
    assert.equal((await set(t, luis, { status: "busy" }, ana.id)).status, 403);
    assert.equal((await set(t, ana, { status: "busy" }, owner.id)).status, 403);
    assert.equal((await set(t, stranger, { status: "busy" }, ana.id)).status, 404);
    assert.equal((await set(t, owner, { status: "busy", text: "In a meeting" }, ana.id)).status, 200, "a manager may");
    await until(() => told(watcher, ana.id)?.status_text === "In a meeting");
    assert.equal(told(spy, ana.id), undefined);
    assert.equal(told(spy, luis.id), undefined);
  });
}

Deno.test("presence: two instances tell each other, and an instance that stops takes its people along", async () => {
  if (!testedKinds().includes("server")) return;
  const settings = { "database-url": await databaseFromTemplate() };
  const bus = new MemoryBus();
  await using a = await createTestApp({ settings, broker: new MemoryBroker(bus) });
  await a.owner();
  const ana = await a.person("member", "ana"), luis = await a.person("member", "luis");
  const b = await createTestApp({ settings, broker: new MemoryBroker(bus) });
  try {
    await using watcher = await watch(a, luis);
    await using _socket = await watch(b, ana);
    await until(() => told(watcher, ana.id)?.status === "online");
    await set(b, ana, { status: "away", text: "On the other instance" });
    await until(() => told(watcher, ana.id)?.status_text === "On the other instance");
    await b.stop();
    await until(() => told(watcher, ana.id)?.status === "offline");
  } finally {
    await b.stop();
  }
});
