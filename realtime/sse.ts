// Server-Sent Events (WHATWG HTML, section 9.2). A native ReadableStream with a byte bound: Hono's helper costs 2.7 times as
// much. The `id` of each event is the resume position: `offset.epoch` on a stream of one channel, otherwise base64url JSON
// of the positions of all its channels, since a browser gives back only the last id.
import type { Actor } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import { base64url } from "../kernel/ids.ts";
import { resolveMe } from "../protocol/wire/channels.ts";
import type { Position, ServerFrame, SubscribeAck } from "../protocol/wire/frames.ts";
import { Connection, type ConnectionOptions, type Transport } from "./connection.ts";
import type { Encoded } from "./encoded.ts";
import type { Gateway, Peer } from "./gateway.ts";
import type { Hub } from "./hub.ts";
import { needsWebSocket } from "./relay.ts";
import type { Origin } from "./topic.ts";

const encoder = new TextEncoder();
/**
 * A comment without the empty line that ends an event: clients that send an event on at every empty line (httpx-sse after
 * an `id`, sseclient always) would take it for one.
 */
const HEARTBEAT = encoder.encode(": heartbeat\n");

/** Positions by channel name, as text `offset.epoch`. */
type Positions = Record<string, string>;

class StreamTransport implements Transport {
  readonly mode = "stream";
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  private readonly positions: Positions = {};
  readonly body: ReadableStream<Uint8Array>;
  onCancel: () => void = () => {};

  /** @param ids whether events carry the position of all channels; readers that keep positions themselves need none */
  constructor(private readonly single: boolean, private readonly ids: boolean, private readonly bound: number) {
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.controller = controller),
      cancel: () => this.onCancel(),
    }, { highWaterMark: bound, size: (chunk) => chunk?.byteLength ?? 0 });
  }

  buffered(): number {
    return Math.max(0, this.bound - (this.controller.desiredSize ?? this.bound));
  }

  private write(bytes: Uint8Array): void {
    try {
      this.controller.enqueue(bytes);
    } catch { /* the reader went away; `cancel` follows */ }
  }

  /** The first event: the subscribe ack, with the position to resume from even if no push ever comes. */
  sendAck(ack: SubscribeAck, since: Record<string, Position>): void {
    for (const [name, { epoch, offset, recovered, channel }] of Object.entries(ack.channels)) {
      this.positions[channel ?? name] = `${recovered ? since[name]!.offset : offset}.${epoch}`;
    }
    const id = this.single ? Object.values(this.positions)[0] : this.allPositions();
    const data = JSON.stringify({ type: "ack", data: ack });
    this.write(encoder.encode(`retry: 1000\n${this.ids ? `id: ${id}\n` : ""}event: ack\ndata: ${data}\n\n`));
  }

  private allPositions(): string {
    return base64url(encoder.encode(JSON.stringify(this.positions)));
  }

  sendPush(push: Encoded, topic: Origin): void {
    if (!this.ids) return this.write(push.sseTail());
    if (this.single) return this.write(push.sseSingle());
    if (push.offset) {
      this.positions[topic.channel] = `${push.offset}.${topic.epoch}`;
      this.write(encoder.encode(`id: ${this.allPositions()}\n`));
    }
    this.write(push.sseTail());
  }

  sendText(text: string): void {
    const { type } = JSON.parse(text) as ServerFrame;
    this.write(encoder.encode(`event: ${type}\ndata: ${text}\n\n`));
  }

  /** An event stream carries no bytes: channels with binary frames are refused when they are subscribed. */
  sendBinary(): void {}

  heartbeat(): void {
    this.write(HEARTBEAT);
  }

  close(): void {
    try {
      this.controller.close();
    } catch { /* closed already */ }
  }

  terminate(): void {
    this.close();
  }
}

export interface StreamOptions extends ConnectionOptions {
  channels: string[];
  /** `Last-Event-ID` header or `last_event_id` query. */
  lastEventId?: string | undefined;
  /** The positions of a reader that keeps them itself, by name as asked for; it gets no ids. */
  since?: Record<string, Position>;
  /** `Rechecks.changes` before the actor was read. */
  changesOfRights: number;
}

/**
 * Opens a stream for an authenticated reader.
 * @throws AppError `validation_failed` without channels, `unavailable` or `too_many_connections` when full, and the channel's own code when none of
 *   the channels may be read.
 */
export async function acceptStream(
  actor: Actor,
  hub: Hub,
  gateway: Gateway,
  peer: Peer,
  options: StreamOptions,
): Promise<Response> {
  hub.assertAccepting();
  const names = [...new Set(options.channels)];
  if (names.length === 0) {
    throw new AppError("validation_failed", "Name the channels to read: /sse?channels=broadcast,notify:alerts", {
      errors: [{ path: "channels", message: "at least one channel" }],
    });
  }
  const checks = await gateway.authorizeChannels(actor, names.map((name) => resolveMe(name, actor.userId)), peer);
  const refusals = checks.map((check) =>
    check instanceof AppError ? check : check.delivery === "relay" ? needsWebSocket() : undefined
  );
  if (refusals.every((refusal) => refusal)) throw refusals[0];

  const transport = new StreamTransport(names.length === 1, !options.since, options.sendQueueBytes);
  const connection = new Connection(hub, gateway, transport, peer, options);
  transport.onCancel = () => connection.ended();
  connection.identify(actor);
  try {
    hub.register(connection);
  } catch (error) {
    connection.ended();
    throw error;
  }
  await hub.rechecks.since(options.changesOfRights, connection);
  const since = options.since ?? resumePositions(options.lastEventId, names, actor.userId);
  if (!connection.closed) {
    connection.subscriptions.add(names, since, false, (ack) => transport.sendAck(ack, since)).catch((error) => {
      peer.log.error("a stream could not be started", { error });
      connection.close(1011, "internal");
    });
  }
  return new Response(transport.body, {
    headers: {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-cache, no-transform",
      "X-Accel-Buffering": "no",
    },
  });
}

/** Reads a resume position back; what is not one is as good as none. Keys are the names as asked for. */
function resumePositions(
  id: string | undefined,
  names: string[],
  userId: string | null = null,
): Record<string, Position> {
  const out: Record<string, Position> = {};
  if (!id) return out;
  const single = parsePosition(id);
  if (single) return names.length === 1 ? { [names[0]!]: single } : out;
  try {
    const json = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(id, { alphabet: "base64url" })));
    for (const name of names) {
      const position = parsePosition(String((json as Positions)[resolveMe(name, userId)] ?? ""));
      if (position) out[name] = position;
    }
  } catch { /* not a position of ours */ }
  return out;
}

function parsePosition(text: string): Position | undefined {
  const match = /^(\d{1,15})\.([\w-]{1,64})$/.exec(text);
  return match ? { offset: Number(match[1]), epoch: match[2]! } : undefined;
}
