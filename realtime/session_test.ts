// What one socket's frames do to one another: lanes, rates, answers. Without a network: the test is the transport.
import assert from "node:assert/strict";
import { until } from "../tests/support/wait.ts";
import { silentLogger } from "../kernel/log.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { coreFrames } from "./core_frames.ts";
import { FrameTable, type FrameTaker } from "./frame_table.ts";
import { actor, ArrayLog, gateway, ListTransport, makeHub } from "./hub_fakes.ts";
import { SocketSession } from "./session.ts";

class SocketFake extends ListTransport {
  known = false;
  closed() {}
}

/** Takers that note what they were given; `slow` waits until the test lets it go. */
function takers() {
  const taken: string[] = [], held: (() => void)[] = [];
  const taker = (type: string, lane: FrameTaker["lane"], framesPerSecond?: number, slow = false): FrameTaker => ({
    type,
    lane,
    owner: "test",
    ...(framesPerSecond ? { framesPerSecond } : {}),
    async take(_connection, frame, reply) {
      if (slow) await new Promise<void>((go) => held.push(go));
      taken.push(`${type} ${frame.n}`);
      reply({ n: frame.n });
    },
  });
  return {
    taken,
    held,
    frames: new FrameTable([
      ...coreFrames,
      taker("message", "ordered", undefined, true),
      taker("note", "ordered"),
      taker("mouse", "fast", 10),
      taker("typing", "fast"),
      taker("press", "fast", undefined, true),
    ]),
  };
}

function open(messagesPerSecond = 100) {
  const { frames, taken, held } = takers();
  const hub = makeHub(new ArrayLog()), out = new SocketFake();
  const limits: ConnectionOptions = { sendQueueBytes: 1_000_000, maxSubscriptions: 10 };
  const peer = { connectionId: "x", ip: null, userAgent: null, log: silentLogger };
  const handshake = { types: new Set(["auth"]), expected: "auth", take: () => Promise.reject(new Error("not here")) };
  const asked = { ...gateway, frames, handshake: () => handshake };
  const options = {
    ...limits,
    batch: false,
    token: undefined,
    handshake: "token",
    channels: [],
    channelsRequired: false,
    messagesPerSecond,
  };
  const session = new SocketSession(new Connection(hub, asked, out, peer, limits), out, options, {
    actor,
    changesOfRights: 0,
  }, () => {});
  session.open();
  const say = (frame: unknown) => session.receive(typeof frame === "string" ? frame : JSON.stringify(frame));
  const answers = () => out.texts.map((text) => JSON.parse(text));
  return { hub, out, say, taken, held, answers };
}

Deno.test("a fast frame passes an ordered one that is held; each lane keeps its order", async () => {
  const t = open();
  await until(() => t.out.known);
  t.say({ type: "message", id: "m1", n: 1 });
  await until(() => t.held.length === 1);
  for (const n of [2, 3]) t.say({ type: "note", id: `o${n}`, n });
  for (const n of [4, 5, 6]) t.say({ type: "typing", id: `f${n}`, n });
  t.say({ type: "mouse", n: 7 });
  await until(() => t.taken.length === 4);
  assert.deepEqual(t.taken, ["typing 4", "typing 5", "typing 6", "mouse 7"]);
  assert.deepEqual(t.answers().map((frame) => frame.id), ["f4", "f5", "f6"]);
  t.held.shift()!();
  await until(() => t.taken.length === 7);
  assert.deepEqual(t.taken.slice(4), ["message 1", "note 2", "note 3"]);

  // Fast ones wait for each other, and ordered ones not for them.
  t.say({ type: "press", n: 8 });
  await until(() => t.held.length === 1);
  t.say({ type: "typing", n: 9 });
  t.say({ type: "note", n: 10 });
  await until(() => t.taken.includes("note 10"));
  assert.ok(!t.taken.includes("typing 9"));
  t.held.shift()!();
  await until(() => t.taken.includes("typing 9"));
  assert.deepEqual(t.taken.slice(7), ["note 10", "press 8", "typing 9"]);
  await t.hub.close();
});

Deno.test("frames are answered when they carry an id; errors are told always", async () => {
  const t = open();
  await until(() => t.out.known);
  t.say({ type: "note", n: 1 });
  t.say({ type: "typing", n: 2 });
  t.say({ type: "unsubscribe", channels: ["c"] });
  t.say({ type: "nonsense" });
  t.say({ type: "subscribe", channels: ["c"] });
  t.say({ type: "ping" });
  t.say({ type: "unsubscribe", channels: ["c"], id: 7 });
  t.say({ type: "note", n: 3, id: 0 });
  await until(() => t.taken.length === 3 && t.out.texts.length === 5);
  const [error, ack, pong, ...rest] = t.answers();
  assert.equal(error.code, "unknown_type");
  assert.equal(ack.data.channels.c.offset, 0);
  assert.deepEqual([pong, ...rest], [
    { type: "pong" },
    { type: "ack", id: 7, data: { unsubscribed: ["c"] } },
    { type: "ack", id: 0, data: { n: 3 } },
  ]);
  await t.hub.close();
});

Deno.test("a rule's own rate: what is beyond it is refused and counts; what is within it does not count with the others", async () => {
  const t = open(4); // 20 at once
  await until(() => t.out.known);
  for (let n = 0; n < 25; n++) t.say({ type: "mouse", n, id: n });
  const refused = () => t.answers().filter((frame) => frame.type === "error");
  await until(() => t.taken.length + refused().length === 25);
  assert.ok(t.taken.length >= 20 && refused().length > 0);
  assert.deepEqual([...new Set(refused().map((frame) => frame.code))], ["rate_limited"]);
  assert.equal(t.out.closedWith, undefined);
  for (let n = 0; n < 5; n++) t.say({ type: "note", n, id: `n${n}` });
  await until(() => t.taken.filter((what) => what.startsWith("note")).length === 5);
  for (let n = 25; n < 120; n++) t.say({ type: "mouse", n });
  await until(() => t.out.closedWith);
  assert.equal(t.out.closedWith, 4429);
  await t.hub.close();
});

Deno.test("a large frame counts as several at its rule's own rate, and an acknowledgement is small", async () => {
  const t = open(4); // 20 at once, of `mouse` as many
  await until(() => t.out.known);
  const refused = (code: string) => t.answers().filter((frame) => frame.code === code).length;
  for (let n = 0; n < 12; n++) t.say({ type: "mouse", n, text: "x".repeat(20_000) });
  await until(() => t.taken.length + refused("rate_limited") === 12);
  assert.ok(t.taken.length >= 10 && refused("rate_limited") > 0, `${t.taken.length} were taken`);
  t.say({ type: "frame_ack", channel: "c", seq: 1, id: "small" });
  t.say({ type: "frame_ack", channel: "c", seq: 1, id: "large", text: "x".repeat(1000) });
  await until(() => t.answers().some((frame) => frame.id === "large"));
  const [small, large] = t.answers().slice(-2);
  assert.deepEqual([small.type, large.code], ["ack", "too_large"]);
  assert.equal(t.out.closedWith, undefined);
  await t.hub.close();
});

Deno.test("a lane that is full ends the connection; a fast frame that is too large is refused in its turn", async () => {
  const t = open(10_000);
  await until(() => t.out.known);
  t.say({ type: "typing", n: 1, text: "x".repeat(40_000), id: "large" });
  await until(() => t.answers().some((frame) => frame.id === "large"));
  assert.equal(t.answers().at(-1).code, "too_large");
  t.say({ type: "press", n: 1 });
  await until(() => t.held.length === 1);
  for (let n = 0; n < 7; n++) t.say({ type: "typing", n, text: "x".repeat(30_000) });
  t.say({ type: "note", n: 1, id: "ordered" });
  await until(() => t.answers().some((frame) => frame.id === "ordered"));
  assert.equal(t.out.closedWith, undefined);
  for (let n = 0; n < 3; n++) t.say({ type: "typing", n, text: "x".repeat(30_000) });
  await until(() => t.out.closedWith);
  assert.equal(t.out.closedWith, 4429);
  for (const go of t.held) go();
  await t.hub.close();
});
