// The main thread's side of the load readers: one Web Worker with many raw connections, and its shared counters.
import { type ReaderCommand, SLOTS } from "./reader_worker.ts";

export interface ReaderOptions {
  kind: "ws" | "sse";
  port: number;
  /** Path and query, with the channels to read. */
  path: string;
  headers?: Record<string, string>;
  /** Headers of each connection, besides the common ones. */
  headersEach?: Record<string, string>[];
  /** Counts text frames instead of marks. */
  countFrames?: boolean;
  /** The first connection looks at offsets, each one more than the one before; the others keep a digest of the order. */
  checkOrder?: boolean;
  count: number;
  /** The server says something (an ack) before a connection counts as ready. */
  readyOnData: boolean;
  /** Receive buffer of each connection; default 64 KiB, small for idle ones. */
  bufferBytes?: number;
  /** How often one that is closed before anything came connects; default 3, as a client would. */
  attempts?: number;
  /** Connections that do not measure leave what comes in the kernel for so long; default 50 ms. */
  readEveryMs?: number;
  /** One connection in this many measures ages; 0: none. */
  sampleEvery?: number;
}

export interface Readers {
  readonly count: number;
  /** Messages that all readers together have received. */
  messages(): number;
  bytes(): number;
  /** Pushes that did not follow the one before them (checkOrder). */
  disorder(): number;
  /** Connections that the server has ended, with the last close code seen. */
  lost(): { closed: number; code: number };
  /** How the connections ended that the server has ended: "7 with close code 4408, 1 with no close frame (…)". */
  ends(): Promise<string>;
  /** Different digests of what came in which order (checkOrder): one when all got the same. */
  orders(): Promise<number[]>;
  /** Ages in microseconds sampled since the last call. */
  ages(): Promise<number[]>;
  close(): Promise<void>;
}

// deno-lint-ignore no-explicit-any
type Reply = any;

/** @throws Error when a connection is refused or answered with anything but success. */
export async function openReaders(options: ReaderOptions): Promise<Readers> {
  const worker = new Worker(new URL("./reader_worker.ts", import.meta.url).href, { type: "module" });
  const counters = new SharedArrayBuffer(8 * 8);
  const slots = new Float64Array(counters);
  const ask = (command: ReaderCommand): Promise<Reply> =>
    new Promise((resolve, reject) => {
      worker.onmessage = (event) => event.data.error ? reject(new Error(event.data.error)) : resolve(event.data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(command);
    });
  const close = async () => {
    await ask({ do: "close" });
    worker.terminate();
  };
  try {
    await ask({
      do: "open",
      headers: {},
      bufferBytes: 64 * 1024,
      sampleEvery: 50,
      checkOrder: false,
      countFrames: false,
      readEveryMs: 50,
      attempts: 3,
      ...options,
      counters,
    });
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return {
    count: options.count,
    messages: () => slots[SLOTS.messages]!,
    bytes: () => slots[SLOTS.bytes]!,
    disorder: () => slots[SLOTS.disorder]!,
    lost: () => ({ closed: slots[SLOTS.closed]!, code: slots[SLOTS.closeCode]! }),
    ends: async () => (await ask({ do: "ends" })).ends,
    orders: async () => (await ask({ do: "orders" })).orders,
    ages: async () => (await ask({ do: "ages" })).ages,
    close,
  };
}
