// The engine with a friendlier face: handlers per channel, events, and what an address and a token look like.
import type { ConnectionEvents, ConnectionState, PulpoConnectionOptions, Subscription } from "./connection_types.ts";
import { Engine } from "./engine/engine.ts";
import { standardPlatform } from "./engine/platform.ts";
import { byTicket, byToken } from "./engine/sign_in.ts";
import type { LinkStatus } from "./engine/status.ts";
import { GiveUp, PulpoError } from "./errors.ts";
import { type PushHandler, type Reader, Readers } from "./readers.ts";
import type { ClientFrame, Position, Push } from "./types.ts";

export class PulpoConnection {
  readonly #engine: Engine;
  readonly #readers = new Readers();
  readonly #listeners = new Map<
    keyof ConnectionEvents,
    Set<(...args: never[]) => void>
  >();
  readonly #stored: Record<string, Position>;
  #state: ConnectionState = "idle";

  /** Does not connect yet: `open()` does, or the first `subscribe`/`send`. */
  constructor(options: PulpoConnectionOptions = {}) {
    const { token, ticket, heartbeat: quietMs = 25_000 } = options;
    if (token && options.fallback) {
      throw new PulpoError("bad_request", "A fallback needs `ticket` or the page's cookie, not `token`.");
    }
    this.#stored = options.positions ?? {};
    const isRenewable = typeof token === "function" || ticket !== undefined;
    this.#engine = new Engine({
      address: () => socketAddress(options),
      platform: standardPlatform({ Socket: options.WebSocket }),
      signIn: { ...(ticket && byTicket(ticket)), ...(token && byToken(token)) },
      fallback: options.fallback,
      backoff: options.backoff,
      heartbeat: { quietMs, answerMs: quietMs },
      maxQueue: options.maxQueue,
      timeoutMs: options.timeout,
      maxRefusals: isRenewable ? 1 : 0,
      onPush: (push, _, names) => this.#push(push, names),
      onStatus: (status) => this.#changed(status),
      onLost: (names) => names.forEach((name) => this.#emit("gap", name)),
      onDenied: (name, code) => this.#denied(name, code),
      onWithdrawn: (name, code) => this.#denied(name, code),
      onError: (error) => this.#emit("error", error),
      onBinary: (bytes) => this.#emit("binary", bytes),
    });
    for (const name of options.channels ?? []) this.#read(name, { handler: undefined }, false);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Where each channel stands, by the name that was asked for. Store it to resume in another page or process. */
  get positions(): Record<string, Position> {
    return this.#engine.positions.all();
  }

  /** Starts connecting, also after it was closed. */
  open(): this {
    this.#engine.start();
    return this;
  }

  /** Ends the connection; messages that wait are rejected. Subscriptions and positions stay for another `open()`. */
  close(): void {
    this.#engine.stop();
  }

  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void {
    const listeners = this.#listeners.get(event) ??
      this.#listeners.set(event, new Set()).get(event)!;
    listeners.add(listener);
    return () => void listeners.delete(listener);
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
    const reader: Reader = { handler };
    for (const name of names) this.#read(name, reader, options.presence ?? false, options.since?.[name]);
    if (this.#state === "idle") this.open();
    return {
      channels: names,
      unsubscribe: () => this.#engine.unfollow(names.filter((name) => this.#readers.remove(name, reader))),
    };
  }

  /**
   * Sends a frame and resolves with the data of its ack. Without a connection it waits in the bounded queue.
   * @throws PulpoError the server's code, `timeout`, `queue_full`, `closed`, `needs_websocket` (only a stream gets
   *   through), or `connection_lost` when it was sent and the answer never came (give the frame a `client_id` where the
   *   server takes one, then a second send is harmless).
   */
  send(frame: ClientFrame): Promise<unknown> {
    if (this.#state === "idle") this.open();
    return this.#engine.send(frame);
  }

  /** Sends a frame whose loss does not matter (typing); false when there is no connection now. */
  post(frame: ClientFrame): boolean {
    return this.#engine.post(frame);
  }

  /** Sends a binary message (`encodeBinary`); false when there is no connection that could take it now. */
  sendBinary(bytes: Uint8Array<ArrayBuffer>): boolean {
    return this.#engine.sendBinary(bytes);
  }

  #read(name: string, reader: Reader, withPresence: boolean, since = this.#stored[name]): void {
    this.#readers.add(name, reader);
    if (since && !this.#engine.channels.includes(name)) this.#engine.positions.set(name, since);
    void this.#engine.follow([name], withPresence);
  }

  #push(push: Push, names: string[]): void {
    for (const handler of this.#readers.handlersOf(names)) this.#call(handler, push);
    this.#emit("push", push);
  }

  #denied(name: string, code: string): void {
    this.#readers.drop(name);
    this.#emit("denied", name, code);
  }

  #changed({ state, retryAt }: LinkStatus): void {
    const isThere = state === "live" || state === "refused";
    const next = isThere ? "connected" : state === "closed" ? "closed" : retryAt === null ? "connecting" : "waiting";
    if (next === this.#state) return;
    this.#state = next;
    this.#emit("state", next);
  }

  #emit<E extends keyof ConnectionEvents>(
    event: E,
    ...args: Parameters<ConnectionEvents[E]>
  ): void {
    for (const listener of [...this.#listeners.get(event) ?? []]) {
      if (event === "error") {
        (listener as ConnectionEvents["error"])(args[0] as PulpoError);
      } else this.#call(listener as (...args: unknown[]) => void, ...args);
    }
  }

  /** A handler that throws must not end the connection or keep the others from their push. */
  #call<A extends unknown[]>(handler: (...args: A) => void, ...args: A): void {
    try {
      handler(...args);
    } catch (cause) {
      const error = new PulpoError("handler_failed", `A handler failed: ${cause}`, { cause });
      if (this.#listeners.get("error")?.size) this.#emit("error", error);
      else console.error(error);
    }
  }
}

function socketAddress({ url, batch }: PulpoConnectionOptions): string {
  const base = url ??
    (typeof location === "undefined" ? undefined : location.origin);
  if (!base) throw new GiveUp("bad_request", "Pass the server's address: new PulpoConnection({ url })");
  const address = new URL(base);
  address.protocol = address.protocol.replace("http", "ws");
  address.pathname = address.pathname.replace(/\/+$/, "") + "/ws";
  if (batch ?? true) address.searchParams.set("batch", "1");
  return address.href;
}
