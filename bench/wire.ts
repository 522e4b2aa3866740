// Hand-made client side of WebSocket and SSE for load readers: just enough to count messages for much less work than
// the server spends on sending them. Every message carries MARK once, followed by 16 digits (microseconds since 1970),
// so counting is a search for one byte; no text is decoded and no JSON is parsed.

import { Buffer } from "node:buffer";

/** `~`: occurs once in every benchmark message and nowhere else in a push. */
const MARK = 0x7e;
const STAMP_DIGITS = 16;

/** Microseconds since 1970; comparable between processes of one machine. */
export function nowMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** The marker and time stamp that a message carries. */
export function stamp(): string {
  return "~" + String(nowMicros()).padStart(STAMP_DIGITS, "0");
}

export interface CounterOptions {
  /** Called with the age in microseconds of a message; costs time, so only some readers have it. */
  onAge?: (micros: number) => void;
  onPing?: (payload: Uint8Array) => void;
  /** Close frame with its code (1005 when there is none). */
  onClose?: (code: number, reason: string) => void;
  /** Looks at the offset of every push: each must be one more than the one before. Costs time. */
  checkOffsets?: boolean;
  /** Counts text frames instead of marks: what is compressed shows none. */
  countFrames?: boolean;
  /** Keeps a digest of the marks in the order in which they came: readers who got the same have the same. */
  digest?: boolean;
}

const OFFSET = '"offset":';

/** Counts the marks in what one connection receives. `framed`: WebSocket frames; otherwise a plain stream (SSE). */
export class MessageCounter {
  messages = 0;
  bytes = 0;
  /** Of the marks so far, with `digest`. */
  order = 0;
  /** Digits of the last mark that are still to come. */
  #digits = 0;
  /** Pushes that did not follow the one before them: lost, repeated or out of order. */
  disorder = 0;
  #offset = 0;
  /** End of the bytes seen so far, where an offset may have been cut in two. */
  #tail = "";
  #left = 0;
  #opcode = 0;
  #header = new Uint8Array(10);
  #have = 0;
  #control: number[] = [];

  constructor(readonly framed: boolean, readonly options: CounterOptions = {}) {}

  push(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    if (!this.framed) return this.#count(chunk);
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        const part = chunk.subarray(at, end);
        if (this.#opcode < 8) this.#count(part);
        else this.#control.push(...part);
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#end();
        continue;
      }
      this.#header[this.#have++] = chunk[at++]!;
      const length = this.#payloadLength();
      if (length === undefined) continue;
      this.#opcode = this.#header[0]! & 0x0f;
      this.#left = length;
      this.#have = 0;
      this.#control = [];
      if (length === 0) this.#end();
    }
  }

  /** Payload length once the header is complete; servers never mask. */
  #payloadLength(): number | undefined {
    if (this.#have < 2) return undefined;
    const short = this.#header[1]! & 0x7f;
    if (short < 126) return short;
    if (short === 126) return this.#have < 4 ? undefined : this.#header[2]! * 256 + this.#header[3]!;
    if (this.#have < 10) return undefined;
    let length = 0;
    for (let i = 2; i < 10; i++) length = length * 256 + this.#header[i]!;
    return length;
  }

  #end(): void {
    if (this.options.countFrames && this.#opcode === 1) this.messages++;
    if (this.#opcode === 9) this.options.onPing?.(new Uint8Array(this.#control));
    if (this.#opcode === 8) {
      const [high, low, ...reason] = this.#control;
      this.options.onClose?.(low === undefined ? 1005 : high! * 256 + low, String.fromCharCode(...reason));
    }
  }

  #order(part: Uint8Array): void {
    // One-byte text: V8 searches it many times faster than bytes.
    const text = this.#tail + Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("latin1");
    let done = 0;
    for (let at = text.indexOf(OFFSET); at !== -1; at = text.indexOf(OFFSET, done)) {
      const end = text.indexOf(",", at);
      if (end === -1) break; // cut in two
      done = end;
      const offset = Number(text.slice(at + OFFSET.length, end));
      // The answer to the subscription tells where the channel stands; pushes follow on from there.
      if (this.#offset > 0 && offset !== this.#offset + 1) this.disorder++;
      this.#offset = offset;
    }
    this.#tail = text.slice(Math.max(done, text.length - 40));
  }

  /** Takes digits of a mark into the digest, as many as there are. */
  #digest(part: Uint8Array, from: number): void {
    const end = Math.min(part.length, from + this.#digits);
    for (let i = from; i < end; i++) this.order = (Math.imul(this.order, 31) + part[i]!) | 0;
    this.#digits -= end - from;
  }

  #count(part: Uint8Array): void {
    if (this.options.countFrames) return;
    const { onAge, digest } = this.options;
    if (this.options.checkOffsets) this.#order(part);
    if (this.#digits) this.#digest(part, 0);
    for (let at = part.indexOf(MARK); at !== -1; at = part.indexOf(MARK, at + 1)) {
      this.messages++;
      if (digest) {
        this.#digits = STAMP_DIGITS;
        this.#digest(part, at + 1);
      }
      if (!onAge || at + STAMP_DIGITS >= part.length) continue; // a stamp cut in two is one sample less
      let sent = 0;
      for (let i = at + 1; i <= at + STAMP_DIGITS; i++) sent = sent * 10 + part[i]! - 48;
      onAge(nowMicros() - sent);
    }
  }
}

/** A masked client frame (mask 0) of up to 125 bytes. */
export function clientFrame(opcode: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(6 + payload.length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | payload.length;
  frame.set(payload, 6);
  return frame;
}

/** Request head of a WebSocket upgrade or a stream, as bytes. */
export function requestHead(
  kind: "ws" | "sse",
  host: string,
  path: string,
  headers: Record<string, string>,
): Uint8Array {
  const all: Record<string, string> = {
    Host: host,
    ...(kind === "ws"
      ? {
        Upgrade: "websocket",
        Connection: "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
      }
      : { Accept: "text/event-stream" }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${lines}\r\n`);
}
