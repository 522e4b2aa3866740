// One suite for all brokers: the contract of realtime/broker.ts, on a real Redis.
import assert from "node:assert/strict";
import { silentLogger } from "../../kernel/log.ts";
import type { Broker, BusMessage } from "../../realtime/broker.ts";
import { decodeBus, encodeBus } from "../../realtime/broker.ts";
import { MemoryBroker, MemoryBus } from "../../realtime/memory_broker.ts";
import { RedisBroker } from "../../realtime/redis_broker.ts";
import { UpstashBroker } from "../../realtime/upstash_broker.ts";
import { startRedis } from "../../tools/services.ts";
import { redisMissing } from "../support/each_broker.ts";
import { startUpstashStandIn } from "../support/upstash_stand_in.ts";
import { until } from "../support/wait.ts";

const message = (n: number, text = `n${n}`): BusMessage => ({
  organizationId: "o",
  channel: "notify:x",
  epoch: "e",
  offset: n,
  body: JSON.stringify({ type: "t", data: text }),
});

interface Fault {
  name: string;
  run: () => Promise<void>;
  /** Nothing of it is seen from here. */
  hidden?: true;
}

interface Live {
  topic: string;
  bytes: number[];
  from: string;
}

async function suite(make: () => Broker, faults: Fault[] = []): Promise<void> {
  const [a, b, c] = [make(), make(), make()];
  const got = { a: [] as BusMessage[], b: [] as BusMessage[], c: [] as BusMessage[] };
  const live = { a: [] as Live[], b: [] as Live[], c: [] as Live[] };
  const ready = { a: 0, b: 0, c: 0 };
  for (const [side, broker] of [["a", a!], ["b", b!], ["c", c!]] as const) {
    await broker.start({
      onMessages: (m) => got[side].push(...m),
      onLive: (topic, bytes, from) => live[side].push({ topic, bytes: [...bytes], from }),
      onReady: () => ready[side]++,
    });
  }
  for (const broker of [a!, b!, c!]) await until(async () => (await broker.status()).status === "ok");
  // Subscriptions are in place when a probe arrives.
  await until(() => {
    a!.publish([message(0, "probe")]);
    return got.b.length && got.c.length;
  }, { everyMs: 50 });
  got.b.length = got.c.length = 0;

  const texts = ["tab\tand\nline", "ñandú 漢字 🐙", '"quoted" \\ back', "percent %25 +", "x".repeat(200_000)];
  const sent = [
    ...texts.map((text, i) => message(i + 1, text)),
    ...Array.from({ length: 300 }, (_, i) => message(i + 10)),
  ];
  for (let i = 0; i < sent.length; i += 7) a!.publish(sent.slice(i, i + 7));
  for (const side of ["b", "c"] as const) {
    await until(() => got[side].filter((m) => !m.body.includes("probe")).length === sent.length);
    assert.deepEqual(got[side].filter((m) => !m.body.includes("probe")), sent);
  }
  assert.deepEqual(got.a, [], "an instance does not hear itself");

  // Live messages: only of what is followed, from the moment that `follow` has resolved; every byte, in order.
  await b!.follow("o one");
  await c!.follow("o two, ñ\t%");
  const all = Uint8Array.from({ length: 256 }, (_, i) => i), large = new Uint8Array(300_000).fill(7);
  const to = [a!.id, b!.id, c!.id];
  a!.send("o one", all, to);
  a!.send("o two, ñ\t%", large, to);
  a!.send("o nobody", all, to);
  for (let i = 0; i < 50; i++) a!.send("o one", Uint8Array.of(i), to);
  await until(() => live.b.length === 51 && live.c.length === 1);
  assert.deepEqual(live.b[0], { topic: "o one", bytes: [...all], from: a!.id });
  assert.deepEqual(live.b.slice(1).map((m) => m.bytes[0]), Array.from({ length: 50 }, (_, i) => i));
  assert.equal(live.c[0]!.topic, "o two, ñ\t%");
  assert.equal(live.c[0]!.bytes.length, large.length);
  assert.deepEqual(live.a, [], "an instance does not hear itself");
  b!.unfollow("o one");
  await b!.follow("o three");
  a!.send("o one", all, to);
  a!.send("o three", all, to);
  await until(() => live.b.length === 52);
  assert.equal(live.b[51]!.topic, "o three");
  assert.ok(ready.a && ready.b && ready.c, "each says that the bus works");

  for (const { name, run, hidden } of faults) {
    const before = ready.b;
    await run();
    got.b.length = live.b.length = 0;
    await until(() => {
      a!.publish([message(1, name)]); // never throws, whatever the state of the bus
      return got.b.some((m) => m.body.includes(name));
    }, { timeoutMs: 30_000, everyMs: 100 });
    await until(async () => (await a!.status()).status === "ok");
    await until(() => {
      a!.send("o three", new TextEncoder().encode(name), to);
      return live.b.some((m) => m.topic === "o three" && String.fromCharCode(...m.bytes) === name);
    }, { timeoutMs: 30_000, everyMs: 100, what: `what was followed is followed again after: ${name}` });
    assert.ok(hidden || ready.b > before, `it says that the bus works again after: ${name}`);
  }
  await b!.close();
  await a!.close();
  await c!.close();
}

Deno.test("bus wire form: what was put in comes out, damage is left out", () => {
  const messages = [message(1, 'a\tb\nc"'), message(2)];
  assert.deepEqual(decodeBus("me", encodeBus("you", messages)), messages);
  assert.equal(decodeBus("me", encodeBus("me", messages)), null);
  assert.deepEqual(decodeBus("me", "you\nnonsense\na\tb\tc\tNaN\t{}\n"), []);
});

Deno.test("memory broker", async () => {
  const bus = new MemoryBus();
  await suite(() => new MemoryBroker(bus));
});

Deno.test({ name: "Redis broker, through an outage", ignore: redisMissing }, async () => {
  const redis = await startRedis();
  try {
    await suite(() => new RedisBroker(redis.url, "test:bus", silentLogger), [
      { name: "restart", run: () => redis.restart() },
    ]);
  } finally {
    await redis.close();
  }
});

Deno.test(
  { name: "Redis broker says when Redis is down, and publishing does not throw", ignore: redisMissing },
  async () => {
    const redis = await startRedis();
    const broker = new RedisBroker(redis.url, "test:bus", silentLogger);
    await broker.start({ onMessages() {}, onLive() {}, onReady() {} });
    await until(async () => (await broker.status()).status === "ok");
    await redis.stop();
    broker.publish([message(1)]);
    await until(async () => (await broker.status()).status === "down");
    await broker.close();
    await redis.close();
  },
);

Deno.test({ name: "Upstash broker, through a dropped stream and an outage", ignore: redisMissing }, async () => {
  const redis = await startRedis();
  const upstash = startUpstashStandIn(redis.url);
  try {
    await suite(() => new UpstashBroker(upstash.url, upstash.token, "test:bus", silentLogger), [
      { name: "dropped stream", run: () => Promise.resolve(upstash.dropStreams()) },
      { name: "restart", run: () => redis.restart(), hidden: true },
    ]);
  } finally {
    await upstash.stop();
    await redis.close();
  }
});
