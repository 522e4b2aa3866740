// Binary frames of clients: those that a feature takes reach it in order, all others are answered as before, and whoever sends
// too much or too large ones is cut off.
import assert from "node:assert/strict";
import { authorize } from "../../kernel/actor.ts";
import { defineFeature } from "../../features/define.ts";
import { type BinaryFrame, encodeBinary } from "../../protocol/wire/binary.ts";
import { createGateway } from "../../features/gateway.ts";
import type { App } from "../../features/context.ts";
import { openSocket } from "../support/socket_client.ts";
import { onEachTransport } from "../support/socket_kinds.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const QUICK = 201, SLOW = 202;

function makeFeature() {
  const quick: BinaryFrame[] = [], slow: number[] = [];
  const feature = defineFeature({
    name: "bytes",
    permissions: {},
    binary: [
      {
        kind: QUICK,
        maxBytes: 2 * 1024 * 1024,
        framesPerSecond: 50,
        handle(ctx, frame) {
          authorize(ctx.actor, "channels.subscribe");
          if (frame.channel === "refused") authorize(ctx.actor, "no.such");
          quick.push(frame);
        },
      },
      {
        kind: SLOW,
        maxBytes: 1000,
        framesPerSecond: 100,
        async handle(_ctx, { seq }) {
          await new Promise((done) => setTimeout(done, seq % 2 ? 0 : 20));
          slow.push(seq);
        },
      },
    ],
  });
  return { feature, quick, slow };
}

const bytes = (kind: number, seq: number, size = 10, channel = "desk:1") =>
  encodeBinary(kind, channel, seq, new Uint8Array(size)).bytes;

onEachTransport(
  "binary frames reach the feature that takes their kind, in order; the socket stays as it was",
  async (transport) => {
    const { feature, quick, slow } = makeFeature();
    await using t = await createTestApp({ transport, features: [feature] });
    const { access } = await t.owner();
    await using socket = await openSocket(`${t.sockets}/ws?token=${access}`);
    socket.sendRaw(bytes(QUICK, 7, 1_500_000)); // over the limit of texts
    await until(() => quick.length === 1);
    assert.deepEqual([quick[0]!.channel, quick[0]!.seq, quick[0]!.payload.length], ["desk:1", 7, 1_500_000]);
    for (let seq = 0; seq < 20; seq++) socket.sendRaw(bytes(SLOW, seq));
    await until(() => slow.length === 20);
    assert.deepEqual(slow, Array.from({ length: 20 }, (_, i) => i));

    socket.sendRaw(bytes(QUICK, 8, 10, "refused"));
    assert.equal((await socket.wait((f) => f.code === "forbidden")).type, "error");
    socket.sendRaw(Uint8Array.from([1, QUICK, 40, 1]));
    await socket.wait((f) => f.code === "validation_failed");
    for (const other of [bytes(99, 1), Uint8Array.from([2, QUICK, 1, 97, 0, 0, 0, 1]), new Uint8Array(0)]) {
      const before = socket.frames.length;
      socket.sendRaw(other);
      await until(() => socket.frames.length > before);
      assert.equal(socket.frames.at(-1)!.code, "bad_request");
    }
    assert.equal((await socket.ask({ type: "ping" })).type, "pong");
  },
);

onEachTransport(
  "binary frames: too large, too many, or before signing in: closed, and nothing reaches the feature",
  async (transport) => {
    const { feature, quick, slow } = makeFeature();
    await using t = await createTestApp({ transport, features: [feature] });
    const { access } = await t.owner();
    await using large = await openSocket(`${t.sockets}/ws?token=${access}`);
    large.sendRaw(bytes(SLOW, 1, 2000));
    assert.equal((await large.waitClosed()).code, 1009);
    await using stranger = await openSocket(`${t.sockets}/ws`);
    stranger.sendRaw(bytes(QUICK, 1));
    assert.equal((await stranger.waitClosed()).code, 4401);
    assert.deepEqual([quick.length, slow.length], [0, 0]);
    await using flood = await openSocket(`${t.sockets}/ws?token=${access}`);
    for (let seq = 0; seq < 300; seq++) flood.sendRaw(bytes(QUICK, seq));
    assert.equal((await flood.waitClosed()).code, 4429);
    assert.ok(quick.length < 200, `${quick.length} were taken`);
  },
);

Deno.test("binary frames: two features that take one kind stop the start", () => {
  const { feature } = makeFeature();
  assert.throws(() => createGateway({} as App, [feature, { ...feature, name: "other" }]), /kind 201/);
});
