// Relays, streams and signals as a feature declares them, over real sockets: a source that sends binary frames, viewers that stop
// reading, readers of lines over WebSocket and event stream, and what rights and other organisations do to them.
import assert from "node:assert/strict";
import { defineFeature } from "../../features/define.ts";
import { authorize as authorizeActor } from "../../kernel/actor.ts";
import type { Ctx } from "../../features/context.ts";
import type { RelaySource } from "../../kernel/ports.ts";
import type { ChannelName } from "../../protocol/wire/channels.ts";
import { decodeBinary, encodeBinary } from "../../protocol/wire/binary.ts";
import { MemoryBroker, MemoryBus } from "../../realtime/memory_broker.ts";
import { openSocket, type SocketClient } from "../support/socket_client.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const KIND = 210;
const FRAME_BYTES = 60_000;

/** Whoever is signed in may send frames of `screen:…`. */
function makeFeature() {
  const relays = new Map<string, RelaySource>();
  const authorize = ({ actor }: Ctx) => authorizeActor(actor, "channels.subscribe");
  return defineFeature({
    name: "screens",
    permissions: {},
    channels: [
      { channel: { pattern: /^screen:\d+$/, delivery: "relay" }, authorize },
      { channel: { pattern: /^console:\d+$/, delivery: "stream" }, authorize },
      { channel: { pattern: /^state:\d+$/, delivery: "signal" }, authorize },
    ],
    binary: [{
      kind: KIND,
      maxBytes: 1024 * 1024,
      framesPerSecond: 1000,
      handle(ctx, frame) {
        const { organizationId } = ctx.actor;
        const key = `${organizationId} ${frame.channel}`;
        let relay = relays.get(key);
        if (!relay) relays.set(key, relay = ctx.app.realtime.openRelay(organizationId, name(frame.channel), {}));
        relay.send(frame);
      },
    }],
  });
}

const name = (channel: string) => channel as ChannelName;
const payload = crypto.getRandomValues(new Uint8Array(FRAME_BYTES));
const seqs = (socket: SocketClient) => socket.binaries.map((bytes) => decodeBinary(bytes)!.seq);

async function reader(t: TestApp, access: string, channel: string): Promise<SocketClient> {
  const socket = await openSocket(`${t.url}/ws?token=${access}&channels=${channel}`);
  const ack = await socket.wait((f) => f.type === "ack");
  assert.deepEqual(ack.data.denied, {});
  return socket;
}

Deno.test("a relay to ten viewers, two of which stop reading: the others get every frame, the two the newest on return", async () => {
  await using t = await createTestApp({ features: [makeFeature()] });
  const { access } = await t.owner();
  await using source = await openSocket(`${t.url}/ws?token=${access}`);
  const viewers: SocketClient[] = [];
  for (let i = 0; i < 10; i++) viewers.push(await reader(t, access, "screen:1"));
  const [one, two, ...others] = viewers as [SocketClient, SocketClient, ...SocketClient[]];
  one.pause(); // the kernel's buffers fill
  const acknowledge = (viewer: SocketClient, seq: number) =>
    viewer.send({ type: "frame_ack", channel: "screen:1", seq });
  let queued = 0;
  for (let seq = 1; seq <= 150; seq++) {
    source.sendRaw(encodeBinary(KIND, "screen:1", seq, payload).bytes);
    await until(() => others.every((viewer) => viewer.binaries.length === seq), { everyMs: 1 });
    for (const viewer of others) acknowledge(viewer, seq);
    queued = Math.max(queued, t.hub.stats().queued_bytes);
  }
  for (const viewer of others) assert.deepEqual(seqs(viewer), Array.from({ length: 150 }, (_, i) => i + 1));
  assert.deepEqual(others[0]!.binaries[149], encodeBinary(KIND, "screen:1", 150, payload).bytes, "byte for byte");
  assert.ok(queued < 2 * 1024 * 1024, `${queued} bytes were queued`);
  assert.ok(two.binaries.length <= 8, "no more than a window");
  one.resume();
  await until(() => one.binaries.length >= 1);
  for (const viewer of [one, two]) {
    await until(() => {
      acknowledge(viewer, seqs(viewer).at(-1)!);
      return seqs(viewer).at(-1) === 150;
    }, { everyMs: 50, what: "the newest frame on return" });
    assert.ok(viewer.binaries.length < 30, "and none of those in between");
    assert.equal(viewer.closed, undefined);
  }
  for (const viewer of viewers) viewer.close();
});

Deno.test("streams and signals over WebSocket and event stream; an event stream of a relay is refused", async () => {
  await using t = await createTestApp({ features: [makeFeature()] });
  const { access } = await t.owner();
  const { organizationId } = await organization(t, access);
  const { realtime } = t.app;
  const told: boolean[] = [];
  const source = realtime.openStream(organizationId, name("console:1"), {
    type: "log_entry",
    epoch: "boot-1",
    each: true,
    onInterest: (read) => told.push(read),
  });
  source.append([{ message: "before anybody" }]);
  await using socket = await reader(t, access, "console:1");
  assert.deepEqual(told, [true]);
  source.append([{ message: "two" }, { message: "three" }]);
  const third = await socket.wait((f) => f.data?.message === "three");
  assert.deepEqual([third.type, third.channel, third.epoch, third.offset], ["log_entry", "console:1", "boot-1", 3]);

  const url = `${t.url}/sse?channels=console:1&token=${access}`;
  const stream = await fetch(url, { headers: { "last-event-id": "1.boot-1" } });
  const text = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let got = "";
  while (!got.includes("three")) got += (await text.read()).value;
  assert.match(got, /id: 2\.boot-1\nevent: log_entry\ndata: .*"two".*\n\nid: 3\.boot-1\n/);
  await text.cancel();

  realtime.signal(organizationId, name("state:1"), "state", { players: 1 });
  realtime.signal(organizationId, name("state:1"), "state", { players: 2 });
  await using state = await reader(t, access, "state:1");
  assert.deepEqual((await state.wait((f) => f.type === "state")).data, { players: 2 });

  const refused = await t.call("GET", `//sse?channels=screen:1`, { token: access });
  assert.deepEqual([refused.status, refused.body.code], [400, "needs_websocket"]);
  const mixed = await fetch(`${t.url}/sse?channels=screen:1,console:1&token=${access}`);
  const events = mixed.body!.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await events.read()).value!, /"denied":\{"screen:1":"needs_websocket"\}/);
  await events.cancel();
  const bad = await socket.ask({ type: "frame_ack", channel: "screen:1", seq: -1 });
  assert.equal(bad.code, "validation_failed");
  assert.equal((await socket.ask({ type: "frame_ack", channel: "nobody's", seq: 1 })).type, "ack");
  await socket.ask({ type: "unsubscribe", channels: ["console:1"] });
  await until(() => told.length === 2);
  assert.deepEqual(told, [true, false]);
});

Deno.test("live channels end with the right to read them, and are another organisation's own", async () => {
  const bus = new MemoryBus();
  await using t = await createTestApp({
    features: [makeFeature()],
    broker: new MemoryBroker(bus),
    settings: { registration: "open" },
  });
  const owner = await t.owner(), viewer = await t.person("viewer"), stranger = await t.stranger();
  const { organizationId } = await organization(t, owner.access);
  await using mine = await reader(t, viewer.access, "console:1");
  await using theirs = await reader(t, stranger.access, "console:1");
  const source = t.app.realtime.openStream(organizationId, name("console:1"), { type: "lines" });
  source.append(["ours"]);
  await mine.wait((f) => f.type === "lines");
  const gone = await t.call("PUT", `/users/${viewer.id}`, { token: owner.access, body: { is_active: false } });
  assert.equal(gone.status, 200, gone.text);
  assert.equal((await mine.waitClosed()).code, 4401);
  await until(() => !source.read);
  source.append(["for nobody"]);
  assert.equal((await theirs.ask({ type: "ping" })).type, "pong");
  assert.ok(!theirs.frames.some((f) => f.type === "lines"), "nothing of another organisation");
});

async function organization(t: TestApp, access: string): Promise<{ organizationId: string }> {
  const { body } = await t.call("GET", "/organization", { token: access });
  return { organizationId: body.id };
}
