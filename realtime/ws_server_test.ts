// What the second listener does with handshakes that come to nothing: the listener alone, in this process.
import assert from "node:assert/strict";
import { silentLogger } from "../kernel/log.ts";
import { until } from "../tests/support/wait.ts";
import { serveWebSockets, type WsServerOptions } from "./ws_server.ts";

const REFUSED = 200;

const serve = (options: Partial<WsServerOptions> = {}) =>
  serveWebSockets({
    address: { hostname: "127.0.0.1", port: 0 },
    handler: () => Promise.resolve(new Response("no", { status: 418 })),
    accepts: () => true,
    binaryBytes: 0,
    compressFrom: undefined,
    log: silentLogger,
    ...options,
  });

/** Sends a text. @returns the connection, and what came until the server ended its side */
async function say(url: string, text: string): Promise<[Deno.TcpConn, string]> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(text));
  let answer = "";
  const buffer = new Uint8Array(4096);
  for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
    answer += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return [connection, answer];
}

const handshake = (host = "x", more = "") =>
  `GET /ws HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Key: ${btoa("0123456789abcdef")}\r\nSec-WebSocket-Version: 13\r\n\r\n${more}`;

function openSockets(): number {
  let count = 0;
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      if (Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith("socket:")) count++;
    } catch { /* closed meanwhile */ }
  }
  return count;
}

Deno.test({
  name: "peers that stay after they were refused keep no descriptor of the server, and have their answer",
  ignore: Deno.build.os !== "linux",
}, async () => {
  const server = await serve();
  const before = openSockets();
  const peers: Deno.TcpConn[] = [];
  try {
    for (
      const [text, status] of [[handshake(), "418"], [handshake("x", "y".repeat(20_000)), "418"], [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "426",
      ]] as const
    ) {
      for (let i = 0; i < REFUSED; i++) {
        const [peer, answer] = await say(server.url, text);
        peers.push(peer);
        assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
      }
      await until(() => openSockets() <= before + peers.length, { what: `descriptors after ${status}` });
    }
  } finally {
    for (const peer of peers) peer.close();
    await server.close();
  }
});

Deno.test("a Host that would make another path of the handshake's never reaches the application", async () => {
  const paths: string[] = [];
  const server = await serve({ accepts: ({ url }) => !!paths.push(new URL(url).pathname) });
  for (const host of ["x/else?", "x/else#", "x?", "x#", "u@x", "x\\", "x y", "x\ty", "x\x01"]) {
    const [peer, answer] = await say(server.url, handshake(host));
    peer.close();
    assert.match(answer || "HTTP/1.1 400 ", /^HTTP\/1.1 400 /, JSON.stringify(host)); // some node refuses without a word
  }
  const [peer, answer] = await say(server.url, handshake("x:80"));
  peer.close();
  assert.match(answer, /^HTTP\/1.1 418 /);
  assert.deepEqual(paths, ["/ws"]);
  await server.close();
});

Deno.test("of handshakes that wait for their decision there are so many; the next is told to come again", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const handler = () => promise.then(() => new Response("no", { status: 418 }));
  let decided = 0;
  const accepts = () => ++decided > 0;
  const server = await serve({ handler, accepts, maxUndecided: 3 });
  const waiting = Array.from({ length: 3 }, () => say(server.url, handshake()));
  await until(() => decided === 3);
  const [peer, answer] = await say(server.url, handshake());
  assert.match(answer, /^HTTP\/1.1 503 [^]*retry-after: 5\r\n/);
  resolve();
  for (const [peer, answer] of await Promise.all(waiting)) {
    assert.match(answer, /^HTTP\/1.1 418 /);
    peer.close();
  }
  const [last, after] = await say(server.url, handshake());
  assert.match(after, /^HTTP\/1.1 418 /);
  for (const connection of [peer, last]) connection.close();
  await server.close();
});
