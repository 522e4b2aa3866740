// What an engine is made with and what it tells.
import type { PulpoError } from "../errors.ts";
import type { ClientFrame, Push, ServerFrame } from "../types.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { HeartbeatOptions } from "./heartbeat.ts";
import type { Link, Platform, Timers } from "./platform.ts";
import type { SignIn } from "./sign_in.ts";
import type { LinkStatus, Transport } from "./status.ts";

/** The face of `Fallback` (fallback.ts), so that the engine does not bring it along where nobody wants it. */
export interface OtherWay {
  readonly transport: Transport;
  bind(timers: Timers, connect: () => Promise<Link>, adopt: (link: Link) => void): void;
  open(
    since: (channels: readonly string[]) => Record<string, { epoch: string; offset: number }> | undefined,
  ): Link;
  call(frame: ClientFrame): boolean;
  heard(): void;
  rest(): void;
  toSocket(): void;
  turn(code: number): boolean;
}

export interface EngineOptions extends EngineEvents {
  /** Address of the socket without credentials: `ws://host/ws?batch=1`. @throws GiveUp there is none */
  address: () => string;
  platform: Platform;
  signIn?: SignIn;
  fallback?: OtherWay;
  /** Default 500 to 30,000 ms. */
  backoff?: BackoffOptions;
  /** Default 25 s, and as much for the answer. */
  heartbeat?: HeartbeatOptions;
  /** Frames that may wait for a connection. Default 100. */
  maxQueue?: number;
  /** Milliseconds until an unanswered frame fails. Default 15,000. */
  timeoutMs?: number;
  /** How often in a row the server may refuse the sign-in (4401) before that is for good. Default: as often as it likes. */
  maxRefusals?: number;
}

export interface EngineEvents {
  /** @param names the channels as they were asked for; `replayed`: it is part of what was missed */
  onPush(push: Push, replayed: boolean, names: string[]): void;
  onStatus?(status: LinkStatus): void;
  /**
   * After a reconnect, once all is there: how many pushes were missed and have now arrived. `isComplete` is false when
   * some channel's gap was too old (`onLost` named it).
   */
  onResumed?(recovered: number, isComplete: boolean): void;
  /** The gap of these channels was too old: fetch what they show anew. */
  onLost?(channels: string[]): void;
  /** The channel may not be read. */
  onDenied?(channel: string, code: string): void;
  /** The right to read the channel has ended. */
  onWithdrawn?(channel: string, code: string): void;
  /** A frame that nobody waits for was refused, signing in failed, or (state `closed`) the connection ended for good. */
  onError?(error: PulpoError): void;
  /** A binary message; binary.ts reads it. */
  onBinary?(bytes: Uint8Array<ArrayBuffer>): void;
  /** Any other frame, such as an agent's `command`. */
  onFrame?(frame: ServerFrame): void;
}
