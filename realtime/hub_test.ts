// The hub's promises without sockets or a database.
import assert from "node:assert/strict";
import { until } from "../tests/support/wait.ts";
import type { Actor } from "../kernel/actor.ts";
import { silentLogger } from "../kernel/log.ts";
import { Connection } from "./connection.ts";
import { ArrayLog, connect, gateway, ListTransport, makeHub, ORG, range } from "./hub_fakes.ts";
import { MemoryBroker, MemoryBus } from "./memory_broker.ts";

Deno.test("pushes that arrive swapped, twice or not at all are delivered in order, once, all", async () => {
  const log = new ArrayLog(), hub = makeHub(log);
  const [reader, out] = connect(hub);
  await reader.subscriptions.add(["c"], undefined, false, () => {});
  const [one, two, three, four, _lost, six] = log.append(6);
  hub.publish([two!, one!, one!, four!]);
  hub.publish([three!, two!, six!]);
  await until(() => out.offsets().length === 6);
  assert.deepEqual(out.offsets(), range(1, 6));
  await hub.close();
});

Deno.test("what comes while a gap is read from the log is not forgotten behind the next gap", async () => {
  const log = new ArrayLog();
  const hub = makeHub(log); // never started: nothing reconciles
  const [reader, out] = connect(hub);
  await reader.subscriptions.add(["c"], undefined, false, () => {});
  const [_one, two] = log.append(2);
  let asked!: () => void, answer!: () => void;
  const asking = new Promise<void>((done) => asked = done), gate = new Promise<void>((done) => answer = done);
  const read = log.read.bind(log);
  log.read = async (...range) => {
    const rows = await read(...range); // as of now
    asked();
    await gate;
    return rows;
  };
  hub.publish([two!]);
  await asking;
  const [_three, four] = log.append(2);
  hub.publish([four!]);
  log.read = read;
  answer();
  await until(() => out.offsets().length === 4);
  assert.deepEqual(out.offsets(), range(1, 4));
  await hub.close();
});

Deno.test("reconciling finds what no bus brought", async () => {
  const log = new ArrayLog(), hub = makeHub(log);
  await hub.start();
  const [reader, out] = connect(hub);
  await reader.subscriptions.add(["c"], undefined, false, () => {});
  log.append(3);
  await until(() => out.offsets().length === 3);
  assert.deepEqual(out.offsets(), [1, 2, 3]);
  await hub.close();
});

Deno.test("a gap that cannot be read for a while is filled later, without a new push", async () => {
  const log = new ArrayLog(), hub = makeHub(log);
  await hub.start();
  const [reader, out] = connect(hub);
  await reader.subscriptions.add(["c"], undefined, false, () => {});
  const read = log.read.bind(log);
  let failures = 0;
  log.read = () => {
    failures++;
    return Promise.reject(new Error("the database is away"));
  };
  // Told of twice, as the event log does.
  let told = 0;
  const changed = log.changed.bind(log);
  log.changed = () => log.events.length && ++told > 2 ? Promise.resolve([]) : changed();
  log.append(3);
  await until(() => failures >= 5);
  log.read = read;
  await until(() => out.offsets().length === 3);
  assert.deepEqual(out.offsets(), [1, 2, 3]);
  await hub.close();
});

Deno.test("resuming gets exactly what was missed, from memory or from the log, while new pushes arrive", async () => {
  for (const before of [20, 2500]) {
    const log = new ArrayLog(), hub = makeHub(log);
    log.append(before);
    const [reader, out] = connect(hub, new ListTransport(), 10_000_000);
    const acks: unknown[] = [];
    const since = { c: { epoch: "e1", offset: 5 } };
    const done = reader.subscriptions.add(["c"], since, false, (ack) => acks.push(ack.channels.c));
    await new Promise((resolve) => setTimeout(resolve, 0));
    hub.publish(log.append(10));
    await done;
    hub.publish(log.append(10));
    await until(() => out.offsets().length === before + 15);
    assert.deepEqual(out.offsets(), range(6, before + 20));
    assert.equal((acks[0] as { recovered: boolean }).recovered, true);
    await hub.close();
  }
});

Deno.test("a gap that is pruned, too old or of another epoch is said to be lost", async () => {
  const log = new ArrayLog(), hub = makeHub(log);
  log.append(30);
  log.first = 20;
  for (const since of [{ epoch: "e1", offset: 3 }, { epoch: "old", offset: 29 }, { epoch: "e1", offset: 99 }]) {
    const [reader, out] = connect(hub);
    let recovered: boolean | undefined;
    await reader.subscriptions.add(["c"], { c: since }, false, (ack) => recovered = ack.channels.c!.recovered);
    assert.equal(recovered, false);
    assert.deepEqual(out.offsets(), []);
    reader.close(1000, "");
  }
  const [reader, out] = connect(hub);
  await reader.subscriptions.add(["c"], { c: { epoch: "e1", offset: 25 } }, false, () => {});
  assert.deepEqual(out.offsets(), range(26, 30));
  await hub.close();
});

Deno.test("batching readers get one frame per tick and the same order; a joiner gets nothing twice", async () => {
  const log = new ArrayLog(), hub = makeHub(log);
  const [first, a] = connect(hub, new ListTransport("batch"), 100_000);
  await first.subscriptions.add(["c"], undefined, false, () => {});
  hub.publish(log.append(1));
  await until(() => a.texts.length === 1);
  for (let i = 0; i < 50; i++) hub.publish(log.append(1));
  const [second, b] = connect(hub, new ListTransport("batch"), 100_000);
  await second.subscriptions.add(["c"], { c: { epoch: "e1", offset: 40 } }, false, () => {});
  hub.publish(log.append(5));
  await until(() => a.offsets().length === 56 && b.offsets().length === 16);
  assert.deepEqual(a.offsets(), range(1, 56));
  assert.deepEqual(b.offsets(), range(41, 56));
  assert.ok(a.texts.length < 10, `${a.texts.length} frames`);
  await hub.close();
});

Deno.test("a reader that does not keep up is cut off with 4408 and gets nothing more; others do not notice", async () => {
  const log = new ArrayLog(), hub = makeHub(log);
  const [slow, a] = connect(hub);
  const [quick, b] = connect(hub);
  for (const reader of [slow, quick]) await reader.subscriptions.add(["c"], undefined, false, () => {});
  a.waiting = 999;
  hub.publish(log.append(5));
  assert.equal(a.closedWith, 4408);
  assert.deepEqual(a.offsets(), []);
  assert.deepEqual(b.offsets(), range(1, 5));
  assert.equal(hub.slowReaders, 1);
  assert.equal(hub.connections.size, 1);
  await hub.close();
});

Deno.test("leaving stops pushes and the topic is forgotten with its last reader", async () => {
  const log = new ArrayLog(), hub = makeHub(log);
  const [reader, out] = connect(hub);
  await reader.subscriptions.add(["c", "c"], undefined, false, () => {});
  assert.equal(hub.stats().channels, 1);
  assert.equal(reader.subscriptions.remove("c"), true);
  assert.equal(reader.subscriptions.remove("c"), false);
  hub.publish(log.append(1));
  assert.deepEqual(out.offsets(), []);
  assert.equal(hub.stats().channels, 0);
  await hub.close();
});

Deno.test("two hubs on one bus: same order on both, presence of both, an instance that leaves is forgotten", async () => {
  const log = new ArrayLog(), bus = new MemoryBus();
  const hubs = [makeHub(log, new MemoryBroker(bus)), makeHub(log, new MemoryBroker(bus))];
  for (const hub of hubs) await hub.start();
  const readers = hubs.map((hub) => connect(hub, new ListTransport(), 100_000));
  for (const [reader] of readers) await reader.subscriptions.add(["c"], undefined, false, () => {});
  for (let i = 0; i < 100; i++) hubs[i % 2]!.publish(log.append(1));
  for (const [, out] of readers) {
    await until(() => out.offsets().length === 100);
    assert.deepEqual(out.offsets(), range(1, 100));
  }
  await until(() => hubs[0]!.presence.connections(ORG) === 2);
  assert.deepEqual(hubs[0]!.presence.onlineUsers(ORG), ["u"]);
  await hubs[1]!.close();
  await until(() => hubs[0]!.presence.connections(ORG) === 1);
  await hubs[0]!.close();
});

Deno.test("a socket never takes a second identity, of whatever kinds the two are", async () => {
  const rights = { organizationId: ORG, username: "x", role: "member", permissions: new Set<string>() } as const;
  // Two of each kind; the tokens belong to these two people, and the server acts for two organisations.
  const all: Actor[] = [
    { kind: "person", ...rights, userId: "p1", sessionId: "s1" },
    { kind: "person", ...rights, userId: "p2", sessionId: "s2" },
    { kind: "token", ...rights, userId: "p1", tokenId: "t1" },
    { kind: "token", ...rights, userId: "p2", tokenId: "t2" },
    { kind: "agent", ...rights, userId: null, agentId: "a1" },
    { kind: "agent", ...rights, userId: null, agentId: "a2" },
    { kind: "system", ...rights, userId: null },
    { kind: "system", ...rights, userId: null, organizationId: "other" },
  ];
  const hub = makeHub(new ArrayLog());
  const fresh = () => {
    const peer = { connectionId: "x", ip: null, userAgent: null, log: silentLogger };
    const options = { sendQueueBytes: 1000, maxSubscriptions: 10 };
    return new Connection(hub, gateway, new ListTransport(), peer, options);
  };
  for (const [i, first] of all.entries()) {
    for (const [j, second] of all.entries()) {
      const connection = fresh();
      connection.identify(first);
      const again = () => connection.identify({ ...second, permissions: new Set(["renewed"]) });
      if (i === j) again();
      else assert.throws(again, { code: "forbidden" }, `${first.kind} ${i}, then ${second.kind} ${j}`);
      assert.equal(connection.actor?.permissions.has("renewed"), i === j);
      connection.ended();
    }
  }
  // Another session or token of the same one is the same one; the same id in another organisation is not.
  const connection = fresh();
  connection.identify(all[0]!);
  connection.identify({ ...all[0]!, sessionId: "s3" } as Actor);
  assert.throws(() => connection.identify({ ...all[0]!, organizationId: "other" }), { code: "forbidden" });
  connection.ended();
  const program = fresh();
  program.identify(all[2]!);
  program.identify({ ...all[2]!, tokenId: "t9" } as Actor);
  program.ended();
  await hub.close();
});
