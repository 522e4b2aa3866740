// One suite over every bus between instances: in memory, Redis, and Redis over HTTP.
import { silentLogger } from "../../kernel/log.ts";
import type { Broker } from "../../realtime/broker.ts";
import { MemoryBroker, MemoryBus } from "../../realtime/memory_broker.ts";
import { RedisBroker } from "../../realtime/redis_broker.ts";
import { UpstashBroker } from "../../realtime/upstash_broker.ts";
import { available, startRedis } from "../../tools/services.ts";
import { startUpstashStandIn } from "./upstash_stand_in.ts";

/** Without Redis its tests are left out, but not in CI. */
export const redisMissing = !available().redis && Deno.env.get("CI") !== "true";

/** Registers a test of the suite for each broker. @param suite gets what makes one more instance's end of the same bus */
export function onEachBroker(name: string, suite: (make: () => Broker) => Promise<void>): void {
  Deno.test(`${name}: in memory`, async () => {
    const bus = new MemoryBus();
    await suite(() => new MemoryBroker(bus));
  });

  Deno.test({ name: `${name}: Redis`, ignore: redisMissing }, async () => {
    const redis = await startRedis();
    try {
      await suite(() => new RedisBroker(redis.url, "test:bus", silentLogger));
    } finally {
      await redis.close();
    }
  });

  Deno.test({ name: `${name}: Redis over HTTP`, ignore: redisMissing }, async () => {
    const redis = await startRedis();
    const upstash = startUpstashStandIn(redis.url);
    try {
      await suite(() => new UpstashBroker(upstash.url, upstash.token, "test:bus", silentLogger));
    } finally {
      await upstash.stop();
      await redis.close();
    }
  });
}
