// The channels that are not stored, on this instance: their feeds (where somebody reads), their sources (where the lines, frames
// and states arise) and what goes between instances. Invariants:
//  - an instance takes from the bus only what somebody on it reads (`follow`), and sends only what others read (interest.ts);
//  - it says that it reads only when the bus brings it: what a source sends after that is not missed;
//  - a source is told of its first and its last reader on any instance.
import type { Identity } from "../kernel/actor.ts";
import type { RelayEvents, RelaySource, SignalOptions, SourceEvents, StreamOptions } from "../kernel/ports.ts";
import { newId, SYSTEM_ORGANIZATION } from "../kernel/ids.ts";
import type { BinaryFrame, Bytes } from "../protocol/wire/binary.ts";
import type { Delivery } from "../protocol/wire/channels.ts";
import type { InterestFrame, Position } from "../protocol/wire/frames.ts";
import type { Broker, BusMessage } from "./broker.ts";
import { ephemeral } from "./encoded.ts";
import { Interest, type InterestNote } from "./interest.ts";
import type { FeedHost, LiveFeed, Start } from "./live_feed.ts";
import { RelayFeed } from "./relay.ts";
import { encodeSignal, type Signal, SignalFeed, SignalMemory } from "./signal.ts";
import { Spaced } from "./spaced.ts";
import { StreamFeed } from "./stream.ts";
import { OpenStream } from "./stream_source.ts";
import { encodeBatch } from "./stream_wire.ts";

/** The channel of the bus on which instances tell what they read. */
const CHANNEL = "_interest";
/** Readers who are behind are looked after so often. */
const PUMP_MS = 25;
/** How long a subscriber waits for the bus, and for what the source says first. */
const READY_MS = 1000;
const HEARD_MS = 500;
/** Acknowledgements go to the source of a relay at most so often. */
const ACK_MS = 100;
/** The source of a relay is told of further viewers at most so often: each time it sends a whole picture. */
const VIEWER_MS = 250;
const EPOCH = /^[\w-]{1,64}$/;

interface Source {
  read: boolean;
  /** Tells the feature and the agent, if the source is one. */
  onInterest(read: boolean): void;
  stream?: OpenStream;
  onAck?: ((seq: number) => void) | undefined;
  viewers?: Spaced;
}

/** To one instance: the one of the source. */
type InboxNote =
  | { kind: "lines"; topic: string; to: string; after: number }
  | { kind: "ack"; topic: string; seq: number };

export class Live implements FeedHost {
  delivered = 0;
  skipped = 0;
  private readonly feeds = new Map<string, LiveFeed>();
  private readonly sources = new Map<string, Source>();
  private readonly signals = new SignalMemory();
  private readonly late = new Set<LiveFeed>();
  private readonly acks = new Map<string, { from: string; seq: number }>();
  private readonly interest: Interest;
  private pumping: ReturnType<typeof setTimeout> | undefined;
  private acking: ReturnType<typeof setTimeout> | undefined;

  /** @param tellAgent sends a frame down the agent's link, when that is on this instance */
  constructor(
    private readonly broker: Broker,
    private readonly tellAgent: (agent: Identity, frame: InterestFrame) => void,
  ) {
    this.interest = new Interest({
      self: broker.id,
      send: (note) => broker.publish([busNote(note)]),
      onChange: (topic, instance, reads) => {
        if (reads) this.greet(topic, instance);
        this.noteRead(topic);
      },
      onJoin: (topic) => this.sources.get(topic)?.viewers?.ask(),
    });
  }

  start(): void {
    this.interest.start();
    void this.broker.follow(inbox(this.broker.id));
  }

  /** The bus works (again). */
  ready(): void {
    this.interest.greet();
  }

  close(): void {
    clearTimeout(this.pumping);
    clearTimeout(this.acking);
    for (const { viewers } of this.sources.values()) viewers?.stop();
    this.interest.close();
  }

  // ---- from the bus

  /** @returns false when the message is not one of these */
  takeNote({ channel, body }: BusMessage): boolean {
    if (channel !== CHANNEL) return false;
    this.interest.take((JSON.parse(body) as { data: InterestNote }).data);
    return true;
  }

  take(topic: string, bytes: Bytes, from: string): void {
    if (topic === inbox(this.broker.id)) return this.takeInbox(JSON.parse(new TextDecoder().decode(bytes)));
    this.feeds.get(topic)?.take(bytes, from);
  }

  private takeInbox(note: InboxNote): void {
    const source = this.sources.get(note.topic);
    if (note.kind === "ack") return source?.onAck?.(note.seq);
    if (source?.stream) this.broker.send(note.topic, encodeBatch(source.stream.after(note.after)), [note.to]);
  }

  private tell(instance: string, note: InboxNote): void {
    this.broker.send(inbox(instance), new TextEncoder().encode(JSON.stringify(note)), [instance]);
  }

  /** An instance has begun to read: it gets what a source here has for new readers. */
  private greet(topic: string, instance: string): void {
    const stream = this.sources.get(topic)?.stream;
    if (stream) this.broker.send(topic, encodeBatch(stream.head()), [instance]);
    for (const signal of this.signals.of(topic)) this.broker.send(topic, encodeSignal(signal), [instance]);
  }

  // ---- readers

  /** Finds or makes the feed, and where the reader begins. Pair with `release`. */
  async prepare(
    delivery: Exclude<Delivery, "durable">,
    organizationId: string,
    channel: string,
    since: Position | undefined,
  ): Promise<Start & { topic: LiveFeed }> {
    const topic = topicOf(organizationId, channel);
    let feed = this.feeds.get(topic);
    if (!feed) {
      this.feeds.set(topic, feed = this.makeFeed(delivery, organizationId, channel));
      feed.ready = this.follow(topic, feed);
      this.noteRead(topic);
    }
    feed.references++;
    await within(READY_MS, feed.ready);
    if (feed instanceof StreamFeed) await this.bring(topic, feed, since);
    return { topic: feed, ...feed.start(since) };
  }

  private makeFeed(delivery: Delivery, organizationId: string, channel: string): LiveFeed {
    const topic = topicOf(organizationId, channel);
    if (delivery === "relay") {
      return new RelayFeed(
        organizationId,
        channel,
        this,
        (seq, from) => this.acknowledged(topic, seq, from),
        () => this.viewerCame(topic),
      );
    }
    if (delivery === "signal") {
      const feed = new SignalFeed(organizationId, channel, this);
      for (const signal of this.signals.of(topic)) feed.takeSignal(signal);
      return feed;
    }
    const feed: StreamFeed = new StreamFeed(organizationId, channel, this, (after) => {
      this.tell(feed.from, { kind: "lines", topic, to: this.broker.id, after });
    });
    const stream = this.sources.get(topic)?.stream;
    if (stream) feed.takeBatch(stream.after(0), this.broker.id);
    return feed;
  }

  private async follow(topic: string, feed: LiveFeed): Promise<void> {
    await this.broker.follow(topic);
    if (this.feeds.get(topic) !== feed) return;
    this.interest.set(topic, true);
    // Those who did not wait so long have seen nothing of what the source sent since.
    if (feed instanceof RelayFeed && feed.readers.size) this.viewerCame(topic);
  }

  private viewerCame(topic: string): void {
    const source = this.sources.get(topic);
    if (source) source.viewers?.ask();
    else this.interest.joined(topic);
  }

  /** Waits for a stream's position, and for the lines that a reader has missed when they are at the source. */
  private async bring(topic: string, feed: StreamFeed, since: Position | undefined): Promise<void> {
    if (this.sources.has(topic)) return;
    if (!feed.epoch && !this.interest.alone) await heard(feed, () => feed.epoch !== "");
    if (!feed.from || !since || since.epoch !== feed.epoch || feed.holds(since)) return;
    const answered = heard(feed, () => feed.holds(since));
    this.tell(feed.from, { kind: "lines", topic, to: this.broker.id, after: since.offset });
    await answered;
  }

  release(feed: LiveFeed): void {
    if (--feed.references > 0) return;
    const topic = topicOf(feed.organizationId, feed.channel);
    this.feeds.delete(topic);
    this.late.delete(feed);
    this.broker.unfollow(topic);
    this.interest.set(topic, false);
    this.noteRead(topic);
  }

  /** Feeds that somebody reads. */
  *read(): Iterable<LiveFeed> {
    for (const feed of this.feeds.values()) if (feed.readers.size) yield feed;
  }

  get size(): number {
    return this.feeds.size;
  }

  behind(feed: LiveFeed): void {
    this.late.add(feed);
    this.pumping ??= setTimeout(() => {
      this.pumping = undefined;
      const late = [...this.late];
      this.late.clear();
      for (const feed of late) if (feed.pump()) this.behind(feed);
    }, PUMP_MS);
  }

  private acknowledged(topic: string, seq: number, from: string): void {
    if (from === this.broker.id) return this.sources.get(topic)?.onAck?.(seq);
    this.acks.set(topic, { from, seq });
    this.acking ??= setTimeout(() => {
      this.acking = undefined;
      for (const [topic, { from, seq }] of this.acks) this.tell(from, { kind: "ack", topic, seq });
      this.acks.clear();
    }, ACK_MS);
  }

  // ---- sources

  openStream(organizationId: string, channel: string, options: StreamOptions & SourceEvents): OpenStream {
    const { type, epoch = newId(), each = false } = options;
    if (!EPOCH.test(epoch)) throw new RangeError(`"${epoch}" is no epoch of a stream`);
    const topic = topicOf(organizationId, channel);
    const source = this.sourceOf(channel, options);
    const stream = source.stream = new OpenStream(
      { type, epoch, each },
      (batch) => {
        const feed = this.feeds.get(topic);
        if (feed instanceof StreamFeed) feed.takeBatch(batch, this.broker.id);
        const others = this.interest.instances(topic);
        if (others.size) this.broker.send(topic, encodeBatch(batch), [...others]);
      },
      () => source.read,
      () => this.remove(topic, source),
    );
    this.add(topic, source);
    // Readers who were there first learn where the stream begins.
    const feed = this.feeds.get(topic);
    if (feed instanceof StreamFeed) feed.takeBatch(stream.head(), this.broker.id);
    for (const instance of this.interest.instances(topic)) this.greet(topic, instance);
    return stream;
  }

  openRelay(
    organizationId: string,
    channel: string,
    options: SourceEvents & RelayEvents,
  ): RelaySource {
    const topic = topicOf(organizationId, channel);
    const { agent, onViewer, onAck } = options;
    const viewers = new Spaced(VIEWER_MS, () => {
      onViewer?.();
      if (agent) this.tellAgent(agent, { type: "interest", channel, read: true, joined: true });
    });
    const source: Source = { ...this.sourceOf(channel, options), onAck, viewers };
    this.add(topic, source);
    return {
      get read() {
        return source.read;
      },
      send: (frame: BinaryFrame) => {
        if (frame.channel !== channel) throw new RangeError(`A frame of ${frame.channel} is no frame of ${channel}`);
        this.send(topic, frame.bytes);
      },
      close: () => this.remove(topic, source),
    };
  }

  /** Sets a state. Nobody waits for it. */
  signal(
    organizationId: string,
    channel: string,
    type: string,
    data: unknown,
    { key = type, extra, local }: SignalOptions = {},
  ): void {
    const topic = topicOf(organizationId, channel);
    const { body } = ephemeral(organizationId, channel, { type, data, ...(extra ? { extra } : {}) });
    const signal: Signal = { key, stamp: this.signals.stamp(), body };
    const feed = this.feeds.get(topic);
    if (feed instanceof SignalFeed) feed.takeSignal(signal);
    if (local) return;
    this.signals.remember(topic, signal);
    const others = this.interest.instances(topic);
    if (others.size) this.broker.send(topic, encodeSignal(signal), [...others]);
  }

  private send(topic: string, bytes: Bytes): void {
    this.feeds.get(topic)?.take(bytes, this.broker.id);
    const others = this.interest.instances(topic);
    if (others.size) this.broker.send(topic, bytes, [...others]);
  }

  private sourceOf(channel: string, { onInterest, agent }: SourceEvents): Source {
    return {
      read: false,
      onInterest: (read) => {
        onInterest?.(read);
        if (agent) this.tellAgent(agent, { type: "interest", channel, read });
      },
    };
  }

  /** A newer source of the same channel takes the place of an older one. */
  private add(topic: string, source: Source): void {
    this.sources.get(topic)?.viewers?.stop();
    this.sources.set(topic, source);
    queueMicrotask(() => this.noteRead(topic));
  }

  private remove(topic: string, source: Source): void {
    if (this.sources.get(topic) === source) this.sources.delete(topic);
    source.read = false;
    source.viewers?.stop();
  }

  private noteRead(topic: string): void {
    const source = this.sources.get(topic);
    const read = this.feeds.has(topic) || this.interest.instances(topic).size > 0;
    if (!source || source.read === read) return;
    source.read = read;
    source.onInterest(read);
  }
}

function topicOf(organizationId: string, channel: string): string {
  return `${organizationId} ${channel}`;
}

function inbox(instance: string): string {
  return `@${instance}`;
}

function busNote(note: InterestNote): BusMessage {
  const body = JSON.stringify({ type: "interest", data: note });
  return { organizationId: SYSTEM_ORGANIZATION, channel: CHANNEL, epoch: "", offset: 0, body };
}

/** Resolves when the source has said something after which `enough` holds, or after a while. */
function heard(feed: StreamFeed, enough: () => boolean): Promise<void> {
  let check = () => {};
  const done = new Promise<void>((resolve) => {
    check = () => enough() && resolve();
    feed.heard.add(check);
  });
  return within(HEARD_MS, done).finally(() => feed.heard.delete(check));
}

/** Waits, but not longer. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
