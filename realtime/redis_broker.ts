// Redis pub/sub as the bus: one channel of stored pushes for the whole installation, one PUBLISH for all messages of a moment;
// live messages have channels and connections of their own (redis_live.ts). Commands never queue while Redis is away
// (`enableOfflineQueue: false`): what is lost then is found by reconciling (reconcile.ts). ioredis reconnects by itself; we
// subscribe at each "ready", since its own `autoResubscribe` leaves a promise nobody awaits, and a connection that ends
// meanwhile would be an unhandled rejection.
import { Redis } from "ioredis";
import type { Logger } from "../kernel/log.ts";
import type { Bytes } from "../protocol/wire/binary.ts";
import {
  type Broker,
  type BrokerHandlers,
  type BrokerStatus,
  type BusMessage,
  decodeBus,
  encodeBus,
} from "./broker.ts";
import { RedisLive } from "./redis_live.ts";

/** Bytes that may wait for Redis; beyond that publishing pauses, and reconciling finds the rest. */
const MAX_IN_FLIGHT = 16 * 1024 * 1024;
const COMMAND_TIMEOUT_MS = 2000;

export class RedisBroker implements Broker {
  private readonly publisher: Redis;
  private readonly subscriber: Redis;
  private readonly live: RedisLive;
  private readonly clients: Redis[];
  readonly id = crypto.randomUUID();
  private pending: BusMessage[] = [];
  private inFlight = 0;
  private downSince = 0;

  /** @param busName the Redis channel, equal on all instances of one installation. */
  constructor(url: string, private readonly busName: string, private readonly log: Logger) {
    const retryStrategy = (attempt: number) =>
      Math.min(3000, 50 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2);
    const options = { lazyConnect: true, retryStrategy, connectTimeout: 3000, keepAlive: 10_000 };
    const publisher = () =>
      new Redis(url, {
        ...options,
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        commandTimeout: COMMAND_TIMEOUT_MS,
        enableAutoPipelining: false,
      });
    const subscriber = () => new Redis(url, { ...options, maxRetriesPerRequest: null, autoResubscribe: false });
    const [livePublisher, liveSubscriber] = [publisher(), subscriber()];
    this.publisher = publisher();
    this.subscriber = subscriber();
    this.clients = [this.publisher, this.subscriber, livePublisher, liveSubscriber];
    const noteDown = (error: Error) => this.noteDown(error);
    this.live = new RedisLive(livePublisher, liveSubscriber, `${busName}:`, this.id, noteDown);
    for (const client of this.clients) {
      client.on("error", noteDown);
      client.on("ready", () => this.noteUp());
    }
  }

  async start(handlers: BrokerHandlers): Promise<void> {
    this.subscriber.on("message", (_channel: string, text: string) => {
      const messages = decodeBus(this.id, text);
      if (messages?.length) handlers.onMessages(messages);
    });
    // A Redis that is down at start is not fatal: the clients keep trying, and health says "down" meanwhile.
    this.subscriber.on("ready", () => {
      this.subscriber.subscribe(this.busName).then(() => handlers.onReady(), (error) => this.noteDown(error));
    });
    this.publisher.on("ready", () => handlers.onReady());
    await Promise.allSettled([this.publisher.connect(), this.subscriber.connect(), this.live.start(handlers)]);
  }

  follow(topic: string): Promise<void> {
    return this.live.follow(topic);
  }

  unfollow(topic: string): void {
    this.live.unfollow(topic);
  }

  send(topic: string, bytes: Bytes): void {
    this.live.send(topic, bytes);
  }

  publish(messages: readonly BusMessage[]): void {
    if (this.pending.length === 0) queueMicrotask(() => this.flush());
    for (const message of messages) this.pending.push(message);
  }

  private flush(): void {
    const messages = this.pending;
    this.pending = [];
    if (messages.length === 0 || this.publisher.status !== "ready" || this.inFlight > MAX_IN_FLIGHT) return;
    const text = encodeBus(this.id, messages);
    this.inFlight += text.length;
    this.publisher.publish(this.busName, text)
      .catch((error: Error) => this.noteDown(error))
      .finally(() => this.inFlight -= text.length);
  }

  async status(): Promise<BrokerStatus> {
    const start = performance.now();
    try {
      if (this.clients.some((client) => client.status !== "ready")) throw new Error("a connection is missing");
      await this.publisher.ping();
      return { kind: "redis", status: "ok", latency_ms: performance.now() - start };
    } catch {
      return { kind: "redis", status: "down" };
    }
  }

  async close(): Promise<void> {
    this.flush();
    // The last messages say that this instance goes: QUIT is answered after them, within the time of a command.
    if (this.publisher.status === "ready") await this.publisher.quit().catch(() => {});
    for (const client of this.clients) client.disconnect();
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
    if (!this.downSince || this.clients.some((client) => client.status !== "ready")) return;
    this.log.info("Redis is back", { away_ms: Date.now() - this.downSince });
    this.downSince = 0;
  }
}
