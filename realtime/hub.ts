// The hub: topics, who is subscribed to them, and the ways in: pushes of this instance (`publish`), of other instances (the
// broker) and, when either failed, the sweep over the event log. Nothing here knows what a feature is.
import { SYSTEM_ORGANIZATION } from "../kernel/ids.ts";
import type { Logger } from "../kernel/log.ts";
import { AppError } from "../kernel/errors.ts";
import type { RealtimeStats } from "../kernel/ports.ts";
import { CLOSE } from "../protocol/errors.ts";
import type { Delivery } from "../protocol/wire/channels.ts";
import type { Position, SubscribedChannel } from "../protocol/wire/frames.ts";
import { Asks } from "./ask.ts";
import { Admission, type ConnectionBudget } from "./admission.ts";
import type { Broker, BusMessage } from "./broker.ts";
import type { Connection } from "./connection.ts";
import type { EventSource } from "./event_source.ts";
import { Encoded, ephemeral } from "./encoded.ts";
import { LogReads, MAX_EVENTS } from "./log_reads.ts";
import { Identities } from "./identities.ts";
import { Live } from "./live.ts";
import type { LiveFeed } from "./live_feed.ts";
import { Presence } from "./presence.ts";
import type { EphemeralPush } from "./gateway.ts";
import { Rates } from "./rates.ts";
import { Rechecks } from "./rechecks.ts";
import { Ticks } from "./ticks.ts";
import { Topic } from "./topic.ts";
import { UnknownSockets } from "./unknown_sockets.ts";

/** A reader that missed more than this fetches a snapshot instead. */
const MAX_RECOVERED = 10_000;
/** How long peers get to answer the close frame when the server stops. */
const CLOSE_HANDSHAKE_MS = 1500;

export interface HubOptions {
  source: EventSource;
  broker: Broker;
  log: Logger;
  /** How many connections people may have; see admission.ts. */
  budget: ConnectionBudget;
  /** Sockets that may be about to sign in. */
  maxUnknown: number;
  /** Milliseconds between sweeps over the event log. */
  sweepMs: number;
}

/** A subscription that was checked but not started; `join` sends what was missed and goes live. */
export interface Prepared {
  answer: SubscribedChannel;
  topic: Topic | LiveFeed;
  from: number;
}

export class Hub {
  readonly connections = new Set<Connection>();
  /** Sockets that were told to close and whose peers have not answered yet; a stalled peer keeps its queue until it does. */
  readonly closing = new Set<Connection>();
  readonly admission: Admission;
  readonly unknownSockets: UnknownSockets;
  readonly presence: Presence;
  readonly identities: Identities;
  readonly asks: Asks;
  readonly rates = new Rates();
  readonly rechecks = new Rechecks();
  readonly broker: Broker;
  /** The channels that are not stored. */
  readonly live: Live;
  delivered = 0;
  slowReaders = 0;
  /** The same by organisation. */
  readonly slowReadersOf = new Map<string, number>();
  /** False while the server stops: new connections are refused. */
  accepting = true;

  private readonly reads: LogReads;
  private readonly topics = new Map<string, Topic>();
  private readonly ticks = new Ticks();
  /** Topics that the log has more of than they have handed out, up to which offset: until they have it. */
  private readonly behind = new Map<Topic, number>();
  private sweepTimer: ReturnType<typeof setTimeout> | undefined;
  private secondTimer: ReturnType<typeof setInterval> | undefined;
  private closed = false;

  constructor(readonly options: HubOptions) {
    this.broker = options.broker;
    this.reads = new LogReads(options.source);
    this.live = new Live(options.broker, (agent, frame) => this.identities.here(agent)?.send(frame));
    this.admission = new Admission(options.budget);
    this.unknownSockets = new UnknownSockets({
      total: options.maxUnknown,
      onEnded: (count) => options.log.warn("memory grew: sockets that had not signed in were ended", { count }),
    });
    this.presence = new Presence(this);
    this.identities = new Identities(this.broker, options.log);
    this.asks = new Asks(this.identities);
  }

  async start(): Promise<void> {
    await this.broker.start({
      onMessages: (messages) => this.take(messages),
      onLive: (topic, bytes, from) => {
        if (!this.identities.bus.takeOwn(topic, bytes)) this.live.take(topic, bytes, from);
      },
      onReady: () => this.live.ready(),
    });
    this.live.start();
    this.presence.start();
    this.identities.start();
    this.secondTimer = setInterval(() => this.everySecond(), 1000);
    this.scheduleSweep();
  }

  /** Pushes that arose on this instance: to its own subscribers now, to the other instances over the bus. */
  publish(messages: readonly BusMessage[]): void {
    this.take(messages);
    this.broker.publish(messages);
  }

  /** An ephemeral push to all instances. */
  publishEphemeral(organizationId: string, channel: string, push: EphemeralPush): void {
    this.publish([ephemeral(organizationId, channel, push)]);
  }

  /** An ephemeral push to this instance's subscribers only. */
  publishLocal(organizationId: string, channel: string, push: EphemeralPush): void {
    this.take([ephemeral(organizationId, channel, push)]);
  }

  private take(messages: readonly BusMessage[]): void {
    for (const message of messages) {
      if (message.organizationId === SYSTEM_ORGANIZATION) {
        if (this.presence.take(message) || this.live.takeNote(message) || this.identities.bus.take(message)) {
          continue;
        }
      }
      if (message.offset) this.rates.count(message);
      this.topics.get(key(message.organizationId, message.channel))?.accept(message);
    }
  }

  // ---- subscribing

  private topic(organizationId: string, channel: string): Topic {
    const id = key(organizationId, channel);
    let topic = this.topics.get(id);
    if (!topic) {
      topic = new Topic(organizationId, channel, this.reads, this);
      topic.ready.catch(() => this.topics.delete(id));
      this.topics.set(id, topic);
    }
    return topic;
  }

  /** Finds the channel's position and whether everything after `since` can still be sent. Pair with `release`. */
  async prepare(
    organizationId: string,
    channel: string,
    since: Position | undefined,
    delivery: Delivery,
  ): Promise<Prepared> {
    if (delivery !== "durable") return await this.live.prepare(delivery, organizationId, channel, since);
    const topic = this.topic(organizationId, channel);
    topic.references++;
    try {
      await topic.ready;
      // The reader may have seen, on another instance, what the bus has not brought here yet.
      if (since && since.epoch === topic.epoch && since.offset > topic.offset) await topic.catchUp();
      const recovered = since !== undefined && await this.recoverable(topic, since);
      return {
        topic,
        from: recovered ? since.offset : topic.offset,
        answer: { epoch: topic.epoch, offset: topic.offset, recovered },
      };
    } catch (error) {
      this.release(topic);
      throw error;
    }
  }

  private async recoverable(topic: Topic, since: Position): Promise<boolean> {
    const missed = topic.offset - since.offset;
    if (since.epoch !== topic.epoch || missed < 0 || missed > MAX_RECOVERED) return false;
    if (topic.recentAfter(since.offset)) return true;
    const { organizationId, channel } = topic;
    const [first] = await this.reads.read({ organizationId, channel, after: since.offset, limit: 1 });
    return first?.offset === since.offset + 1;
  }

  /**
   * Sends everything after `prepared.from` in order and makes the reader live. Waits for a reader that drains slowly.
   * @param wanted false once the subscription was cancelled or the connection closed meanwhile
   * @param greeted whether the feature tells a new reader the state itself
   */
  async join(reader: Connection, prepared: Prepared, wanted: () => boolean, greeted: boolean): Promise<void> {
    const { topic } = prepared;
    if (!(topic instanceof Topic)) return wanted() ? topic.join(reader, prepared, greeted) : undefined;
    let position = prepared.from;
    while (wanted()) {
      const recent = topic.recentAfter(position);
      if (recent) {
        for (const push of recent) reader.push(topic, push);
        topic.join(reader);
        return;
      }
      // Only up to `topic.offset`: what lies beyond is handed out by the topic itself.
      const end = topic.offset;
      const limit = Math.min(MAX_EVENTS, end - position);
      const { organizationId, channel } = topic;
      const page = await this.reads.read({ organizationId, channel, after: position, limit });
      for (const event of page) {
        if (event.offset > end || !wanted()) break;
        reader.push(topic, new Encoded({ organizationId, channel, ...event }));
        position = event.offset;
      }
      if (page.length === 0) position = end; // pruned meanwhile
      await reader.drained();
    }
  }

  /** Gives back one reference of `prepare` or `listen`. */
  release(topic: Topic | LiveFeed): void {
    if (!(topic instanceof Topic)) return this.live.release(topic);
    if (--topic.references > 0) return;
    this.topics.delete(key(topic.organizationId, topic.channel));
    this.ticks.forget(topic);
  }

  /** Reads a channel inside the server, from now on, for as long as the hub lives. */
  async listen(
    organizationId: string,
    channel: string,
    listener: (push: Record<string, unknown>) => void,
  ): Promise<void> {
    const topic = this.topic(organizationId, channel);
    topic.references++;
    await topic.ready;
    topic.listener = (body) => {
      try {
        listener(JSON.parse(body));
      } catch (error) {
        this.options.log.error("an internal reader failed", { channel, error });
      }
    };
  }

  scheduleFlush(topic: Topic): void {
    this.ticks.schedule(topic);
  }

  // ---- repair

  private scheduleSweep(): void {
    if (this.closed) return;
    const wait = this.options.sweepMs * (0.75 + Math.random() / 2);
    this.sweepTimer = setTimeout(() => void this.sweep().finally(() => this.scheduleSweep()), wait);
  }

  /** Finds pushes that neither this instance nor the bus brought, by the log's newest offsets. */
  async sweep(): Promise<void> {
    try {
      for (const head of await this.options.source.changed()) {
        const topic = this.topics.get(key(head.organizationId, head.channel));
        if (!topic) continue;
        if (topic.epoch && head.epoch !== topic.epoch) this.epochChanged(topic);
        else if (topic.epoch && head.offset > topic.offset) this.behind.set(topic, head.offset);
      }
      for (const [topic, offset] of this.behind) {
        const inUse = this.topics.get(key(topic.organizationId, topic.channel)) === topic;
        if (inUse) await topic.catchUp();
        if (!inUse || topic.offset >= offset) this.behind.delete(topic);
      }
    } catch (error) {
      this.options.log.debug("sweep failed; tried again soon", { error: String(error) });
    }
  }

  /** The log was restored from a backup: positions mean nothing any more, so readers start again. */
  epochChanged(topic: Topic): void {
    this.topics.delete(key(topic.organizationId, topic.channel));
    this.options.log.warn("the event log has a new epoch; its readers reconnect", { channel: topic.channel });
    for (const connection of this.connections) {
      if (connection.reads(topic)) connection.close(CLOSE.restarting, "the event log was replaced; subscribe again");
    }
    if (topic.listener) {
      const { listener } = topic;
      const fresh = this.topic(topic.organizationId, topic.channel);
      fresh.references++;
      fresh.listener = listener;
    }
  }

  // ---- connections

  /** @throws AppError `unavailable` when the server is stopping. */
  register(connection: Connection): void {
    this.assertAccepting();
    this.connections.add(connection);
  }

  /** @throws AppError `unavailable` when the server is stopping. */
  assertAccepting(): void {
    if (!this.accepting) throw new AppError("unavailable", "The server is restarting; connect again in a moment.");
  }

  unregister(connection: Connection): void {
    this.connections.delete(connection);
    if (!connection.actor) return;
    this.presence.changed(connection.actor);
    this.identities.left(connection);
  }

  private everySecond(): void {
    const now = Date.now();
    for (const connection of this.connections) connection.everySecond(now);
  }

  stats(): RealtimeStats {
    let websockets = 0, streams = 0, subscriptions = 0, queued = 0;
    for (const connection of this.connections) {
      if (connection.mode === "stream") streams++;
      else websockets++;
      subscriptions += connection.subscriptions.size;
      queued += connection.queuedBytes();
    }
    for (const connection of this.closing) queued += connection.transport.buffered();
    return {
      websockets,
      streams,
      subscriptions,
      channels: this.topics.size + this.live.size,
      delivered: this.delivered + this.live.delivered,
      skipped: this.live.skipped,
      slow_readers: this.slowReaders,
      queued_bytes: queued,
    };
  }

  /** What somebody on this instance reads, of all classes. */
  private *read(): Iterable<{ organizationId: string; channel: string }> {
    for (const topic of this.topics.values()) if (topic.live.size) yield topic;
    yield* this.live.read();
  }

  /** Organisations of which somebody reads something on this instance. */
  organizationsHere(): string[] {
    return [...new Set([...this.read()].map((topic) => topic.organizationId))];
  }

  /** Organisations with a subscriber of this channel on this instance. */
  organizationsReading(channel: string): string[] {
    return [...this.read()].filter((topic) => topic.channel === channel).map((topic) => topic.organizationId);
  }

  /** Names of the channels of one organisation that somebody on this instance reads. */
  channelsOf(organizationId: string): string[] {
    return [...this.read()].filter((topic) => topic.organizationId === organizationId).map((topic) => topic.channel);
  }

  /** Closes all connections with 1012 (sockets) or the end of the stream, then the bus. */
  async close(): Promise<void> {
    this.accepting = false;
    this.closed = true;
    clearTimeout(this.sweepTimer);
    clearInterval(this.secondTimer);
    this.ticks.flushAll();
    this.presence.close();
    for (const connection of [...this.connections]) connection.close(CLOSE.restarting, "server restarting");
    this.identities.close();
    this.live.close();
    const end = Date.now() + CLOSE_HANDSHAKE_MS;
    while (this.closing.size && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const { transport } of this.closing) transport.terminate();
    this.unknownSockets.close();
    await this.broker.close();
  }
}

function key(organizationId: string, channel: string): string {
  return `${organizationId} ${channel}`;
}
