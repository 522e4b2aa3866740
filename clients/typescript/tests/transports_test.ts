// The engine over a real network: sockets, the event stream where those do not get through, and the way back.
import assert from "node:assert/strict";
import { until } from "../../../tests/support/wait.ts";
import { Engine } from "../src/engine/engine.ts";
import { Fallback } from "../src/engine/fallback.ts";
import { standardPlatform } from "../src/engine/platform.ts";
import { byTicket } from "../src/engine/sign_in.ts";
import type { LinkStatus } from "../src/engine/status.ts";
import { scriptedServer } from "./scripted_server.ts";

const push = (offset: number) => ({
  type: "t",
  channel: "broadcast",
  data: null,
  timestamp: "2026-01-15T10:00:00.000Z",
  epoch: "e",
  offset,
});

/** An engine with a fallback that reads `broadcast` and notes what it is told. */
async function scenario(
  run: (t: Awaited<ReturnType<typeof prepare>>) => Promise<void>,
  { broken = {}, probeAfterMs }: {
    broken?: Partial<ReturnType<typeof scriptedServer>["broken"]>;
    probeAfterMs?: number;
  } = {},
): Promise<void> {
  await using server = scriptedServer();
  Object.assign(server.broken, broken);
  const t = prepare(server, probeAfterMs);
  t.engine.start();
  try {
    await run(t);
  } finally {
    t.engine.stop();
    for (const { socket } of server.peers) await until(() => socket.readyState === WebSocket.CLOSED);
  }
}

function prepare(server: ReturnType<typeof scriptedServer>, probeAfterMs?: number) {
  const got: (number | undefined)[] = [], states: LinkStatus[] = [], lost: string[][] = [], binary: Uint8Array[] = [];
  let calls = 0;
  const engine = new Engine({
    address: () => server.url,
    platform: standardPlatform({ random: () => 0 }),
    signIn: byTicket(() => "t"),
    fallback: new Fallback({
      url: server.streamUrl,
      probeAfterMs,
      callInstead: ({ type }) => type === "typing" && ++calls > 0,
    }),
    onPush: ({ offset }) => got.push(offset),
    onStatus: (status) => states.push(status),
    onLost: (names) => lost.push(names),
    onBinary: (bytes) => binary.push(bytes),
  });
  void engine.follow(["broadcast"]);
  const isLive = () => engine.status.state === "live";
  /** Answers the socket's newest subscribe frame. */
  const ack = async (n: number, offset: number, recovered: boolean, ...more: object[]) => {
    const peer = await until(() => server.peers[n]);
    const { id } = await until(() => peer.frames.findLast((frame) => frame.type === "subscribe"));
    peer.send(
      { type: "ack", id, data: { channels: { broadcast: { epoch: "e", offset, recovered } }, denied: {} } },
      ...more,
    );
  };
  return { server, engine, got, states, lost, binary, isLive, ack, calls: () => calls };
}

Deno.test("over a socket: text and binary, both ways, and a resume", () =>
  scenario(async ({ server, engine, got, binary, isLive, ack }) => {
    await ack(0, 10, false, push(11));
    await until(isLive);
    assert.equal(engine.sendBinary(new Uint8Array([1, 2, 3])), true);
    await until(() => server.peers[0]!.binary.length);
    server.peers[0]!.socket.send(new Uint8Array([4, 5]));
    await until(() => binary.length);
    assert.deepEqual([[...server.peers[0]!.binary[0]!], [...binary[0]!]], [[1, 2, 3], [4, 5]]);
    server.peers[0]!.socket.close(1012);
    await ack(1, 12, true, push(11), push(12));
    await until(() => got.length === 2);
    assert.deepEqual([got, server.queries], [[11, 12], ["?batch=1&token=t", "?batch=1&token=t"]]);
  }));

Deno.test("where upgrades are refused behind answered calls, the stream follows at once", () =>
  scenario(async ({ server, engine, states, isLive, calls }) => {
    await until(isLive);
    assert.equal(engine.status.transport, "stream");
    assert.deepEqual(states.map((s) => s.state), ["connecting", "live"], "nobody is alarmed on the way");
    assert.deepEqual(server.bodies, [{ channels: ["broadcast"] }]);
    await Promise.all([engine.follow(["notify:x"]), engine.follow(["notify:y"])]);
    const since = { broadcast: { epoch: "e", offset: 10 } };
    assert.deepEqual(server.bodies[1], { channels: ["broadcast", "notify:x", "notify:y"], since });
    await assert.rejects(engine.send({ type: "chat_message" }), { code: "needs_websocket" });
    assert.deepEqual([engine.post({ type: "typing" }), engine.post({ type: "other" }), calls()], [true, false, 1]);
    assert.equal(engine.sendBinary(new Uint8Array(1)), false);
  }, { broken: { upgrades: Infinity } }));

Deno.test("sockets that are closed right behind the upgrade give way as well", () =>
  scenario(async ({ engine, isLive }) => {
    await until(isLive);
    assert.equal(engine.status.transport, "stream");
  }, { broken: { closes: Infinity } }));

Deno.test("a server that restarts is not taken for a proxy without sockets", () =>
  scenario(async ({ server, states, isLive, ack }) => {
    await ack(0, 10, false);
    await until(isLive);
    server.broken.upgrades = 1;
    server.peers[0]!.socket.close(1012);
    await ack(1, 10, true);
    await until(isLive);
    assert.ok(states.every((s) => s.transport === "socket"));
    assert.equal(server.bodies.length, 0);
  }));

Deno.test("when neither gets through, both are tried in turn until one does", () =>
  scenario(async ({ states, isLive, ack }) => {
    await ack(0, 10, false);
    await until(isLive);
    assert.ok(states.some((s) => s.state === "offline"));
    assert.deepEqual(states.filter((s) => s.state === "live").map((s) => s.transport), ["socket"]);
  }, { broken: { upgrades: 2, streams: true } }));

Deno.test("a socket takes over from a stream: nothing falls between them, not even what is never stored", () =>
  scenario(async ({ server, engine, got, states, lost, isLive, ack }) => {
    await until(isLive);
    assert.equal(engine.status.transport, "stream");
    await until(() => server.peers[0]?.frames.length);
    server.peers[0]!.send({ type: "pong" });
    await until(() => server.peers[0]!.frames.length === 2);
    const { id: _, ...asked } = server.peers[0]!.frames[1];
    assert.deepEqual(asked, {
      type: "subscribe",
      channels: ["broadcast"],
      since: { broadcast: { epoch: "e", offset: 10 } },
    });
    // The server has not answered on the socket yet: what happens now comes over the stream alone.
    const { offset: __, epoch: ___, ...signal } = push(0);
    server.streams[0]!.send(signal);
    server.streams[0]!.send(push(11));
    await until(() => got.length === 2);
    assert.equal(server.streams[0]!.ended, false);
    await ack(0, 11, true, push(11), push(12));
    await until(() => server.streams[0]!.ended);
    await until(() => got.length === 3);
    assert.deepEqual(got, [undefined, 11, 12]);
    assert.deepEqual([engine.status.transport, engine.status.state, lost], ["socket", "live", []]);
    assert.ok(states.every((s) => s.state === "connecting" || s.state === "live"), "nobody is alarmed on the way");
  }, { broken: { upgrades: 1 }, probeAfterMs: 10 }));
