// What features may ask of the parts that they must not import: the hub, the job queue, the mailer and text messages. The composition
// root (server/mod.ts) gives the real ones.
import type { BinaryFrame } from "../protocol/wire/binary.ts";
import type { Actor, Identity } from "./actor.ts";
import type { ChannelName, EphemeralType, ExtraArgument, PushData, PushExtra } from "../protocol/wire/channels.ts";

/** The realtime side as features see it. Durable events do not pass here: they are `tx.emit`ted. */
export interface Realtime {
  /**
   * Sends a push that is not stored (typing, presence, metrics) to the channel's subscribers on all instances.
   * @param extra further top-level fields of the push (`id` and `message` of a notification).
   */
  publishEphemeral<C extends ChannelName, T extends EphemeralType<C>>(
    organizationId: string,
    channel: C,
    type: T,
    data: PushData<C, T>,
    ...extra: ExtraArgument<C, T>
  ): void;
  /** The same for the subscribers on this instance only. */
  publishLocal<C extends ChannelName, T extends EphemeralType<C>>(
    organizationId: string,
    channel: C,
    type: T,
    data: PushData<C, T>,
    ...extra: ExtraArgument<C, T>
  ): void;
  /**
   * Sets a state on a channel of the class signal: every reader has the newest of each key, and what came before it is nothing.
   * Readers who come later get it at once, as long as this instance remembers it (20,000 keys).
   */
  signal<C extends ChannelName, T extends EphemeralType<C>>(
    organizationId: string,
    channel: C,
    type: T,
    data: PushData<C, T>,
    options?: SignalOptions<PushExtra<C, T>>,
  ): void;
  /**
   * Opens the source of a channel of the class stream; a newer one takes its place.
   * @throws RangeError when the epoch is not 1 to 64 characters of A-Z, a-z, 0-9, _ and -
   */
  openStream<C extends ChannelName>(
    organizationId: string,
    channel: C,
    options: StreamOptions<EphemeralType<C>> & SourceEvents,
  ): StreamSource;
  /** Opens the source of a channel of the class relay; a newer one takes its place. */
  openRelay(organizationId: string, channel: ChannelName, options: SourceEvents & RelayEvents): RelaySource;
  /** Organisations of which somebody reads something on this instance. */
  organizationsHere(): string[];
  /** Organisations that have a subscriber of this channel on this instance. */
  organizationsReading(channel: string): string[];
  /** Asks the bus between instances; answers within 2 s. */
  busStatus(): Promise<{ kind: string; status: "ok" | "down"; latency_ms?: number }>;
  /** False while the server stops. */
  accepting(): boolean;
  /** Who is signed in on this instance's connections, each connection by itself. */
  actorsHere(): Iterable<Actor>;
  /** Calls `listener` from now on with the people of an organisation who may have come or gone, on any instance. */
  onPresence(listener: (organizationId: string, userIds: string[]) => void): void;
  /** Calls `listener` from now on when an agent's link has come or gone, on any instance. */
  onLink(listener: (change: LinkChange) => void): void;
  /** Goes up with each call of the next two here but for those about one channel: to be noted before an actor is read. */
  changesOfRights(): number;
  /** Closes this instance's connections of these actors (4401). */
  endConnections(matches: (actor: Actor) => boolean, reason: string): void;
  /** Soon checks again what these actors may read here, one channel or all, and ends what they may not. */
  rightsChanged(matches: (actor: Actor) => boolean, channel?: string): void;
  /** Users of the organisation with at least one connection on any instance. */
  onlineUsers(organizationId: string): string[];
  /**
   * Sends a command to whoever is connected with this identity, on any instance, at most once, and waits for the result.
   * @throws AppError `agent_offline`, `timeout`, `too_large`, `unavailable`; never later than the time
   */
  ask(identity: Identity, command: Command, options: AskOptions): Promise<Answer>;
  /** True when the agent has a link, on any instance. */
  linked(identity: Identity): boolean;
  /** All agents that have a link, on any instance. */
  allLinked(): Identity[];
  /** How many agents of the organisation have a link, on any instance. */
  linkedOf(organizationId: string): number;
  stats(): RealtimeStats;
  /** Connections of each organisation that this instance has cut off since its start because they did not read. */
  slowReaders(): ReadonlyMap<string, number>;
  /** Activity of one organisation over all instances, as last reported. */
  organizationStats(organizationId: string): OrganizationStats;
}

export interface SignalOptions<E = object | undefined> {
  /** What it is the state of; default the type. At most 1000 keys in a channel. */
  key?: string;
  /** Further top-level fields of the push. */
  extra?: E;
  /** For the readers on this instance only. */
  local?: boolean;
}

export interface SourceEvents {
  /** The first reader on any instance has come, or the last has gone; also when there are some already. */
  onInterest?: (read: boolean) => void;
  /** The agent from which it comes, with its link on this instance: it is told of readers by frames `interest`. */
  agent?: Identity;
}

export interface RelayEvents {
  /**
   * A viewer has come, on any instance, the first one too: what is sent from now on reaches it. Whoever sends frames that build on
   * earlier ones sends a whole picture now. At most every 250 ms.
   */
  onViewer?: () => void;
  /** The newest frame that any viewer has acknowledged. */
  onAck?: (seq: number) => void;
}

export interface StreamOptions<T extends string = string> {
  /** The type of the pushes. */
  type: T;
  /** One life of the numbering of lines; default a new one. */
  epoch?: string;
  /** Each line is a push of its own, `data` the line; otherwise `data` is `{lines, first, last}`. */
  each?: boolean;
}

/** Where lines or frames arise. */
export interface LiveSource {
  /** Whether anybody reads, on any instance. With nobody a source need not send. */
  readonly read: boolean;
  close(): void;
}

export interface StreamSource extends LiveSource {
  /**
   * Adds lines; they travel within 50 ms.
   * @param lines JSON values of some KiB at most
   * @param first the number of the first one, when lines were left out before (from 1); lines that came already are dropped
   */
  append(lines: readonly unknown[], first?: number): void;
}

export interface RelaySource extends LiveSource {
  /** Passes a frame of this channel on, as the bytes it is. @throws RangeError for a frame of another channel */
  send(frame: BinaryFrame): void;
}

/** What somebody who is connected is told to do. */
export interface Command {
  /** Of a stored command, so that the other side knows it again; default a new one. */
  id?: string;
  name: string;
  data: unknown;
}

/** What came back: the result, or the other side's own error. */
export type Answer = { ok: true; data: unknown } | { ok: false; error: { code: string; message: string } };

export interface LinkChange {
  organizationId: string;
  identity: Identity;
  online: boolean;
  /** The link is, or was, on this instance. */
  here: boolean;
}

export interface AskOptions {
  /** Milliseconds until there must be an answer. */
  timeoutMs: number;
}

export interface OrganizationStats {
  connections: number;
  online_users: number;
  /** Chat messages and stored notifications in the last 60 s. */
  messages_per_minute: number;
  /** Channels with a push in the last 60 s or a reader on this instance. */
  active_channels: number;
}

export interface RealtimeStats {
  websockets: number;
  streams: number;
  subscriptions: number;
  channels: number;
  /** Pushes handed to connections since start. */
  delivered: number;
  /** Frames, lines and states that readers of live channels did not get since they were behind. */
  skipped: number;
  /** Connections cut off because they did not read. */
  slow_readers: number;
  /** Bytes waiting in send queues, at the last look. */
  queued_bytes: number;
}

export interface EnqueueOptions {
  /** Not before this many seconds. */
  delaySeconds?: number;
  /** At most one waiting job of this name and key. */
  singletonKey?: string;
}

/** The job queue as features see it. At least once: handlers are idempotent. */
export interface Jobs {
  enqueue(name: string, data: object, options?: EnqueueOptions): Promise<void>;
}

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html?: string;
  /** Stable identity (`<…@host>`): mail programs show a mail that was sent twice once. */
  messageId?: string;
  /** Where a mail program's "unsubscribe" leads (RFC 2369). */
  unsubscribeUrl?: string;
}

export interface Mailer {
  /** False when no PULPO_SMTP_URL is set. */
  readonly enabled: boolean;
  /** @throws when the server refuses the mail or does not answer within 20 s. */
  send(mail: Mail): Promise<void>;
}

export interface SmsSender {
  /** False when no PULPO_SMS is set. */
  readonly enabled: boolean;
  /**
   * @param message `to` in E.164
   * @throws SmsRefused when trying again cannot help; any other error when it may (no answer within 10 s, a server in trouble)
   */
  send(message: { to: string; text: string }): Promise<void>;
}

/** The message cannot be sent: a number that does not exist, credentials that are wrong. */
export class SmsRefused extends Error {
  override readonly name = "SmsRefused";
}
