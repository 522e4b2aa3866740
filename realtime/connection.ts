// One reader: a WebSocket or an SSE stream. Holds who it is, what it reads, and its bounds. Invariants:
//  - what waits for it is bounded in bytes: a reader that falls behind gets nothing more, is closed (4408) and resumes; pushes
//    that can be left out (live_feed.ts) take at most half of that room, and only as long as there is some;
//  - its access ends with its credential: warned 60 s before, closed when it ends or is revoked, checked again when rights change.
import { type Actor, atLeast, authorize, may, sameIdentity } from "../kernel/actor.ts";
import { AppError, toAppError } from "../kernel/errors.ts";
import type { HandshakeFrame } from "../kernel/handshake.ts";
import type { Logger } from "../kernel/log.ts";
import type { Bytes } from "../protocol/wire/binary.ts";
import { resolveMe } from "../protocol/wire/channels.ts";
import { CLOSE } from "../protocol/errors.ts";
import type { Position, ServerFrame, SubscribeAck } from "../protocol/wire/frames.ts";
import { Encoded, ephemeral } from "./encoded.ts";
import type { AllowedChannel, Gateway, Peer } from "./gateway.ts";
import type { Hub, Prepared } from "./hub.ts";
import type { LiveFeed, Reader } from "./live_feed.ts";
import { Pulse } from "./pulse.ts";
import { type Due, hasLost } from "./rechecks.ts";
import { needsWebSocket, RelayFeed } from "./relay.ts";
import type { Origin, Topic } from "./topic.ts";

/** The socket or stream underneath. */
export interface Transport {
  readonly mode: "single" | "batch" | "stream";
  /** Bytes accepted but not yet taken by the peer. */
  buffered(): number;
  sendText(text: string): void;
  /** One push; streams add the resume position. */
  sendPush(push: Encoded, topic: Origin): void;
  /** One binary message; WebSockets only. */
  sendBinary(bytes: Bytes): void;
  /** Sends a comment where the transport needs one to stay open. */
  heartbeat(): void;
  close(code: number, reason: string): void;
  /** Ends it at once, without a goodbye. */
  terminate(): void;
}

export interface ConnectionOptions {
  sendQueueBytes: number;
  maxSubscriptions: number;
  /** Least role; when the actor falls below it the connection ends (4403). */
  minimumRole?: "admin";
  /** What the credential must be allowed besides: a token has its owner's role, whatever its scopes. */
  permission?: string;
  /** Ends the connection when nothing came for so many milliseconds after it has signed in. */
  quietMs?: number;
}

interface Subscription {
  topic: Topic | LiveFeed | undefined;
  cancelled: boolean;
}

const WARN_BEFORE_MS = 60_000;
const DRAIN_TIMEOUT_MS = 30_000;
const HEARTBEAT_MS = 15_000;

export class Connection implements Reader {
  actor: Actor | undefined;
  closed = false;
  /** By canonical channel name. */
  readonly subscriptions = new Map<string, Subscription>();
  readonly mode: Transport["mode"];
  readonly log: Logger;
  private warned = false;
  /** How often rights have changed. */
  private changes = 0;
  /** What it reads may have been allowed to a credential with more rights. */
  private unchecked = false;
  private lastSent = Date.now();
  readonly pulse = new Pulse();

  constructor(
    readonly hub: Hub,
    readonly gateway: Gateway,
    readonly transport: Transport,
    readonly peer: Peer,
    readonly options: ConnectionOptions,
  ) {
    this.log = peer.log;
    this.mode = transport.mode;
  }

  // ---- sending

  push(topic: Origin, push: Encoded): void {
    if (!this.hasRoom(push.text.length)) return;
    this.transport.sendPush(push, topic);
  }

  pushFrame(frame: string): void {
    if (!this.hasRoom(frame.length)) return;
    this.transport.sendText(frame);
  }

  pushBinary(bytes: Bytes): void {
    if (!this.closed) this.transport.sendBinary(bytes);
  }

  fits(bytes: number): boolean {
    if (this.closed) return false;
    const waiting = this.transport.buffered();
    return waiting === 0 || waiting + bytes <= this.options.sendQueueBytes / 2;
  }

  send(frame: ServerFrame | HandshakeFrame): void {
    const text = JSON.stringify(frame);
    if (!this.hasRoom(text.length)) return;
    this.lastSent = Date.now();
    this.transport.sendText(text);
  }

  queuedBytes(): number {
    return this.closed ? 0 : this.transport.buffered();
  }

  private hasRoom(more: number): boolean {
    if (this.closed) return false;
    const waiting = this.transport.buffered();
    if (waiting === 0 || waiting + more <= this.options.sendQueueBytes) return true;
    this.hub.slowReaders++;
    const organizationId = this.actor?.organizationId;
    if (organizationId) {
      this.hub.slowReadersOf.set(organizationId, (this.hub.slowReadersOf.get(organizationId) ?? 0) + 1);
    }
    this.log.info("a reader does not keep up and is cut off", { queued_bytes: waiting });
    this.close(CLOSE.slowReader, "too slow: reconnect and resume");
    return false;
  }

  /** Resolves when at most half of the send queue waits. @throws AppError `timeout` after 30 s. */
  async drained(): Promise<void> {
    const deadline = Date.now() + DRAIN_TIMEOUT_MS;
    while (!this.closed && this.transport.buffered() > this.options.sendQueueBytes / 2) {
      if (Date.now() > deadline) return this.close(CLOSE.slowReader, "too slow: reconnect and resume");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  // ---- who

  /**
   * Takes the identity, or a newer one of the same person on the same socket.
   * @throws AppError `forbidden`; `too_many_connections` or `unavailable` when there is no room for one more
   */
  identify(actor: Actor): void {
    if (this.actor && !sameIdentity(this.actor, actor)) {
      throw new AppError("forbidden", "This connection belongs to another account; open a new one.");
    }
    const { minimumRole, permission } = this.options;
    if (minimumRole && !atLeast(actor.role, minimumRole)) {
      throw new AppError("forbidden", `This connection needs the role ${minimumRole}.`);
    }
    if (permission) authorize(actor, permission);
    const first = !this.actor;
    if (first) this.hub.admission.enter(actor);
    const before = this.actor;
    this.actor = actor;
    this.warned = false;
    if (before && hasLost(before, actor)) {
      this.unchecked = true;
      this.rightsChanged();
    }
    if (!first) return;
    this.hub.presence.changed(actor);
    this.hub.identities.entered(this);
  }

  /** Called once a second by the hub. */
  everySecond(now: number): void {
    if (this.closed) return;
    if (this.actor && this.pulse.quietFor(now) > (this.options.quietMs ?? Infinity)) {
      return this.close(CLOSE.slowReader, "nothing was heard for too long");
    }
    const end = this.actor?.expiresAt;
    if (end !== undefined && end <= now) return this.close(CLOSE.unauthenticated, "the access token has expired");
    if (end !== undefined && !this.warned && end - now <= WARN_BEFORE_MS) {
      this.warned = true;
      this.send({ type: "token_expiring", expires_at: new Date(end).toISOString() });
    }
    if (now - this.lastSent >= HEARTBEAT_MS) {
      this.lastSent = now;
      this.transport.heartbeat();
    }
  }

  /** Rights may have changed, on this channel or the actor's own: they are checked again soon (rechecks.ts). */
  rightsChanged(channel?: string): void {
    if (!this.actor || this.closed) return;
    this.changes++;
    if (channel === undefined || this.subscriptions.has(channel)) this.hub.rechecks.add(this, channel);
  }

  /** Ends the connection or single subscriptions that are no longer allowed. Called by rechecks.ts, once at a time. */
  async recheck({ actor: whole, channels }: Due): Promise<void> {
    if (!this.actor || this.closed) return;
    let names: Iterable<string> = channels;
    if (whole) {
      const before = this.actor;
      const now = await this.refreshed(before);
      if (!now || this.closed) return;
      if (this.actor !== before) {
        // Another credential came meanwhile; what was read is about the old one.
        this.rightsChanged();
        for (const channel of channels) this.rightsChanged(channel);
        return;
      }
      this.actor = now;
      if (this.unchecked || hasLost(before, now)) names = this.subscriptions.keys();
      this.unchecked = false;
    }
    const read = [...names].filter((channel) => this.subscriptions.has(channel));
    if (read.length === 0) return;
    try {
      const answers = await this.gateway.authorizeChannels(this.actor, read, this.peer);
      read.forEach((channel, i) => this.keepOrEnd(channel, answers[i]!));
    } catch (error) {
      this.closeUnsure(error);
    }
  }

  /** The rights of now; undefined when they have ended, and the connection with them. */
  private async refreshed(before: Actor): Promise<Actor | undefined> {
    try {
      const actor = await this.gateway.refresh(before, this.peer);
      const { minimumRole, permission } = this.options;
      if ((!minimumRole || atLeast(actor.role, minimumRole)) && (!permission || may(actor, permission))) return actor;
      this.close(CLOSE.forbidden, "your role no longer allows this connection");
    } catch (error) {
      if (toAppError(error).status >= 500) this.closeUnsure(error);
      else this.close(CLOSE.unauthenticated, "access has ended");
    }
  }

  private keepOrEnd(channel: string, answer: AllowedChannel | AppError): void {
    if (!(answer instanceof AppError) || this.closed) return;
    if (answer.status >= 500) return this.closeUnsure(answer);
    if (!this.unsubscribe(channel)) return;
    this.send({ type: "error", code: answer.code, message: `${channel}: ${answer.detail}`, subject: channel });
  }

  /** When rights cannot be checked, nobody keeps them: the reader reconnects and is checked then. */
  private closeUnsure(error: unknown): void {
    const { code, detail } = toAppError(error);
    if (code === "maintenance") {
      this.send({ type: "error", code, message: detail });
      return this.close(CLOSE.restarting, code);
    }
    this.log.warn("rights could not be checked again; the connection is closed", { error: String(error) });
    this.close(CLOSE.restarting, "rights could not be checked; reconnect");
  }

  // ---- what

  /** Checks and prepares all channels, hands the answer to `acknowledge`, then sends what was missed and goes live. */
  async subscribe(
    names: readonly string[],
    since: Record<string, Position> | undefined,
    wantsPresence: boolean,
    acknowledge: (ack: SubscribeAck) => void,
  ): Promise<void> {
    const ack: SubscribeAck = { channels: {}, denied: {} };
    const asked = [...new Set(names)];
    const actor = this.actor!, changes = this.changes;
    const answers = await this.gateway.authorizeChannels(
      actor,
      asked.map((name) => resolveMe(name, actor.userId)),
      this.peer,
    );
    // What was asked may be older than a change that has been told meanwhile.
    const again = this.changes !== changes || this.actor !== actor;
    const starts = (await Promise.all(
      asked.map((name, i) => this.prepare(name, answers[i]!, again, since?.[name], wantsPresence, ack)),
    )).filter((start) => start !== undefined);
    if (this.closed) return;
    acknowledge(ack);
    await Promise.all(starts.map((start) => start()));
  }

  private async prepare(
    name: string,
    allowed: AllowedChannel | AppError,
    again: boolean,
    since: Position | undefined,
    wantsPresence: boolean,
    ack: SubscribeAck,
  ): Promise<(() => Promise<void>) | undefined> {
    const actor = this.actor!;
    let subscription: Subscription | undefined, channel = "";
    try {
      if (allowed instanceof AppError) throw allowed;
      channel = allowed.channel;
      const presence = wantsPresence && allowed.presence ? this.presence() : undefined;
      const extra = { ...(channel !== name ? { channel } : {}), ...(presence ? { presence } : {}) };
      const existing = this.subscriptions.get(channel);
      if (existing?.topic) {
        // Already reading it: nothing is missed and nothing is sent twice.
        const { epoch, offset } = existing.topic;
        ack.channels[name] = { epoch, offset, recovered: since !== undefined, ...extra };
        return;
      }
      if (existing) throw new AppError("conflict", "This channel is being subscribed already.");
      if (this.subscriptions.size >= this.options.maxSubscriptions) {
        throw new AppError(
          "too_many_subscriptions",
          `One connection reads at most ${this.options.maxSubscriptions} channels.`,
        );
      }
      if (allowed.delivery === "relay" && this.mode === "stream") {
        throw needsWebSocket();
      }
      subscription = { topic: undefined, cancelled: false };
      this.subscriptions.set(channel, subscription);
      if (again) this.hub.rechecks.add(this, channel);
      const prepared = await this.hub.prepare(actor.organizationId, channel, since, allowed.delivery);
      subscription.topic = prepared.topic;
      ack.channels[name] = { ...prepared.answer, ...extra };
      const mine = subscription;
      if (mine.cancelled || this.closed) {
        this.hub.release(prepared.topic);
        return;
      }
      return () => this.goLive(channel, mine, prepared, allowed.greeting);
    } catch (error) {
      const failure = toAppError(error);
      if (failure.status >= 500) this.log.error("subscribe failed", { channel: name, error });
      ack.denied[name] = failure.code;
      if (subscription) this.subscriptions.delete(channel);
    }
  }

  private async goLive(
    channel: string,
    subscription: Subscription,
    prepared: Prepared,
    greeting: AllowedChannel["greeting"],
  ): Promise<void> {
    const wanted = () => !subscription.cancelled && !this.closed;
    try {
      await this.hub.join(this, prepared, wanted, greeting !== undefined);
      const state = await greeting?.();
      const { topic } = prepared;
      if (state && wanted()) this.push(topic, new Encoded(ephemeral(topic.organizationId, channel, state)));
    } catch (error) {
      this.log.warn("recovery failed; the reader resumes on a new connection", { channel, error: String(error) });
      this.close(CLOSE.restarting, "recovery failed; reconnect and resume");
    }
  }

  private presence(): { count: number; users: string[] } {
    const users = this.hub.presence.onlineUsers(this.actor!.organizationId);
    return { count: users.length, users: users.slice(0, 200) };
  }

  /** @returns false when the channel was not subscribed. */
  unsubscribe(channel: string): boolean {
    const subscription = this.subscriptions.get(channel);
    if (!subscription) return false;
    this.subscriptions.delete(channel);
    subscription.cancelled = true;
    if (subscription.topic) {
      subscription.topic.leave(this);
      this.hub.release(subscription.topic);
    }
    return true;
  }

  /** The viewer has the frames of this relay up to `seq`; of other channels nothing is kept. */
  acknowledge(channel: string, seq: number): void {
    const topic = this.subscriptions.get(channel)?.topic;
    if (topic instanceof RelayFeed) topic.acknowledge(this, seq);
  }

  reads(topic: Topic): boolean {
    return this.subscriptions.get(topic.channel)?.topic === topic;
  }

  // ---- end

  /** Ends the connection from this side. */
  close(code: number, reason: string): void {
    if (this.closed) return;
    this.ended();
    if (this.mode !== "stream") this.hub.closing.add(this);
    this.transport.close(code, reason);
  }

  /** The connection is over, whoever ended it; may be called more than once. */
  ended(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.actor) this.hub.admission.leave(this.actor);
    for (const channel of [...this.subscriptions.keys()]) this.unsubscribe(channel);
    this.hub.unregister(this);
  }
}
