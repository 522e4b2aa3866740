// A WebSocket that comes back. What holds:
//  - after a broken connection everything subscribed is subscribed again from its position (epoch and offset): handlers
//    see each durable push once, in order; what is too old to be recovered is told by the `gap` event;
//  - waits between attempts grow with full jitter; a network that returns (`online`) ends the wait;
//  - before the token ends the provider is asked for a fresh one, on the same socket;
//  - what waits to be sent is bounded; a silent peer is noticed by a ping without an answer.
import { backoffDelay } from "./backoff.ts";
import type { ConnectionEvents, ConnectionState, PulpoConnectionOptions, Subscription } from "./connection_types.ts";
import { PulpoError } from "./errors.ts";
import { Outbox } from "./outbox.ts";
import { type PushHandler, type Topic, Topics } from "./topics.ts";
import type { ClientFrame, ErrorFrame, Position, Push, ServerFrame, SubscribeAck } from "./types.ts";

const MAX_CHANNELS_PER_FRAME = 500;
/** Unsent bytes above which new messages are refused. */
const MAX_BUFFERED = 4 * 1024 * 1024;
const FINAL_CLOSE: Record<number, string> = { 4403: "forbidden", 4409: "replaced" };

export class PulpoConnection {
  private readonly options: PulpoConnectionOptions;
  private readonly topics = new Topics();
  private readonly outbox: Outbox;
  private readonly listeners = new Map<keyof ConnectionEvents, Set<(...args: never[]) => void>>();
  /** Channels whose subscription must still be asked for on the open socket. */
  private readonly unasked = new Set<Topic>();
  private socket: WebSocket | undefined;
  private current: ConnectionState = "idle";
  /** Attempts that failed since the last `connected`; of these, those refused with 4401. */
  private failures = 0;
  private refused = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private heartbeatTimer: ReturnType<typeof setInterval> | undefined;
  private lastReceived = 0;
  private readonly onOnline = () => this.current === "waiting" && this.connect();

  /** Does not connect yet: `open()` does, or the first `subscribe`/`send`. */
  constructor(options: PulpoConnectionOptions = {}) {
    this.options = options;
    this.outbox = new Outbox(options.maxQueue ?? 100, options.timeout ?? 15_000);
    for (const name of options.channels ?? []) {
      this.topics.add(name, undefined, false, options.positions?.[name]);
    }
  }

  get state(): ConnectionState {
    return this.current;
  }

  /** Where each channel stands, by the name that was asked for. Store it to resume in another page or process. */
  get positions(): Record<string, Position> {
    return this.topics.positions();
  }

  /** Starts connecting, also after it was closed. */
  open(): this {
    if (this.current === "idle" || this.current === "closed") {
      this.failures = this.refused = 0;
      if (typeof addEventListener === "function") {
        addEventListener("online", this.onOnline);
      }
      this.connect();
    }
    return this;
  }

  /** Ends the connection; messages that wait are rejected. Subscriptions and positions stay for another `open()`. */
  close(): void {
    this.shut(undefined);
  }

  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void {
    let set = this.listeners.get(event);
    if (!set) this.listeners.set(event, set = new Set());
    set.add(listener);
    return () => void set.delete(listener);
  }

  /**
   * Reads channels. `handler` gets their pushes (the `push` event gets them too). `since` resumes from a position.
   * A channel that several subscriptions read is left when the last one ends.
   */
  subscribe(
    channels: string | string[],
    handler?: PushHandler,
    options: { since?: Record<string, Position>; presence?: boolean } = {},
  ): Subscription {
    const names = [...new Set([channels].flat())];
    const added = names.map((name) => {
      const since = options.since?.[name] ?? this.options.positions?.[name];
      return this.topics.add(name, handler, options.presence ?? false, since);
    });
    const fresh = added.filter(({ isNew }) => isNew).map(({ topic }) => topic);
    this.askLater(fresh);
    if (this.current === "idle") this.open();
    let over = false;
    return {
      channels: names,
      unsubscribe: () => {
        if (over) return;
        over = true;
        const left = added.filter(({ topic, reader }) => topic.readers.delete(reader) && topic.readers.size === 0);
        for (const { topic } of left) this.topics.delete(topic);
        const gone = left.filter(({ topic }) => !this.unasked.delete(topic)).map(({ topic }) => topic.name);
        if (gone.length) this.post({ type: "unsubscribe", channels: gone });
      },
    };
  }

  /**
   * Sends a frame and resolves with the data of its ack. Without a connection it waits in the bounded queue.
   * @throws PulpoError the server's code, `timeout`, `queue_full`, `closed`, or `connection_lost` when it was sent and
   *   the answer never came (give the frame a `client_id` where the server takes one, then a second send is harmless).
   */
  send(frame: ClientFrame): Promise<unknown> {
    if (this.current === "closed") {
      return Promise.reject(new PulpoError("closed", "The connection is closed."));
    }
    this.open();
    const ready = this.current === "connected";
    if (ready && this.socket!.bufferedAmount > MAX_BUFFERED) {
      return Promise.reject(new PulpoError("queue_full", "The network does not keep up."));
    }
    return this.outbox.request(frame, ready ? this.transmit : undefined);
  }

  /** Sends a frame whose loss does not matter (typing); false when there is no connection now. */
  post(frame: ClientFrame): boolean {
    if (this.current !== "connected") return false;
    this.transmit(JSON.stringify(frame));
    return true;
  }

  // ---- connecting

  private readonly transmit = (text: string): void => this.socket?.send(text);

  private connect(): void {
    clearTimeout(this.retryTimer);
    this.setState("connecting");
    this.start().catch((error) => {
      if (this.current !== "connecting" || this.socket) return;
      // Wrong options stay wrong; a provider that failed may work the next time.
      if (error instanceof PulpoError && error.code === "bad_request") return this.shut(error);
      this.emit("error", asPulpoError(error));
      this.again();
    });
  }

  private async start(): Promise<void> {
    const { ticket } = this.options;
    const address = this.address(ticket ? await ticket() : undefined);
    const Socket = this.options.WebSocket ?? globalThis.WebSocket;
    if (!Socket) {
      throw new PulpoError("bad_request", "There is no WebSocket here: pass one in the options.");
    }
    if (this.current !== "connecting") return; // closed meanwhile
    const socket = new Socket(address);
    this.socket = socket;
    const mine = () => this.socket === socket;
    socket.onopen = () => {
      if (!mine()) return;
      this.lastReceived = Date.now();
      this.watch(socket);
      void this.begin(mine);
    };
    socket.onmessage = (event) => mine() && this.receive(event.data);
    socket.onclose = (event) => mine() && this.lost(event.code, event.reason);
    socket.onerror = () => {}; // `close` follows and says more
  }

  private address(ticket: string | undefined): string {
    const base = this.options.url ?? (typeof location === "undefined" ? undefined : location.origin);
    if (!base) {
      throw new PulpoError("bad_request", "Pass the server's address: new PulpoConnection({ url })");
    }
    const url = new URL(base);
    url.protocol = url.protocol.replace("http", "ws");
    url.pathname = url.pathname.replace(/\/+$/, "") + "/ws";
    if (this.options.batch ?? true) url.searchParams.set("batch", "1");
    if (ticket) url.searchParams.set("token", ticket);
    return url.href;
  }

  /** Signs in and subscribes. `mine` turns false when this attempt is over. */
  private async begin(mine: () => boolean): Promise<void> {
    const { token } = this.options;
    try {
      if (token) await this.authenticate(typeof token === "function" ? await token() : token);
    } catch (error) {
      if (!mine()) return;
      this.emit("error", asPulpoError(error));
      // A refusal is followed by the server's close, which says whether to try again; a provider's failure is not.
      if (!(error instanceof PulpoError) || error.code === "timeout") this.drop();
      return;
    }
    try {
      this.unasked.clear();
      const topics = this.topics.all();
      if (topics.length) await this.ask(topics);
      else await this.outbox.request({ type: "ping" }, this.transmit);
      if (mine()) this.ready();
    } catch (error) {
      if (!mine()) return;
      this.emit("error", asPulpoError(error));
      this.drop();
    }
  }

  private authenticate(token: string): Promise<unknown> {
    return this.outbox.request({ type: "auth", token }, this.transmit);
  }

  private async ask(topics: Topic[]): Promise<void> {
    for (const presence of [false, true]) {
      const group = topics.filter((topic) => topic.presence === presence);
      for (let i = 0; i < group.length; i += MAX_CHANNELS_PER_FRAME) {
        const part = group.slice(i, i + MAX_CHANNELS_PER_FRAME);
        const since: Record<string, Position> = {};
        for (const { name, position } of part) {
          if (position) since[name] = position;
        }
        const ack = await this.outbox.request(
          {
            type: "subscribe",
            channels: part.map((topic) => topic.name),
            ...(Object.keys(since).length ? { since } : {}),
            ...(presence ? { presence } : {}),
          },
          this.transmit,
        );
        const { gaps, denied } = this.topics.acknowledge(ack as SubscribeAck, since);
        for (const name of gaps) this.emit("gap", name);
        for (const { topic, code } of denied) {
          this.emit("denied", topic.name, code);
        }
      }
    }
  }

  /** Channels added in one go share a frame. */
  private askLater(topics: Topic[]): void {
    if (this.current === "idle" || this.current === "closed" || this.current === "waiting" || !topics.length) return;
    const first = this.unasked.size === 0;
    for (const topic of topics) this.unasked.add(topic);
    if (first) {
      queueMicrotask(() => this.current === "connected" && this.askNow());
    }
  }

  private askNow(): void {
    const topics = [...this.unasked];
    this.unasked.clear();
    if (topics.length) {
      this.ask(topics).catch((error) => this.emit("error", asPulpoError(error)));
    }
  }

  private ready(): void {
    this.failures = this.refused = 0;
    this.setState("connected");
    this.askNow();
    this.outbox.flush(this.transmit);
  }

  // ---- receiving

  private receive(data: unknown): void {
    this.lastReceived = Date.now();
    const frames = JSON.parse(String(data)) as ServerFrame | ServerFrame[];
    if (!Array.isArray(frames)) return this.handle(frames);
    for (const frame of frames) this.handle(frame);
  }

  private handle(frame: ServerFrame): void {
    if ("channel" in frame) {
      const handlers = this.topics.take(frame as Push);
      if (!handlers) return;
      for (const handler of handlers) this.call(handler, frame as Push);
      return this.emit("push", frame as Push);
    }
    if (this.outbox.answer(frame)) return;
    if (frame.type === "token_expiring") {
      this.renew().catch((error) => this.emit("error", asPulpoError(error)));
    } else if (frame.type === "error") this.refusedChannel(frame as ErrorFrame);
  }

  /** A fresh credential on the same socket. Where there is none to be had, the socket ends with the token (4401). */
  private async renew(): Promise<void> {
    const provider = typeof this.options.token === "function" ? this.options.token : this.options.ticket;
    if (provider) await this.authenticate(await provider());
  }

  /** An error that answers nothing we sent: a right was withdrawn; `subject` is the channel. */
  private refusedChannel({ code, message, subject }: ErrorFrame): void {
    const topic = this.topics.all().find(({ name, canonical }) => subject === canonical || subject === name);
    if (!topic) return this.emit("error", new PulpoError(code, message));
    this.topics.delete(topic);
    this.emit("denied", topic.name, code);
  }

  // ---- ending

  private watch(socket: WebSocket): void {
    const every = this.options.heartbeat ?? 25_000;
    clearInterval(this.heartbeatTimer);
    this.heartbeatTimer = setInterval(() => {
      const silent = Date.now() - this.lastReceived;
      if (silent >= every * 2) this.drop();
      else if (silent >= every * 0.9 && socket.readyState === socket.OPEN) {
        this.transmit('{"type":"ping"}');
      }
    }, every);
  }

  /** Gives the socket up without waiting for its `close` event, which a dead network delays by minutes. */
  private drop(): void {
    const { socket } = this;
    this.lost(1006, "no answer");
    socket?.close();
  }

  private lost(code: number, reason: string): void {
    this.socket = undefined;
    clearInterval(this.heartbeatTimer);
    this.outbox.connectionLost();
    if (this.current === "closed") return;
    const final = FINAL_CLOSE[code];
    if (final) {
      return this.shut(new PulpoError(final, reason || `The server closed the connection (${code}).`));
    }
    if (code === 4401) {
      this.refused++;
      const renewable = typeof this.options.token === "function" || this.options.ticket !== undefined;
      if (!renewable || this.refused > 1) {
        return this.shut(new PulpoError("unauthenticated", reason || "The server refused the token."));
      }
    }
    this.again();
  }

  private again(): void {
    this.failures++;
    this.setState("waiting");
    this.retryTimer = setTimeout(() => this.connect(), backoffDelay(this.failures, this.options.backoff));
  }

  private shut(reason: PulpoError | undefined): void {
    if (this.current === "closed") return;
    clearTimeout(this.retryTimer);
    clearInterval(this.heartbeatTimer);
    if (typeof removeEventListener === "function") {
      removeEventListener("online", this.onOnline);
    }
    const { socket } = this;
    this.socket = undefined;
    this.setState("closed");
    this.outbox.close();
    try {
      socket?.close(1000);
    } catch {
      /* it never opened */
    }
    if (reason) this.emit("error", reason);
  }

  // ---- telling

  private setState(state: ConnectionState): void {
    if (state === this.current) return;
    this.current = state;
    this.emit("state", state);
  }

  private emit<E extends keyof ConnectionEvents>(event: E, ...args: Parameters<ConnectionEvents[E]>): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      if (event === "error") {
        (listener as ConnectionEvents["error"])(args[0] as PulpoError);
      } else this.call(listener as (...args: unknown[]) => void, ...args);
    }
  }

  /** A handler that throws must not end the connection or keep the others from their push. */
  private call<A extends unknown[]>(handler: (...args: A) => void, ...args: A): void {
    try {
      handler(...args);
    } catch (cause) {
      const error = new PulpoError("handler_failed", `A handler failed: ${cause}`, { cause });
      if (this.listeners.get("error")?.size) this.emit("error", error);
      else console.error(error);
    }
  }
}

function asPulpoError(error: unknown): PulpoError {
  if (error instanceof PulpoError) return error;
  return new PulpoError("connection_lost", error instanceof Error ? error.message : String(error), { cause: error });
}
