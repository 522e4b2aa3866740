// The whole benchmark in one run: start-up, fan-out, HTTP, chat, relays and streams, floods, idle memory. Each part starts from a server that has nothing
// else to do; nothing runs at the same time.
import denoJson from "../deno.json" with { type: "json" };
import { benchChatChannel, benchChatSends } from "./chat.ts";
import { measureFanout } from "./fanout.ts";
import { benchFlood } from "./flood.ts";
import { benchIdle, requireFiles } from "./idle.ts";
import { httpLoad, httpRequest, pause } from "./http_load.ts";
import { residentBytes } from "./processes.ts";
import { launchPulpo, notification, type Pulpo, startPulpo } from "./pulpo.ts";
import { openReaders } from "./readers.ts";
import { benchReconnect } from "./reconnect.ts";
import { type Figure, machine, processorTime, type Report } from "./report.ts";
import { type Rival, startCentrifugo, startNchan, startNodeWs } from "./rivals.ts";
import { benchRelay } from "./relay.ts";
import { benchSearch } from "./search.ts";
import { benchStreams } from "./streams.ts";
import { benchCompressed, benchFanout, fanoutFigures } from "./transports.ts";

export interface BenchOptions {
  /** A smoke run of a few seconds: few readers, short phases; its figures mean nothing. */
  quick: boolean;
  rivals: boolean;
  /** Parts to run; default all. */
  only?: string[];
  progress: (text: string) => void;
}

export const PARTS = ["start", "fanout", "http", "chat", "reconnect", "search", "relay", "streams", "flood", "idle"];

const FULL = {
  readers: 1000,
  idle: 10_000,
  seconds: 5,
  rate: 50,
  batch: 50,
  window: 400,
  compress_bytes: 100,
  publishers: 4,
  connections: 50,
  senders: 20,
  members: 1000,
  chatRate: 200,
  chatSeconds: 30,
  people: 1000,
  channelsEach: 200,
  searchMessages: 1_000_000,
  searchRounds: 20,
  viewers: 10,
  relaySeconds: 10,
  streamReaders: 50,
  streamLines: 2000,
  streams: 100,
  linesEach: 500,
  streamsRead: 20,
  floodSockets: 6,
  floodFrames: 50,
  floodSilent: 300,
};
const QUICK: typeof FULL = {
  readers: 20,
  idle: 100,
  seconds: 0.5,
  rate: 20,
  batch: 10,
  window: 100,
  compress_bytes: 100,
  publishers: 2,
  connections: 5,
  senders: 4,
  members: 20,
  chatRate: 40,
  chatSeconds: 1,
  people: 20,
  channelsEach: 20,
  searchMessages: 4000,
  searchRounds: 2,
  viewers: 4,
  relaySeconds: 1,
  streamReaders: 5,
  streamLines: 200,
  streams: 10,
  linesEach: 50,
  streamsRead: 4,
  floodSockets: 2,
  floodFrames: 3,
  floodSilent: 20,
};
type Settings = typeof FULL;

/** @throws Error when a part fails: a bench that lost messages has no figures. */
export async function runBench(options: BenchOptions): Promise<Report> {
  const settings = options.quick ? QUICK : FULL;
  const wanted = (part: string) => !options.only || options.only.includes(part);
  const about = machine(), before = processorTime();
  const figures: Figure[] = [];
  const settled: Record<string, number> = { ...settings };
  const folder = await Deno.makeTempDir({ prefix: "pulpo-bench-" });
  try {
    if (wanted("start")) figures.push(...await benchStart(`${folder}/start`, options.progress));
    if (wanted("fanout")) {
      const own = await withPulpo(`${folder}/fanout`, (pulpo) => benchFanout(pulpo, settings, options.progress));
      figures.push(...own.figures);
      const compressed = { PULPO_WS_COMPRESS_BYTES: String(settings.compress_bytes) };
      figures.push(
        ...await withPulpo(
          `${folder}/compressed`,
          (pulpo) => benchCompressed(pulpo, settings, options.progress),
          compressed,
        ),
      );
      settled.push_bytes = own.pushBytes;
      if (options.rivals) figures.push(...await benchRivals(folder, own.pushBytes, settings, options.progress));
    }
    if (wanted("http")) {
      figures.push(...await withPulpo(`${folder}/http`, (pulpo) => benchHttp(pulpo, settings, options.progress)));
    }
    if (wanted("chat")) {
      const chat = { ...settings, rate: settings.chatRate };
      options.progress(`chat: ${settings.senders} senders on the embedded database`);
      figures.push(...await withPulpo(`${folder}/chat`, (pulpo) => benchChatSends(pulpo, chat)));
      figures.push(
        ...await benchChatChannel(folder, { ...chat, seconds: settings.chatSeconds }, options.progress) ?? [],
      );
    }
    if (wanted("reconnect")) {
      figures.push(...await benchReconnect(folder, settings, options.progress) ?? []);
    }
    // Minutes of writing: only when it is asked for.
    if (options.only?.includes("search")) {
      const search = { messages: settings.searchMessages, rounds: settings.searchRounds };
      figures.push(...await benchSearch(folder, search, options.progress) ?? []);
    }
    if (wanted("relay")) figures.push(...await benchRelay(settings, options.progress));
    if (wanted("streams")) figures.push(...await benchStreams(settings, options.progress));
    if (wanted("flood")) {
      figures.push(
        ...await withPulpo(`${folder}/flood`, (pulpo) => benchFlood(pulpo, settings, options.progress)),
      );
    }
    if (wanted("idle")) {
      await requireFiles(settings.idle + 500);
      for (const own of [false, true]) {
        const part = (pulpo: Pulpo) => benchIdle(pulpo, settings, options.progress, own);
        figures.push(...await withPulpo(`${folder}/idle-${own}`, part));
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const after = processorTime();
  return {
    version: denoJson.version,
    date: new Date().toISOString(),
    quick: options.quick,
    machine: about,
    ...(before && after ? { stolen: 100 * (after.stolen - before.stolen) / (after.total - before.total) } : {}),
    settings: settled,
    figures,
  };
}

async function withPulpo<T>(
  dataDir: string,
  body: (pulpo: Pulpo) => Promise<T>,
  settings: Record<string, string> = {},
): Promise<T> {
  const pulpo = await startPulpo(dataDir, [], settings);
  try {
    return await body(pulpo);
  } finally {
    await pulpo.stop();
  }
}

async function benchStart(dataDir: string, progress: BenchOptions["progress"]): Promise<Figure[]> {
  progress("start-up");
  const first = await launchPulpo(dataDir);
  await first.stop();
  const again = await launchPulpo(dataDir);
  await pause(2000); // what starting needed for a moment is given back
  const bytes = await residentBytes(again.pid);
  await again.stop();
  return [
    { row: "Start-up, empty data folder", system: "pulpo", value: first.startMs, unit: "ms" },
    { row: "Start-up, existing data", system: "pulpo", value: again.startMs, unit: "ms" },
    { row: "Memory after start", system: "pulpo", value: bytes / 1e6, unit: "MB", goal: { value: 250, atMost: true } },
  ];
}

async function benchRivals(folder: string, bytes: number, settings: Settings, progress: BenchOptions["progress"]) {
  const figures: Figure[] = [];
  const starters = [
    () => startNchan(folder, bytes),
    () => startNodeWs(bytes),
    () => startCentrifugo(folder, bytes),
  ];
  for (const start of starters) {
    const rival = await start();
    if (!rival) {
      progress("a rival is not installed (nginx with libnginx-mod-nchan, Node, Centrifugo): left out");
      continue;
    }
    try {
      for (const kind of rival.transports) figures.push(...await benchRival(rival, kind, settings, progress));
    } finally {
      await rival.stop();
    }
  }
  return figures;
}

async function benchRival(rival: Rival, kind: "ws" | "sse", settings: Settings, progress: BenchOptions["progress"]) {
  const label = kind === "ws" ? "WebSocket" : "SSE";
  progress(`${label} on ${rival.name}`);
  const readers = await openReaders({
    kind,
    port: rival.port,
    path: rival.path,
    count: settings.readers,
    readyOnData: rival.greets ?? false,
  });
  const publishers = await Promise.all(Array.from({ length: settings.publishers }, () => rival.publisher()));
  try {
    const result = await measureFanout({ ...settings, readers, publishers: publishers.map((p) => p.publish) });
    return fanoutFigures(rival.name, label, "ephemeral", result);
  } finally {
    for (const publisher of publishers) publisher.close();
    await readers.close();
  }
}

async function benchHttp(pulpo: Pulpo, settings: Settings, progress: BenchOptions["progress"]): Promise<Figure[]> {
  progress("HTTP reads and writes");
  const load = { port: pulpo.port, connections: settings.connections, seconds: settings.seconds };
  const me = httpRequest("GET", "/api/v1/auth/me", pulpo.person);
  await httpLoad({ ...load, seconds: load.seconds * 0.2, expect: 200, request: () => me });
  const reads = await httpLoad({ ...load, expect: 200, request: () => me });
  const write = () => httpRequest("POST", "/notify", pulpo.token, notification(true));
  await httpLoad({ ...load, seconds: load.seconds * 0.2, expect: 202, request: write });
  const writes = await httpLoad({ ...load, expect: 202, request: write });
  return [
    {
      row: "Authenticated reads (GET /auth/me)",
      system: "pulpo",
      value: reads.perSecond,
      unit: "/s",
      goal: { value: 10_000 },
    },
    { row: "Authenticated reads: p50", system: "pulpo", value: reads.p50, unit: "ms" },
    { row: "Authenticated reads: p99", system: "pulpo", value: reads.p99, unit: "ms" },
    {
      row: "Durable notifications (POST /notify)",
      system: "pulpo",
      value: writes.perSecond,
      unit: "/s",
      goal: { value: 1000 },
    },
    { row: "Durable notifications: p50", system: "pulpo", value: writes.p50, unit: "ms" },
    { row: "Durable notifications: p99", system: "pulpo", value: writes.p99, unit: "ms" },
  ];
}
