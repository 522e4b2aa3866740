// One reader: a WebSocket or an SSE stream. Holds who it is and the bounds of what is sent; what it reads is in subscriptions.ts,
// what it may do in access.ts. Invariants:
//  - what waits for it is bounded in bytes: a reader that falls behind gets nothing more, is closed (4408) and resumes; pushes
//    that can be left out (live_feed.ts) take at most half of that room, and only as long as there is some;
//  - its access ends with its credential: warned 60 s before, closed when it ends or is revoked, checked again when rights change.
import { type Actor, sameIdentity } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import type { HandshakeFrame } from "../kernel/handshake.ts";
import type { Logger } from "../kernel/log.ts";
import type { Bytes } from "../protocol/wire/binary.ts";
import { CLOSE } from "../protocol/errors.ts";
import type { ServerFrame } from "../protocol/wire/frames.ts";
import { Access } from "./access.ts";
import type { Encoded } from "./encoded.ts";
import type { Gateway, Peer } from "./gateway.ts";
import type { Hub } from "./hub.ts";
import type { Reader } from "./live_feed.ts";
import { Pulse } from "./pulse.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { Origin } from "./topic.ts";

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

const WARN_BEFORE_MS = 60_000;
const DRAIN_TIMEOUT_MS = 30_000;
const HEARTBEAT_MS = 15_000;

export class Connection implements Reader {
  actor: Actor | undefined;
  closed = false;
  readonly subscriptions = new Subscriptions(this);
  readonly access = new Access(this);
  readonly mode: Transport["mode"];
  readonly log: Logger;
  private warned = false;
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
    this.access.require(actor);
    const before = this.actor;
    if (!before) this.hub.admission.enter(actor);
    this.actor = actor;
    this.warned = false;
    if (before) return this.access.renewed(before, actor);
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
    for (const channel of this.subscriptions.channels()) this.subscriptions.remove(channel);
    this.hub.unregister(this);
  }
}
