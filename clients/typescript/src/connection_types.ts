// What a connection is made with, what it tells, and what `subscribe` gives back.
import type { BackoffOptions } from "./engine/backoff.ts";
import type { OtherWay } from "./engine/engine_options.ts";
import type { PulpoError } from "./errors.ts";
import type { Position, Push } from "./types.ts";

/** `connected`: signed in and subscribed. `waiting`: until the next attempt. `closed`: by `close()` or refused. */
export type ConnectionState = "idle" | "connecting" | "connected" | "waiting" | "closed";

export interface PulpoConnectionOptions {
  /** Address of the server (http, https, ws or wss). Default in a browser: the page's own origin. */
  url?: string;
  /** API or access token, or a function that returns a fresh one. It travels in the first frame, not in the address. */
  token?: string | (() => string | Promise<string>);
  /** Gives a single-use ticket (`POST /auth/ticket`) for every connection, instead of `token`. */
  ticket?: () => string | Promise<string>;
  /** Channels to read from the start; their pushes arrive at the `push` event. */
  channels?: string[];
  /** Where to resume, as `positions` gave it earlier. */
  positions?: Record<string, Position>;
  /** Several pushes in one frame. Default true. */
  batch?: boolean;
  backoff?: BackoffOptions;
  /** Messages that may wait for the connection. Default 100. */
  maxQueue?: number;
  /** Milliseconds until an unanswered message fails. Default 15 000. */
  timeout?: number;
  /** Milliseconds of silence after which the peer is asked for a sign of life. Default 25 000. */
  heartbeat?: number;
  /** WebSocket class where there is no global one (Node 20: that of the package `ws`). */
  WebSocket?: typeof WebSocket;
  /** Another way where a proxy passes no WebSockets on: a `Fallback`. Not with `token`: with `ticket`, or the page's cookie. */
  fallback?: OtherWay;
}

export interface ConnectionEvents {
  push: (push: Push) => void;
  /** A binary message; `decodeBinary` reads it. */
  binary: (bytes: Uint8Array<ArrayBuffer>) => void;
  state: (state: ConnectionState) => void;
  /** Missed pushes of this channel are too old to be recovered: fetch a snapshot. */
  gap: (channel: string) => void;
  /** This channel may not be read (any more); it is not subscribed again. */
  denied: (channel: string, code: string) => void;
  /** Refused for good (state `closed`), a handler that threw, or a protocol error. */
  error: (error: PulpoError) => void;
}

export interface Subscription {
  readonly channels: readonly string[];
  unsubscribe(): void;
}
