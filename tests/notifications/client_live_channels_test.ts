// The TypeScript client on channels that are not stored, against a real server: lines, relays, binary frames, and the event
// stream where no socket gets through.
import assert from "node:assert/strict";
import { decodeBinary, encodeBinary } from "../../clients/typescript/src/binary.ts";
import { Fallback } from "../../clients/typescript/src/engine/fallback.ts";
import { readLines } from "../../clients/typescript/src/lines.ts";
import { PulpoClient, PulpoConnection } from "../../clients/typescript/src/mod.ts";
import { readRelay } from "../../clients/typescript/src/relay.ts";
import { defineFeature } from "../../features/define.ts";
import { authorize as authorizeActor } from "../../kernel/actor.ts";
import type { Ctx } from "../../features/context.ts";
import * as wire from "../../protocol/wire/binary.ts";
import type { ChannelName } from "../../protocol/wire/channels.ts";
import { CutProxy } from "../support/cut_proxy.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const KIND = 211;
const BACKOFF = { base: 20, cap: 100 };
const authorize = ({ actor }: Ctx) => authorizeActor(actor, "channels.subscribe");
const isConnected = (connection: PulpoConnection) => () => connection.state === "connected";

/** Notes the binary frames that reach it. */
function screens(taken: wire.BinaryFrame[] = []) {
  return defineFeature({
    name: "screens",
    permissions: {},
    channels: [
      { channel: { pattern: /^screen:\d+$/, delivery: "relay" }, authorize },
      { channel: { pattern: /^console:\d+$/, delivery: "stream" }, authorize },
    ],
    binary: [{ kind: KIND, maxBytes: 1024, framesPerSecond: 1000, handle: (_, frame) => void taken.push(frame) }],
  });
}

async function organizationOf(t: TestApp, token: string): Promise<string> {
  return (await t.call("GET", "/organization", { token })).body.id;
}

Deno.test("binary frames: the client's layout is the server's, both ways", () => {
  const payload = new Uint8Array([7, 8, 9]);
  for (const [channel, seq] of [["desk:1", 0], ["escritorio:ñandú", 2 ** 32 - 1], ["x".repeat(128), 12]] as const) {
    const bytes = encodeBinary({ kind: KIND, channel, seq, payload });
    assert.deepEqual(bytes, wire.encodeBinary(KIND, channel, seq, payload).bytes);
    const { bytes: _, ...read } = wire.decodeBinary(bytes)!;
    assert.deepEqual(decodeBinary(bytes), read);
  }
  for (
    const bad of [[], [1, 2], [2, 1, 1, 97, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 255, 0, 0, 0, 0], [
      1,
      1,
      9,
      97,
    ]]
  ) {
    const bytes = new Uint8Array(bad);
    assert.deepEqual([decodeBinary(bytes), wire.decodeBinary(bytes)], [undefined, undefined], String(bad));
  }
  for (
    const [kind, channel] of [[256, "a"], [1.5, "a"], [1, ""], [1, "x".repeat(129)], [1, "ñ".repeat(128)]] as const
  ) {
    assert.throws(() => encodeBinary({ kind, channel, seq: 1, payload }), RangeError);
    assert.throws(() => wire.encodeBinary(kind, channel, 1, payload), RangeError);
  }
});

Deno.test("lines go on behind the last one after a cut; what is missing and a source that begins anew are told", async () => {
  await using t = await createTestApp({ features: [screens()] });
  await using proxy = new CutProxy(t.url);
  const { access } = await t.owner();
  const organizationId = await organizationOf(t, access);
  const connection = new PulpoConnection({ url: proxy.url, token: access, backoff: BACKOFF });
  try {
    const seen: string[] = [], told: string[] = [];
    const channel = "console:1";
    readLines<string>(connection, channel, {
      onLines: (lines, first) => lines.forEach((line, i) => seen.push(`${first + i} ${line}`)),
      onGap: (from, to) => told.push(`${from}-${to}`),
      onRestart: () => told.push("restart"),
    });
    await until(isConnected(connection));
    const open = (epoch: string) =>
      t.app.realtime.openStream(organizationId, channel as ChannelName, { type: "log_entry", epoch });
    const first = open("boot-1");
    first.append(["a", "b"]);
    await until(() => seen.length === 2);
    proxy.accepting = false;
    proxy.cut();
    await until(() => connection.state === "waiting");
    first.append(["c"]);
    proxy.accepting = true;
    await until(() => seen.length === 3);
    assert.deepEqual([seen, told], [["1 a", "2 b", "3 c"], []]);
    // More lines than are kept.
    proxy.accepting = false;
    proxy.cut();
    await until(() => connection.state === "waiting");
    const long = "x".repeat(1000);
    for (let i = 0; i < 60; i++) first.append(Array.from({ length: 100 }, () => long));
    proxy.accepting = true;
    await until(() => told.length === 1);
    // What was kept follows behind the gap: some lines where the server had not seen the cut yet, else none.
    const [from, to] = told[0]!.split("-").map(Number) as [number, number];
    assert.ok(from === 4 && to > 1000 && to <= 6003, `${told}`);
    await until(isConnected(connection));
    first.append(["after"]);
    await until(() => seen.at(-1) === "6004 after");
    const numbers = seen.slice(3).map((line) => parseInt(line));
    assert.deepEqual(numbers, Array.from({ length: 6004 - to }, (_, n) => to + 1 + n));
    first.close();
    const second = open("boot-2");
    second.append(["again"]);
    await until(() => seen.at(-1) === "1 again");
    assert.deepEqual(told, [`4-${to}`, "restart"]);
    second.close();
  } finally {
    connection.close();
  }
});

Deno.test("a relay: frames in order while the handler keeps up, the newest when it does not; binary frames to the server", async () => {
  const taken: wire.BinaryFrame[] = [];
  await using t = await createTestApp({ features: [screens(taken)] });
  const { access } = await t.owner();
  const channel = "screen:1";
  const relay = t.app.realtime.openRelay(await organizationOf(t, access), channel as ChannelName, {});
  const connection = new PulpoConnection({ url: t.url, token: access });
  try {
    assert.equal(connection.sendBinary(new Uint8Array(1)), false);
    const seen: number[] = [];
    let release = Promise.resolve();
    const subscription = readRelay(connection, channel, async ({ kind, seq, payload }) => {
      await release;
      assert.deepEqual([kind, payload.length], [KIND, 10]);
      seen.push(seq);
    });
    await until(isConnected(connection));
    const send = (seq: number) => relay.send(wire.encodeBinary(KIND, channel, seq, new Uint8Array(10)));
    for (let seq = 1; seq <= 50; seq++) {
      send(seq);
      await until(() => seen.length === seq, { everyMs: 1 });
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    release = promise;
    for (let seq = 51; seq <= 200; seq++) send(seq);
    await connection.send({ type: "ping" });
    resolve();
    await until(() => seen.at(-1) === 200);
    assert.ok(seen.length < 100, "none of those in between");
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
    assert.equal(
      connection.sendBinary(encodeBinary({ kind: KIND, channel, seq: 5, payload: new Uint8Array(3) })),
      true,
    );
    await until(() => taken.length === 1);
    assert.deepEqual([taken[0]!.channel, taken[0]!.seq, taken[0]!.payload.length], [channel, 5, 3]);
    subscription.unsubscribe();
    await connection.send({ type: "ping" });
    send(201);
    await connection.send({ type: "ping" });
    assert.equal(seen.at(-1), 200);
  } finally {
    connection.close();
    relay.close();
  }
});

Deno.test("where no socket gets through the client reads over an event stream, in order and once", async () => {
  await using t = await createTestApp();
  const { access } = await t.owner();
  const client = new PulpoClient({ url: t.url, token: access });
  const fallback = () => new Fallback({ url: `${t.url}/sse`, headers: () => ({ Authorization: `Bearer ${access}` }) });
  assert.throws(() => new PulpoConnection({ token: "x", fallback: fallback() }), { code: "bad_request" });
  class NoSocket extends WebSocket {
    constructor(address: string) {
      super(address.replace("/ws", "/health"));
    }
  }
  const connection = new PulpoConnection({
    url: t.url,
    ticket: async () => (await client.ticket()).ticket,
    fallback: fallback(),
    WebSocket: NoSocket as typeof WebSocket,
    backoff: BACKOFF,
  });
  try {
    const seen: string[] = [];
    connection.subscribe(["notify:one"], (push) => seen.push(String(push.message)));
    await until(isConnected(connection));
    await client.notify({ type: "test", message: "1", channel: "notify:one" });
    await until(() => seen.length === 1);
    connection.subscribe(["notify:two"], (push) => seen.push(String(push.message)));
    await until(() => connection.positions["notify:two"]);
    await client.notify({ type: "test", message: "2", channel: "notify:two" });
    await client.notify({ type: "test", message: "3", channel: "notify:one" });
    await until(() => seen.length === 3);
    assert.deepEqual(seen.toSorted(), ["1", "2", "3"]);
    await assert.rejects(connection.send({ type: "ping" }), { code: "needs_websocket" });
  } finally {
    connection.close();
  }
});
