// The frames of one socket (CONTRACT section 3), on whatever transport: signing in, order, limits, answers; what a frame does says
// whoever takes it (frame_table.ts). Invariants:
//   - of a socket without a credential, only the frames of its handshake are parsed, one at a time, each of at most 8 KiB, and it
//     is over unless they sign it in within 5 s;
//   - no frame is parsed before its size, depth and number of values are known to be bounded; large ones wait their turn;
//   - frames are worked on one at a time, in order, but for those of the fast lane: they wait for one another only;
//   - a frame with an `id` is answered; without one only errors are told, and what was asked for (`subscribe`, `ping`).
import type { Actor } from "../kernel/actor.ts";
import { AppError, toAppError } from "../kernel/errors.ts";
import type { Handshake, HandshakeFrame, HandshakeStep } from "../kernel/handshake.ts";
import { checkJsonBounds, JSON_BOUNDS, PLAIN_JSON_BOUNDS } from "../kernel/json_bounds.ts";
import type { Bytes } from "../protocol/wire/binary.ts";
import { CLOSE } from "../protocol/errors.ts";
import { anyFrame, type ClientFrame, type FrameId, type Position } from "../protocol/wire/frames.ts";
import { BinaryIntake } from "./binary_intake.ts";
import type { Connection, ConnectionOptions, Transport } from "./connection.ts";
import { subscribe } from "./core_frames.ts";
import { Allowance, Lane, LARGE_FRAME, turn } from "./frame_intake.ts";
import type { FrameTaker } from "./frame_table.ts";
import type { Gateway, Peer } from "./gateway.ts";
import type { Hub } from "./hub.ts";

/** Longest message of a client, in bytes. */
export const MAX_FRAME_BYTES = 1024 * 1024;
/** A frame that signs in. */
const MAX_AUTH_FRAME_BYTES = 8 * 1024;
const AUTH_TIMEOUT_MS = 5000;
/** Frames, and their bytes, that may wait while an earlier one is worked on. */
const MAX_PENDING_FRAMES = 1000;
const MAX_PENDING_BYTES = 4 * MAX_FRAME_BYTES;
/** Bytes of fast frames that may wait while an earlier fast one is worked on. */
const MAX_FAST_BYTES = 256 * 1024;
/** The same behind a frame of the handshake that is being looked at. */
const MAX_EARLY_BYTES = 64 * 1024;
/** A frame counts as one message, and as one more for every so many bytes. */
const BYTES_PER_MESSAGE = 16 * 1024;
/** So many seconds' worth of all frames may come at once, and of those whose rule has a rate of its own. */
const BURST_SECONDS = 5;
const OWN_BURST_SECONDS = 2;

export interface WebSocketOptions extends ConnectionOptions {
  batch: boolean;
  /** Taken at the upgrade; without it the socket signs in by its handshake. */
  token: string | undefined;
  /** Name of the handshake. */
  handshake: string;
  /** Channels to subscribe while connecting; the ack has no id. */
  channels: string[];
  /** Presets end the connection (4403) when one of their channels is denied. */
  channelsRequired: boolean;
  since?: Record<string, Position>;
  /** Average frames per second; five seconds' worth may come at once. */
  messagesPerSecond: number;
}

/** What the credential of the upgrade is worth: nothing was sent, it is good, or why it is not. */
export interface Credential {
  actor?: Actor;
  refusal?: AppError;
  /** `Rechecks.changes` before it was looked at. */
  changesOfRights: number;
}

/** What a session needs of a socket beyond sending. */
export interface SocketPeer extends Transport {
  /** Whoever has not signed in gets less time to answer a close frame. */
  known: boolean;
  /** The peer has answered the close frame, or is gone. */
  closed(): void;
}

/** Looks at the credential that came with an upgrade, before anything is read from the socket. */
export async function lookAt(
  token: string | undefined,
  hub: Hub,
  gateway: Gateway,
  peer: Peer,
): Promise<Credential> {
  const changesOfRights = hub.rechecks.changes;
  if (token === undefined) return { changesOfRights };
  try {
    return { actor: await gateway.authenticate(token, peer), changesOfRights };
  } catch (error) {
    return { refusal: toAppError(error), changesOfRights };
  }
}

export class SocketSession {
  private readonly ordered: Lane;
  private readonly fast: Lane;
  private readonly allowance: Allowance;
  /** Of frames whose rule has a rate of its own. */
  private readonly allowances = new Map<FrameTaker, Allowance>();
  private lastFrame = 0;
  private authTimer: ReturnType<typeof setTimeout> | undefined;
  /** A frame of a socket without a credential is being looked at. */
  private early = false;
  private readonly handshake: Handshake;
  private readonly binary: BinaryIntake;

  /** @param leave takes the socket out of those that have not signed in */
  constructor(
    private readonly connection: Connection,
    private readonly transport: SocketPeer,
    private readonly options: WebSocketOptions,
    private readonly credential: Credential,
    private readonly leave: () => void,
  ) {
    this.handshake = connection.gateway.handshake(options.handshake, connection.peer);
    this.allowance = new Allowance(options.messagesPerSecond, BURST_SECONDS);
    const failed = (error: unknown) => {
      connection.log.error("a frame could not be handled", { error });
      this.fail(undefined, error);
    };
    this.ordered = new Lane({ count: MAX_PENDING_FRAMES, bytes: MAX_PENDING_BYTES }, failed);
    this.fast = new Lane({ count: MAX_PENDING_FRAMES, bytes: MAX_FAST_BYTES }, failed);
    this.binary = new BinaryIntake(connection, (error) => this.fail(undefined, error));
  }

  open(): void {
    try {
      this.connection.hub.register(this.connection);
    } catch {
      return this.connection.close(CLOSE.restarting, "server restarting");
    }
    const { actor, refusal, changesOfRights } = this.credential;
    if (refusal) return this.refuse(refusal, undefined);
    if (actor) return this.enqueue(0, () => this.signIn(actor, changesOfRights, undefined));
    this.authTimer = setTimeout(() => this.refuseFirst("Nobody signed in within 5 s."), AUTH_TIMEOUT_MS);
  }

  closed(): void {
    clearTimeout(this.authTimer);
    this.leave();
    this.transport.closed();
    this.connection.ended();
    this.connection.hub.closing.delete(this.connection);
  }

  /** A whole message: a text, or the bytes of a binary one. */
  receive(data: string | Bytes): void {
    this.lastFrame = Date.now();
    if (this.connection.closed) return;
    this.connection.pulse.heard();
    if (typeof data !== "string" && this.connection.actor) {
      const taken = this.binary.receive(data);
      if (taken) return taken === "flood" ? this.closeFlood() : undefined;
    }
    const bytes = size(data);
    if (!this.connection.actor && !this.credential.actor) return this.receiveEarly(data, bytes);
    if (bytes > MAX_FRAME_BYTES) return this.connection.close(CLOSE.tooBig, "a frame holds at most 1 MiB");
    // Small ones are read at once, to see whether they may pass others.
    const read = typeof data === "string" && data.length <= LARGE_FRAME ? readFrame(data) : undefined;
    const taker = read && this.takerOf(read);
    if (!this.affordable(taker, bytes, read?.frame?.id)) return;
    const lane = taker?.lane === "fast" ? this.fast : this.ordered;
    if (lane.full(bytes)) return this.closeFlood();
    // What has to wait does so as text: parsed it may be many times as large.
    const ready = lane.idle ? read : undefined;
    this.enqueue(bytes, () => this.handle(data, ready), lane);
  }

  /** Frames of a socket that has not signed in: the handshake's; what follows at once waits until that one was looked at. */
  private receiveEarly(data: string | Bytes, bytes: number): void {
    if (!this.early) {
      if (bytes > MAX_AUTH_FRAME_BYTES) return this.refuseFirst(`${this.handshake.expected}, of at most 8 KiB.`);
      this.early = true;
    } else if (!this.allowance.take() || this.ordered.bytes + bytes > MAX_EARLY_BYTES) {
      return this.refuseFirst("Wait for the answer before you send more.");
    }
    this.enqueue(bytes, () => this.connection.actor ? this.handle(data) : this.first(data, bytes));
  }

  private async first(data: string | Bytes, bytes: number): Promise<void> {
    let json: unknown;
    try {
      if (bytes > MAX_AUTH_FRAME_BYTES) throw new AppError("too_large", "too long for a frame of a handshake");
      const text = typeof data === "string" ? data : "";
      checkJsonBounds(text, PLAIN_JSON_BOUNDS);
      json = JSON.parse(text);
    } catch { /* the same answer as to any other frame */ }
    await this.shakeHands(json, anyFrame.safeParse(json).data?.id);
  }

  /** A frame of the handshake: before signing in, or later to renew the credential. */
  private async shakeHands(json: unknown, id: FrameId): Promise<void> {
    let step: HandshakeStep;
    const changesOfRights = this.connection.hub.rechecks.changes;
    try {
      step = await this.handshake.take(json);
    } catch (error) {
      const failure = toAppError(error);
      if (failure.code !== "validation_failed") return this.refuse(failure, id);
      return this.connection.actor ? this.fail(id, failure) : this.refuseFirst(this.handshake.expected, id);
    }
    this.early = false;
    if (this.connection.closed) return;
    if ("question" in step) this.connection.send(step.question);
    else await this.signIn(step.actor, changesOfRights, step.welcome);
  }

  private refuseFirst(detail: string, id?: FrameId): void {
    this.refuse(new AppError("unauthenticated", detail), id);
  }

  /** Tells why, and closes with the code that goes with it. */
  private refuse(failure: AppError, id: FrameId): void {
    const { code } = failure;
    if (failure.status >= 500 && code !== "unavailable" && code !== "maintenance") {
      this.connection.log.error("signing in failed", { error: failure });
    }
    this.fail(id, failure);
    if (failure.status >= 500) return this.connection.close(CLOSE.restarting, "try again in a moment");
    if (code === "already_connected") return this.connection.close(CLOSE.replaced, code);
    if (code === "too_many_connections") return this.connection.close(CLOSE.tooManyMessages, code);
    this.connection.close(code === "forbidden" ? CLOSE.forbidden : CLOSE.unauthenticated, code);
  }

  /**
   * A close frame sent while the peer still floods is lost (the kernel resets a connection that is closed with unread
   * input). So the flood is read away, unhandled, until it pauses or two seconds have passed.
   */
  private closeFlood(): void {
    this.connection.ended();
    const end = Date.now() + 2000;
    const timer = setInterval(() => {
      if (Date.now() - this.lastFrame < 100 && Date.now() < end) return;
      clearInterval(timer);
      this.connection.transport.close(CLOSE.tooManyMessages, "too many messages; slow down");
    }, 25);
  }

  private enqueue(bytes: number, work: () => Promise<void> | void, lane = this.ordered): void {
    lane.add(bytes, () => this.connection.closed ? undefined : work());
  }

  private fail(id: FrameId, error: unknown): void {
    const { code, detail } = toAppError(error);
    this.connection.send({ type: "error", ...(id !== undefined ? { id } : {}), code, message: detail });
  }

  /** Counts a frame. @returns false when it was one too many, and what is to be done was done. */
  private affordable(taker: FrameTaker | undefined, bytes: number, id: FrameId): boolean {
    const messages = 1 + Math.floor(bytes / BYTES_PER_MESSAGE);
    if (taker?.framesPerSecond !== undefined) {
      let own = this.allowances.get(taker);
      if (!own) this.allowances.set(taker, own = new Allowance(taker.framesPerSecond, OWN_BURST_SECONDS));
      if (own.take(messages)) return true;
    }
    if (!this.allowance.take(messages)) {
      this.closeFlood();
      return false;
    }
    if (taker?.framesPerSecond === undefined) return true;
    const most = `At most ${taker.framesPerSecond} frames of the type ${taker.type} a second.`;
    this.fail(id, new AppError("rate_limited", most));
    return false;
  }

  /** Who takes the frame, if that can be said of it; what is wrong with it is told when its turn comes. */
  private takerOf(read: ReadFrame): FrameTaker | undefined {
    if (!read.frame || !this.connection.actor || this.handshake.types.has(read.frame.type)) return undefined;
    try {
      return this.connection.gateway.frames.find(read.frame);
    } catch {
      return undefined;
    }
  }

  private async handle(data: string | Bytes, already?: ReadFrame): Promise<void> {
    if (typeof data !== "string") {
      return this.fail(undefined, new AppError("bad_request", "This server understands text frames with JSON here."));
    }
    const large = data.length > LARGE_FRAME;
    if (large) {
      await turn();
      if (this.connection.closed) return;
    }
    const { frame, failure } = already ?? readFrame(data);
    if (!frame) return this.fail(undefined, failure);
    const { connection } = this, { id, type } = frame;
    try {
      if (this.handshake.types.has(type)) return await this.shakeHands(frame, id);
      const taker = connection.gateway.frames.find(frame);
      const most = taker.maxCharacters ?? (taker.lane === "fast" ? LARGE_FRAME : Infinity);
      if (data.length > most) {
        throw new AppError("too_large", `A frame of the type ${type} holds at most ${most} characters.`);
      }
      await taker.take(connection, frame, (result) => {
        if (id !== undefined) connection.send({ type: "ack", id, ...(result === undefined ? {} : { data: result }) });
      });
    } catch (error) {
      const failure = toAppError(error);
      if (failure.code === "internal") connection.log.error("a frame failed", { frame: type, error });
      this.fail(id, failure);
    }
  }

  /**
   * @param changes `Rechecks.changes` before the actor was read
   * @param welcome what is answered to the frame that signed in; undefined when the credential came with the upgrade
   */
  private async signIn(actor: Actor, changes: number, welcome: HandshakeFrame | undefined): Promise<void> {
    const { connection } = this;
    const first = !connection.actor;
    try {
      if (first) await connection.hub.identities.claim(actor, () => connection.closed || connection.identify(actor));
      else connection.identify(actor);
      await connection.hub.rechecks.since(changes, connection);
      if (connection.closed) return;
    } catch (error) {
      return this.refuse(toAppError(error), welcome?.id);
    }
    this.transport.known = true;
    this.leave();
    clearTimeout(this.authTimer);
    if (welcome) connection.send(welcome);
    if (!first || this.options.channels.length === 0) return;
    const { channels, since } = this.options;
    const complete = await subscribe(connection, { channels, since }, undefined);
    if (!complete && this.options.channelsRequired) connection.close(CLOSE.forbidden, "you may not read this channel");
  }
}

/** A frame that was parsed, or why it cannot be. */
type ReadFrame = { frame: ClientFrame; failure?: undefined } | { frame?: undefined; failure: AppError };

function readFrame(data: string): ReadFrame {
  let json: unknown;
  try {
    checkJsonBounds(data, JSON_BOUNDS);
    json = JSON.parse(data);
  } catch (error) {
    return {
      failure: error instanceof AppError ? error : new AppError("invalid_json", "The frame is not valid JSON."),
    };
  }
  const head = anyFrame.safeParse(json);
  if (head.success) return { frame: head.data };
  return { failure: new AppError("validation_failed", "A frame is a JSON object with a string `type`.") };
}

/** Size of a received message in bytes; texts are measured exactly only when they could be over the limit. */
function size(data: string | Bytes): number {
  if (typeof data !== "string") return data.byteLength;
  return data.length * 3 <= MAX_FRAME_BYTES ? data.length : new TextEncoder().encode(data).length;
}
