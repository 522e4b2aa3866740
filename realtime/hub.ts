// The hub: the ways in of what is pushed (this instance, the bus, the log) and the connections that it goes out to. Each job has
// a file: topics.ts holds the channels, recovery.ts brings readers onto them, batching.ts gathers, reconcile.ts finds what was
// missed. Nothing here knows what a feature is.
import { SYSTEM_ORGANIZATION } from "../kernel/ids.ts";
import type { Logger } from "../kernel/log.ts";
import { AppError } from "../kernel/errors.ts";
import type { RealtimeStats } from "../kernel/ports.ts";
import { CLOSE } from "../protocol/errors.ts";
import { Asks } from "./ask.ts";
import { Admission, type ConnectionBudget } from "./admission.ts";
import type { Broker, BusMessage } from "./broker.ts";
import type { Connection } from "./connection.ts";
import { ephemeral } from "./encoded.ts";
import type { EventSource } from "./event_source.ts";
import { realtimeStats } from "./figures.ts";
import type { EphemeralPush } from "./gateway.ts";
import { Identities } from "./identities.ts";
import { Live } from "./live.ts";
import { LogReads } from "./log_reads.ts";
import { Presence } from "./presence.ts";
import { Rates } from "./rates.ts";
import { Rechecks } from "./rechecks.ts";
import { Reconciliation } from "./reconcile.ts";
import { Recovery } from "./recovery.ts";
import type { Topic } from "./topic.ts";
import { Topics } from "./topics.ts";
import { UnknownSockets } from "./unknown_sockets.ts";

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
  /** Milliseconds between comparisons with the event log (reconcile.ts). */
  reconcileMs: number;
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
  /** The channels that are. */
  readonly topics: Topics;
  readonly recovery: Recovery;
  slowReaders = 0;
  /** The same by organisation. */
  readonly slowReadersOf = new Map<string, number>();
  /** False while the server stops: new connections are refused. */
  accepting = true;

  private readonly reconciliation: Reconciliation;
  private secondTimer: ReturnType<typeof setInterval> | undefined;

  constructor(options: HubOptions) {
    const { broker, log, source } = options;
    const reads = new LogReads(source);
    this.broker = broker;
    this.live = new Live(broker, (agent, frame) => this.identities.here(agent)?.send(frame));
    this.topics = new Topics(reads, log, (topic) => this.restartReaders(topic));
    this.recovery = new Recovery(this.topics, this.live, reads);
    this.reconciliation = new Reconciliation(source, this.topics, options.reconcileMs, log);
    this.admission = new Admission(options.budget);
    this.unknownSockets = new UnknownSockets({
      total: options.maxUnknown,
      onEnded: (count) => log.warn("memory grew: sockets that had not signed in were ended", { count }),
    });
    this.presence = new Presence(this);
    this.identities = new Identities(broker, log);
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
    this.reconciliation.start();
  }

  /** Pushes that arose on this instance: to its own subscribers now, to the other instances over the bus. */
  publish = (messages: readonly BusMessage[]): void => {
    this.take(messages);
    this.broker.publish(messages);
  };

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
      this.topics.find(message.organizationId, message.channel)?.accept(message);
    }
  }

  private restartReaders(topic: Topic): void {
    for (const connection of this.connections) {
      if (connection.subscriptions.reads(topic)) {
        connection.close(CLOSE.restarting, "the event log was replaced; subscribe again");
      }
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
    return realtimeStats(this);
  }

  /** Closes all connections with 1012 (sockets) or the end of the stream, then the bus. */
  async close(): Promise<void> {
    this.accepting = false;
    this.reconciliation.close();
    clearInterval(this.secondTimer);
    this.topics.flushAll();
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
