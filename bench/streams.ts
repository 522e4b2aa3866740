// Lines of consoles: one busy stream to many readers, and many streams of which some are read, on two instances over Redis.
import type { Broker } from "../realtime/broker.ts";
import { MemoryBroker, MemoryBus } from "../realtime/memory_broker.ts";
import { RedisBroker } from "../realtime/redis_broker.ts";
import { silentLogger } from "../kernel/log.ts";
import { available, startRedis } from "../tools/services.ts";
import { pause, percentile, ratePerSecond } from "./http_load.ts";
import { type LiveServer, ORGANIZATION, startLiveServer } from "./live_server.ts";
import { openReaders, type Readers } from "./readers.ts";
import type { Figure } from "./report.ts";
import { stamp } from "./wire.ts";

const TICK_MS = 20;
const LINE = " [Server thread/INFO]: a player has joined the game and looks around for a while, as they do";

export interface StreamSettings {
  streamReaders: number;
  streamLines: number;
  streams: number;
  linesEach: number;
  streamsRead: number;
  seconds: number;
}

/** @throws Error when a line is lost or a reader is cut off. */
export async function benchStreams(settings: StreamSettings, progress: (text: string) => void): Promise<Figure[]> {
  progress(`a stream of ${settings.streamLines} lines/s to ${settings.streamReaders} readers`);
  const figures = await busy(settings);
  const redis = available().redis ? await startRedis() : undefined;
  const bus = new MemoryBus();
  const make = () => redis ? new RedisBroker(redis.url, "bench:bus", silentLogger) : new MemoryBroker(bus);
  try {
    progress(`${settings.streams} streams of ${settings.linesEach} lines/s, ${settings.streamsRead} of them read`);
    return [...figures, ...await many(settings, make, redis ? "over Redis" : "in memory")];
  } finally {
    await redis?.close();
  }
}

/** Calls `append` with so many lines in a second, in small groups as a pipe gives them. */
async function produce(perSecond: number, seconds: number, append: (count: number) => void): Promise<number> {
  const begun = performance.now();
  let sent = 0;
  while (performance.now() - begun < seconds * 1000) {
    const due = Math.floor((performance.now() - begun) / 1000 * perSecond);
    if (due > sent) append(due - sent);
    sent = Math.max(sent, due);
    await pause(TICK_MS);
  }
  return sent;
}

const lines = (count: number) => Array.from({ length: count }, () => stamp() + LINE);

async function allHave(readers: Readers, expected: number): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (readers.messages() < expected) {
    const { closed, code } = readers.lost();
    if (closed) throw new Error(`${closed} readers of streams were cut off (code ${code})`);
    if (performance.now() > deadline) throw new Error(`${expected - readers.messages()} lines are missing`);
    await pause(5);
  }
}

function open(server: LiveServer, channel: string, count: number): Promise<Readers> {
  const path = `/?channels=${channel}`;
  return openReaders({ kind: "ws", port: server.port, path, count, readyOnData: true, sampleEvery: 5 });
}

async function busy({ streamReaders, streamLines, seconds }: StreamSettings): Promise<Figure[]> {
  const server = await startLiveServer(new MemoryBroker());
  const source = server.hub.live.openStream(ORGANIZATION, "stream:busy", { type: "log_lines" });
  const readers = await open(server, "stream:busy", streamReaders);
  let perSecond = 0;
  const [sent] = await Promise.all([
    produce(streamLines, seconds * 1.4, (n) => source.append(lines(n))),
    (async () => {
      await pause(seconds * 200);
      perSecond = await ratePerSecond(seconds, () => readers.messages());
    })(),
  ]);
  await allHave(readers, sent * streamReaders);
  const ages = (await readers.ages()).sort((a, b) => a - b);
  await readers.close();
  await server.stop();
  const row = `Stream of ${streamLines.toLocaleString("en-US")} lines/s to ${streamReaders} readers`;
  return [
    { row, system: "pulpo", value: perSecond, unit: "/s", goal: { value: 0.97 * streamLines * streamReaders } },
    { row: `${row}: p50`, system: "pulpo", value: percentile(ages, 0.5) / 1000, unit: "ms" },
    { row: `${row}: p99`, system: "pulpo", value: percentile(ages, 0.99) / 1000, unit: "ms" },
  ];
}

/** Half of the streams on each instance; of those that are read half are read on the other one. All sources send all the time. */
async function many(settings: StreamSettings, make: () => Broker, how: string): Promise<Figure[]> {
  let onTheBus = 0;
  const servers: LiveServer[] = [];
  for (let i = 0; i < 2; i++) {
    const broker = make(), start = broker.start.bind(broker);
    broker.start = (handlers) =>
      start({
        onMessages: (messages) => handlers.onMessages(messages),
        onReady: () => handlers.onReady(),
        onLive(topic, bytes, from) {
          onTheBus += bytes.length;
          handlers.onLive(topic, bytes, from);
        },
      });
    servers.push(await startLiveServer(broker));
  }
  await pause(1000); // the instances know of each other
  const told = new Map<string, number>();
  const sources = Array.from(
    { length: settings.streams },
    (_, i) =>
      servers[i % 2]!.hub.live.openStream(ORGANIZATION, `stream:${i}`, {
        type: "log_lines",
        onInterest: (read) => read && told.set(`stream:${i}`, performance.now()),
      }),
  );
  const asked = performance.now();
  const readers: Readers[] = [];
  // Streams 0, 1, 2, …: readers 0, 1 beside the source, 2, 3 on the other instance, and so on.
  for (const server of [0, 1]) {
    const names = Array.from({ length: settings.streamsRead }, (_, i) => i)
      .filter((i) => (i % 4 < 2 ? i % 2 : 1 - i % 2) === server).map((i) => `stream:${i}`);
    readers.push(
      await openReaders({
        kind: "ws",
        port: servers[server]!.port,
        path: `/?channels=${names.join(",")}`,
        count: 1,
        readyOnData: true,
        sampleEvery: 0,
      }),
    );
  }
  const limit = performance.now() + 10_000;
  while (told.size < settings.streamsRead && performance.now() < limit) await pause(1);
  if (told.size !== settings.streamsRead) throw new Error(`${told.size} sources know that somebody reads`);
  const slowest = Math.max(...told.values()) - asked;

  onTheBus = 0;
  let lineBytes = 0;
  const sent = await produce(settings.linesEach, settings.seconds, (n) => {
    const some = lines(n);
    for (const line of some) lineBytes += line.length + 3; // quoted, and an end
    for (const source of sources) source.append(some);
  });
  for (const of of readers) await allHave(of, sent * settings.streamsRead / 2);
  const elsewhere = Math.floor(settings.streamsRead / 4) * 2;
  const gone = performance.now();
  for (const of of readers) await of.close();
  while (sources.some((source) => source.read)) {
    if (performance.now() - gone > 10_000) throw new Error("a source thinks that somebody reads");
    await pause(1);
  }
  const told0 = performance.now() - gone;
  for (const server of servers) await server.stop();
  const name = `${settings.streams} streams × ${settings.linesEach} lines/s, ${settings.streamsRead} read, ${how}`;
  return [
    {
      row: `${name}: bytes on the bus for a byte of lines read elsewhere`,
      system: "pulpo",
      value: onTheBus / (lineBytes * elsewhere),
      unit: "",
      goal: { value: 1.1, atMost: true },
    },
    {
      row: `${name}: until the last source knows of its first reader`,
      system: "pulpo",
      value: slowest,
      unit: "ms",
      goal: { value: 1000, atMost: true },
    },
    {
      row: `${name}: until all know that nobody reads`,
      system: "pulpo",
      value: told0,
      unit: "ms",
      goal: { value: 1000, atMost: true },
    },
  ];
}
