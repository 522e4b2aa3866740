// Fan-out through each transport of the server: the native sockets of the one port, the same in batches, the second listener, and
// streams of events.
import { type FanoutResult, measureFanout, type Publish } from "./fanout.ts";
import { type Pulpo, pulpoPublisher } from "./pulpo.ts";
import { openReaders, type ReaderOptions, type Readers } from "./readers.ts";
import type { Figure, System } from "./report.ts";

interface Settings {
  readers: number;
  publishers: number;
  batch: number;
  window: number;
  seconds: number;
  rate: number;
}

interface Transport {
  label: string;
  kind: "ws" | "sse";
  path: string;
  /** On the second listener. */
  own?: boolean;
  /** Deliveries per second, ephemeral. */
  goal?: number;
}

const TRANSPORTS: Transport[] = [
  { label: "WebSocket", kind: "ws", path: "/ws?channels=broadcast", goal: 200_000 },
  { label: "WebSocket batched", kind: "ws", path: "/ws?channels=broadcast&batch=1", goal: 1_000_000 },
  { label: "WebSocket, own listener", kind: "ws", path: "/ws?channels=broadcast", own: true, goal: 800_000 },
  { label: "SSE", kind: "sse", path: "/sse?channels=broadcast" },
];

const portOf = (pulpo: Pulpo, { own }: Transport) => own ? pulpo.wsPort : pulpo.port;

async function withReaders<T>(
  pulpo: Pulpo,
  transport: Transport,
  count: number,
  body: (readers: Readers) => Promise<T>,
  more: Partial<ReaderOptions> = {},
): Promise<T> {
  const { kind, path } = transport;
  const headers = { ...pulpo.token, ...more.headers };
  const readers = await openReaders({
    kind,
    path,
    count,
    readyOnData: true,
    ...more,
    port: portOf(pulpo, transport),
    headers,
  });
  try {
    return await body(readers);
  } finally {
    await readers.close();
  }
}

/** @returns the figures, and how many bytes a push has without its frame */
export async function benchFanout(pulpo: Pulpo, settings: Settings, progress: (text: string) => void) {
  const figures: Figure[] = [];
  let pushBytes = 0;
  for (const transport of TRANSPORTS) {
    const { label, goal } = transport;
    await withReaders(pulpo, transport, settings.readers, async (readers) => {
      for (const persist of [true, false]) {
        const kind = persist ? "durable" : "ephemeral";
        progress(`${label}, ${kind}: ${settings.readers} readers`);
        const result = await published(pulpo, persist, settings, readers);
        pushBytes ||= Math.round(result.bytesPerDelivery) - 4;
        figures.push(...fanoutFigures("pulpo", label, kind, result, persist ? undefined : goal));
      }
    });
  }
  return { figures, pushBytes };
}

/** What compressing costs and saves, on the second listener of a server that does it. */
export async function benchCompressed(
  pulpo: Pulpo,
  settings: Settings,
  progress: (text: string) => void,
): Promise<Figure[]> {
  const transport: Transport = { label: "", kind: "ws", path: "/ws?channels=broadcast", own: true };
  progress(`WebSocket, own listener, compressed: ${settings.readers} readers`);
  const more = { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" }, countFrames: true };
  return await withReaders(pulpo, transport, settings.readers, async (readers) => {
    const { deliveriesPerSecond, bytesPerDelivery } = await published(pulpo, false, settings, readers);
    const row = "WebSocket, own listener, compressed, ephemeral";
    return [
      { row: `${row}: deliveries/s`, system: "pulpo" as const, value: deliveriesPerSecond, unit: "/s" },
      { row: `${row}: bytes a delivery`, system: "pulpo" as const, value: bytesPerDelivery, unit: "B" },
    ];
  }, more);
}

async function published(pulpo: Pulpo, persist: boolean, settings: Settings, readers: Readers): Promise<FanoutResult> {
  const publishers = await Promise.all(
    Array.from({ length: settings.publishers }, () => pulpoPublisher(pulpo, persist)),
  );
  try {
    const publish: Publish[] = publishers.map((publisher) => publisher.publish);
    return await measureFanout({ ...settings, readers, publishers: publish, explain: () => slowReaders(pulpo) });
  } finally {
    for (const publisher of publishers) publisher.close();
  }
}

async function slowReaders(pulpo: Pulpo): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${pulpo.port}/metrics`, { headers: pulpo.person });
  const count = /^pulpo_slow_readers_total (\d+)/m.exec(await response.text())?.[1];
  return `; the server has cut off ${count} slow readers since its start; it printed: ${pulpo.output() || "nothing"}`;
}

export function fanoutFigures(
  system: System,
  label: string,
  kind: string,
  result: FanoutResult,
  goal?: number,
): Figure[] {
  const row = `${label}, ${kind}`;
  return [
    {
      row: `${row}: deliveries/s`,
      system,
      value: result.deliveriesPerSecond,
      unit: "/s",
      ...(goal ? { goal: { value: goal } } : {}),
    },
    { row: `${row}: latency p50`, system, value: result.p50, unit: "ms" },
    { row: `${row}: latency p99`, system, value: result.p99, unit: "ms" },
  ];
}
