// Redis over HTTP (Upstash's REST protocol) as the bus: PUBLISH by POST, SUBSCRIBE as Server-Sent Events. Each subscribed channel
// costs an HTTP stream that lives for ever, so live messages have one channel per instance, its inbox, instead of one per topic:
// the sender publishes to each instance that reads, as base64, since the protocol carries text. What an instance gets is the
// same as with Redis; a message to three instances is sent three times. Source: the REST API of @upstash/redis.
import { Redis } from "@upstash/redis";
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
import { UpstashStream } from "./upstash_stream.ts";

const MAX_QUEUED = 10_000;
/** Live messages that wait, as base64; the oldest go. */
const MAX_LIVE_CHARS = 8 * 1024 * 1024;
/** One request carries so much of them; a single message may be larger. */
const LIVE_REQUEST_CHARS = 512 * 1024;
const REQUEST_TIMEOUT_MS = 5000;
const PING = "ping";

/** What is on its way gets so long when the instance stops. */
const CLOSE_MS = 1000;

export class UpstashBroker implements Broker {
  readonly id = crypto.randomUUID();
  private readonly redis: Redis;
  private pending: BusMessage[] = [];
  private sending = false;
  private live: { channel: string; text: string }[] = [];
  private liveChars = 0;
  private sendingLive = false;
  private closed = false;
  private readonly followed = new Set<string>();
  private bus: UpstashStream | undefined;
  private inbox: UpstashStream | undefined;

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly busName: string,
    private readonly log: Logger,
  ) {
    this.redis = new Redis({
      url,
      token,
      automaticDeserialization: false,
      retry: { retries: 1, backoff: () => 100 },
      signal: () => AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      enableTelemetry: false,
    });
  }

  start(handlers: BrokerHandlers): Promise<void> {
    const open = (channel: string, text: (text: string) => void) =>
      new UpstashStream(this.url, this.token, channel, {
        text: (got) => got === PING ? undefined : text(got),
        open: () => handlers.onReady(),
        ping: () => this.redis.publish(channel, PING),
      }, this.log);
    this.bus = open(this.busName, (text) => {
      const messages = decodeBus(this.id, decodeURIComponent(text));
      if (messages?.length) handlers.onMessages(messages);
    });
    this.inbox = open(this.inboxOf(this.id), (text) => {
      const [from, topic, base64] = text.split(",");
      const name = decodeURIComponent(topic ?? "");
      if (this.followed.has(name)) handlers.onLive(name, Uint8Array.fromBase64(base64 ?? ""), from!);
    });
    return Promise.resolve();
  }

  private inboxOf(instance: string): string {
    return `${this.busName}:${instance}`;
  }

  publish(messages: readonly BusMessage[]): void {
    for (const message of messages) this.pending.push(message);
    if (this.pending.length > MAX_QUEUED) this.pending.splice(0, this.pending.length - MAX_QUEUED);
    if (!this.sending) void this.drain();
  }

  private async drain(): Promise<void> {
    this.sending = true;
    try {
      while (this.pending.length && !this.closed) {
        const batch = this.pending.splice(0, 500);
        // Percent-encoding keeps the line breaks of our wire form inside one `data:` line.
        await this.redis.publish(this.busName, encodeURIComponent(encodeBus(this.id, batch))).catch((error) =>
          this.log.warn("publishing over Upstash failed; the event log repairs it", { error: String(error) })
        );
      }
    } finally {
      this.sending = false;
    }
  }

  follow(topic: string): Promise<void> {
    this.followed.add(topic);
    return this.inbox!.opened;
  }

  unfollow(topic: string): void {
    this.followed.delete(topic);
  }

  send(topic: string, bytes: Bytes, instances: readonly string[]): void {
    const text = `${this.id},${encodeURIComponent(topic)},${bytes.toBase64()}`;
    for (const instance of instances) this.live.push({ channel: this.inboxOf(instance), text });
    this.liveChars += text.length * instances.length;
    while (this.liveChars > MAX_LIVE_CHARS && this.live.length > 1) this.liveChars -= this.live.shift()!.text.length;
    if (!this.sendingLive) void this.drainLive();
  }

  private async drainLive(): Promise<void> {
    this.sendingLive = true;
    try {
      while (this.live.length && !this.closed) {
        const pipeline = this.redis.pipeline();
        let chars = 0;
        do {
          const { channel, text } = this.live.shift()!;
          chars += text.length;
          pipeline.publish(channel, text);
        } while (this.live.length && chars + this.live[0]!.text.length <= LIVE_REQUEST_CHARS);
        this.liveChars -= chars;
        await pipeline.exec().catch((error) =>
          this.log.debug("a live message was lost on its way to Upstash", { error: String(error) })
        );
      }
    } finally {
      this.sendingLive = false;
    }
  }

  async status(): Promise<BrokerStatus> {
    const start = performance.now();
    try {
      await Promise.race([
        this.redis.ping(),
        new Promise((_, reject) => setTimeout(() => reject(new Error("no answer in 2 s")), 2000)),
      ]);
      const open = this.bus!.heard && this.inbox!.heard;
      return { kind: "upstash", status: open ? "ok" : "down", latency_ms: performance.now() - start };
    } catch {
      return { kind: "upstash", status: "down" };
    }
  }

  async close(): Promise<void> {
    this.bus?.close();
    this.inbox?.close();
    // The last messages say that this instance goes.
    const end = Date.now() + CLOSE_MS;
    while (this.sending && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    this.closed = true;
  }
}
