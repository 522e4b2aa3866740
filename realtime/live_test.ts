// Signals, streams and relays on one instance: what readers get who keep up, and who do not.
import assert from "node:assert/strict";
import { frame, ORG, read, startHub, stopHubs } from "../tests/support/live_hubs.ts";
import { until } from "../tests/support/wait.ts";
import { MemoryBroker } from "./memory_broker.ts";

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

Deno.test("relay: a viewer gets a window of frames, then the newest when it acknowledges; others do not notice", async () => {
  const hub = await startHub(new MemoryBroker());
  const acks: number[] = [], told: boolean[] = [];
  const source = hub.live.openRelay(ORG, "relay:1", {
    onInterest: (read) => told.push(read),
    onAck: (seq) => acks.push(seq),
  });
  const slow = await read(hub, "relay:1"), quick = await read(hub, "relay:1");
  for (const seq of range(1, 100)) {
    source.send(frame("relay:1", seq));
    quick.connection.subscriptions.acknowledge("relay:1", seq);
  }
  assert.deepEqual(quick.out.seqs, range(1, 100));
  assert.deepEqual(slow.out.seqs, range(1, 8));
  assert.deepEqual(acks, range(1, 100));
  slow.connection.subscriptions.acknowledge("relay:1", 1);
  assert.deepEqual(slow.out.seqs, [...range(1, 8), 100], "the newest, and none in between");
  slow.connection.subscriptions.acknowledge("relay:1", 100);
  source.send(frame("relay:1", 101));
  assert.equal(slow.out.seqs.at(-1), 101);
  // Acknowledgements of what was never sent, of other channels, and of nobody's do nothing.
  slow.connection.subscriptions.acknowledge("relay:1", 5000);
  slow.connection.subscriptions.acknowledge("relay:2", 1);
  assert.throws(() => source.send(frame("relay:2", 1)), RangeError);
  assert.deepEqual([slow.out.closedWith, quick.out.closedWith], [undefined, undefined]);
  for (const { connection } of [slow, quick]) connection.close(1000, "");
  assert.deepEqual(told, [true, false]);
  await stopHubs([hub]);
});

Deno.test("relay: the source is told of every viewer that comes, of many at once together", async () => {
  const hub = await startHub(new MemoryBroker());
  const told: string[] = [];
  const source = hub.live.openRelay(ORG, "relay:1", {
    onInterest: (read) => told.push(read ? "read" : "unread"),
    onViewer() {
      told.push("viewer");
      source.send(frame("relay:1", told.length));
    },
  });
  const first = await read(hub, "relay:1");
  assert.deepEqual([told, first.out.seqs], [["read", "viewer"], [2]], "it is there before the source is told");
  const more = [await read(hub, "relay:1"), await read(hub, "relay:1")];
  assert.deepEqual(told, ["read", "viewer"]);
  await until(() => told.length === 3);
  for (const { out } of [first, ...more]) assert.equal(out.seqs.at(-1), 3, "whole for all that came meanwhile");
  for (const { connection } of [first, ...more]) connection.close(1000, "");
  // Who comes and goes all the time does not make the source send pictures all the time.
  for (let i = 0; i < 500; i++) (await read(hub, "relay:1")).connection.close(1000, "");
  const pictures = told.filter((what) => what === "viewer").length;
  assert.ok(pictures < 20, `${pictures} pictures`);
  source.close();
  await read(hub, "relay:1");
  assert.equal(told.filter((what) => what === "viewer").length, pictures, "a source that was closed is told nothing");
  await stopHubs([hub]);
});

Deno.test("relay: a source that starts anew with lower numbers reaches a viewer whose window was full", async () => {
  const hub = await startHub(new MemoryBroker());
  const acks: number[] = [];
  const source = hub.live.openRelay(ORG, "relay:1", { onAck: (seq) => acks.push(seq) });
  const { out, connection } = await read(hub, "relay:1");
  for (const seq of range(1001, 1010)) source.send(frame("relay:1", seq));
  for (const seq of range(1, 10)) source.send(frame("relay:1", seq));
  assert.deepEqual(out.seqs, [...range(1001, 1008), ...range(1, 8)]);
  connection.subscriptions.acknowledge("relay:1", 8);
  assert.deepEqual(out.seqs.slice(16), [10]);
  connection.subscriptions.acknowledge("relay:1", 10);
  assert.deepEqual(acks, [8, 10]);
  connection.close(1000, "");
  await stopHubs([hub]);
});

Deno.test("relay: frames never go behind a send queue that is half full; the newest comes when it is not", async () => {
  const hub = await startHub(new MemoryBroker());
  const source = hub.live.openRelay(ORG, "relay:1", {});
  const { out } = await read(hub, "relay:1", { sendQueueBytes: 10_000 });
  source.send(frame("relay:1", 0xffffffff, 8000)); // larger than the half, but nothing waits
  out.waiting = 4990;
  source.send(frame("relay:1", 0));
  source.send(frame("relay:1", 1));
  assert.deepEqual(out.seqs, [0xffffffff]);
  out.waiting = 0;
  await until(() => out.binaries.length === 2);
  assert.deepEqual(out.seqs, [0xffffffff, 1]);
  const later = await read(hub, "relay:1");
  assert.deepEqual(later.out.seqs, [1], "who comes later sees the newest at once");
  const stream = await read(hub, "relay:1", { mode: "stream" });
  assert.equal(stream.denied, "needs_websocket");
  await stopHubs([hub]);
});

Deno.test("stream: lines are numbered and gathered; each reader gets all, in the shape that the source says", async () => {
  const hub = await startHub(new MemoryBroker());
  const source = hub.live.openStream(ORG, "stream:1", { type: "lines", epoch: "run1" });
  const single = hub.live.openStream(ORG, "stream:2", { type: "log_entry", each: true });
  const readers = [await read(hub, "stream:1"), await read(hub, "stream:1", { mode: "batch" })];
  const each = [await read(hub, "stream:2"), await read(hub, "stream:2", { mode: "batch" })];
  assert.deepEqual(readers[0]!.ack, { epoch: "run1", offset: 0, recovered: false });
  for (const n of range(1, 1000)) {
    source.append([`line ${n}`]);
    single.append([{ message: `m${n}` }]);
  }
  const expected = range(1, 1000).map((n) => `line ${n}`);
  for (const { out } of readers) {
    await until(() => out.lines.length === 1000);
    assert.deepEqual(out.lines, expected);
    assert.ok(out.texts.length <= 5, `${out.texts.length} pushes`);
    const last = out.pushes.at(-1)!;
    assert.deepEqual([last.type, last.channel, last.epoch, last.offset, last.data.last], [
      ...["lines", "stream:1", "run1"],
      ...[1000, 1000],
    ]);
  }
  for (const { out } of each) {
    await until(() => out.lines.length === 1000);
    assert.deepEqual(out.pushes.map((p) => p.offset), range(1, 1000));
    assert.deepEqual(out.pushes[41]!.data, { message: "m42" });
  }
  assert.ok(each[1]!.out.texts.length <= 5, "a batching reader gets frames of many");
  await stopHubs([hub]);
});

Deno.test("stream: a reader resumes by line number; what the ring has lost, another life or a jump is told", async () => {
  const hub = await startHub(new MemoryBroker());
  const source = hub.live.openStream(ORG, "stream:1", { type: "lines", epoch: "run1" });
  source.append(range(1, 8000));
  const from = async (epoch: string, offset: number) => await read(hub, "stream:1", { since: { epoch, offset } });
  await until(async () => (await read(hub, "stream:1")).ack.offset === 8000);
  const near = await from("run1", 7990);
  assert.deepEqual([near.ack.recovered, near.out.lines], [true, range(7991, 8000)]);
  for (const [epoch, offset] of [["run1", 100], ["run0", 7990]] as const) {
    const lost = await from(epoch, offset);
    assert.deepEqual([lost.ack.recovered, lost.ack.offset, lost.out.lines], [false, 8000, []]);
  }
  source.append([8000, 8001], 8000); // 8000 comes again
  await until(() => near.out.lines.at(-1) === 8001);
  source.append([8101], 8101); // the source has left a hundred out
  await until(() => near.out.lines.at(-1) === 8101);
  assert.deepEqual(near.out.pushes.find((p) => p.type === "gap")!.data, { from: 8002, to: 8100 });
  assert.deepEqual(near.out.lines, [...range(7991, 8001), 8101]);
  source.close();
  const next = hub.live.openStream(ORG, "stream:1", { type: "lines", epoch: "run2" });
  next.append(["again"]);
  await until(() => near.out.lines.at(-1) === "again");
  assert.deepEqual([near.out.pushes.at(-1)!.epoch, near.out.pushes.at(-1)!.offset], ["run2", 1]);
  assert.throws(() => hub.live.openStream(ORG, "stream:1", { type: "t", epoch: "no.dots" }), RangeError);
  await stopHubs([hub]);
});

Deno.test("stream: a reader who does not keep up misses lines, is told which, stays, and is soon at the end again", async () => {
  const hub = await startHub(new MemoryBroker());
  const source = hub.live.openStream(ORG, "stream:1", { type: "lines" });
  const slow = await read(hub, "stream:1"), quick = await read(hub, "stream:1");
  source.append(["first"]);
  await until(() => slow.out.lines.length === 1);
  slow.out.waiting = 600_000;
  for (let n = 2; n <= 9001; n += 100) source.append(range(n, n + 99));
  await until(() => quick.out.lines.length === 9001);
  assert.equal(slow.out.lines.length, 1, "nothing is queued for it");
  slow.out.waiting = 0;
  await until(() => slow.out.lines.at(-1) === 9001);
  const gap = slow.out.pushes.find((p) => p.type === "gap")!;
  assert.deepEqual(gap.data, { from: 2, to: 4001 });
  assert.equal(gap.offset, 4001, "a position to resume from");
  assert.deepEqual(slow.out.lines, ["first", ...range(4002, 9001)]);
  assert.equal(slow.out.closedWith, undefined);
  assert.ok(hub.stats().skipped >= 4000);
  await stopHubs([hub]);
});

Deno.test("signal: the newest of each key, at once for who comes later; a slow reader gets no older ones", async () => {
  const hub = await startHub(new MemoryBroker());
  const set = (key: string, n: number) => hub.live.signal(ORG, "signal:1", "state", { key, n }, { key });
  set("a", 1);
  set("a", 2);
  set("b", 3);
  const reader = await read(hub, "signal:1");
  const told = () => reader.out.pushes.map((p) => p.data.n);
  assert.deepEqual(told(), [2, 3]);
  set("a", 4);
  assert.deepEqual(told(), [2, 3, 4]);
  reader.out.waiting = 600_000;
  for (const n of range(5, 500)) set(n % 2 ? "a" : "b", n);
  assert.deepEqual(told(), [2, 3, 4]);
  reader.out.waiting = 0;
  await until(() => reader.out.pushes.length === 5);
  assert.deepEqual(told().slice(3).sort(), [499, 500]);
  assert.equal(reader.out.closedWith, undefined);
  assert.equal((await read(hub, "signal:1", { since: { epoch: "live", offset: 0 } })).ack.recovered, true);

  hub.live.signal(ORG, "greeted:1", "state", 1);
  const greeted = await read(hub, "greeted:1");
  assert.deepEqual(greeted.out.pushes.map((p) => p.type), ["hello"], "the feature tells the state itself");
  hub.live.signal(ORG, "greeted:1", "state", 2, { extra: { more: true } });
  assert.deepEqual([greeted.out.pushes[1]!.data, greeted.out.pushes[1]!.more], [2, true]);
  await stopHubs([hub]);
});
