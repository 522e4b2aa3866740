// What the realtime side asks of the rest: who is this, may they read that, and what does this frame do. The features answer
// (features/gateway.ts), so that nothing in realtime/ knows them.
import type { Actor } from "../kernel/actor.ts";
import type { AppError } from "../kernel/errors.ts";
import type { Handshake } from "../kernel/handshake.ts";
import type { Logger } from "../kernel/log.ts";
import type { BinaryFrame } from "../protocol/wire/binary.ts";
import type { Delivery } from "../protocol/wire/channels.ts";
import type { FrameTable } from "./frame_table.ts";

/** The other end of a socket or stream. */
export interface Peer {
  connectionId: string;
  ip: string | null;
  userAgent: string | null;
  /** Every line names the connection. */
  log: Logger;
}

/** A push that is not stored. */
export interface EphemeralPush {
  type: string;
  data: unknown;
  /** Further top-level fields. */
  extra?: object;
}

export interface AllowedChannel {
  /** The canonical name. */
  channel: string;
  delivery: Delivery;
  /** The subscribe ack may tell who is online. */
  presence: boolean;
  /** What a new reader gets at once, for channels that tell a state (dashboards). */
  greeting?: () => Promise<EphemeralPush> | EphemeralPush;
}

export interface BinaryBounds {
  /** Of a whole frame. */
  maxBytes: number;
  framesPerSecond: number;
}

export interface Gateway {
  /** @throws AppError `unauthenticated`/`token_expired` */
  authenticate(token: string, peer: Peer): Promise<Actor>;
  /** A way to sign in on one socket, by its name. */
  handshake(name: string, peer: Peer): Handshake;
  /** The same credential's rights as they are now. @throws AppError when its access has ended. */
  refresh(actor: Actor, peer: Peer): Promise<Actor>;
  /**
   * For each name the channel, or why the actor may not read it (`unknown_channel`, `forbidden`, `not_found`). A constant
   * number of statements, shared with others who ask in the same moment.
   */
  authorizeChannels(actor: Actor, names: readonly string[], peer: Peer): Promise<(AllowedChannel | AppError)[]>;
  /** Who takes which text frame, the protocol's own among them. */
  readonly frames: FrameTable;
  /** The bounds of a kind of binary frames; undefined when nobody takes it. */
  binaryBounds(kind: number): BinaryBounds | undefined;
  /** A binary frame of a kind that somebody takes. @throws AppError */
  handleBinary(actor: Actor, frame: BinaryFrame, peer: Peer): Promise<void> | void;
}
