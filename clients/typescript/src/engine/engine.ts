// One connection that comes back: a WebSocket, or an event stream where a proxy does not pass those (fallback.ts). Invariants:
//  - per channel the position of the newest push is kept; after every reconnect it is sent along, so that missed pushes
//    follow in order and none is shown twice (positions.ts); what is too old to be recovered is told, never passed over;
//  - it does not give up by itself: it tries again with full jitter (backoff.ts), at once when the platform wakes it; it ends
//    when the sign-in is over (GiveUp), refused too often, or the server says that this connection is not wanted (4403, 4409);
//  - the tries count from 1 again only once the server has answered everything that was asked;
//  - a silent peer is asked and dropped (heartbeat.ts); what waits to be sent is bounded (outbox.ts);
//  - of several connections that are begun only the last one counts: what the others say or become is not heard.
// long file: one state machine; its parts that stand alone have their own files
import { asPulpoError, GiveUp, PulpoError } from "../errors.ts";
import type { ClientFrame, ErrorFrame, Position, Push, ServerFrame, SubscribeAck } from "../types.ts";
import { backoffDelay } from "./backoff.ts";
import type { EngineOptions } from "./engine_options.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Outbox } from "./outbox.ts";
import { type Link, OPEN, type Timers } from "./platform.ts";
import { Positions } from "./positions.ts";
import type { Talk } from "./sign_in.ts";
import type { LinkStatus } from "./status.ts";

const UNAUTHENTICATED = 4401;
/** Closes after which nothing is tried again. */
const FINAL: Record<number, string> = { 4403: "forbidden", 4409: "replaced" };
/** A proxy that swallows the upgrade: longer than a slow network takes, shorter than people wait. */
const SOCKET_ANSWER_MS = 8_000;
const ANSWER_MS = 15_000;
/** A frame that is refused so is refused every time: for what it asks, not for when. */
const REFUSED_FOR_GOOD = ["validation_failed", "bad_request"];
/** Well below the server's limit for one frame. */
const CHANNELS_PER_FRAME = 200;
/** Unsent bytes above which new frames are refused. */
const MAX_BUFFERED = 4 * 1024 * 1024;

export class Engine {
  readonly positions = new Positions();
  readonly #options: EngineOptions;
  readonly #timers: Timers;
  readonly #outbox: Outbox;
  readonly #heartbeat: Heartbeat;
  /** Followed channels, each with whether it was asked who is there. */
  readonly #channels = new Map<string, boolean>();
  /** Of these, those that the present connection has not been asked for. */
  readonly #unasked = new Set<string>();
  /** Who waits for a channel's answer. */
  readonly #waiting = new Map<string, (isAnswered: boolean) => void>();
  #link: Link | null = null;
  /** The stream that a socket has taken over from, until that one has answered. */
  #leaving: Link | null = null;
  #status: LinkStatus;
  /** Counts connections; only the newest is heard. */
  #generation = 0;
  #timer: unknown;
  #stopWaking: (() => void) | undefined;
  /** Signed in: channels may be asked for. */
  #hasBegun = false;
  /** Frames about channels without their answer. */
  #unanswered = 0;
  #hearing: ((frame: ServerFrame) => void) | null = null;
  /** 4401 in a row. */
  #refusals = 0;
  #wasLive = false;
  #wasDenied = false;
  #missed = 0;
  #hasGap = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { platform, heartbeat = { quietMs: 25_000, answerMs: 25_000 }, fallback } = options;
    this.#timers = platform.timers;
    this.#outbox = new Outbox(this.#timers, options.maxQueue ?? 100, options.timeoutMs ?? 15_000);
    const ping = () => this.#say({ type: "ping" });
    this.#heartbeat = new Heartbeat(this.#timers, heartbeat, ping, () => this.#lost(0, true));
    const tryOut = async () => this.#socket(await options.signIn?.ticket?.());
    fallback?.bind(this.#timers, tryOut, (link) => this.#adopt(link));
    this.#status = { state: "closed", transport: this.#transport, attempt: 0, retryAt: null, closeCode: 0 };
  }

  get status(): LinkStatus {
    return this.#status;
  }

  get channels(): string[] {
    return [...this.#channels.keys()];
  }

  /** Connects and keeps connected. */
  start(): void {
    if (this.#status.state !== "closed") return;
    this.#wasLive = this.#wasDenied = false;
    this.#refusals = 0;
    this.#stopWaking = this.#options.platform.onWake?.(() => this.wake());
    this.#set({ state: "connecting", attempt: 0, retryAt: null, closeCode: 0 });
    void this.#open();
  }

  /** Ends the connection; what waits to be sent is rejected. Channels and positions stay for another start. */
  stop(): void {
    this.#end(0, 0);
  }

  /** Tries now instead of waiting for the back-off; a connection that was silent for long is asked whether it lives. */
  wake(): void {
    if (this.#status.retryAt !== null) void this.#open();
    else this.#heartbeat.check();
  }

  /**
   * Reads channels from now on; what was missed since a known position follows. Those added in one go share a frame.
   * @param withPresence the answer is to tell who is there
   * @returns true once the server has answered, false: all were followed before, or they were left meanwhile
   */
  follow(channels: readonly string[], withPresence = false): Promise<boolean> {
    const fresh = channels.filter((name) => !this.#channels.has(name));
    if (!fresh.length) return Promise.resolve(false);
    const isPlanned = this.#unasked.size > 0;
    for (const name of fresh) {
      this.#channels.set(name, withPresence);
      this.#unasked.add(name);
    }
    if (this.#hasBegun && !isPlanned) queueMicrotask(() => this.#askRest());
    return new Promise((resolve) => this.#waiting.set(fresh.at(-1)!, resolve));
  }

  unfollow(channels: readonly string[]): void {
    const gone = channels.filter((name) => this.#forget(name)).filter((name) => !this.#unasked.delete(name));
    if (!this.#hasBegun) return;
    for (const part of parts(gone)) {
      const text = JSON.stringify({ type: "unsubscribe", channels: part });
      for (const link of [this.#link, this.#leaving]) if (link?.readyState === OPEN) link.send(text);
    }
    if (!this.#isReady) this.#settle();
  }

  /**
   * Asks for the last pushes of a channel that is followed, as if they had been missed: its history out of the event log.
   * @returns the position before them, or null when there are none to ask for
   */
  rewind(channel: string, pushes: number): Position | null {
    const at = this.positions.all()[channel];
    if (!at || at.offset === 0 || !this.#channels.has(channel) || this.#status.state !== "live") return null;
    const from = { epoch: at.epoch, offset: Math.max(0, at.offset - pushes) };
    this.#say({ type: "unsubscribe", channels: [channel] });
    this.positions.set(channel, from);
    this.#ask([channel]);
    return from;
  }

  /**
   * Sends a frame and resolves with the data of its answer. Without a connection it waits in the bounded queue.
   * @throws PulpoError the server's code, `timeout`, `queue_full`, `closed`, `needs_websocket` (only a stream gets through),
   *   or `connection_lost` when it was sent and the answer never came
   */
  send(frame: ClientFrame): Promise<unknown> {
    if (this.#status.state === "closed") return Promise.reject(new PulpoError("closed", "The connection is closed."));
    if (this.#isReady && this.#transport === "stream") return Promise.reject(needsSocket());
    if (this.#isReady && (this.#link?.bufferedAmount ?? 0) > MAX_BUFFERED) {
      return Promise.reject(new PulpoError("queue_full", "The network does not keep up."));
    }
    return this.#outbox.request(frame, this.#isReady ? this.#transmit : undefined);
  }

  /** Sends a frame whose loss does not matter. @returns whether there was a connection to take it */
  post(frame: ClientFrame): boolean {
    if (!this.#isReady || this.#link?.readyState !== OPEN) return false;
    if (this.#transport === "stream") return this.#options.fallback!.call(frame);
    this.#say(frame);
    return true;
  }

  /** Sends a binary message. @returns false: there is no connection that could take it now */
  sendBinary(bytes: Uint8Array<ArrayBuffer>): boolean {
    const link = this.#link;
    if (!this.#isReady || this.#transport === "stream" || link?.readyState !== OPEN) return false;
    if ((link.bufferedAmount ?? 0) > MAX_BUFFERED) return false;
    link.send(bytes);
    return true;
  }

  // ---- connecting

  get #transport() {
    return this.#options.fallback?.transport ?? "socket";
  }

  get #isReady(): boolean {
    return this.#status.state === "live" || this.#status.state === "refused";
  }

  #set(status: Omit<LinkStatus, "transport">): void {
    this.#status = { ...status, transport: this.#transport };
    this.#options.onStatus?.(this.#status);
  }

  async #open(): Promise<void> {
    this.#drop();
    const isCurrent = this.#sameConnection();
    const { attempt } = this.#status;
    if (this.#status.state === "offline") this.#set({ ...this.#status, retryAt: null });
    const { fallback } = this.#options;
    const isStream = this.#transport === "stream";
    let link: Link;
    try {
      // A stream too begins with a call that is answered: it tells a session that is over from a network that is.
      const ticket = await this.#options.signIn?.ticket?.();
      if (!isCurrent()) return;
      link = isStream ? fallback!.open((names) => this.positions.since(names)) : this.#socket(ticket);
    } catch (error) {
      if (!isCurrent()) return;
      if (error instanceof GiveUp) return this.#end(UNAUTHENTICATED, attempt, error);
      this.#options.onError?.(asPulpoError(error));
      return this.#later(0);
    }
    // A server that accepts but never answers must not hold the connection for ever.
    this.#timer = this.#timers.set(() => this.#lost(0), fallback && !isStream ? SOCKET_ANSWER_MS : ANSWER_MS);
    this.#listen(link, () => {
      this.#missed = 0;
      this.#hasGap = false;
      if (this.#wasLive) this.#set({ state: "resuming", attempt, retryAt: null, closeCode: 0 });
    });
  }

  #socket(ticket: string | undefined): Link {
    const url = this.#options.address();
    const more = ticket === undefined ? "" : `${url.includes("?") ? "&" : "?"}token=${encodeURIComponent(ticket)}`;
    return this.#options.platform.connect(url + more);
  }

  #sameConnection(): () => boolean {
    const generation = this.#generation;
    return () => generation === this.#generation;
  }

  /** Makes it the present connection. @param onReady when it carries frames: a socket that is open, a stream that has answered */
  #listen(link: Link, onReady: () => void): void {
    const isCurrent = this.#sameConnection();
    const isStream = this.#transport === "stream";
    let isAnswered = false;
    this.#link = link;
    link.binaryType = "arraybuffer";
    link.onerror = () => {}; // `close` follows and says more
    link.onopen = () => {
      if (!isCurrent()) return;
      if (!isStream) onReady();
      void this.#greet(isCurrent, isStream);
    };
    link.onmessage = ({ data }) => {
      if (!isCurrent()) return;
      if (!isAnswered) {
        isAnswered = true;
        if (isStream || !this.#options.signIn?.greet) this.#timers.clear(this.#timer);
        this.#options.fallback?.heard();
        if (isStream) onReady();
      }
      this.#heartbeat.heard();
      if (typeof data !== "string") return this.#options.onBinary?.(new Uint8Array(data as ArrayBuffer));
      for (const frame of framesOf(data)) if (isCurrent()) this.#frame(frame);
    };
    link.onclose = ({ code, reason }) => {
      if (isCurrent()) this.#lost(code, isAnswered, reason);
    };
  }

  async #greet(isCurrent: () => boolean, isStream: boolean): Promise<void> {
    const greet = isStream ? undefined : this.#options.signIn?.greet;
    if (greet) {
      try {
        await greet(this.#talk());
      } catch (error) {
        if (!isCurrent()) return;
        if (error instanceof GiveUp) return this.#end(UNAUTHENTICATED, this.#status.attempt, error);
        this.#options.onError?.(asPulpoError(error));
        // A refusal is followed by the server's close, which says whether to try again; a provider's failure is not.
        if (!(error instanceof PulpoError) || error.code === "timeout") this.#lost(0);
        return;
      }
      if (!isCurrent()) return;
      this.#timers.clear(this.#timer);
    }
    this.#begin();
  }

  #talk(): Talk {
    return {
      ask: (frame) => this.#outbox.request(frame, this.#transmit),
      say: (frame) => this.#say(frame),
      hear: () => new Promise((resolve) => this.#hearing = resolve),
    };
  }

  /** Asks for all channels, or at least for a sign of life. */
  #begin(): void {
    this.#hasBegun = true;
    this.#unasked.clear();
    if (this.#channels.size) this.#ask(this.channels);
    else this.#await({ type: "ping" });
  }

  #askRest(): void {
    if (!this.#hasBegun) return;
    const names = [...this.#unasked];
    this.#unasked.clear();
    this.#ask(names);
  }

  #ask(channels: string[]): void {
    for (const presence of [false, true]) {
      for (
        const part of parts(channels.filter((name) => this.#channels.get(name) === presence))
      ) {
        const since = this.positions.since(part);
        const frame = { type: "subscribe", channels: part, ...(since && { since }), ...(presence && { presence }) };
        this.#await(frame, ({ code }) => {
          const isForGood = REFUSED_FOR_GOOD.includes(code);
          if (isForGood) this.#narrow(part, code);
          return isForGood;
        });
      }
    }
  }

  /** One name spoils the frame that it shares with others: asked by halves, only that one is denied. */
  #narrow(asked: string[], code: string): void {
    if (asked.length === 1) return this.#denied({ [asked[0]!]: code });
    const half = Math.ceil(asked.length / 2);
    for (const part of [asked.slice(0, half), asked.slice(half)]) this.#ask(part);
  }

  /**
   * A frame whose answer the state of the connection hangs on; a refusal is a connection that failed, unless `handle`
   * says that it has dealt with it.
   */
  #await(frame: ClientFrame, handle?: (error: PulpoError) => boolean): void {
    const isCurrent = this.#sameConnection();
    this.#unanswered++;
    this.#outbox.ask(frame, this.#transmit, (error) => {
      if (!isCurrent()) return;
      this.#unanswered--;
      if (!error || handle?.(error)) return this.#settle();
      this.#options.onError?.(error);
      this.#lost(0, true);
    });
  }

  /**
   * A socket has got through while there was a stream: it takes over with all positions. Until it has answered, pushes of
   * both are heard: what is not stored (presence, read state) would fall between them, the rest is known by its position.
   */
  #adopt(link: Link): void {
    const stream = this.#link;
    this.#link = null;
    this.#drop();
    if (stream) {
      stream.onclose = null;
      stream.onmessage = ({ data }) => {
        for (const frame of framesOf(String(data))) if ("channel" in frame) this.#push(frame as Push);
      };
      this.#leaving = stream;
    }
    this.#options.fallback?.toSocket();
    this.#listen(link, () => {});
    this.#set(this.#status);
    this.#heartbeat.heard();
    this.#begin();
  }

  // ---- receiving

  #frame(frame: ServerFrame): void {
    if ("channel" in frame) return this.#push(frame as Push);
    const { channels, denied } = (frame.type === "ack" && (frame.data as Partial<SubscribeAck>)) || {};
    if (channels) this.#acked({ channels, denied: denied ?? {} });
    if (this.#outbox.answer(frame)) return;
    switch (frame.type) {
      case "ack":
      case "pong":
        return;
      case "ping":
        return this.#say({ type: "pong", ...("id" in frame ? { id: frame.id as string } : {}) });
      case "error":
        return this.#refused(frame as ErrorFrame);
      case "token_expiring":
        return void this.#renew();
    }
    const hearing = this.#hearing;
    this.#hearing = null;
    if (hearing) hearing(frame);
    else this.#options.onFrame?.(frame);
  }

  #acked({ channels, denied }: SubscribeAck): void {
    const isFollowed = ([name]: [string, unknown]) => this.#channels.has(name);
    const { missed, lost } = this.positions.acked(Object.fromEntries(Object.entries(channels).filter(isFollowed)));
    this.#missed += missed;
    for (const name of Object.keys(channels)) this.#answered(name, true);
    this.#denied(denied);
    if (!lost.length) return;
    this.#hasGap = true;
    this.#options.onLost?.(lost);
  }

  /** @param codes by name */
  #denied(codes: Record<string, string>): void {
    for (const [name, code] of Object.entries(codes)) {
      if (this.#forget(name, true)) this.#options.onDenied?.(name, code);
    }
    this.#wasDenied = this.#channels.size === 0 && (this.#wasDenied || Object.keys(codes).length > 0);
  }

  #push(push: Push): void {
    const { fresh, replayed } = this.positions.pushed(push, (name) => this.#channels.has(name));
    if (fresh.length) this.#options.onPush(push, replayed, fresh);
    if (this.#status.state !== "live") this.#settle();
  }

  /** An error that answers nothing asked: the right to a channel has ended, or a frame without an id was refused. */
  #refused({ code, message, subject }: ErrorFrame): void {
    const names = subject ? this.positions.askedFor(subject).filter((name) => this.#forget(name)) : [];
    if (!names.length) return this.#options.onError?.(new PulpoError(code, message));
    for (const name of names) this.#options.onWithdrawn?.(name, code);
    if (!this.#channels.size) this.#wasDenied = true;
    else if (this.#isReady) return;
    this.#settle();
  }

  #forget(name: string, isAnswered = false): boolean {
    if (!this.#channels.delete(name)) return false;
    this.positions.forget(name);
    this.#answered(name, isAnswered);
    return true;
  }

  #answered(name: string, isAnswered: boolean): void {
    this.#waiting.get(name)?.(isAnswered);
    this.#waiting.delete(name);
  }

  /** Once every channel was answered and everything that was missed is there, the connection counts as live. */
  #settle(): void {
    if (!this.#hasBegun || this.#unanswered > 0) return;
    this.#leave();
    if (!this.positions.complete) return;
    const wasResuming = this.#status.state === "resuming";
    this.#refusals = 0;
    this.#wasLive ||= !this.#wasDenied;
    this.#set({ state: this.#wasDenied ? "refused" : "live", attempt: 0, retryAt: null, closeCode: 0 });
    if (this.#transport === "stream") this.#outbox.refuse(needsSocket());
    else this.#outbox.flush(this.#transmit);
    if (this.#wasDenied) return;
    if (wasResuming) this.#options.onResumed?.(this.#missed, !this.#hasGap);
    this.#missed = 0;
  }

  /** Shows a fresh credential on the open connection. Where there is none to be had, the server closes it (4401). */
  async #renew(): Promise<void> {
    const { renew } = this.#options.signIn ?? {};
    if (!renew) return;
    const isCurrent = this.#sameConnection();
    try {
      const token = await renew();
      if (isCurrent()) await this.#outbox.request({ type: "auth", token }, this.#transmit);
    } catch (error) {
      if (!isCurrent()) return;
      if (error instanceof GiveUp) this.#end(UNAUTHENTICATED, 0, error);
      else this.#options.onError?.(asPulpoError(error));
    }
  }

  // ---- ending

  /** Ends the present connection, if any; what it still says is not heard. */
  #drop(): void {
    this.#generation++;
    this.#timers.clear(this.#timer);
    this.#heartbeat.stop();
    this.#options.fallback?.rest();
    this.#hasBegun = false;
    this.#unanswered = 0;
    this.#hearing = null;
    this.#leave();
    const link = this.#link;
    this.#link = null;
    this.#outbox.connectionLost();
    if (link && link.readyState <= OPEN) link.close(1000);
  }

  #leave(): void {
    this.#leaving?.close(1000);
    this.#leaving = null;
  }

  #lost(code: number, isAnswered = false, reason = ""): void {
    const { attempt } = this.#status;
    this.#drop();
    const text = reason || `The server closed the connection (${code}).`;
    if (FINAL[code]) return this.#end(code, attempt, new PulpoError(FINAL[code], text));
    if (code === UNAUTHENTICATED && ++this.#refusals > (this.#options.maxRefusals ?? Infinity)) {
      return this.#end(code, attempt, new PulpoError("unauthenticated", text));
    }
    if (!isAnswered && this.#options.fallback?.turn(code)) void this.#open();
    else this.#later(code);
  }

  #later(closeCode: number): void {
    const attempt = this.#status.attempt + 1;
    const wait = backoffDelay(attempt, this.#options.backoff, this.#options.platform.random);
    this.#set({ state: "offline", attempt, retryAt: this.#timers.now() + wait, closeCode });
    this.#timer = this.#timers.set(() => void this.#open(), wait);
  }

  #end(closeCode: number, attempt: number, reason?: PulpoError): void {
    this.#drop();
    this.#stopWaking?.();
    this.#stopWaking = undefined;
    for (const name of [...this.#waiting.keys()]) this.#answered(name, false);
    this.#set({ state: "closed", attempt, retryAt: null, closeCode });
    this.#outbox.close();
    if (reason) this.#options.onError?.(reason);
  }

  // ---- sending

  readonly #transmit = (text: string): void => {
    if (this.#link?.readyState === OPEN) this.#link.send(text);
  };

  #say(frame: ClientFrame): void {
    this.#transmit(JSON.stringify(frame));
  }
}

/** What is no JSON answers nothing: whoever waits notices. */
function framesOf(text: string): ServerFrame[] {
  try {
    return ([] as ServerFrame[]).concat(JSON.parse(text));
  } catch {
    return [];
  }
}

function parts(channels: string[]): string[][] {
  const count = Math.ceil(channels.length / CHANNELS_PER_FRAME);
  return Array.from({ length: count }, (_, i) => channels.slice(i * CHANNELS_PER_FRAME, (i + 1) * CHANNELS_PER_FRAME));
}

function needsSocket(): PulpoError {
  return new PulpoError("needs_websocket", "Only an event stream gets through, which carries no frames to the server.");
}
