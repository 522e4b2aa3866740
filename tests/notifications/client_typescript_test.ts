// The TypeScript client against a real server, through a network that breaks.
import assert from "node:assert/strict";
import {
  PulpoClient,
  PulpoConnection,
  type PulpoConnectionOptions,
  PulpoError,
  type Push,
} from "../../clients/typescript/src/mod.ts";
import { CutProxy } from "../support/cut_proxy.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const BACKOFF = { base: 20, cap: 200 };

async function apiToken(t: TestApp): Promise<string> {
  const { access } = await t.owner();
  const body = { name: "typescript", scopes: ["notify", "notifications.read"] };
  const made = await t.call("POST", "/auth/tokens", { token: access, body });
  assert.equal(made.status, 201, made.text);
  return made.body.token;
}

/** A connection that notes what it is told. */
function listen(options: PulpoConnectionOptions) {
  const connection = new PulpoConnection({ backoff: BACKOFF, ...options });
  const pushes: Push[] = [], states: string[] = [], gaps: string[] = [], denied: string[] = [];
  const errors: PulpoError[] = [];
  connection.on("push", (push) => pushes.push(push));
  connection.on("state", (state) => states.push(state));
  connection.on("gap", (channel) => gaps.push(channel));
  connection.on("denied", (channel, code) => denied.push(`${channel} ${code}`));
  connection.on("error", (error) => errors.push(error));
  const texts = () => pushes.map((push) => push.message);
  return { connection, pushes, states, gaps, denied, errors, texts, [Symbol.dispose]: () => connection.close() };
}

const isConnected = (connection: PulpoConnection) => () => connection.state === "connected";
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));
const batch = (channel: string, from: number, to: number) =>
  numbers(from, to).map((message) => ({ type: "test", message, channel }));

Deno.test("TypeScript client", async (t) => {
  await using server = await createTestApp();
  const token = await apiToken(server);
  const { url } = server;
  const client = new PulpoClient({ url, token, backoff: { base: 10, cap: 50 } });
  let count = 0;
  const newChannel = () => `notify:ts-${++count}`;

  await t.step("notify, batch, typed errors", async () => {
    const channel = newChannel();
    const first = await client.notify({ type: "test", message: "uno", data: { n: 1 }, channel });
    assert.deepEqual([first.channel, first.offset], [channel, 1]);
    const many = await client.notifyBatch(batch(channel, 0, 500));
    assert.deepEqual(many.map((one) => one.offset), numbers(2, 502).map(Number));
    assert.equal((await client.notify({ type: "test", message: "x", channel, persist: false })).offset, null);

    const reserved = await client.notify({ type: "ping", message: "x" }).catch((error) => error);
    assert.ok(reserved instanceof PulpoError);
    assert.deepEqual([reserved.code, reserved.status], ["reserved_type", 422]);
    assert.ok(reserved.requestId);
    const wrong = await client.notifyBatch([{ type: "test", message: "" }]).catch((error) => error);
    assert.deepEqual([wrong.code, wrong.errors[0].path], ["validation_failed", "notifications.0.message"]);
    await assert.rejects(new PulpoClient({ url, token: "pulpo_wrong" }).notify({ type: "test", message: "x" }), {
      code: "unauthenticated",
    });
  });

  await t.step("an answer that got lost does not send twice", async () => {
    const channel = newChannel();
    let calls = 0;
    const lossy = new PulpoClient({
      url,
      token,
      backoff: { base: 10, cap: 20 },
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (++calls > 2) return response;
        await response.body?.cancel();
        throw new TypeError("connection reset");
      },
    });
    assert.equal((await lossy.notify({ type: "test", message: "once", channel })).offset, 1);
    assert.equal(calls, 3);
    assert.equal((await client.notify({ type: "test", message: "next", channel })).offset, 2);
  });

  await t.step("Retry-After is obeyed, attempts and time are bounded", async () => {
    const statuses: [number, string][] = [[429, "0.2"], [503, "0"], [202, "0"]];
    let calls = 0;
    const scripted = (list: [number, string][]) =>
      new PulpoClient({
        url,
        token,
        backoff: { base: 1, cap: 2 },
        fetch: () => {
          const [status, wait] = list[Math.min(calls++, list.length - 1)]!;
          const body = status === 202
            ? { id: "1", channel: "broadcast", offset: 1 }
            : { code: `c${status}`, detail: "no" };
          return Promise.resolve(Response.json(body, { status, headers: { "retry-after": wait } }));
        },
      });
    const started = performance.now();
    await scripted(statuses).notify({ type: "test", message: "x" });
    assert.equal(calls, 3);
    assert.ok(performance.now() - started >= 200);
    calls = 0;
    await assert.rejects(scripted([[503, "0"]]).notify({ type: "test", message: "x" }), { code: "c503" });
    assert.equal(calls, 5);
    calls = 0;
    await assert.rejects(scripted([[429, "3600"]]).notify({ type: "test", message: "x" }), { retryAfter: 3600 });
    assert.equal(calls, 1);
    calls = 0;
    await assert.rejects(scripted([[503, "0"]]).request("POST", "/webhooks/incoming", { json: {} }), { status: 503 });
    assert.equal(calls, 1, "what could do harm twice is sent once");
  });

  await t.step("pushes arrive in order, at handlers and at the event", async () => {
    const channel = newChannel();
    for (const batched of [true, false]) {
      using reader = listen({ url, token, batch: batched });
      const handled: Push[] = [];
      reader.connection.subscribe(channel, (push) => handled.push(push));
      await until(isConnected(reader.connection));
      await client.notifyBatch(batch(channel, 0, 300));
      await until(() => handled.length >= 300);
      assert.deepEqual(handled.map((push) => push.message), numbers(0, 300));
      assert.deepEqual(reader.texts(), numbers(0, 300));
      assert.equal(reader.connection.positions[channel]?.offset, handled.at(-1)?.offset);
    }
  });

  await t.step("cut connections lose and repeat nothing", async () => {
    const channel = newChannel();
    await using proxy = new CutProxy(url);
    using reader = listen({ url: proxy.url, token, channels: [channel] });
    reader.connection.open();
    await until(isConnected(reader.connection));
    let before = proxy.connections;
    for (let i = 0; i < 1000; i += 20) {
      if (i % 200 === 0) proxy.accepting = !(i % 400 === 0);
      await client.notifyBatch(batch(channel, i, i + 20));
      if (i % 100 !== 0) continue;
      // It has come back, or finds the door closed.
      if (proxy.accepting) await until(() => proxy.connections > before, { timeoutMs: 20_000 });
      before = proxy.connections;
      proxy.cut();
    }
    proxy.accepting = true;
    await until(() => reader.pushes.length >= 1000, { timeoutMs: 20_000 });
    assert.deepEqual(reader.texts(), numbers(0, 1000));
    assert.deepEqual(reader.gaps, []);
    assert.ok(proxy.connections > 2);
    assert.ok(reader.states.includes("waiting"));
  });

  await t.step("stored positions resume, unknown epochs are a gap", async () => {
    const channel = newChannel();
    await client.notifyBatch(batch(channel, 0, 5));
    let positions;
    {
      using reader = listen({ url, token, channels: [channel] });
      reader.connection.open();
      await until(isConnected(reader.connection));
      ({ positions } = reader.connection);
    }
    assert.equal(positions[channel]?.offset, 5);
    await client.notifyBatch(batch(channel, 5, 8));
    using resumed = listen({ url, token, channels: [channel], positions });
    resumed.connection.open();
    await until(() => resumed.pushes.length === 3);
    assert.deepEqual(resumed.texts(), ["5", "6", "7"]);

    using lost = listen({ url, token });
    lost.connection.subscribe(channel, undefined, { since: { [channel]: { epoch: "gone", offset: 3 } } });
    await until(isConnected(lost.connection));
    assert.deepEqual(lost.gaps, [channel]);
    assert.equal(lost.connection.positions[channel]?.offset, 8);
  });

  await t.step("subscriptions come and go on one socket", async () => {
    const [one, two] = [newChannel(), newChannel()];
    using reader = listen({ url, token });
    const seen: string[] = [];
    const first = reader.connection.subscribe([one, two], (push) => seen.push(`a ${push.message}`));
    await until(isConnected(reader.connection));
    const second = reader.connection.subscribe(one, (push) => seen.push(`b ${push.message}`));
    await client.notify({ type: "test", message: "1", channel: one });
    await until(() => seen.length === 2);
    first.unsubscribe();
    await client.notify({ type: "test", message: "2", channel: two });
    await client.notify({ type: "test", message: "3", channel: one });
    await until(() => seen.length === 3);
    assert.deepEqual(seen, ["a 1", "b 1", "b 3"]);
    second.unsubscribe();
    await reader.connection.send({ type: "ping" });
    assert.deepEqual(reader.connection.positions, {});
    const third = newChannel();
    reader.connection.subscribe(third, (push) => seen.push(`c ${push.message}`));
    await until(() => reader.connection.positions[third] !== undefined);
    await client.notify({ type: "test", message: "4", channel: third });
    await until(() => seen.at(-1) === "c 4");
  });

  await t.step("me, presence and denied channels", async () => {
    using reader = listen({ url, token });
    const other = "user:0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10:notifications";
    reader.connection.subscribe("user:me:notifications");
    reader.connection.subscribe(other);
    reader.connection.subscribe("broadcast", undefined, { presence: true });
    await until(isConnected(reader.connection));
    assert.deepEqual(reader.denied, [`${other} forbidden`]);
    const owner = await server.owner();
    const sent = await client.notify({ type: "test", message: "for you", user_ids: [owner.id] });
    await until(() => reader.pushes.length === 1);
    assert.deepEqual([reader.pushes[0]!.id, reader.pushes[0]!.channel], [sent.id, `user:${owner.id}:notifications`]);
    assert.ok(reader.connection.positions["user:me:notifications"]!.offset >= 1);
  });

  await t.step("sends: answers, errors, the bounded queue, a lost connection", async () => {
    await using proxy = new CutProxy(url);
    proxy.accepting = false;
    using reader = listen({ url: proxy.url, token, maxQueue: 2 });
    assert.equal(reader.connection.post({ type: "ping" }), false);
    const waiting = [reader.connection.send({ type: "ping" }), reader.connection.send({ type: "ping" })];
    await assert.rejects(reader.connection.send({ type: "ping" }), { code: "queue_full" });
    proxy.accepting = true;
    await Promise.all(waiting);
    await assert.rejects(reader.connection.send({ type: "dance" }), { code: "unknown_type" });
    const unanswered = assert.rejects(reader.connection.send({ type: "ping" }), { code: "connection_lost" });
    proxy.cut();
    await unanswered;
    await until(isConnected(reader.connection));
    reader.connection.close();
    await assert.rejects(reader.connection.send({ type: "ping" }), { code: "closed" });
  });

  await t.step("tickets, token providers, refused tokens", async () => {
    const session = new PulpoClient({ url, token: (await server.owner()).access });
    using ticketed = listen({ url, ticket: async () => (await session.ticket()).ticket, channels: ["broadcast"] });
    ticketed.connection.open();
    await until(isConnected(ticketed.connection));

    let asked = 0;
    const tokens = ["pulpo_wrong", token];
    using renewing = listen({ url, token: () => tokens[asked++] ?? token, channels: ["broadcast"] });
    renewing.connection.open();
    await until(isConnected(renewing.connection));
    assert.equal(asked, 2);

    using refused = listen({ url, token: "pulpo_wrong", channels: ["broadcast"] });
    refused.connection.open();
    await until(() => refused.connection.state === "closed");
    assert.equal(refused.errors.at(-1)?.code, "unauthenticated");
  });

  await t.step("a handler that throws disturbs nobody", async () => {
    const channel = newChannel();
    using reader = listen({ url, token });
    reader.connection.subscribe(channel, () => {
      throw new Error("oops");
    });
    await until(isConnected(reader.connection));
    await client.notifyBatch(batch(channel, 0, 2));
    await until(() => reader.pushes.length === 2);
    assert.deepEqual(reader.errors.map((error) => error.code), ["handler_failed", "handler_failed"]);
  });
});

Deno.test("a token that is about to end is renewed on the same socket", async () => {
  await using server = await createTestApp();
  const owner = await server.owner();
  const login = await server.login(owner);
  assert.equal(login.status, 200);
  let asked = 0;
  using reader = listen({
    url: server.url,
    channels: ["broadcast"],
    token: () => {
      asked++;
      return login.body.access_token;
    },
  });
  reader.connection.open();
  await until(isConnected(reader.connection));
  // The hub looks at its connections once a second; a nearer end is what makes it warn.
  for (const connection of server.hub.connections) {
    if (connection.actor) connection.actor = { ...connection.actor, expiresAt: Date.now() + 30_000 };
  }
  await until(() => asked === 2);
  await until(() => [...server.hub.connections].every(({ actor }) => actor!.expiresAt! > Date.now() + 60_000));
  assert.deepEqual(reader.states, ["connecting", "connected"]);
});

Deno.test("a server that comes back on the same address", async () => {
  const dataDir = await Deno.makeTempDir();
  try {
    const first = await createTestApp({ dataDir, db: "embedded" });
    const token = await apiToken(first);
    const port = new URL(first.url).port;
    using reader = listen({ url: first.url, token, channels: ["broadcast"] });
    reader.connection.open();
    await until(isConnected(reader.connection));
    const send = (message: string) =>
      new PulpoClient({ url: first.url, token }).notify({ type: "test", message, channel: "broadcast" });
    await send("before");
    await first.stop();
    await until(() => reader.connection.state === "waiting");
    await using _second = await createTestApp({ dataDir, db: "embedded", settings: { port } });
    await send("after");
    await until(() => reader.pushes.length === 2, { timeoutMs: 20_000 });
    assert.deepEqual(reader.texts(), ["before", "after"]);
    assert.deepEqual(reader.gaps, []);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
