// Another way for where WebSockets do not get through: an event stream and calls (decision 0028 of the server). Give one to the
// engine that may need it; without, nothing of it is loaded. When it is taken:
//  - a socket that fails before the server has said anything gives way to the stream at once (after the second time, when
//    sockets have worked before: a server that restarts is no such proxy);
//  - while the stream lives, sockets are tried beside it now and then (socket_probe.ts).
// For sign-in by cookie, header or ticket: a probing socket says nothing of who it is.
import type { ClientFrame } from "../types.ts";
import { EventStream, type EventStreamOptions, type Since } from "./event_stream.ts";
import type { Link, Timers } from "./platform.ts";
import { SocketProbe } from "./socket_probe.ts";
import type { Transport } from "./status.ts";

export interface FallbackOptions extends EventStreamOptions {
  /** What worked last. */
  transport?: Transport;
  /** Does a feature's frame by a call. @returns false when there is no such call */
  callInstead?: (frame: ClientFrame) => boolean;
  /** Milliseconds until a socket is first tried beside the stream. Default a minute. */
  probeAfterMs?: number;
}

/** The server says these itself: sockets get through. */
const RESTARTING = 1012;
const OWN_CODES = 4000;

export class Fallback {
  readonly #options: FallbackOptions;
  #transport: Transport;
  /** Has the present transport ever brought a frame? */
  #isProven = false;
  /** Sockets in a row that failed right behind a call that was answered. */
  #refused = 0;
  #probe: SocketProbe | undefined;

  constructor(options: FallbackOptions) {
    this.#options = options;
    this.#transport = options.transport ?? "socket";
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** @param connect a socket for a try; `adopt` gets the one that was heard */
  bind(timers: Timers, connect: () => Promise<Link>, adopt: (link: Link) => void): void {
    this.#probe = new SocketProbe(timers, connect, adopt, this.#options.probeAfterMs);
  }

  open(since: Since): Link {
    return new EventStream(this.#options, since);
  }

  call(frame: ClientFrame): boolean {
    return this.#options.callInstead?.(frame) ?? false;
  }

  /** The present transport has brought its first frame. */
  heard(): void {
    this.#isProven = true;
    this.#refused = 0;
    if (this.#transport === "stream") this.#probe?.later();
  }

  /** The present connection ends. */
  rest(): void {
    this.#probe?.end();
  }

  /** A socket has got through beside the stream. */
  toSocket(): void {
    this.#transport = "socket";
    this.#isProven = true;
  }

  /**
   * A connection ended before it said anything: is it the way, not the server? @returns true when another way is to be
   * tried at once
   */
  turn(code: number): boolean {
    if (this.#transport === "stream") {
      // The stream has not got through either: then it is the server.
      if (!this.#isProven) this.#transport = "socket";
      return false;
    }
    if (code >= OWN_CODES || code === RESTARTING) return false;
    if (++this.#refused < (this.#isProven ? 2 : 1)) return false;
    this.#transport = "stream";
    this.#isProven = false;
    this.#refused = 0;
    return true;
  }
}
