// A screen: frames of 60 KB, 30 in a second, from one source to viewers that acknowledge them, of which some stop reading; then the
// most that goes through the hub.
import { encodeBinary } from "../protocol/wire/binary.ts";
import { MemoryBroker } from "../realtime/memory_broker.ts";
import { pause, ratePerSecond } from "./http_load.ts";
import { type LiveServer, ORGANIZATION, startLiveServer } from "./live_server.ts";
import type { Figure } from "./report.ts";
import { PER_VIEWER, type ViewerCommand } from "./viewer_worker.ts";

const FRAME_BYTES = 60_000;
const FRAMES_PER_SECOND = 30;
const STALLED = 2;
/** Frames in front of the acknowledged one, when as many as possible are sent. */
const AHEAD = 6;

export interface RelaySettings {
  viewers: number;
  relaySeconds: number;
  seconds: number;
}

/** @throws Error when a viewer is cut off, or one that reads again does not get the newest frame. */
export async function benchRelay(settings: RelaySettings, progress: (text: string) => void): Promise<Figure[]> {
  const server = await startLiveServer(new MemoryBroker());
  try {
    progress(`a relay of 30 frames/s to ${settings.viewers} viewers, of which ${STALLED} stop reading`);
    const figures = await steady(server, settings);
    progress("as much as a relay can");
    return [...figures, await most(server, settings)];
  } finally {
    await server.stop();
  }
}

const payload = crypto.getRandomValues(new Uint8Array(FRAME_BYTES));

async function steady(server: LiveServer, { viewers, relaySeconds }: RelaySettings): Promise<Figure[]> {
  const channel = "relay:steady";
  const source = server.hub.live.openRelay(ORGANIZATION, channel, {});
  const audience = await openViewers(server, channel, viewers);
  let seq = 0;
  const send = async (seconds: number) => {
    const begun = performance.now();
    for (let sent = 0; sent < seconds * FRAMES_PER_SECOND;) {
      source.send(encodeBinary(1, channel, ++seq, payload));
      const wait = begun + ++sent * 1000 / FRAMES_PER_SECOND - performance.now();
      if (wait > 0) await pause(wait);
    }
    return (performance.now() - begun) / 1000;
  };
  await send(relaySeconds * 0.3);
  await audience.stall(STALLED, true);
  await send(relaySeconds * 0.3); // what the stalled ones may hold is held by now
  const before = Deno.memoryUsage().rss, counted = audience.frames();
  const took = await send(relaySeconds);
  const growth = Deno.memoryUsage().rss - before;
  const frames = audience.frames().map((n, i) => n - counted[i]!);
  await audience.stall(STALLED, false);
  await reach(audience, seq);
  audience.mustBeOpen();
  await audience.close();
  const name = `Relay, 30/s × 60 KB to ${viewers} viewers, ${STALLED} of them stalled`;
  return [
    {
      row: `${name}: the slowest other`,
      system: "pulpo",
      value: Math.min(...frames.slice(STALLED)) / took,
      unit: "/s",
      goal: { value: 29 },
    },
    {
      row: `${name}: memory growth`,
      system: "pulpo",
      value: Math.max(0, growth) / 1e6,
      unit: "MB",
      goal: { value: 32, atMost: true },
    },
  ];
}

/** Those that read again get the newest frame. */
async function reach(audience: Audience, seq: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!audience.newest().every((n) => n === seq)) {
    if (performance.now() > deadline) {
      throw new Error(`viewers have ${audience.newest().join(", ")}; the newest frame is ${seq}`);
    }
    await pause(5);
  }
}

async function most(server: LiveServer, { viewers, seconds }: RelaySettings): Promise<Figure> {
  const channel = "relay:most";
  let acknowledged = 0, seq = 0;
  const source = server.hub.live.openRelay(ORGANIZATION, channel, { onAck: (n) => acknowledged = n });
  const audience = await openViewers(server, channel, viewers);
  const frame = encodeBinary(1, channel, 0, payload).bytes;
  const at = frame.length - payload.length - 4;
  let done = false;
  const sending = (async () => {
    while (!done) {
      while (seq < acknowledged + AHEAD) {
        const bytes = frame.slice();
        new DataView(bytes.buffer).setUint32(at, ++seq);
        source.send({ kind: 1, channel, seq, bytes, payload: bytes.subarray(at + 4) });
      }
      await pause(0);
    }
  })();
  await pause(seconds * 200);
  const perSecond = await ratePerSecond(seconds, () => audience.bytes());
  done = true;
  await sending;
  audience.mustBeOpen();
  await audience.close();
  return {
    row: `Relay, through the hub to ${viewers} viewers`,
    system: "pulpo",
    value: perSecond / 1e6,
    unit: "MB/s",
    goal: { value: 400 },
  };
}

interface Audience {
  frames(): number[];
  newest(): number[];
  bytes(): number;
  stall(count: number, stalled: boolean): Promise<void>;
  /** @throws Error when the server has ended one. */
  mustBeOpen(): void;
  close(): Promise<void>;
}

async function openViewers(server: LiveServer, channel: string, count: number): Promise<Audience> {
  const worker = new Worker(new URL("./viewer_worker.ts", import.meta.url).href, { type: "module" });
  const counters = new SharedArrayBuffer(count * PER_VIEWER * 8);
  const slots = new Float64Array(counters);
  const ask = (command: ViewerCommand): Promise<void> =>
    new Promise((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(command);
    });
  const each = (slot: number) => Array.from({ length: count }, (_, i) => slots[i * PER_VIEWER + slot]!);
  const url = `ws://127.0.0.1:${server.port}/?channels=${channel}`;
  await ask({ do: "open", url, channel, count, counters });
  return {
    frames: () => each(0),
    bytes: () => each(1).reduce((sum, n) => sum + n, 0),
    newest: () => each(2),
    stall: (n, stalled) => ask({ do: "stall", count: n, stalled }),
    mustBeOpen() {
      if (each(3).some(Boolean)) throw new Error("the server has cut a viewer off");
    },
    async close() {
      await ask({ do: "close" });
      worker.terminate();
    },
  };
}
