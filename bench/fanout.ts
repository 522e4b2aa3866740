// Publishes to many readers and measures. Throughput: publish as fast as the readers take it, with a window, so that
// neither a publisher nor a server queue decides the figure. Latency: a fixed, moderate rate, one message a publish,
// age taken from the stamp inside the message when a reader sees it.
import type { Readers } from "./readers.ts";
import { pause, percentile, ratePerSecond } from "./http_load.ts";

/** Publishes `n` messages, each with its own mark, and returns when they are accepted. */
export type Publish = (n: number) => Promise<void>;

export interface FanoutOptions {
  readers: Readers;
  /** One for each connection that publishes at the same time. */
  publishers: Publish[];
  /** Messages in one publish of the throughput part. */
  batch: number;
  /** Messages that may be on their way to the readers. */
  window: number;
  seconds: number;
  /** Messages per second of the latency part. */
  rate: number;
  /** What the server says when readers were cut off. */
  explain?: () => Promise<string>;
}

export interface FanoutResult {
  deliveriesPerSecond: number;
  messagesPerSecond: number;
  bytesPerDelivery: number;
  /** Milliseconds from publishing to a reader having it. */
  p50: number;
  p99: number;
}

/** @throws Error when a message is lost, repeated, or a reader is cut off. */
export async function measureFanout(options: FanoutOptions): Promise<FanoutResult> {
  const { readers, seconds } = options;
  const start = readers.messages();
  await readers.ages(); // drops what an earlier run under full load has left
  let published = await latencyPart(options);
  await allDelivered(options, start, published);
  const ages = (await readers.ages()).sort((a, b) => a - b);

  const before = { messages: readers.messages(), bytes: readers.bytes() };
  const warmUp = seconds * 0.2;
  let perSecond = 0, done = false;
  const mark = async () => {
    await pause(warmUp * 1000);
    perSecond = await ratePerSecond(seconds, () => readers.messages());
    done = true;
  };
  let sent = 0;
  const loop = async (publish: Publish) => {
    while (!done) {
      while (sent - (readers.messages() - before.messages) / readers.count > options.window) {
        await pause(1);
        if (readers.lost().closed || done) break;
      }
      if (readers.lost().closed) break;
      sent += options.batch;
      await publish(options.batch);
    }
  };
  await Promise.all([mark(), ...options.publishers.map(loop)]);
  published += sent;
  await allDelivered(options, start, published);
  const delivered = readers.messages() - before.messages;
  return {
    deliveriesPerSecond: perSecond,
    messagesPerSecond: perSecond / readers.count,
    bytesPerDelivery: (readers.bytes() - before.bytes) / Math.max(1, delivered),
    p50: percentile(ages, 0.5) / 1000,
    p99: percentile(ages, 0.99) / 1000,
  };
}

async function latencyPart({ publishers, seconds, rate }: FanoutOptions): Promise<number> {
  const total = Math.max(1, Math.round(seconds * rate));
  const started = performance.now();
  const running = new Set<Promise<void>>();
  for (let i = 0; i < total; i++) {
    const wait = started + i * 1000 / rate - performance.now();
    if (wait > 0) await pause(wait);
    const publish = publishers[i % publishers.length]!(1);
    const tracked: Promise<void> = publish.finally(() => running.delete(tracked));
    running.add(tracked);
    // A publisher is one connection: never two requests at once on it.
    if (running.size >= publishers.length) await Promise.all(running);
  }
  await Promise.all(running);
  return total;
}

async function allDelivered({ readers, explain }: FanoutOptions, start: number, published: number): Promise<void> {
  const expected = start + published * readers.count;
  const deadline = performance.now() + 15_000;
  while (readers.messages() < expected) {
    const lost = readers.lost();
    if (lost.closed) {
      await pause(1000); // others may follow
      const server = await explain?.() ?? "";
      throw new Error(`${readers.lost().closed} readers were cut off: ${await readers.ends()}${server}`);
    }
    if (performance.now() > deadline) {
      throw new Error(`${expected - readers.messages()} of ${published * readers.count} deliveries are missing`);
    }
    await pause(2);
  }
  if (readers.messages() > expected) throw new Error(`${readers.messages() - expected} deliveries too many`);
}
