// Frames without WebSockets, for proxies that do not pass them on: an event stream brings what the server says, and what is said
// to the server are ordinary calls. It has the face of a WebSocket, so that everything above it (engine.ts) is the same:
//  - `subscribe` opens the stream anew with all channels that are followed and the positions they have come to; the stream
//    before ends when the new one has answered, so that nothing falls between them (what comes twice is dropped by position);
//  - `auth` opens it anew as well: the session was renewed by then; `ping` is answered here while the stream is not silent.
import type { FrameId, Position, ServerFrame, SubscribeAck } from "../types.ts";
import { type Link, OPEN } from "./platform.ts";
import { SseParser } from "./sse_parser.ts";

export interface EventStreamOptions {
  /** Address of `POST /sse`. */
  url: string;
  /** What shows who one is, asked for every stream: `Authorization`, or the protection that belongs to a cookie. */
  headers?: () => Record<string, string>;
  /** For tests and special networks. */
  fetch?: typeof fetch;
}

/** Positions to resume channels from. */
export type Since = (channels: readonly string[]) => Record<string, Position> | undefined;

const CONNECTING = 0;
const CLOSED = 3;
/** Subscriptions of one moment share a stream. */
const GATHER_MS = 20;
const CONNECT_MS = 15_000;
/** The server says something every 25 s. */
const SILENCE_MS = 60_000;

interface Stream {
  stop: AbortController;
  /** Asked-for names that are not followed any more. */
  muted: Set<string>;
  /** Name that pushes carry → name that was asked for. */
  names: Map<string, string>;
}

export class EventStream implements Link {
  readyState: number = CONNECTING;
  onopen: Link["onopen"] = null;
  onmessage: Link["onmessage"] = null;
  onclose: Link["onclose"] = null;
  readonly #options: EventStreamOptions;
  readonly #since: Since;
  readonly #channels = new Set<string>();
  /** Frames that the next stream answers. */
  readonly #unanswered: (FrameId | undefined)[] = [];
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #current: Stream | null = null;
  #opening: Stream | null = null;
  #heardAt = 0;

  constructor(options: EventStreamOptions, since: Since) {
    this.#options = options;
    this.#since = since;
    queueMicrotask(() => {
      if (this.readyState !== CONNECTING) return;
      this.readyState = OPEN;
      this.onopen?.();
    });
  }

  /** Takes the protocol's own frames; features' frames are calls of their own. */
  send(text: string | Uint8Array): void {
    const frame = JSON.parse(String(text)) as {
      type: string;
      id?: FrameId;
      channels: string[];
    };
    switch (frame.type) {
      case "subscribe":
        for (const name of frame.channels) this.#channels.add(name);
        this.#unanswered.push(frame.id);
        return this.#gather();
      case "unsubscribe":
        for (const name of frame.channels) {
          this.#channels.delete(name);
          this.#current?.muted.add(name);
          this.#opening?.muted.add(name);
        }
        return;
      case "auth":
        this.#unanswered.push(frame.id);
        return this.#gather();
      case "ping":
        // Without channels there is no stream that could be silent.
        if (!this.#channels.size || performance.now() - this.#heardAt < SILENCE_MS) {
          queueMicrotask(() => this.#say({ type: "pong", id: frame.id }));
        }
    }
  }

  close(code = 1000): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    clearTimeout(this.#gathering);
    this.#current?.stop.abort();
    this.#opening?.stop.abort();
    this.onclose?.({ code });
  }

  #say(frame: ServerFrame): void {
    if (this.readyState === OPEN) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  #gather(): void {
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(() => this.#open(), GATHER_MS);
  }

  async #open(): Promise<void> {
    this.#opening?.stop.abort();
    const stream: Stream = { stop: new AbortController(), muted: new Set(), names: new Map() };
    this.#opening = stream;
    let code = 1006;
    let timer = setTimeout(() => stream.stop.abort(), CONNECT_MS);
    try {
      const channels = [...this.#channels];
      const response = await (this.#options.fetch ?? fetch)(this.#options.url, {
        method: "POST",
        headers: { Accept: "text/event-stream", "Content-Type": "application/json", ...this.#options.headers?.() },
        body: JSON.stringify({ channels, since: this.#since(channels) }),
        credentials: "same-origin",
        cache: "no-store",
        signal: stream.stop.signal,
      });
      if (response.status === 401) code = 4401;
      if (response.ok && response.body) {
        const answers = this.#unanswered.length;
        const parser = new SseParser();
        const decoder = new TextDecoder();
        const reader = response.body.getReader();
        for (;;) {
          clearTimeout(timer);
          timer = setTimeout(() => stream.stop.abort(), SILENCE_MS);
          const { done, value } = await reader.read();
          if (done) break;
          this.#heardAt = performance.now();
          for (
            const { event, data } of parser.push(decoder.decode(value, { stream: true }))
          ) {
            if (event === "ack") this.#acked(stream, data, answers);
            else this.#push(stream, data);
          }
        }
      }
    } catch {
      /* the network, or ended by ourselves */
    } finally {
      clearTimeout(timer);
    }
    // A stream that another has taken the place of ends unheard.
    if (stream === this.#opening || (stream === this.#current && !this.#opening)) this.close(code);
  }

  #acked(stream: Stream, text: string, answers: number): void {
    if (stream !== this.#opening) return;
    this.#opening = null;
    this.#current?.stop.abort();
    this.#current = stream;
    const { data } = JSON.parse(text) as { data: SubscribeAck };
    for (const [asked, { channel }] of Object.entries(data.channels)) stream.names.set(channel ?? asked, asked);
    for (const name of Object.keys(data.denied)) this.#channels.delete(name);
    // One stream has answered several frames.
    const [first, ...more] = this.#unanswered.splice(0, answers);
    this.#say({ type: "ack", id: first, data });
    for (const id of more) this.#say({ type: "ack", id, data: { channels: {}, denied: {} } });
  }

  #push(stream: Stream, data: string): void {
    if (stream !== this.#current || this.readyState !== OPEN) return;
    if (stream.muted.size) {
      const { channel } = JSON.parse(data) as { channel?: string };
      if (channel && stream.muted.has(stream.names.get(channel) ?? channel)) return;
    }
    this.onmessage?.({ data });
  }
}
