// One suite for all brokers: the contract of realtime/broker.ts, on a real Redis.
import assert from "node:assert/strict";
import { silentLogger } from "../kernel/log.ts";
import type { Broker, BusMessage } from "../realtime/broker.ts";
import { decodeBus, encodeBus } from "../realtime/broker.ts";
import { MemoryBroker, MemoryBus } from "../realtime/memory_broker.ts";
import { RedisBroker } from "../realtime/redis_broker.ts";
import { UpstashBroker } from "../realtime/upstash_broker.ts";
import { available, startRedis } from "../tools/services.ts";
import { startUpstashStandIn } from "./upstash_stand_in.ts";
import { until } from "./wait.ts";

const message = (n: number, text = `n${n}`): BusMessage => ({
  organizationId: "o",
  channel: "notify:x",
  epoch: "e",
  offset: n,
  body: JSON.stringify({ type: "t", data: text }),
});

async function suite(make: () => Broker, faults: { name: string; run: () => Promise<void> }[] = []): Promise<void> {
  const [a, b, c] = [make(), make(), make()];
  const got = { a: [] as BusMessage[], b: [] as BusMessage[], c: [] as BusMessage[] };
  await a!.start((m) => got.a.push(...m));
  await b!.start((m) => got.b.push(...m));
  await c!.start((m) => got.c.push(...m));
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

  for (const { name, run } of faults) {
    await run();
    got.b.length = 0;
    await until(() => {
      a!.publish([message(1, name)]); // never throws, whatever the state of the bus
      return got.b.some((m) => m.body.includes(name));
    }, { timeoutMs: 30_000, everyMs: 100 });
    await until(async () => (await a!.status()).status === "ok");
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

const redisMissing = !available().redis && Deno.env.get("CI") !== "true";

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
    await broker.start(() => {});
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
      { name: "restart", run: () => redis.restart() },
    ]);
  } finally {
    await upstash.stop();
    await redis.close();
  }
});
