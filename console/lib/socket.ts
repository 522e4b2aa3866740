// The console's one WebSocket: it resumes. Invariants:
//  - per channel the position of the newest push is kept; after every reconnect it is sent along, so that missed pushes
//    follow in order and none is shown twice (positions.ts);
//  - it never gives up by itself: it tries again after 0.5–15 s with jitter (backoff.ts), at once when the browser says
//    that the network is back or the tab is looked at again; only a dead session ends it;
//  - a connection that says nothing for 45 s is asked (`ping`), and dropped when it stays silent 10 s longer;
//  - no token stands in the address: every connection takes a single-use ticket, and so does re-authentication when the
//    server says `token_expiring`.
import type { Position, Push, ServerFrame, SubscribeAck } from "../../protocol/frames.ts";
import type { CLOSE } from "../../protocol/errors.ts";
import { backoff } from "./backoff.ts";
import { Positions } from "./positions.ts";

/**
 * `connecting`: first connection · `resuming`: connected again, missed pushes are still arriving · `offline`: waiting
 * for the next try · `closed`: stopped, or the session is over.
 */
export type LinkState = "connecting" | "live" | "resuming" | "offline" | "closed";

export interface LinkStatus {
  state: LinkState;
  /** Tries since the connection was lost. */
  attempt: number;
  /** When the next try comes (milliseconds since 1970), while offline. */
  retryAt: number | null;
  /** Why the last connection ended: a close code, or 0 for none. */
  closeCode: number;
}

export interface SocketOptions {
  /** Without query: `ws://host/ws`. */
  url: string;
  /** A single-use ticket; `renewed`: of a session that was renewed lately. @throws SessionOver when there is no session any more; anything else is tried again. */
  ticket: (renewed: boolean) => Promise<string>;
  onPush: (push: Push, replayed: boolean) => void;
  onStatus: (status: LinkStatus) => void;
  /**
   * After a reconnect, once all is there: how many pushes were missed and have now arrived. `complete` is false when
   * some channel's gap was too old (`onLost` named it).
   */
  onResumed: (recovered: number, complete: boolean) => void;
  /** The gap of these channels was too old: fetch what they show anew. */
  onLost: (channels: string[]) => void;
  onDenied?: (channel: string, code: string) => void;
  /** For tests. */
  connect?: (url: string) => WebSocket;
  random?: () => number;
}

/** The session ended for good: do not try again. */
export class SessionOver extends Error {}

// A value import would pull the validation library into the bundle; the type keeps the number right.
const UNAUTHENTICATED: typeof CLOSE.unauthenticated = 4401;
const QUIET_MS = 45_000;
const PONG_MS = 10_000;
/** Well below the server's limit for one frame. */
const CHANNELS_PER_FRAME = 200;

export class ResumableSocket {
  readonly positions = new Positions();
  readonly #options: SocketOptions;
  readonly #channels = new Set<string>();
  #socket: WebSocket | null = null;
  #status: LinkStatus = { state: "closed", attempt: 0, retryAt: null, closeCode: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #nextId = 1;
  #wasLive = false;
  #missed = 0;
  #gap = false;
  /** Who waits for a channel's answer. */
  readonly #waiting = new Map<string, () => void>();
  /** Subscribe frames without their ack. */
  #unanswered = 0;
  #generation = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** Connects and keeps connected. */
  start(channels: readonly string[]): void {
    for (const name of channels) this.#channels.add(name);
    if (this.#status.state !== "closed") return;
    this.#wasLive = false;
    this.#set({ state: "connecting", attempt: 0, retryAt: null, closeCode: 0 });
    this.#open();
  }

  stop(): void {
    this.#drop();
    this.#set({ state: "closed", attempt: 0, retryAt: null, closeCode: 0 });
  }

  /** Resolves once the server has answered (or after 3 s): what is sent to the channel from then on arrives here. */
  subscribe(channel: string): Promise<void> {
    if (this.#channels.has(channel)) return Promise.resolve();
    this.#channels.add(channel);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, 3_000);
    this.#waiting.set(channel, () => (clearTimeout(timer), resolve()));
    this.#subscribe([channel]);
    return promise;
  }

  /**
   * Many at once: what was missed since a known position follows. Resolves once the server has answered, with false at once
   * when all of them were subscribed before.
   */
  subscribeAll(channels: readonly string[]): Promise<boolean> {
    const fresh = channels.filter((name) => !this.#channels.has(name));
    if (!fresh.length) return Promise.resolve(false);
    for (const name of fresh) this.#channels.add(name);
    this.#subscribe(fresh);
    return new Promise((resolve) => this.#waiting.set(fresh.at(-1)!, () => resolve(true)));
  }

  /**
   * Asks for the last pushes of a channel that is followed, as if they had been missed: its history out of the event log.
   * @returns the position before them, or null when there are none to ask for
   */
  rewind(channel: string, pushes: number): Position | null {
    const at = this.positions.all()[channel];
    if (!at || at.offset === 0 || !this.#channels.has(channel) || this.#status.state !== "live") return null;
    const from = { epoch: at.epoch, offset: Math.max(0, at.offset - pushes) };
    this.#send({ type: "unsubscribe", channels: [channel] });
    this.positions.set(channel, from);
    this.#subscribe([channel]);
    return from;
  }

  /** Sends a feature's own frame if the connection is open. @returns whether it went out. */
  sendFrame(frame: { type: string; [extra: string]: unknown }): boolean {
    if (this.#status.state !== "live" || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#send(frame);
    return true;
  }

  unsubscribe(channel: string): void {
    if (!this.#channels.delete(channel)) return;
    this.positions.forget(channel);
    this.#send({ type: "unsubscribe", channels: [channel] });
  }

  get channels(): string[] {
    return [...this.#channels];
  }

  /** Tries now instead of waiting for the back-off. */
  retryNow(): void {
    if (this.#status.state === "offline") this.#open();
  }

  #set(status: LinkStatus): void {
    this.#status = status;
    this.#options.onStatus(status);
  }

  /** Ends the present socket, if any; what it still says is not heard. */
  #drop(): void {
    this.#generation++;
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close(1000);
  }

  async #open(): Promise<void> {
    this.#drop();
    const generation = this.#generation;
    const attempt = this.#status.attempt;
    if (this.#status.state === "offline") this.#set({ ...this.#status, retryAt: null });
    let ticket: string;
    try {
      ticket = await this.#options.ticket(false);
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof SessionOver) {
        this.#set({ state: "closed", attempt, retryAt: null, closeCode: UNAUTHENTICATED });
      } else this.#later(0);
      return;
    }
    if (generation !== this.#generation) return;
    const url = `${this.#options.url}?batch=1&token=${encodeURIComponent(ticket)}`;
    const socket = (this.#options.connect ?? ((address) => new WebSocket(address)))(url);
    this.#socket = socket;
    const current = () => generation === this.#generation;
    // A server that accepts but never answers must not hold the page for ever.
    this.#timer = setTimeout(() => current() && this.#lost(0), 15_000);
    socket.onopen = () => {
      if (!current()) return;
      clearTimeout(this.#timer);
      this.#heard();
      this.#missed = 0;
      this.#gap = false;
      this.#unanswered = 0;
      if (this.#wasLive) this.#set({ state: "resuming", attempt, retryAt: null, closeCode: 0 });
      this.#subscribe(this.channels);
    };
    socket.onmessage = (event) => {
      if (!current()) return;
      this.#heard();
      const frames = JSON.parse(event.data) as ServerFrame | ServerFrame[];
      for (const frame of Array.isArray(frames) ? frames : [frames]) this.#frame(frame);
    };
    socket.onclose = (event) => {
      if (current()) this.#lost(event.code);
    };
  }

  #lost(code: number): void {
    this.#drop();
    this.#later(code);
  }

  #later(closeCode: number): void {
    const attempt = this.#status.attempt + 1;
    const wait = backoff(attempt, this.#options.random);
    this.#set({ state: "offline", attempt, retryAt: Date.now() + wait, closeCode });
    this.#timer = setTimeout(() => this.#open(), wait);
  }

  #heard(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.#send({ type: "ping" });
      this.#watch = setTimeout(() => this.#lost(0), PONG_MS);
    }, QUIET_MS);
  }

  #send(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #subscribe(channels: string[]): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (let at = 0; at < channels.length; at += CHANNELS_PER_FRAME) {
      const part = channels.slice(at, at + CHANNELS_PER_FRAME);
      this.#unanswered++;
      this.#send({ type: "subscribe", id: this.#nextId++, channels: part, since: this.positions.since(part) });
    }
  }

  #frame(frame: ServerFrame): void {
    switch (frame.type) {
      case "ack": {
        const data = (frame as { data?: Partial<SubscribeAck> }).data;
        if (data?.channels) this.#acked({ channels: data.channels, denied: data.denied ?? {} });
        return;
      }
      case "pong":
        return;
      case "error":
        // Only `unauthenticated` needs more than the close that follows; the rest concerns a frame of ours.
        console.warn("socket:", (frame as { code?: string }).code);
        return;
      case "token_expiring":
        this.#reauthenticate();
        return;
      default:
        this.#push(frame as Push);
    }
  }

  #acked(ack: SubscribeAck): void {
    this.#unanswered = Math.max(0, this.#unanswered - 1);
    const { missed, lost } = this.positions.acked(ack);
    this.#missed += missed;
    for (const channel of [...Object.keys(ack.channels), ...Object.keys(ack.denied)]) {
      this.#waiting.get(channel)?.();
      this.#waiting.delete(channel);
    }
    for (const [channel, code] of Object.entries(ack.denied)) {
      this.#channels.delete(channel);
      this.#options.onDenied?.(channel, code);
    }
    if (lost.length) {
      this.#gap = true;
      this.#options.onLost(lost);
    }
    this.#settle();
  }

  #push(push: Push): void {
    const { fresh, replayed } = this.positions.pushed(push);
    if (fresh) this.#options.onPush(push, replayed);
    if (this.#status.state !== "live") this.#settle();
  }

  /** Once every channel was answered and everything that was missed is there, the connection counts as live. */
  #settle(): void {
    if (this.#unanswered > 0 || !this.positions.complete) return;
    const resumed = this.#status.state === "resuming";
    this.#wasLive = true;
    this.#set({ state: "live", attempt: 0, retryAt: null, closeCode: 0 });
    if (resumed) this.#options.onResumed(this.#missed, !this.#gap);
    this.#missed = 0;
  }

  /** Presents a new ticket on the open socket. If that fails the server closes it and the resume does the rest. */
  async #reauthenticate(): Promise<void> {
    const generation = this.#generation;
    try {
      const token = await this.#options.ticket(true);
      if (generation === this.#generation) this.#send({ type: "auth", id: this.#nextId++, token });
    } catch (error) {
      if (error instanceof SessionOver && generation === this.#generation) {
        this.#drop();
        this.#set({ state: "closed", attempt: 0, retryAt: null, closeCode: UNAUTHENTICATED });
      }
    }
  }
}
