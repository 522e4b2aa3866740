// Chooses the bus between instances by the settings.
import type { Config } from "../kernel/config.ts";
import type { Logger } from "../kernel/log.ts";
import type { Broker } from "../realtime/broker.ts";
import { MemoryBroker } from "../realtime/memory_broker.ts";

/** The clients are loaded only when they are wanted: each costs some 10 MB. */
export async function createBroker(config: Config, installation: string, log: Logger): Promise<Broker> {
  const busName = `pulpo:${installation}:bus`;
  if (config.redisUrl) {
    const { RedisBroker } = await import("../realtime/redis_broker.ts");
    return new RedisBroker(config.redisUrl, busName, log);
  }
  if (config.upstashUrl) {
    const { UpstashBroker } = await import("../realtime/upstash_broker.ts");
    return new UpstashBroker(config.upstashUrl, config.upstashToken!, busName, log);
  }
  return new MemoryBroker();
}
