// The hub by the settings, with the bus that they name.
import type { Config } from "../kernel/config.ts";
import type { Keys } from "../kernel/keys.ts";
import type { Logger } from "../kernel/log.ts";
import type { Broker } from "../realtime/broker.ts";
import type { EventSource } from "../realtime/event_source.ts";
import { Hub } from "../realtime/hub.ts";
import { MemoryBroker } from "../realtime/memory_broker.ts";
import { createBroker } from "./broker.ts";

/** Alone nobody else writes. */
const RECONCILE_ALONE_MS = 5_000;
const RECONCILE_MS = 500;

export interface HubParts {
  config: Config;
  log: Logger;
  keys: Keys;
  source: EventSource;
  /** Instead of the one of the settings; there are others on it. */
  broker?: Broker | undefined;
}

export async function createHub({ config, log, keys, source, broker }: HubParts): Promise<Hub> {
  const bus = broker ?? await createBroker(config, keys.fingerprint, log);
  const { maxConnections: total } = config;
  return new Hub({
    source,
    broker: bus,
    log,
    budget: {
      total,
      perPerson: config.maxConnectionsPerPerson,
      perOrganization: config.maxConnectionsPerOrganization ||
        Math.ceil(total / (config.registration === "open" ? 2 : 1)),
    },
    maxUnknown: config.maxUnauthenticated,
    reconcileMs: bus instanceof MemoryBroker && !broker ? RECONCILE_ALONE_MS : RECONCILE_MS,
  });
}
