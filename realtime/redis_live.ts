// Live messages over Redis pub/sub: one Redis channel for each topic, subscribed while somebody here reads it, on connections of
// their own, so that frames of screens do not stand in front of stored pushes. A message is the sender's id and the bytes.
import { Buffer } from "node:buffer";
import type { Redis } from "ioredis";
import type { Bytes } from "../protocol/wire/binary.ts";
import type { BrokerHandlers } from "./broker.ts";

/** Bytes that may wait for Redis; beyond that messages are dropped, which each class bears. */
const MAX_IN_FLIGHT = 8 * 1024 * 1024;
const ID_BYTES = 36;
const encoder = new TextEncoder(), decoder = new TextDecoder();

export class RedisLive {
  private readonly followed = new Map<string, PromiseWithResolvers<void>>();
  private readonly sender: Uint8Array;
  private inFlight = 0;

  /** @param prefix of the names of Redis channels */
  constructor(
    private readonly publisher: Redis,
    private readonly subscriber: Redis,
    private readonly prefix: string,
    private readonly self: string,
    private readonly onError: (error: Error) => void,
  ) {
    this.sender = encoder.encode(self);
  }

  async start(handlers: BrokerHandlers): Promise<void> {
    // Only as bytes: with a listener for texts ioredis would decode each frame.
    this.subscriber.on("messageBuffer", (channel: Uint8Array, message: Uint8Array<ArrayBuffer>) => {
      const from = decoder.decode(message.subarray(0, ID_BYTES));
      if (from === this.self) return;
      const topic = decoder.decode(channel).slice(this.prefix.length);
      const { buffer, byteOffset, length } = message;
      handlers.onLive(topic, new Uint8Array(buffer, byteOffset + ID_BYTES, length - ID_BYTES), from);
    });
    this.subscriber.on("ready", () => {
      void this.subscribe([...this.followed.keys()]).then((done) => done && handlers.onReady());
    });
    await Promise.allSettled([this.publisher.connect(), this.subscriber.connect()]);
  }

  private async subscribe(topics: string[]): Promise<boolean> {
    if (topics.length === 0) return true;
    try {
      await this.subscriber.subscribe(...topics.map((topic) => this.prefix + topic));
    } catch (error) {
      this.onError(error as Error); // again at the next "ready"
      return false;
    }
    for (const topic of topics) this.followed.get(topic)?.resolve();
    return true;
  }

  follow(topic: string): Promise<void> {
    let waiting = this.followed.get(topic);
    if (!waiting) {
      this.followed.set(topic, waiting = Promise.withResolvers());
      if (this.subscriber.status === "ready") void this.subscribe([topic]);
    }
    return waiting.promise;
  }

  unfollow(topic: string): void {
    if (!this.followed.delete(topic) || this.subscriber.status !== "ready") return;
    this.subscriber.unsubscribe(this.prefix + topic).catch(this.onError);
  }

  send(topic: string, bytes: Bytes): void {
    if (this.publisher.status !== "ready" || this.inFlight > MAX_IN_FLIGHT) return;
    const message = Buffer.allocUnsafe(ID_BYTES + bytes.length);
    message.set(this.sender);
    message.set(bytes, ID_BYTES);
    this.inFlight += message.length;
    this.publisher.publish(this.prefix + topic, message)
      .catch(this.onError)
      .finally(() => this.inFlight -= message.length);
  }
}
