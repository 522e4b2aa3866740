// Frames without WebSockets, for proxies that do not pass them on: an event stream brings what the server says, and what is said
// to the server are ordinary calls. It has the face of a WebSocket, so that everything above it (socket.ts) is the same:
//  - `subscribe` opens the stream anew with all channels that are followed and the positions they have come to; the stream
//    before ends when the new one has answered, so that nothing falls between them (what comes twice is dropped by position);
//  - `auth` opens it anew as well: the session was renewed by then; `ping` is answered here while the stream is not silent.
import { csrfToken } from "./api.ts";
import { SseParser } from "./sse.ts";
import type { Position, ServerFrame, SubscribeAck } from "../../protocol/wire/frames.ts";

export interface StreamSocketOptions {
  url: string;
  /** The positions to resume the channels from. */
  since: (channels: readonly string[]) => Record<string, Position> | undefined;
}

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

export class StreamSocket {
  readyState: number = WebSocket.CONNECTING;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly #options: StreamSocketOptions;
  readonly #channels = new Set<string>();
  /** Subscribe frames that wait for their ack. */
  #unanswered = 0;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #current: Stream | null = null;
  #opening: Stream | null = null;
  #heardAt = 0;

  constructor(options: StreamSocketOptions) {
    this.#options = options;
    queueMicrotask(() => {
      if (this.readyState !== WebSocket.CONNECTING) return;
      this.readyState = WebSocket.OPEN;
      this.onopen?.();
    });
  }

  /** Takes the protocol's own frames; features' frames are calls of their own. */
  send(text: string): void {
    const frame = JSON.parse(text) as { type: string; channels: string[] };
    switch (frame.type) {
      case "subscribe":
        for (const name of frame.channels) this.#channels.add(name);
        this.#unanswered++;
        return this.#gather();
      case "unsubscribe":
        for (const name of frame.channels) {
          this.#channels.delete(name);
          this.#current?.muted.add(name);
          this.#opening?.muted.add(name);
        }
        return;
      case "auth":
        return this.#gather();
      case "ping":
        if (performance.now() - this.#heardAt < SILENCE_MS) queueMicrotask(() => this.#say({ type: "pong" }));
    }
  }

  close(code = 1000): void {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    clearTimeout(this.#gathering);
    this.#current?.stop.abort();
    this.#opening?.stop.abort();
    this.onclose?.({ code });
  }

  #say(frame: ServerFrame): void {
    if (this.readyState === WebSocket.OPEN) this.onmessage?.({ data: JSON.stringify(frame) });
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
      const response = await fetch(this.#options.url, {
        method: "POST",
        headers: {
          Accept: "text/event-stream",
          "Content-Type": "application/json",
          "X-CSRF-Token": csrfToken() ?? "",
        },
        body: JSON.stringify({ channels, since: this.#options.since(channels) }),
        credentials: "same-origin",
        cache: "no-store",
        signal: stream.stop.signal,
      });
      if (response.status === 401) code = 4401;
      if (response.ok && response.body) {
        const answers = this.#unanswered;
        const parser = new SseParser();
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (;;) {
          clearTimeout(timer);
          timer = setTimeout(() => stream.stop.abort(), SILENCE_MS);
          const { done, value } = await reader.read();
          if (done) break;
          this.#heardAt = performance.now();
          for (const { event, data } of parser.push(value)) {
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

  #acked(stream: Stream, data: string, answers: number): void {
    if (stream !== this.#opening) return;
    this.#opening = null;
    this.#current?.stop.abort();
    this.#current = stream;
    const ack = (JSON.parse(data) as { data: SubscribeAck }).data;
    for (const [asked, { channel }] of Object.entries(ack.channels)) stream.names.set(channel ?? asked, asked);
    for (const name of Object.keys(ack.denied)) this.#channels.delete(name);
    this.#unanswered -= answers;
    this.onmessage?.({ data });
    // One stream has answered several frames.
    for (let more = 1; more < answers; more++) this.#say({ type: "ack", data: { channels: {}, denied: {} } });
  }

  #push(stream: Stream, data: string): void {
    if (stream !== this.#current || this.readyState !== WebSocket.OPEN) return;
    if (stream.muted.size) {
      const { channel } = JSON.parse(data) as { channel?: string };
      if (channel && stream.muted.has(stream.names.get(channel) ?? channel)) return;
    }
    this.onmessage?.({ data });
  }
}
