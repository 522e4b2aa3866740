// Channels of the class signal: a state of which only the newest counts, for each key. Nothing is stored. Invariants:
//  - a new reader gets the newest of every key at once, unless the feature greets with the state itself;
//  - a reader who does not keep up waits for the newest of each key, never for older ones.
// Instances that signal the same channel one after the other are put in order by their clocks.
import type { Bytes } from "../protocol/wire/binary.ts";
import type { Position } from "../protocol/wire/frames.ts";
import { Encoded } from "./encoded.ts";
import type { FeedHost, LiveFeed, Reader, Start } from "./live_feed.ts";

export interface Signal {
  key: string;
  /** Milliseconds since 1970, never twice the same on one instance. */
  stamp: number;
  /** JSON text of the push, as in `BusMessage`. */
  body: string;
}

/** Keys of one channel; the one that was longest without news goes. */
const MAX_KEYS = 1000;
/** What an instance remembers of what it has signalled, over all channels, for readers who come later. */
const MAX_REMEMBERED = 20_000;

const encoder = new TextEncoder(), decoder = new TextDecoder();

export function encodeSignal(signal: Signal): Bytes {
  return encoder.encode(JSON.stringify(signal));
}

interface Newest {
  stamp: number;
  push: Encoded;
}

export class SignalFeed implements LiveFeed {
  readonly epoch = "live";
  readonly offset = 0;
  references = 0;
  ready: Promise<void> = Promise.resolve();
  /** With the keys that each reader waits for. */
  readonly readers = new Map<Reader, Set<string>>();
  private readonly newest = new Map<string, Newest>();

  constructor(readonly organizationId: string, readonly channel: string, private readonly host: FeedHost) {}

  take(bytes: Bytes): void {
    this.takeSignal(JSON.parse(decoder.decode(bytes)));
  }

  takeSignal({ key, stamp, body }: Signal): void {
    const before = this.newest.get(key);
    if (before && before.stamp >= stamp) return;
    const { organizationId, channel } = this;
    const news = { stamp, push: new Encoded({ organizationId, channel, epoch: "", offset: 0, body }) };
    this.newest.delete(key); // to the end: the first one is the oldest
    this.newest.set(key, news);
    if (this.newest.size > MAX_KEYS) this.newest.delete(this.newest.keys().next().value!);
    let behind = false;
    for (const [reader, waits] of this.readers) {
      if (waits.has(key)) this.host.skipped++;
      else if (!this.hand(reader, news.push)) {
        waits.add(key);
        behind = true;
      }
    }
    if (behind) this.host.behind(this);
  }

  private hand(reader: Reader, push: Encoded): boolean {
    if (!reader.fits(push.text.length)) return false;
    this.host.delivered++;
    reader.push(this, push);
    return true;
  }

  /** Whatever a reader has seen: with the newest it has missed nothing. */
  start(since: Position | undefined): Start {
    return { answer: { epoch: this.epoch, offset: 0, recovered: since !== undefined }, from: 0 };
  }

  join(reader: Reader, _start: Start, greeted: boolean): void {
    const waits = new Set(greeted ? [] : this.newest.keys());
    this.readers.set(reader, waits);
    if (this.handWaiting(reader, waits)) this.host.behind(this);
  }

  leave(reader: Reader): void {
    this.readers.delete(reader);
  }

  pump(): boolean {
    let behind = false;
    for (const [reader, waits] of this.readers) if (this.handWaiting(reader, waits)) behind = true;
    return behind;
  }

  /** @returns whether some still wait */
  private handWaiting(reader: Reader, waits: Set<string>): boolean {
    for (const key of waits) {
      const news = this.newest.get(key);
      if (news && !this.hand(reader, news.push)) return true;
      waits.delete(key);
    }
    return false;
  }
}

/** The newest that this instance has signalled, by topic and key. */
export class SignalMemory {
  private readonly topics = new Map<string, Map<string, Signal>>();
  private count = 0;
  private lastStamp = 0;

  /** A later stamp than all before. */
  stamp(): number {
    return this.lastStamp = Math.max(Date.now(), this.lastStamp + 1);
  }

  remember(topic: string, signal: Signal): void {
    let keys = this.topics.get(topic);
    this.topics.delete(topic); // to the end: the first one is the one longest without news
    this.topics.set(topic, keys ??= new Map());
    if (!keys.has(signal.key)) this.count++;
    keys.delete(signal.key);
    keys.set(signal.key, signal);
    if (keys.size > MAX_KEYS) {
      keys.delete(keys.keys().next().value!);
      this.count--;
    }
    while (this.count > MAX_REMEMBERED) {
      const [oldest, gone] = this.topics.entries().next().value!;
      this.topics.delete(oldest);
      this.count -= gone.size;
    }
  }

  of(topic: string): Iterable<Signal> {
    return this.topics.get(topic)?.values() ?? [];
  }
}
