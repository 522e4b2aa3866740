// Web Worker that holds many raw connections and counts what arrives. It shares its counters with the main thread
// (see SLOTS), so that the publisher sees progress without messages; ages are sampled on a few connections and
// handed over on request. Loopback only: it connects to 127.0.0.1.
import { clientFrame, MessageCounter, requestHead } from "./wire.ts";

/** What the main thread asks for. */
export type ReaderCommand =
  | {
    do: "open";
    kind: "ws" | "sse";
    port: number;
    path: string;
    headers: Record<string, string>;
    count: number;
    readyOnData: boolean;
    bufferBytes: number;
    sampleEvery: number;
    /** Headers of each connection, besides the common ones. */
    headersEach?: Record<string, string>[];
    checkOrder: boolean;
    countFrames: boolean;
    readEveryMs: number;
    attempts: number;
    counters: SharedArrayBuffer;
  }
  | { do: "ages" }
  | { do: "orders" }
  | { do: "ends" }
  | { do: "close" };

/** Positions in the shared Float64Array; one writer (this worker). */
export const SLOTS = { ready: 0, messages: 1, bytes: 2, closed: 3, closeCode: 4, disorder: 5 } as const;

const MAX_SAMPLES = 200_000;
let connections: Deno.Conn[] = [];
let ages: number[] = [];
const counters: MessageCounter[] = [];
/** How the connections ended that were not closed here: close code and reason, or what else happened → how many. */
const ends = new Map<string, number>();
let closing = false;

self.addEventListener("message", async (event: MessageEvent<ReaderCommand>) => {
  const command = event.data;
  if (command.do === "open") {
    try {
      await openAll(command);
      self.postMessage({ opened: connections.length });
    } catch (error) {
      self.postMessage({ error: error instanceof Error ? error.message : String(error) });
    }
  } else if (command.do === "ages") {
    self.postMessage({ ages });
    ages = [];
  } else if (command.do === "ends") {
    self.postMessage({ ends: [...ends].map(([how, count]) => `${count} with ${how}`).join(", ") });
  } else if (command.do === "orders") {
    self.postMessage({ orders: [...new Set(counters.map((counter) => counter.order))] });
  } else {
    closing = true;
    for (const connection of connections) connection.close();
    connections = [];
    self.postMessage({ closed: true });
  }
});

type Open = Extract<ReaderCommand, { do: "open" }>;

/** Opens in small groups: a listen queue is short, and a refused connection would spoil the run. */
async function openAll(command: Open): Promise<void> {
  const slots = new Float64Array(command.counters);
  const headOf = (i: number) =>
    requestHead(command.kind, `127.0.0.1:${command.port}`, command.path, {
      ...command.headers,
      ...command.headersEach?.[i],
    });
  for (let i = 0; i < command.count; i += 50) {
    const group = Array.from(
      { length: Math.min(50, command.count - i) },
      (_, j) => open(command, headOf(i + j), slots, i + j),
    );
    await Promise.all(group);
  }
}

/** As clients do: one that the server loses while it opens (kernel/http_listener.ts) connects again. */
async function open(command: Open, head: Uint8Array, slots: Float64Array, index: number): Promise<void> {
  for (let left = command.attempts; left > 0; left--) if (await openOne(command, head, slots, index, left === 1)) break;
  slots[SLOTS.ready]!++;
}

/** @returns false: it was closed before anything came */
async function openOne(command: Open, head: Uint8Array, slots: Float64Array, index: number, last: boolean) {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: command.port });
  connection.setNoDelay(true);
  connections.push(connection);
  await writeAll(connection, head);
  const buffer = new Uint8Array(command.bufferBytes);
  let have = 0, end = -1;
  while (end < 0) {
    const n = await connection.read(buffer.subarray(have));
    if (n === null) throw new Error("the server closed the connection during the handshake");
    have += n;
    end = findHeadEnd(buffer, have);
    if (end < 0 && have === buffer.length) throw new Error("response head too long");
  }
  const status = new TextDecoder().decode(buffer.subarray(9, 12));
  if (status !== (command.kind === "ws" ? "101" : "200")) {
    throw new Error(`handshake answered ${new TextDecoder().decode(buffer.subarray(0, have))}`);
  }
  let goodbye: string | undefined;
  const sampled = command.sampleEvery > 0 && index % command.sampleEvery === 0;
  const counter = new MessageCounter(command.kind === "ws", {
    onAge: sampled ? (age) => ages.length < MAX_SAMPLES && ages.push(age) : undefined,
    onPing: (payload) => void writeAll(connection, clientFrame(10, payload)).catch(() => {}),
    onClose: (code, reason) => {
      slots[SLOTS.closeCode] = code;
      goodbye ??= `close code ${code} "${reason}"`;
    },
    // One reads the offsets; all others must have got the same in the same order.
    checkOffsets: command.checkOrder && index === 0,
    digest: command.checkOrder,
    countFrames: command.countFrames,
  });
  counters.push(counter);
  const rest = buffer.slice(end, have);
  await new Promise<void>((ready) =>
    void readAll({ connection, buffer, rest, counter, slots, sampled, cohort: index % COHORTS, ready }, command)
      .then((error) => {
        if (closing || (!last && counter.bytes === 0)) return;
        slots[SLOTS.closed]!++;
        const how = goodbye ?? `no close frame (${error ?? "end of the stream"})`;
        ends.set(how, (ends.get(how) ?? 0) + 1);
      })
  );
  return counter.bytes > 0 || !command.readyOnData;
}

interface Reader {
  connection: Deno.Conn;
  buffer: Uint8Array<ArrayBuffer>;
  /** What came with the response head. */
  rest: Uint8Array;
  counter: MessageCounter;
  slots: Float64Array;
  sampled: boolean;
  /** Those of one cohort look together. */
  cohort: number;
  /** To be called once the connection may count on getting messages. */
  ready: () => void;
}

const COHORTS = 10;
const ticks: (Promise<void> | undefined)[] = new Array(COHORTS);
let begun = 0;

/** A pause that many readers share; the cohorts wake one after the other, so that none of them holds up the machine. */
function nextTick(cohort: number, ms: number): Promise<void> {
  const first = begun < COHORTS ? ms * begun++ / COHORTS : 0;
  return ticks[cohort] ??= new Promise((resolve) =>
    setTimeout(() => {
      ticks[cohort] = undefined;
      resolve();
    }, ms + first)
  );
}

/**
 * Reads until the end of the connection. One core must serve many readers without slowing the server on the other, so
 * a reader leaves what comes in the kernel's buffer and fetches it every `readEveryMs`; those that measure ages read at once.
 * @returns the error that ended it, if one did
 */
async function readAll(reader: Reader, { readyOnData, readEveryMs }: Open): Promise<string | undefined> {
  const { connection, buffer, rest, counter, slots, sampled, cohort, ready } = reader;
  let messages = 0, disorder = 0;
  let failure: string | undefined;
  const take = (chunk: Uint8Array) => {
    counter.push(chunk);
    if (counter.disorder !== disorder) slots[SLOTS.disorder]! += counter.disorder - disorder;
    disorder = counter.disorder;
    if (counter.messages !== messages) slots[SLOTS.messages]! += counter.messages - messages;
    messages = counter.messages;
    slots[SLOTS.bytes]! += chunk.length;
  };
  if (rest.length) take(rest);
  if (!readyOnData || rest.length) ready();
  try {
    for (;;) {
      const n = await connection.read(buffer);
      if (n === null) break;
      take(buffer.subarray(0, n));
      ready();
      if (!sampled && n < buffer.length) await nextTick(cohort, readEveryMs); // a full buffer: more is waiting
    }
  } catch (error) { // reset by the server, or closed here
    failure = String(error);
  }
  ready();
  return failure;
}

function findHeadEnd(buffer: Uint8Array, have: number): number {
  for (let i = 3; i < have; i++) {
    if (buffer[i] === 10 && buffer[i - 1] === 13 && buffer[i - 2] === 10 && buffer[i - 3] === 13) return i + 1;
  }
  return -1;
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
