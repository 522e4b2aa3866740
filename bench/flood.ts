// What the server has left for others while strangers flood it: the time of /health/live, the owner's sign-in, and the
// memory that it takes. The same kinds of flood as in tests/operation/anonymous_flood_test.ts, which says what must hold.
import { pause } from "./http_load.ts";
import { residentBytes } from "./processes.ts";
import { type Pulpo, signIn } from "./pulpo.ts";
import { type RawSocket, rawSocket, unfinished, webSocketFrame } from "./raw_socket.ts";
import type { Figure } from "./report.ts";

export interface FloodSettings {
  floodSockets: number;
  /** Frames or bodies of 1 MB from each. */
  floodFrames: number;
  /** Connections that say nothing, or stop in the middle. */
  floodSilent: number;
  /** How long it is looked at, each time. */
  seconds: number;
}

const MB = 1024 * 1024;
const BRACKETS = "[".repeat(MB);
/** Between two questions. */
const ASK_MS = 10;
const LIVE_GOAL_MS = 100, MEMORY_GOAL_MB = 200;

/** Begins a flood. @returns what it has opened */
type Flood = (port: number, settings: FloodSettings) => Promise<RawSocket[]>;

const open = (port: number, count: number, path?: string, texts = [""]) =>
  Promise.all(
    Array.from({ length: count }, (_, i) => rawSocket(`http://127.0.0.1:${port}`, path, texts[i % texts.length])),
  );

const FLOODS: Record<string, Flood> = {
  async "1 MB frames"(port, { floodSockets, floodFrames }) {
    const sockets = await open(port, floodSockets, "/ws");
    const frame = webSocketFrame(1, BRACKETS);
    await Promise.all(sockets.map(async (socket) => {
      for (let i = 0; i < floodFrames && await socket.write(frame); i++);
    }));
    return sockets;
  },
  async "1 MB bodies"(port, { floodSockets, floodFrames }) {
    await Promise.all(Array.from({ length: floodSockets }, async () => {
      for (let i = 0; i < floodFrames; i++) {
        const headers = { "content-type": "application/json" };
        const url = `http://127.0.0.1:${port}/api/v1/auth/login`;
        const answer = await fetch(url, { method: "POST", headers, body: BRACKETS });
        await answer.body?.cancel();
        if (answer.status !== 413) throw new Error(`a body of 1 MB was answered with ${answer.status}`);
      }
    }));
    return [];
  },
  async "unfinished messages"(port, { floodSockets, floodFrames }) {
    const sockets = await open(port, floodSockets, "/ws");
    await Promise.all(sockets.map((socket) => unfinished(socket, floodFrames)));
    return sockets;
  },
  "silent connections": (port, { floodSilent }) =>
    open(port, floodSilent, undefined, ["", "GET / HTTP/1.1\r\nHost: x\r\nX-A"]),
};

/** @throws Error when the owner does not get in, or a question stays without an answer. */
export async function benchFlood(
  pulpo: Pulpo,
  settings: FloodSettings,
  progress: (text: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const before = await residentBytes(pulpo.pid);
  let peak = before, slowest = 0;
  for (const [name, flood] of Object.entries(FLOODS)) {
    progress(`flood: ${name}`);
    const asked = askWhile(pulpo, async () => {
      const sockets = await flood(pulpo.port, settings);
      const started = performance.now();
      await signIn(pulpo.port);
      slowest = Math.max(slowest, performance.now() - started);
      await pause(settings.seconds * 1000);
      for (const socket of sockets) socket.close();
    });
    const { times, bytes } = await asked;
    peak = Math.max(peak, bytes);
    const row = `Flood of ${name}: /health/live`;
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
    figures.push(
      {
        row: `${row} p50`,
        system: "pulpo",
        value: at(0.5),
        unit: "ms",
        goal: { value: LIVE_GOAL_MS, atMost: true },
      },
      { row: `${row} p99`, system: "pulpo", value: at(0.99), unit: "ms" },
    );
  }
  return [
    ...figures,
    { row: "Floods: slowest sign-in of the owner", system: "pulpo", value: slowest, unit: "ms" },
    {
      row: "Floods: memory above before",
      system: "pulpo",
      value: (peak - before) / 1e6,
      unit: "MB",
      goal: { value: MEMORY_GOAL_MB, atMost: true },
    },
  ];
}

/** Asks again and again while `body` runs. @returns sorted times in ms, and the most memory that was seen */
async function askWhile(pulpo: Pulpo, body: () => Promise<void>): Promise<{ times: number[]; bytes: number }> {
  const times: number[] = [];
  let bytes = 0, over = false;
  const done = body().finally(() => over = true);
  while (!over || !times.length) {
    const started = performance.now();
    const answer = await fetch(`http://127.0.0.1:${pulpo.port}/health/live`);
    await answer.body?.cancel();
    if (answer.status !== 200) throw new Error(`/health/live answered ${answer.status}`);
    times.push(performance.now() - started);
    bytes = Math.max(bytes, await residentBytes(pulpo.pid));
    await pause(ASK_MS);
  }
  await done;
  return { times: times.sort((a, b) => a - b), bytes };
}
