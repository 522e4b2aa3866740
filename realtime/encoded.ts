// One push, encoded once whatever the number of receivers: as a WebSocket text and, on first need, as SSE bytes.
import type { BusMessage } from "./broker.ts";
import type { EphemeralPush } from "./gateway.ts";

const encoder = new TextEncoder();

export class Encoded {
  readonly offset: number;
  /** The push as one JSON object. */
  readonly text: string;
  private single: Uint8Array<ArrayBuffer> | undefined;
  private tail: Uint8Array<ArrayBuffer> | undefined;

  constructor(message: BusMessage) {
    this.offset = message.offset;
    const position = message.offset ? `"offset":${message.offset},"epoch":${JSON.stringify(message.epoch)},` : "";
    this.text = `{"channel":${JSON.stringify(message.channel)},${position}${message.body.slice(1)}`;
    this.id = message.offset ? `${message.offset}.${message.epoch}` : "";
    this.type = typeOf(message.body);
  }

  private readonly id: string;
  private readonly type: string;

  /** The whole event for a stream of one channel; its `id` is `offset.epoch`. */
  sseSingle(): Uint8Array<ArrayBuffer> {
    return this.single ??= encoder.encode(
      `${this.id ? `id: ${this.id}\n` : ""}event: ${this.type}\ndata: ${this.text}\n\n`,
    );
  }

  /** The event without its `id` line, for streams of several channels. */
  sseTail(): Uint8Array<ArrayBuffer> {
    return this.tail ??= encoder.encode(`event: ${this.type}\ndata: ${this.text}\n\n`);
  }
}

/** Bodies start with `{"type":"…"`, types are snake_case: no JSON parsing needed. */
function typeOf(body: string): string {
  return body.slice(9, body.indexOf('"', 9));
}

/** `type` comes first in the body: see Encoded. */
export function ephemeral(organizationId: string, channel: string, push: EphemeralPush): BusMessage {
  const { type, data, extra } = push;
  const body = JSON.stringify({ type, ...extra, data, timestamp: new Date().toISOString() });
  return { organizationId, channel, epoch: "", offset: 0, body };
}
