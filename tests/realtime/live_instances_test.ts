// Signals, streams and relays over several instances, one suite for all brokers: an instance takes from the bus what somebody on it
// reads and nothing else, sources learn of their first and last reader wherever these are, and readers resume anywhere.
import assert from "node:assert/strict";
import { silentLogger } from "../../kernel/log.ts";
import type { Bytes } from "../../protocol/wire/binary.ts";
import type { Broker } from "../../realtime/broker.ts";
import type { Hub } from "../../realtime/hub.ts";
import { RedisBroker } from "../../realtime/redis_broker.ts";
import { startRedis } from "../../tools/services.ts";
import { onEachBroker, redisMissing } from "../support/each_broker.ts";
import { frame, ORG, read, startHub, stopHubs } from "../support/live_hubs.ts";
import { until } from "../support/wait.ts";

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Notes what comes from the bus: its bytes, by topic without the organisation. */
function watched(broker: Broker): { broker: Broker; taken: Map<string, number> } {
  const taken = new Map<string, number>();
  const start = broker.start.bind(broker);
  broker.start = (handlers) =>
    start({
      onMessages: (messages) => handlers.onMessages(messages),
      onReady: () => handlers.onReady(),
      onLive(topic: string, bytes: Bytes, from: string) {
        const name = topic.startsWith(ORG) ? topic.slice(ORG.length + 1) : "inbox";
        taken.set(name, (taken.get(name) ?? 0) + bytes.length);
        handlers.onLive(topic, bytes, from);
      },
    });
  return { broker, taken };
}

/** Instances are put in order by their clocks. */
async function tick(): Promise<void> {
  const now = Date.now();
  await until(() => Date.now() > now + 1, { everyMs: 1 });
}

async function suite(make: () => Broker): Promise<void> {
  const watches = [watched(make()), watched(make()), watched(make())];
  const hubs: Hub[] = [];
  for (const { broker } of watches) hubs.push(await startHub(broker));
  const [a, b, c] = hubs as [Hub, Hub, Hub];
  const [, takenB, takenC] = watches.map(({ taken }) => taken) as [unknown, Map<string, number>, Map<string, number>];
  for (const { broker } of watches) await until(async () => (await broker.status()).status === "ok");

  // --- streams: interest, and lines only where they are read
  const told: boolean[] = [];
  const stream = a.live.openStream(ORG, "stream:1", { type: "lines", epoch: "run1", onInterest: (r) => told.push(r) });
  const unread = a.live.openStream(ORG, "stream:2", { type: "lines", epoch: "run1" });
  stream.append(range(1, 100));
  unread.append(range(1, 100));
  await until(async () => {
    const probe = await read(b, "stream:1");
    probe.connection.ended();
    return probe.ack.epoch === "run1";
  }, { what: "the instances know of each other" });
  await until(() => told.at(-1) === false);
  told.length = 0;
  const one = await read(b, "stream:1", { since: { epoch: "run1", offset: 90 } });
  assert.deepEqual(one.ack, { epoch: "run1", offset: 100, recovered: true }, "the lines come from the source");
  await until(() => one.out.lines.length === 10);
  await until(() => told.length === 1 && stream.read);
  const two = await read(c, "stream:1");
  assert.deepEqual(two.ack, { epoch: "run1", offset: 100, recovered: false });
  for (let n = 101; n < 400; n += 10) {
    stream.append(range(n, n + 9));
    unread.append(["nobody reads this"]);
  }
  await until(() => one.out.lines.at(-1) === 400 && two.out.lines.at(-1) === 400);
  assert.deepEqual([one.out.lines, two.out.lines], [range(91, 400), range(101, 400)]);
  assert.deepEqual([takenB.get("stream:2"), takenC.get("stream:2")], [undefined, undefined]);
  one.connection.ended();
  two.connection.ended();
  await until(() => told.length === 2 && !stream.read);
  assert.deepEqual(told, [true, false]);
  const quiet = takenB.get("stream:1");
  stream.append(range(401, 500));
  // Back on another instance than before, behind lines that nobody has read.
  const back = await read(c, "stream:1", { since: { epoch: "run1", offset: 400 } });
  await until(() => back.out.lines.length === 100);
  assert.deepEqual([back.ack.recovered, back.out.lines], [true, range(401, 500)]);
  assert.equal(takenB.get("stream:1"), quiet, "an instance on which nobody reads any more gets nothing");

  // --- relays: frames as they are, acknowledgements back to the source
  const acks: number[] = [], viewed: boolean[] = [];
  let pictures = 0;
  const relay = a.live.openRelay(ORG, "relay:1", {
    onInterest: (r) => viewed.push(r),
    onViewer: () => pictures++,
    onAck: (seq) => acks.push(seq),
  });
  const viewer = await read(b, "relay:1");
  await until(() => relay.read && pictures === 1, { what: "the source is told of the first viewer" });
  const slow = await read(c, "relay:1");
  await until(() => pictures === 2, { what: "and of one on another instance" });
  for (const seq of range(1, 40)) {
    relay.send(frame("relay:1", seq, 2000));
    await until(() => viewer.out.seqs.at(-1) === seq);
    viewer.connection.subscriptions.acknowledge("relay:1", seq);
  }
  await until(() => acks.at(-1) === 40);
  assert.deepEqual(viewer.out.seqs, range(1, 40));
  assert.deepEqual(viewer.out.binaries[39], frame("relay:1", 40, 2000).bytes);
  await until(() => slow.out.seqs.length === 8);
  // The last frame is there when one that was sent after it is.
  const after = await read(c, "relay:1");
  await until(() => after.out.seqs.at(-1) === 40);
  await until(() => pictures === 3, { what: "and of a second one there" });
  slow.connection.subscriptions.acknowledge("relay:1", 8);
  assert.deepEqual(slow.out.seqs, [...range(1, 8), 40]);

  // --- signals: the newest of each key, wherever it was set and whenever the reader comes
  a.live.signal(ORG, "signal:1", "state", "old", { key: "x" });
  a.live.signal(ORG, "signal:1", "state", "y", { key: "y" });
  await tick();
  b.live.signal(ORG, "signal:1", "state", "new", { key: "x" });
  const states = await read(c, "signal:1");
  await until(() =>
    states.out.pushes.findLast((p) => p.data === "new") && states.out.pushes.some((p) => p.data === "y")
  );
  assert.notEqual(states.out.pushes.at(-1)!.data, "old");
  await tick();
  a.live.signal(ORG, "signal:1", "state", "newest", { key: "x" });
  a.live.signal(ORG, "signal:1", "state", "here only", { key: "z", local: true });
  await until(() => states.out.pushes.at(-1)!.data === "newest");

  // --- an instance that dies says nothing any more: what it read is forgotten
  slow.connection.ended();
  after.connection.ended();
  const closes = watches[1]!.broker.close();
  await closes;
  await until(() => !relay.read, { timeoutMs: 15_000, what: "the viewer has gone with its instance" });
  assert.deepEqual(viewed, [true, false]);
  await stopHubs([a, c, b]);
}

onEachBroker("live channels over instances", suite);

Deno.test({ name: "live channels come back after an outage of Redis", ignore: redisMissing }, async () => {
  const redis = await startRedis();
  const make = () => startHub(new RedisBroker(redis.url, "test:bus", silentLogger));
  const [a, b] = [await make(), await make()];
  try {
    const stream = a.live.openStream(ORG, "stream:1", { type: "lines", epoch: "run1" });
    const lines = await read(b, "stream:1"), states = await read(b, "signal:1");
    await until(() => stream.read);
    stream.append(range(1, 10));
    a.live.signal(ORG, "signal:1", "state", "before");
    await until(() => lines.out.lines.length === 10 && states.out.pushes.length === 1);
    await redis.stop();
    await until(async () => (await a.broker.status()).status === "down" && (await b.broker.status()).status === "down");
    stream.append(range(11, 20));
    a.live.signal(ORG, "signal:1", "state", "meanwhile");
    await redis.restart();
    await until(() => states.out.pushes.at(-1)!.data === "meanwhile", { timeoutMs: 20_000 });
    await until(() => lines.out.lines.length === 20, { timeoutMs: 20_000 });
    assert.deepEqual(lines.out.lines, range(1, 20), "the source still has what the bus has lost");
  } finally {
    await stopHubs([a, b]);
    await redis.close();
  }
});
