// One channel on this instance. Invariants:
//  - live subscribers see offsets without a gap, a repeat or a swap: a push is handed out only when it is `offset + 1`;
//    later ones wait, gaps are filled from the event log;
//  - `offset` is the position that every live subscriber has been handed; a joiner is brought to exactly it first;
//  - each push is encoded once; subscribers that asked for batches get what is due within a tick in one shared frame.
import type { BusMessage } from "./broker.ts";
import { Encoded } from "./encoded.ts";
import type { LogReads } from "./log_reads.ts";

/** Where a push comes from: the position that a reader takes from it. */
export interface Origin {
  readonly channel: string;
  readonly epoch: string;
}

/** Who a topic hands pushes to. Implemented by Connection. */
export interface Subscriber {
  readonly mode: "single" | "batch" | "stream";
  readonly closed: boolean;
  /** Hands over one push. */
  push(topic: Origin, push: Encoded): void;
  /** Hands over a ready frame of several pushes (mode `batch` only). */
  pushFrame(frame: string): void;
}

/** Who holds the topics (topics.ts). */
export interface TopicHost {
  /** Pushes handed to readers. */
  delivered: number;
  /** The topic has gathered something for readers that asked for batches. */
  scheduleFlush(topic: Topic): void;
  /** What the log tells is of another epoch than the topic. */
  epochChanged(topic: Topic): void;
}

const RECENT_COUNT = 512;
const RECENT_CHARS = 512 * 1024;
const MAX_WAITING = 2000;
const FILL_PAGE = 500;
const MAX_FRAME_CHARS = 256 * 1024;

export class Topic {
  epoch = "";
  offset = 0;
  readonly live = new Set<Subscriber>();
  /** Subscriptions in any state, listeners included; at 0 the topic is dropped. */
  references = 0;
  /** Internal readers (the control channel). */
  listener: ((body: string) => void) | undefined;
  readonly ready: Promise<void>;

  private readonly batched = new Set<Subscriber>();
  private loaded = false;
  private recent: Encoded[] = [];
  private recentChars = 0;
  private waiting = new Map<number, BusMessage>();
  private filling: Promise<void> | undefined;
  private frame: string[] = [];
  private frameChars = 0;
  private lastFlush = 0;

  constructor(
    readonly organizationId: string,
    readonly channel: string,
    private readonly reads: LogReads,
    private readonly host: TopicHost,
  ) {
    this.ready = this.load();
  }

  private async load(): Promise<void> {
    const head = await this.reads.head({ organizationId: this.organizationId, channel: this.channel });
    this.epoch = head.epoch;
    this.offset = head.offset;
    this.loaded = true;
    this.drainWaiting();
  }

  /** Takes a push from this instance or from the bus. */
  accept(message: BusMessage): void {
    if (message.offset === 0) return this.deliver(new Encoded(message), undefined);
    if (this.loaded && message.epoch !== this.epoch) return this.host.epochChanged(this);
    if (this.loaded && message.offset <= this.offset) return;
    if (this.loaded && message.offset === this.offset + 1) {
      this.advance(message);
      if (this.waiting.size) this.drainWaiting();
      return;
    }
    if (this.waiting.size < MAX_WAITING) this.waiting.set(message.offset, message);
    // A neighbour is usually only microseconds late; a real gap is read from the log.
    if (this.loaded) this.checkSoon();
  }

  private checkSoon(): void {
    setTimeout(() => {
      // When the log cannot be read now, reconciling finds the gap.
      if (this.waiting.size) this.catchUp().catch(() => {});
    }, 20);
  }

  private advance(message: BusMessage): void {
    this.offset = message.offset;
    const encoded = new Encoded(message);
    this.remember(encoded);
    this.deliver(encoded, message.body);
  }

  private drainWaiting(): void {
    for (let next; (next = this.waiting.get(this.offset + 1));) {
      this.waiting.delete(next.offset);
      this.advance(next);
    }
    for (const offset of this.waiting.keys()) if (offset <= this.offset) this.waiting.delete(offset);
  }

  private deliver(push: Encoded, body: string | undefined): void {
    if (body !== undefined) this.listener?.(body);
    this.host.delivered += this.live.size;
    for (const subscriber of this.live) if (subscriber.mode !== "batch") subscriber.push(this, push);
    if (this.batched.size === 0) return;
    this.frame.push(push.text);
    this.frameChars += push.text.length;
    if (this.frameChars > MAX_FRAME_CHARS) this.flush();
    else this.host.scheduleFlush(this);
  }

  /** Hands the pending batch to the batched subscribers. */
  flush(): void {
    if (this.frame.length === 0) return;
    const text = this.frame.length === 1 ? this.frame[0]! : `[${this.frame.join(",")}]`;
    this.frame = [];
    this.frameChars = 0;
    this.lastFlush = performance.now();
    for (const subscriber of this.batched) subscriber.pushFrame(text);
  }

  get batchedCount(): number {
    return this.batched.size;
  }

  /** True when nothing was flushed for a tick: then the next push need not wait for one. */
  idle(tickMs: number): boolean {
    return performance.now() - this.lastFlush >= tickMs;
  }

  private remember(push: Encoded): void {
    this.recent.push(push);
    this.recentChars += push.text.length;
    while (this.recent.length > RECENT_COUNT || (this.recentChars > RECENT_CHARS && this.recent.length > 1)) {
      this.recentChars -= this.recent.shift()!.text.length;
    }
  }

  /** The pushes after `position` up to `offset` if all of them are still in memory. */
  recentAfter(position: number): Encoded[] | undefined {
    const missing = this.offset - position;
    if (missing === 0) return [];
    const from = this.recent.length - missing;
    return from >= 0 && this.recent[from]?.offset === position + 1 ? this.recent.slice(from) : undefined;
  }

  /** Reads the log until this topic is at its end. One run at a time; a failure is left to reconciling. */
  catchUp(): Promise<void> {
    return this.filling ??= this.fill().finally(() => this.filling = undefined);
  }

  private async fill(): Promise<void> {
    await this.ready;
    for (;;) {
      const { organizationId, channel, offset: after } = this;
      const [events] = await this.reads.source.read([{ organizationId, channel, after, limit: FILL_PAGE }]);
      for (const event of events!) {
        if (event.epoch !== this.epoch) return this.host.epochChanged(this);
        if (event.offset <= this.offset) continue; // arrived over the bus meanwhile
        this.advance({ organizationId: this.organizationId, channel: this.channel, ...event });
      }
      this.drainWaiting();
      if (events!.length < FILL_PAGE) break;
    }
    // What came meanwhile, behind a neighbour that is late again, keeps waiting for it.
    for (const { epoch, offset } of this.waiting.values()) if (epoch !== this.epoch) this.waiting.delete(offset);
    if (this.waiting.size) this.checkSoon();
  }

  /** Makes a subscriber live. Call only when it has been handed everything up to `offset`. */
  join(subscriber: Subscriber): void {
    this.flush(); // the pending frame holds pushes that the joiner has already
    this.live.add(subscriber);
    if (subscriber.mode === "batch") this.batched.add(subscriber);
  }

  leave(subscriber: Subscriber): void {
    if (this.batched.delete(subscriber) && !subscriber.closed) this.flush();
    this.live.delete(subscriber);
  }
}
