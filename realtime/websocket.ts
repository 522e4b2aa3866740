// The WebSocket side (CONTRACT section 3): upgrade, authentication within 10 s, and the protocol's own frames; all other
// frames go to the features through the gateway. Native Deno sockets, no compression; `idleTimeout` pings quiet peers.
import { AppError, toAppError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/log.ts";
import { resolveMe } from "../protocol/channels.ts";
import { CLOSE } from "../protocol/errors.ts";
import { anyFrame, type CoreFrame, coreFrame, type FrameId, type Position } from "../protocol/frames.ts";
import { Connection, type ConnectionOptions, type Transport } from "./connection.ts";
import type { Encoded } from "./encoded.ts";
import type { Gateway, Peer } from "./gateway.ts";
import type { Hub } from "./hub.ts";

const MAX_FRAME_BYTES = 1024 * 1024;
const AUTH_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_S = 45;
/** Frames that may wait while an earlier one is worked on. */
const MAX_PENDING_FRAMES = 1000;
const CORE_TYPES = new Set(["auth", "subscribe", "unsubscribe", "ping"]);

export interface WebSocketOptions extends ConnectionOptions {
  batch: boolean;
  /** Taken at the upgrade; without it the first frame must be `auth`. */
  token: string | undefined;
  /** Channels to subscribe while connecting; the ack has no id. */
  channels: string[];
  /** Presets end the connection (4403) when one of their channels is denied. */
  channelsRequired: boolean;
  since?: Record<string, Position>;
  /** Average frames per second; five seconds' worth may come at once. */
  messagesPerSecond: number;
}

class SocketTransport implements Transport {
  readonly mode: "single" | "batch";

  constructor(private readonly socket: WebSocket, batch: boolean) {
    this.mode = batch ? "batch" : "single";
  }

  buffered(): number {
    return this.socket.bufferedAmount;
  }

  sendText(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  sendPush(push: Encoded): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(push.text);
  }

  heartbeat(): void {}

  close(code: number, reason: string): void {
    try {
      this.socket.close(code, reason);
    } catch { /* it is closing already */ }
  }
}

/** Upgrades the request. @throws AppError `unavailable` (before the upgrade) when the instance is full. */
export function acceptWebSocket(
  request: Request,
  hub: Hub,
  gateway: Gateway,
  peer: Peer,
  options: WebSocketOptions,
  log: Logger,
): Response {
  hub.assertRoom();
  const offered = request.headers.get("sec-websocket-protocol")?.split(",").map((p) => p.trim()) ?? [];
  const asked = offered.includes("pulpo.batch");
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: IDLE_TIMEOUT_S,
    ...(asked ? { protocol: "pulpo.batch" } : {}),
  });
  socket.binaryType = "arraybuffer";
  const transport = new SocketTransport(socket, options.batch || asked);
  const connection = new Connection(hub, gateway, transport, peer, options, log);
  const session = new SocketSession(connection, options);
  socket.onopen = () => session.open();
  socket.onmessage = (event) => session.receive(event.data);
  socket.onclose = () => session.closed();
  socket.onerror = () => session.closed();
  return response;
}

class SocketSession {
  private queue: Promise<void> = Promise.resolve();
  private pending = 0;
  private tokens: number;
  private refilled = Date.now();
  private lastFrame = 0;
  private authTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly connection: Connection, private readonly options: WebSocketOptions) {
    this.tokens = options.messagesPerSecond * 5;
  }

  open(): void {
    try {
      this.connection.hub.register(this.connection);
    } catch {
      return this.connection.close(CLOSE.restarting, "no room; try again later");
    }
    const { token } = this.options;
    if (token !== undefined) return this.enqueue(() => this.authenticate(token, undefined, false));
    this.authTimer = setTimeout(() => {
      if (!this.connection.actor) this.connection.close(CLOSE.unauthenticated, "no auth frame within 10 s");
    }, AUTH_TIMEOUT_MS);
  }

  closed(): void {
    clearTimeout(this.authTimer);
    this.connection.ended();
    this.connection.hub.closing.delete(this.connection);
  }

  receive(data: unknown): void {
    this.lastFrame = Date.now();
    if (this.connection.closed) return;
    if (size(data) > MAX_FRAME_BYTES) return this.connection.close(CLOSE.tooBig, "a frame holds at most 1 MiB");
    if (!this.takeToken() || this.pending >= MAX_PENDING_FRAMES) {
      return this.closeFlood();
    }
    this.enqueue(() => this.handle(data));
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

  private takeToken(): boolean {
    const now = Date.now(), rate = this.options.messagesPerSecond;
    this.tokens = Math.min(rate * 5, this.tokens + (now - this.refilled) * rate / 1000);
    this.refilled = now;
    return --this.tokens >= 0;
  }

  /** One frame at a time, in order. */
  private enqueue(work: () => Promise<void> | void): void {
    this.pending++;
    this.queue = this.queue.then(async () => {
      this.pending--;
      if (!this.connection.closed) await work();
    }).catch((error) => {
      this.connection.log.error("a frame could not be handled", { error });
      this.fail(undefined, error);
    });
  }

  private fail(id: FrameId, error: unknown): void {
    const { code, detail } = toAppError(error);
    this.connection.send({ type: "error", ...(id !== undefined ? { id } : {}), code, message: detail });
  }

  private async handle(data: unknown): Promise<void> {
    if (typeof data !== "string") {
      return this.fail(undefined, new AppError("bad_request", "This server understands text frames with JSON here."));
    }
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      return this.fail(undefined, new AppError("invalid_json", "The frame is not valid JSON."));
    }
    const head = anyFrame.safeParse(json);
    if (!head.success) {
      return this.fail(undefined, new AppError("validation_failed", "A frame is a JSON object with a string `type`."));
    }
    const { id, type } = head.data;
    try {
      if (!this.connection.actor && type !== "auth") {
        return this.connection.close(CLOSE.unauthenticated, "the first frame must be auth");
      }
      if (CORE_TYPES.has(type)) {
        const frame = coreFrame.safeParse(json);
        if (!frame.success) {
          const [issue] = frame.error.issues;
          throw new AppError("validation_failed", `${issue!.path.join(".") || type}: ${issue!.message}`);
        }
        await this.core(frame.data);
      } else {
        const result = await this.connection.gateway.handleFrame(
          this.connection.actor!,
          head.data,
          this.connection.peer,
        );
        this.connection.send({
          type: "ack",
          ...(id !== undefined ? { id } : {}),
          ...(result === undefined ? {} : { data: result }),
        });
      }
    } catch (error) {
      const failure = toAppError(error);
      if (failure.code === "internal") this.connection.log.error("a frame failed", { frame: type, error });
      this.fail(id, failure);
    }
  }

  private async core(frame: CoreFrame): Promise<void> {
    const { connection } = this;
    const id = frame.id !== undefined ? { id: frame.id } : {};
    switch (frame.type) {
      case "auth":
        return await this.authenticate(frame.token, frame.id, true);
      case "ping":
        return connection.send({ type: "pong", ...id });
      case "subscribe":
        await this.subscribe(frame.channels, frame.since, frame.presence ?? false, frame.id);
        return;
      case "unsubscribe": {
        const { userId } = connection.actor!;
        const gone = frame.channels.filter((name) => connection.unsubscribe(resolveMe(name, userId)));
        return connection.send({ type: "ack", ...id, data: { unsubscribed: gone } });
      }
    }
  }

  private async subscribe(
    channels: string[],
    since: Record<string, Position> | undefined,
    presence: boolean,
    id: FrameId,
  ): Promise<boolean> {
    let complete = true;
    // Recovery may take long for a slow reader: later frames need not wait for it, only for the ack.
    await new Promise<void>((acknowledged, failed) => {
      this.connection.subscribe(channels, since, presence, (data) => {
        complete = Object.keys(data.denied).length === 0;
        this.connection.send({ type: "ack", ...(id !== undefined ? { id } : {}), data });
        acknowledged();
      }).then(acknowledged, failed);
    });
    return complete;
  }

  private async authenticate(token: string, id: FrameId, viaFrame: boolean): Promise<void> {
    const { connection } = this;
    const first = !connection.actor;
    try {
      connection.identify(await connection.gateway.authenticate(token, connection.peer));
    } catch (error) {
      const failure = toAppError(error);
      if (failure.code === "unavailable") return connection.close(CLOSE.restarting, "try again in a moment");
      if (failure.status >= 500) connection.log.error("authentication failed", { error });
      this.fail(id, failure);
      const code = failure.code === "forbidden" ? CLOSE.forbidden : CLOSE.unauthenticated;
      return connection.close(code, failure.code);
    }
    clearTimeout(this.authTimer);
    const { userId, expiresAt } = connection.actor!;
    if (viaFrame) {
      const data = { user_id: userId, expires_at: expiresAt ? new Date(expiresAt).toISOString() : null };
      connection.send({ type: "ack", ...(id !== undefined ? { id } : {}), data });
    }
    if (!first || this.options.channels.length === 0) return;
    const complete = await this.subscribe(this.options.channels, this.options.since, false, undefined);
    if (!complete && this.options.channelsRequired) connection.close(CLOSE.forbidden, "you may not read this channel");
  }
}

/** Size of a received message in bytes; texts are measured exactly only when they could be over the limit. */
function size(data: unknown): number {
  if (typeof data !== "string") return data instanceof ArrayBuffer ? data.byteLength : 0;
  return data.length * 3 <= MAX_FRAME_BYTES ? data.length : new TextEncoder().encode(data).length;
}
