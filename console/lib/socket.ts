// The console's one connection: a WebSocket, or an event stream where a proxy does not pass WebSockets. It resumes. Invariants:
//  - per channel the position of the newest push is kept; after every reconnect it is sent along, so that missed pushes
//    follow in order and none is shown twice (positions.ts);
//  - it never gives up by itself: it tries again after 0.5–15 s with jitter (backoff.ts), at once when the browser says
//    that the network is back or the tab is looked at again; only a dead session ends it;
//  - a connection that says nothing for 45 s is asked (`ping`), and dropped when it stays silent 10 s longer;
//  - a WebSocket that fails although the server has just answered a call gives way to the stream at once (after the second time,
//    when sockets have worked before: a server that restarts is no such proxy); sockets are tried again now and then beside
//    the stream, and take over without a gap when they get through;
//  - no token stands in the address: every connection takes a single-use ticket, and so does re-authentication when the
//    server says `token_expiring`.
// long file: one state machine; its parts that stand alone have their own files
import type { Position, Push, ServerFrame, SubscribeAck } from "../../protocol/wire/frames.ts";
import type { CLOSE } from "../../protocol/errors.ts";
import { backoff } from "./backoff.ts";
import type { LinkStatus, Transport } from "./link_status.ts";
import { Positions } from "./positions.ts";
import { SocketProbe } from "./socket_probe.ts";
import { StreamSocket } from "./stream_socket.ts";

export interface SocketOptions {
  /** Without query: `ws://host/ws`. */
  url: string;
  /** Address of the event stream for when sockets do not get through; without it there are only sockets. */
  streamUrl?: string;
  /** What worked last in this tab. */
  transport?: Transport;
  /** While there are no sockets: does a feature's frame by a call. @returns false when there is no such call */
  callInstead?: (frame: { type: string; [extra: string]: unknown }) => boolean;
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
  /** The server refused a frame or a subscription: the person's rights may have changed. */
  onForbidden?: () => void;
  /** For tests. */
  connect?: (url: string) => WebSocket;
  random?: () => number;
  /** Milliseconds until a socket is first tried beside the stream. */
  probeAfter?: number;
}

const framesOf = (text: string): ServerFrame[] => [JSON.parse(text)].flat();

/** The session ended for good: do not try again. */
export class SessionOver extends Error {}

// A value import would pull the validation library into the bundle; the type keeps the number right.
const UNAUTHENTICATED: typeof CLOSE.unauthenticated = 4401;
const RESTARTING: typeof CLOSE.restarting = 1012;
/** A proxy that swallows the upgrade: longer than a slow network takes, shorter than people wait. */
const SOCKET_ANSWER_MS = 8_000;
const ANSWER_MS = 15_000;
const QUIET_MS = 45_000;
const PONG_MS = 10_000;
/** Well below the server's limit for one frame. */
const CHANNELS_PER_FRAME = 200;

export class ResumableSocket {
  readonly positions = new Positions();
  readonly #options: SocketOptions;
  readonly #channels = new Set<string>();
  #socket: WebSocket | StreamSocket | null = null;
  #transport: Transport;
  /** Has the present transport ever brought a frame? */
  #proven = false;
  /** Sockets in a row that failed right behind a call that was answered. */
  #refused = 0;
  readonly #probe: SocketProbe;
  /** The stream that a socket has taken over from, until that one has answered. */
  #leaving: WebSocket | StreamSocket | null = null;
  #status: LinkStatus;
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
    this.#probe = new SocketProbe(
      () => options.ticket(false).then((ticket) => this.#connect(ticket), () => null),
      (socket) => this.#adopt(socket),
      options.probeAfter,
    );
    this.#transport = options.streamUrl ? options.transport ?? "socket" : "socket";
    this.#status = { state: "closed", transport: this.#transport, attempt: 0, retryAt: null, closeCode: 0 };
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
    if (this.#transport === "stream") return this.#options.callInstead?.(frame) ?? false;
    this.#send(frame);
    return true;
  }

  unsubscribe(channel: string): void {
    if (!this.#channels.delete(channel)) return;
    this.positions.forget(channel);
    const text = JSON.stringify({ type: "unsubscribe", channels: [channel] });
    for (const socket of [this.#socket, this.#leaving]) if (socket?.readyState === WebSocket.OPEN) socket.send(text);
  }

  get channels(): string[] {
    return [...this.#channels];
  }

  /** Tries now instead of waiting for the back-off. */
  retryNow(): void {
    if (this.#status.state === "offline") this.#open();
  }

  #set(status: Omit<LinkStatus, "transport">): void {
    this.#status = { ...status, transport: this.#transport };
    this.#options.onStatus(this.#status);
  }

  /** Ends the present socket, if any; what it still says is not heard. */
  #drop(): void {
    this.#generation++;
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#probe.end();
    this.#leave();
    const socket = this.#socket;
    this.#socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close(1000);
  }

  #leave(): void {
    this.#leaving?.close(1000);
    this.#leaving = null;
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
    const streaming = this.#transport === "stream";
    const socket = streaming ? this.#stream() : this.#connect(ticket);
    // A server that accepts but never answers must not hold the page for ever.
    const patience = this.#options.streamUrl && !streaming ? SOCKET_ANSWER_MS : ANSWER_MS;
    this.#timer = setTimeout(() => generation === this.#generation && this.#lost(0), patience);
    this.#listen(socket, () => {
      this.#missed = 0;
      this.#gap = false;
      if (this.#wasLive) this.#set({ state: "resuming", attempt, retryAt: null, closeCode: 0 });
    });
  }

  #stream(): StreamSocket {
    return new StreamSocket({ url: this.#options.streamUrl!, since: (names) => this.positions.since(names) });
  }

  #connect(ticket: string): WebSocket {
    const url = `${this.#options.url}?batch=1&token=${encodeURIComponent(ticket)}`;
    return (this.#options.connect ?? ((address) => new WebSocket(address)))(url);
  }

  /** Makes it the present connection. @param onReady when it carries frames: a socket that is open, a stream that has answered */
  #listen(socket: WebSocket | StreamSocket, onReady: () => void): void {
    const generation = this.#generation;
    const current = () => generation === this.#generation;
    let answered = false;
    this.#socket = socket;
    this.#unanswered = 0;
    const streaming = socket instanceof StreamSocket;
    socket.onopen = () => {
      if (!current()) return;
      if (!streaming) onReady();
      this.#subscribe(this.channels);
    };
    socket.onmessage = (event: { data: string }) => {
      if (!current()) return;
      if (!answered) {
        answered = this.#proven = true;
        clearTimeout(this.#timer);
        this.#refused = 0;
        if (streaming) {
          this.#probe.later();
          onReady();
        }
      }
      this.#heard();
      for (const frame of framesOf(event.data)) this.#frame(frame);
    };
    socket.onclose = (event: { code: number }) => {
      if (current()) this.#lost(event.code, answered);
    };
  }

  #lost(code: number, answered = false): void {
    this.#drop();
    if (!answered && this.#turn(code)) void this.#open();
    else this.#later(code);
  }

  /**
   * A connection ended before it said anything: is it the way, not the server? @returns true when another way is to be
   * tried at once
   */
  #turn(code: number): boolean {
    if (!this.#options.streamUrl) return false;
    if (this.#transport === "stream") {
      // The stream has not got through either: then it is the server.
      if (!this.#proven) this.#transport = "socket";
      return false;
    }
    // These the server says itself: sockets get through.
    if (code >= 4000 || code === RESTARTING) return false;
    if (++this.#refused < (this.#proven ? 2 : 1)) return false;
    this.#transport = "stream";
    this.#proven = false;
    this.#refused = 0;
    return true;
  }

  /**
   * A socket has got through while there was a stream: it takes over with all positions. Until it has answered, pushes of
   * both are heard: what is not stored (presence, read state) would fall between them, the rest is known by its position.
   */
  #adopt(socket: WebSocket): void {
    const stream = this.#socket;
    this.#socket = null;
    this.#drop();
    if (stream) {
      stream.onclose = null;
      stream.onmessage = ({ data }: { data: string }) => {
        for (const frame of framesOf(data)) if ("channel" in frame) this.#push(frame as Push);
      };
      this.#leaving = stream;
    }
    this.#transport = "socket";
    this.#proven = true;
    this.#listen(socket, () => {});
    this.#set(this.#status);
    this.#heard();
    this.#subscribe(this.channels);
    this.#settle();
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
      this.#watch = setTimeout(() => this.#lost(0, true), PONG_MS);
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
        if ((frame as { code?: string }).code === "forbidden") this.#options.onForbidden?.();
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
      if (code === "forbidden") this.#options.onForbidden?.();
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
    if (this.#unanswered > 0) return;
    this.#leave();
    if (!this.positions.complete) return;
    if (this.#channels.size === 0) {
      return this.#set({ state: "refused", attempt: 0, retryAt: null, closeCode: 0 });
    }
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
