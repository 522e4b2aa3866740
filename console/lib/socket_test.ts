// The resumable socket against a small real WebSocket server that plays the server's part frame by frame.
import assert from "node:assert/strict";
import { until } from "../../tests/support/wait.ts";
import type { LinkStatus } from "./link_status.ts";
import { ResumableSocket, SessionOver } from "./socket.ts";

interface Peer {
  socket: WebSocket;
  frames: Record<string, unknown>[];
  send: (...frames: object[]) => void;
}

/** A server on a free port; `peers` are its connections in order. */
function serve() {
  const peers: Peer[] = [];
  const queries: string[] = [];
  const bodies: Record<string, unknown>[] = [];
  /** What streams are sent besides the ack. */
  const streams: { send: (frame: object) => void; ended: boolean }[] = [];
  /** How many upgrades, and whether streams, are answered as a proxy without a server does. */
  const broken = { upgrades: 0, streams: false };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    if (request.method === "POST") {
      if (broken.streams) return new Response(null, { status: 502 });
      const body = await request.json();
      bodies.push(body);
      const state = { epoch: "e", offset: 10, recovered: false };
      const channels = Object.fromEntries(body.channels.map((name: string) => [name, state]));
      const data = JSON.stringify({ type: "ack", data: { channels, denied: {} } });
      const first = `event: ack\ndata: ${data}\n\n`;
      const encoder = new TextEncoder();
      const stream = { send: (_: object) => {}, ended: false };
      streams.push(stream);
      return new Response(
        new ReadableStream({
          start(body) {
            body.enqueue(encoder.encode(first));
            stream.send = (frame) => body.enqueue(encoder.encode(`data: ${JSON.stringify(frame)}\n\n`));
          },
          cancel: () => void (stream.ended = true),
        }),
      );
    }
    if (broken.upgrades > 0) {
      broken.upgrades--;
      return new Response(null, { status: 502 });
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    const peer: Peer = { socket, frames: [], send: (...frames) => socket.send(JSON.stringify(frames)) };
    socket.onmessage = (event) => peer.frames.push(JSON.parse(event.data));
    queries.push(new URL(request.url).search);
    peers.push(peer);
    return response;
  });
  return {
    peers,
    queries,
    bodies,
    streams,
    broken,
    streamUrl: `http://127.0.0.1:${server.addr.port}/sse`,
    url: `ws://127.0.0.1:${server.addr.port}/ws`,
    stop: () => server.shutdown(),
  };
}

const push = (offset: number) => ({
  type: "t",
  channel: "broadcast",
  data: null,
  timestamp: "2026-01-15T10:00:00.000Z",
  epoch: "e",
  offset,
});
const ack = (offset: number, recovered: boolean) => ({
  type: "ack",
  id: 1,
  data: { channels: { broadcast: { epoch: "e", offset, recovered } }, denied: {} },
});

function client(
  url: string,
  ticket: (renewed: boolean) => Promise<string>,
  streamUrl?: string,
  probeAfter?: number,
) {
  const got: [number | undefined, boolean][] = [], states: LinkStatus[] = [], resumed: [number, boolean][] = [];
  const lost: string[][] = [];
  const socket = new ResumableSocket({
    url,
    streamUrl,
    ticket,
    onPush: (p, replayed) => got.push([p.offset, replayed]),
    onStatus: (status) => states.push(status),
    onResumed: (...args) => resumed.push(args),
    onLost: (names) => lost.push(names),
    random: () => 0,
    probeAfter,
  });
  return { socket, got, states, resumed, lost };
}

/** The last client's timers end with it; the server's sockets with the server. */
async function scenario(run: (server: ReturnType<typeof serve>) => Promise<ResumableSocket>): Promise<void> {
  const server = serve();
  const socket = await run(server);
  socket.stop();
  for (const peer of server.peers) await until(() => peer.socket.readyState === WebSocket.CLOSED);
  await server.stop();
}

Deno.test("resumes from its position, drops repetitions, and tells how many it recovered", () =>
  scenario(async (server) => {
    let tickets = 0;
    const { socket, got, states, resumed } = client(server.url, () => Promise.resolve(`t${++tickets}`));
    socket.start(["broadcast"]);
    await until(() => server.peers[0]?.frames.length);
    assert.equal(server.peers[0]!.frames[0]!.since, undefined);
    server.peers[0]!.send(ack(10, false), push(11));
    await until(() => got.length === 1);
    server.peers[0]!.socket.close(1012);
    await until(() => server.peers[1]?.frames.length);
    assert.deepEqual(server.peers[1]!.frames[0]!.since, { broadcast: { epoch: "e", offset: 11 } });
    assert.deepEqual(server.queries, ["?batch=1&token=t1", "?batch=1&token=t2"]);
    assert.equal(socket.status.state, "resuming");
    server.peers[1]!.send(ack(13, true), push(11), push(12));
    await until(() => got.length === 2);
    assert.equal(socket.status.state, "resuming");
    server.peers[1]!.send(push(13), push(14));
    await until(() => got.length === 4);
    assert.deepEqual(got, [[11, false], [12, true], [13, true], [14, false]]);
    assert.deepEqual(resumed, [[2, true]]);
    assert.deepEqual(states.map((s) => s.state).filter((s, i, all) => s !== all[i - 1]), [
      "connecting",
      "live",
      "offline",
      "resuming",
      "live",
    ]);
    assert.equal(states.find((s) => s.state === "offline")!.closeCode, 1012);
    return socket;
  }));

Deno.test("a gap that is too old is told as lost, and the resume as incomplete", () =>
  scenario(async (server) => {
    const { socket, lost, resumed } = client(server.url, () => Promise.resolve("t"));
    socket.start(["broadcast"]);
    await until(() => server.peers[0]?.frames.length);
    server.peers[0]!.send(ack(10, false));
    await until(() => socket.status.state === "live");
    server.peers[0]!.socket.close(1012);
    await until(() => server.peers[1]?.frames.length);
    server.peers[1]!.send(ack(99, false));
    await until(() => socket.status.state === "live");
    assert.deepEqual([lost, resumed], [[["broadcast"]], [[0, false]]]);
    return socket;
  }));

Deno.test("token_expiring: authenticates again on the same socket with a fresh ticket", () =>
  scenario(async (server) => {
    const { socket } = client(server.url, (renewed) => Promise.resolve(renewed ? "renewed" : "first"));
    socket.start(["broadcast"]);
    await until(() => server.peers[0]?.frames.length);
    server.peers[0]!.send(ack(1, false), { type: "token_expiring", expires_at: "2026-01-15T10:01:00.000Z" });
    await until(() => server.peers[0]!.frames.length === 2);
    const { type, token } = server.peers[0]!.frames[1]!;
    assert.deepEqual([type, token, server.peers.length], ["auth", "renewed", 1]);
    return socket;
  }));

Deno.test("a failing ticket is tried again; a session that is over is not", () =>
  scenario(async (server) => {
    const answers = [() => Promise.reject(new Error("network")), () => Promise.reject(new SessionOver())];
    const { socket, states } = client(server.url, () => answers.shift()!());
    socket.start(["broadcast"]);
    await until(() => socket.status.closeCode === 4401);
    assert.deepEqual(states.map((s) => s.state), ["connecting", "offline", "offline", "closed"]);
    assert.equal(server.peers.length, 0);
    return socket;
  }));

Deno.test("where every channel is refused the connection is not live, and is once one may be followed", () =>
  scenario(async (server) => {
    const { socket } = client(server.url, () => Promise.resolve("t"));
    socket.start(["broadcast"]);
    await until(() => server.peers[0]?.frames.length);
    server.peers[0]!.send({ type: "ack", id: 1, data: { channels: {}, denied: { broadcast: "forbidden" } } });
    await until(() => socket.status.state === "refused");
    socket.subscribeAll(["broadcast"]);
    await until(() => server.peers[0]!.frames.length === 2);
    server.peers[0]!.send(ack(1, false));
    await until(() => socket.status.state === "live");
    return socket;
  }));

Deno.test("subscribing later resolves with the server's answer", () =>
  scenario(async (server) => {
    const { socket } = client(server.url, () => Promise.resolve("t"));
    socket.start(["broadcast"]);
    await until(() => server.peers[0]?.frames.length);
    server.peers[0]!.send(ack(1, false));
    await until(() => socket.status.state === "live");
    let listening = false;
    const done = socket.subscribe("notify:x").then(() => listening = true);
    await until(() => server.peers[0]!.frames.length === 2);
    assert.equal(listening, false);
    server.peers[0]!.send({
      type: "ack",
      data: { channels: { "notify:x": { epoch: "e", offset: 0, recovered: false } }, denied: {} },
    });
    await done;
    let answered: boolean | undefined;
    const all = socket.subscribeAll(["notify:x", "notify:y"]).then((fresh) => answered = fresh);
    await until(() => server.peers[0]!.frames.length === 3);
    assert.equal(answered, undefined);
    server.peers[0]!.send({
      type: "ack",
      data: { channels: { "notify:y": { epoch: "e", offset: 0, recovered: false } }, denied: {} },
    });
    await all;
    assert.equal(answered, true);
    assert.equal(await socket.subscribeAll(["notify:x", "notify:y"]), false, "nothing new to ask for");
    return socket;
  }));

Deno.test("where upgrades are refused behind answered calls, the stream follows at once", () =>
  scenario(async (server) => {
    server.broken.upgrades = Infinity;
    const { socket, states } = client(server.url, () => Promise.resolve("t"), server.streamUrl);
    socket.start(["broadcast"]);
    await until(() => socket.status.state === "live");
    assert.equal(socket.status.transport, "stream");
    assert.deepEqual(states.map((s) => s.state), ["connecting", "live"], "nobody is alarmed on the way");
    assert.deepEqual(server.bodies, [{ channels: ["broadcast"] }]);
    await socket.subscribe("notify:x");
    const since = { broadcast: { epoch: "e", offset: 10 } };
    assert.deepEqual(server.bodies[1], { channels: ["broadcast", "notify:x"], since });
    return socket;
  }));

Deno.test("a server that restarts is not taken for a proxy without sockets", () =>
  scenario(async (server) => {
    const { socket, states } = client(server.url, () => Promise.resolve("t"), server.streamUrl);
    socket.start(["broadcast"]);
    await until(() => server.peers[0]?.frames.length);
    server.peers[0]!.send(ack(10, false));
    await until(() => socket.status.state === "live");
    server.broken.upgrades = 1;
    server.peers[0]!.socket.close(1012);
    await until(() => server.peers[1]?.frames.length);
    server.peers[1]!.send(ack(10, true));
    await until(() => socket.status.state === "live");
    assert.ok(states.every((s) => s.transport === "socket"));
    assert.equal(server.bodies.length, 0);
    return socket;
  }));

Deno.test("when neither gets through, both are tried in turn until one does", () =>
  scenario(async (server) => {
    Object.assign(server.broken, { upgrades: 2, streams: true });
    const { socket, states } = client(server.url, () => Promise.resolve("t"), server.streamUrl);
    socket.start(["broadcast"]);
    await until(() => server.peers[0]?.frames.length);
    server.peers[0]!.send(ack(10, false));
    await until(() => socket.status.state === "live");
    assert.ok(states.some((s) => s.state === "offline"));
    assert.deepEqual(states.filter((s) => s.state === "live").map((s) => s.transport), ["socket"]);
    return socket;
  }));

Deno.test("a socket takes over from a stream: nothing falls between them, not even what is never stored", () =>
  scenario(async (server) => {
    server.broken.upgrades = 1;
    const { socket, got, states, lost } = client(server.url, () => Promise.resolve("t"), server.streamUrl, 10);
    socket.start(["broadcast"]);
    await until(() => socket.status.state === "live");
    assert.equal(socket.status.transport, "stream");
    await until(() => server.peers[0]?.frames.length);
    server.peers[0]!.send({ type: "pong" });
    await until(() => server.peers[0]!.frames.length === 2);
    assert.deepEqual(server.peers[0]!.frames[1], {
      type: "subscribe",
      id: 2,
      channels: ["broadcast"],
      since: { broadcast: { epoch: "e", offset: 10 } },
    });
    // The server has not answered on the socket yet: what happens now comes over the stream alone.
    const { offset: _, epoch: __, ...signal } = push(0);
    server.streams[0]!.send(signal);
    server.streams[0]!.send(push(11));
    await until(() => got.length === 2);
    assert.equal(server.streams[0]!.ended, false);
    server.peers[0]!.send(ack(11, true), push(11), push(12));
    await until(() => server.streams[0]!.ended);
    await until(() => got.length === 3);
    assert.deepEqual(got.map(([offset]) => offset), [undefined, 11, 12]);
    assert.deepEqual([socket.status.transport, socket.status.state, lost], ["socket", "live", []]);
    assert.ok(states.every((s) => s.state === "connecting" || s.state === "live"), "nobody is alarmed on the way");
    return socket;
  }));
