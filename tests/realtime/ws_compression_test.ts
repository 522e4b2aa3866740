// permessage-deflate (RFC 7692) on the second listener: offered only where the settings say so, from a size on, each message for
// itself; what a peer sends may not inflate to more than a message may have.
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import WebSocket from "ws";
import { rawSocket, webSocketFrame } from "../../bench/raw_socket.ts";
import { createTestApp, type TestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

const OFFER = "permessage-deflate; client_max_window_bits";
const MIB = 1024 * 1024;

/** A handshake by hand. @returns the socket and the extensions that were accepted */
async function shake(t: TestApp, path: string, offer: string) {
  const head = [
    `GET ${path} HTTP/1.1`,
    "Host: x",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    `Sec-WebSocket-Extensions: ${offer}`,
  ];
  const socket = await rawSocket(t.sockets, undefined, head.join("\r\n") + "\r\n\r\n");
  await until(() => socket.text().includes("\r\n\r\n"));
  return { socket, accepted: /^sec-websocket-extensions: (.*)\r$/im.exec(socket.text())?.[1] };
}

/** First byte of the last frame that came. */
const afterHead = (text: string) => text.slice(text.indexOf("\r\n\r\n") + 4);

Deno.test("compression is off unless it is set", async () => {
  await using t = await createTestApp({ transport: "ws" });
  const { access } = await t.owner();
  const { socket, accepted } = await shake(t, `/ws?token=${access}`, OFFER);
  assert.equal(accepted, undefined);
  socket.close();
});

Deno.test("long texts are compressed, short ones and those of others are not; both ways", async () => {
  await using t = await createTestApp({ transport: "ws", settings: { "ws-compress-bytes": "500" } });
  const { access } = await t.owner();
  const path = `/ws?token=${access}&channels=broadcast`;
  const { socket, accepted } = await shake(t, path, OFFER);
  assert.equal(accepted, "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  // A smaller window for us: accepted, but then nothing is compressed for this peer.
  const small = await shake(t, path, "permessage-deflate; server_max_window_bits=9");
  const plain = await rawSocket(t.sockets, path);
  const real = new WebSocket(`${t.sockets.replace("http", "ws")}${path}`, { perMessageDeflate: { threshold: 0 } });
  const texts: string[] = [];
  real.on("message", (data: Uint8Array) => texts.push(data.toString()));
  const peers = [socket, small.socket, plain];
  await until(() => texts.length === 1 && peers.every((peer) => afterHead(peer.text()).includes('"ack"')));
  assert.ok(peers.every((peer) => afterHead(peer.text()).charCodeAt(0) === 0x81), "the ack is short");
  const before = peers.map((peer) => peer.text().length);

  const long = "palabra ".repeat(500);
  for (let i = 0; i < 2; i++) {
    await t.call("POST", "//notify", { token: access, body: { type: "long", message: long } });
    await until(() => texts.length === 2 + i);
  }
  for (const text of texts.slice(1)) assert.equal(JSON.parse(text).message, long);
  await until(() => peers.every((peer, i) => peer.text().length > before[i]!));
  const [first, second, third] = peers.map((peer, i) => peer.text().slice(before[i]!));
  assert.equal(first!.charCodeAt(0), 0xc1, "text, whole, compressed");
  assert.ok(first!.length < 1000, `${first!.length} bytes for two messages of 4,000`);
  for (const frame of [second!, third!]) assert.equal(frame.charCodeAt(0), 0x81);

  // From the client: the foreign implementation compresses everything.
  real.send(JSON.stringify({ type: "ping", id: "x".repeat(60) }));
  await until(() => texts.some((text) => text.includes('"pong"')));
  real.terminate();
  for (const peer of peers) peer.close();
});

Deno.test("what inflates to more than a message may have is refused: 1009", async () => {
  await using t = await createTestApp({ transport: "ws", settings: { "ws-compress-bytes": "500" } });
  const { access } = await t.owner();
  for (const path of ["/ws", `/ws?token=${access}`]) {
    const { socket } = await shake(t, path, OFFER);
    const bomb = deflateRawSync(new Uint8Array(200 * MIB), { level: 9 });
    assert.ok(bomb.length < MIB, "small enough to be taken");
    const frame = webSocketFrame(1, bomb);
    frame[0]! |= 0x40;
    const before = Deno.memoryUsage().rss;
    await socket.write(frame);
    await until(() => afterHead(socket.text()).endsWith("\x88\x02\x03\xf1"), { what: "a close frame with 1009" });
    assert.ok(Deno.memoryUsage().rss - before < 100 * MIB);
    socket.close();
  }
});
