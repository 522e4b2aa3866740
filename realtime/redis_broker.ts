// Redis pub/sub as the bus: one channel for the whole installation, one PUBLISH for all messages of a moment. Commands never
// queue while Redis is away (`enableOfflineQueue: false`): what is lost then is found by the hub's sweep. ioredis reconnects
// by itself; we subscribe at each "ready", since its own `autoResubscribe` leaves a promise nobody awaits, and a connection
// that ends meanwhile would be an unhandled rejection.
import { Redis } from "ioredis";
import type { Logger } from "../kernel/log.ts";
import { type Broker, type BrokerStatus, type BusMessage, decodeBus, encodeBus } from "./broker.ts";

/** Bytes that may wait for Redis; beyond that publishing pauses and the sweep takes over. */
const MAX_IN_FLIGHT = 16 * 1024 * 1024;
const COMMAND_TIMEOUT_MS = 2000;

export class RedisBroker implements Broker {
  private readonly publisher: Redis;
  private readonly subscriber: Redis;
  private readonly self = crypto.randomUUID();
  private pending: BusMessage[] = [];
  private inFlight = 0;
  private downSince = 0;

  /** @param busName the Redis channel, equal on all instances of one installation. */
  constructor(url: string, private readonly busName: string, private readonly log: Logger) {
    const retryStrategy = (attempt: number) =>
      Math.min(3000, 50 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2);
    const options = { lazyConnect: true, retryStrategy, connectTimeout: 3000, keepAlive: 10_000 };
    this.publisher = new Redis(url, {
      ...options,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
      enableAutoPipelining: false,
    });
    this.subscriber = new Redis(url, { ...options, maxRetriesPerRequest: null, autoResubscribe: false });
    for (const client of [this.publisher, this.subscriber]) {
      client.on("error", (error: Error) => this.noteDown(error));
      client.on("ready", () => this.noteUp());
    }
  }

  async start(onMessages: (messages: BusMessage[]) => void): Promise<void> {
    this.subscriber.on("message", (_channel: string, text: string) => {
      const messages = decodeBus(this.self, text);
      if (messages?.length) onMessages(messages);
    });
    // A Redis that is down at start is not fatal: both clients keep trying, and health says "down" meanwhile.
    this.subscriber.on("ready", () => {
      this.subscriber.subscribe(this.busName).catch((error) => this.noteDown(error));
    });
    await Promise.allSettled([this.publisher.connect(), this.subscriber.connect()]);
  }

  publish(messages: readonly BusMessage[]): void {
    if (this.pending.length === 0) queueMicrotask(() => this.flush());
    for (const message of messages) this.pending.push(message);
  }

  private flush(): void {
    const messages = this.pending;
    this.pending = [];
    if (messages.length === 0 || this.publisher.status !== "ready" || this.inFlight > MAX_IN_FLIGHT) return;
    const text = encodeBus(this.self, messages);
    this.inFlight += text.length;
    this.publisher.publish(this.busName, text)
      .catch((error: Error) => this.noteDown(error))
      .finally(() => this.inFlight -= text.length);
  }

  async status(): Promise<BrokerStatus> {
    const start = performance.now();
    try {
      if (this.subscriber.status !== "ready") throw new Error("the subscriber is not connected");
      await this.publisher.ping();
      return { kind: "redis", status: "ok", latency_ms: performance.now() - start };
    } catch {
      return { kind: "redis", status: "down" };
    }
  }

  close(): Promise<void> {
    this.publisher.disconnect();
    this.subscriber.disconnect();
    return Promise.resolve();
  }

  /** Logs the first error of an outage, not each retry. */
  private noteDown(error: Error): void {
    if (this.downSince) return;
    this.downSince = Date.now();
    this.log.warn("Redis is not reachable; pushes from other instances come through the event log meanwhile", {
      error: error.message,
    });
  }

  private noteUp(): void {
    if (!this.downSince || this.publisher.status !== "ready" || this.subscriber.status !== "ready") return;
    this.log.info("Redis is back", { away_ms: Date.now() - this.downSince });
    this.downSince = 0;
  }
}
