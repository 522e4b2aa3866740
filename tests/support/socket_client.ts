// A WebSocket client for tests, on npm:ws (a real, foreign implementation): keeps every frame, waits for the one asked for.
import WebSocket from "ws";
import { until } from "./wait.ts";

// deno-lint-ignore no-explicit-any
export type Frame = Record<string, any>;

export interface SocketClient extends AsyncDisposable {
  readonly frames: Frame[];
  /** Raw texts, to see what came in one frame. */
  readonly texts: string[];
  /** Binary messages. */
  readonly binaries: Uint8Array<ArrayBuffer>[];
  closed: { code: number; reason: string } | undefined;
  send(frame: unknown): void;
  sendRaw(data: string | Uint8Array): void;
  /** Sends and waits for the ack or error with the same id. */
  ask(frame: Frame): Promise<Frame>;
  /** The first frame, seen or to come, for which `match` holds. */
  wait(match: (frame: Frame) => boolean): Promise<Frame>;
  waitClosed(): Promise<{ code: number; reason: string }>;
  /** Stops reading from the socket: the kernel's buffers fill. */
  pause(): void;
  resume(): void;
  close(): void;
}

let lastId = 0;

/** Connects; resolves when open. @param url http(s) or ws(s) address with path and query. */
export async function openSocket(
  url: string,
  options: { headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<SocketClient> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), options.protocols ?? [], {
    headers: options.headers,
    perMessageDeflate: false,
  });
  const frames: Frame[] = [], texts: string[] = [], binaries: Uint8Array<ArrayBuffer>[] = [];
  const client: SocketClient = {
    frames,
    texts,
    binaries,
    closed: undefined,
    send: (frame) => socket.send(JSON.stringify(frame)),
    sendRaw: (data) => socket.send(data),
    async ask(frame) {
      const id = `q${++lastId}`;
      client.send({ ...frame, id });
      return await client.wait((f) => f.id === id);
    },
    wait: (match) =>
      until(() => frames.find(match), { what: `a frame that ${match}; got ${JSON.stringify(frames).slice(0, 1500)}` }),
    waitClosed: () => until(() => client.closed, { timeoutMs: 15_000 }),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(),
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await until(() => client.closed);
    },
  };
  socket.on("message", (data: Uint8Array, isBinary: boolean) => {
    if (isBinary) return void binaries.push(Uint8Array.from(data));
    const text = data.toString();
    texts.push(text);
    const json = JSON.parse(text);
    if (Array.isArray(json)) frames.push(...json);
    else frames.push(json);
  });
  socket.on("close", (code: number, reason: { toString(): string }) => {
    client.closed ??= { code, reason: reason.toString() };
  });
  socket.on("error", () => client.closed ??= { code: 1006, reason: "error" });
  await until(() => socket.readyState === WebSocket.OPEN || client.closed);
  return client;
}
