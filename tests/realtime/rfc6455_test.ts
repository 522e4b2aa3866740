// RFC 6455 on both transports, byte by byte: one table of what a client sends and what must come back. Where Deno's native sockets
// depart from the RFC, the row says how (`native`): the day they do not, the row fails and goes.
import assert from "node:assert/strict";
import { rawSocket } from "../../bench/raw_socket.ts";
import { onEachTransport } from "../support/socket_kinds.ts";
import { createTestApp } from "../support/test_app.ts";
import { until } from "../support/wait.ts";

/** What the server does: answers the probe and goes on, sends these frames first, or closes with a code (0: without one). */
type Outcome = { goesOn: true; frames?: string[] } | { close: number } | { ends: true } | { waits: true };

interface Row {
  section: string;
  what: string;
  send: Uint8Array[];
  expect: Outcome;
  /** How Deno's native socket departs. */
  native?: Outcome;
}

const FIN = 0x80, RSV1 = 0x40, RSV2 = 0x20, RSV3 = 0x10;
const CONT = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;
const PROBE = '{"type":"ping","id":"probe"}';
const MIB = 1024 * 1024;
const encoder = new TextEncoder();

interface FrameOptions {
  mask?: number[] | null;
  /** Bytes of the length: 0, 2 or 8; default the shortest. */
  lengthBytes?: 0 | 2 | 8;
  /** Length in the header, when it is not that of the payload. */
  announce?: bigint;
}

function frame(first: number, payload: string | number[] | Uint8Array = [], options: FrameOptions = {}): Uint8Array {
  const data = typeof payload === "string" ? encoder.encode(payload) : Uint8Array.from(payload);
  const { mask = [1, 2, 3, 4], announce = BigInt(data.length) } = options;
  const size = options.lengthBytes ?? (announce < 126n ? 0 : announce < 65_536n ? 2 : 8);
  const length = Array.from({ length: size }, (_, i) => Number((announce >> BigInt(8 * (size - 1 - i))) & 0xffn));
  const second = (mask ? 0x80 : 0) | (size === 0 ? Number(announce) : size === 2 ? 126 : 127);
  const body = mask ? data.map((byte, i) => byte ^ mask[i & 3]!) : data;
  const out = new Uint8Array(2 + size + (mask?.length ?? 0) + body.length);
  out.set([first, second, ...length, ...mask ?? []]);
  out.set(body, out.length - body.length);
  return out;
}

const closing = (code: number, reason: string | number[] = "") =>
  frame(FIN | CLOSE, [code >> 8, code & 255, ...typeof reason === "string" ? encoder.encode(reason) : reason]);
const goesOn: Outcome = { goesOn: true };
/** Without a close frame: the runtime ends the connection before it tells anybody. */
const endsAtOnce: Outcome = { ends: true };
/** For the rest of the message, whatever its size: up to 64 MiB. */
const waits: Outcome = { waits: true };
const padded = (bytes: number) => PROBE.slice(0, -1) + " ".repeat(bytes - PROBE.length) + "}";
const half = Math.floor(PROBE.length / 2);

const TABLE: Row[] = [
  // Masks and lengths
  { section: "5.3", what: "a masked text", send: [frame(FIN | TEXT, PROBE)], expect: goesOn },
  { section: "5.3", what: "a mask of zeros", send: [frame(FIN | TEXT, PROBE, { mask: [0, 0, 0, 0] })], expect: goesOn },
  {
    section: "5.1",
    what: "no mask",
    send: [frame(FIN | TEXT, PROBE, { mask: null })],
    expect: { close: 1002 },
    native: goesOn,
  },
  { section: "5.2", what: "a length of 16 bits", send: [frame(FIN | TEXT, padded(200))], expect: goesOn },
  { section: "5.2", what: "a length of 64 bits", send: [frame(FIN | TEXT, padded(70_000))], expect: goesOn },
  {
    section: "5.2",
    what: "a length with its highest bit set",
    send: [frame(FIN | TEXT, "", { announce: 1n << 63n })],
    expect: { close: 1009 },
    native: endsAtOnce,
  },
  // Fragments
  {
    section: "5.4",
    what: "a text in three parts, one of them empty",
    send: [frame(TEXT, PROBE.slice(0, half)), frame(CONT), frame(FIN | CONT, PROBE.slice(half))],
    expect: goesOn,
  },
  {
    section: "5.4",
    what: "a ping between two parts",
    send: [frame(TEXT, PROBE.slice(0, half)), frame(FIN | PING, "p"), frame(FIN | CONT, PROBE.slice(half))],
    expect: { goesOn: true, frames: ["10:p"] },
  },
  {
    section: "5.4",
    what: "a part of nothing",
    send: [frame(FIN | CONT, "x")],
    expect: { close: 1002 },
    native: endsAtOnce,
  },
  {
    section: "5.4",
    what: "a new text inside a text",
    send: [frame(TEXT, "a"), frame(FIN | TEXT, "b")],
    expect: { close: 1002 },
    native: endsAtOnce,
  },
  // Control frames
  { section: "5.5.2", what: "an empty ping", send: [frame(FIN | PING)], expect: { goesOn: true, frames: ["10:"] } },
  {
    section: "5.5.2",
    what: "a ping of 125 bytes",
    send: [frame(FIN | PING, "x".repeat(125))],
    expect: { goesOn: true, frames: ["10:" + "x".repeat(125)] },
  },
  {
    section: "5.5",
    what: "a ping of 126 bytes",
    send: [frame(FIN | PING, "x".repeat(126))],
    expect: { close: 1002 },
    native: endsAtOnce,
  },
  { section: "5.5", what: "a ping in parts", send: [frame(PING, "x")], expect: { close: 1002 }, native: endsAtOnce },
  { section: "5.5.3", what: "a pong that nobody asked for", send: [frame(FIN | PONG, "x")], expect: goesOn },
  // Close codes
  { section: "5.5.1", what: "1000", send: [closing(1000, "bye")], expect: { close: 1000 } },
  { section: "5.5.1", what: "a close without a code", send: [frame(FIN | CLOSE)], expect: { close: 0 } },
  { section: "7.4.2", what: "3000", send: [closing(3000)], expect: { close: 3000 } },
  { section: "7.4.2", what: "4999", send: [closing(4999)], expect: { close: 4999 } },
  { section: "5.5.1", what: "a reason of 123 bytes", send: [closing(1000, "x".repeat(123))], expect: { close: 1000 } },
  {
    section: "5.5.1",
    what: "half a code",
    send: [frame(FIN | CLOSE, [3])],
    expect: { close: 1002 },
    native: endsAtOnce,
  },
  ...[999, 1004, 1005, 1006, 1015, 2000, 2999, 5000].map((code): Row => ({
    section: "7.4.1",
    what: `${code}, which may not be sent`,
    send: [closing(code)],
    expect: { close: 1002 },
  })),
  {
    section: "5.5.1",
    what: "a reason that is not UTF-8",
    send: [closing(1000, [0xff])],
    expect: { close: 1007 },
    native: endsAtOnce,
  },
  {
    section: "5.5.1",
    what: "a text after the close",
    send: [closing(1000), frame(FIN | TEXT, PROBE)],
    expect: { close: 1000 },
  },
  // UTF-8
  {
    section: "8.1",
    what: "an invalid byte",
    send: [frame(FIN | TEXT, [0x22, 0xff])],
    expect: { close: 1007 },
    native: endsAtOnce,
  },
  {
    section: "8.1",
    what: "half a character",
    send: [frame(FIN | TEXT, [0x22, 0xe2, 0x82])],
    expect: { close: 1007 },
    native: endsAtOnce,
  },
  {
    section: "8.1",
    what: "a surrogate",
    send: [frame(FIN | TEXT, [0xed, 0xa0, 0x80])],
    expect: { close: 1007 },
    native: endsAtOnce,
  },
  {
    section: "8.1",
    what: "a longer form than needed",
    send: [frame(FIN | TEXT, [0xc0, 0xaf])],
    expect: { close: 1007 },
    native: endsAtOnce,
  },
  {
    section: "8.1",
    what: "beyond U+10FFFF",
    send: [frame(FIN | TEXT, [0xf4, 0x90, 0x80, 0x80])],
    expect: { close: 1007 },
    native: endsAtOnce,
  },
  {
    section: "8.1",
    what: "a character cut in two by parts",
    send: [
      frame(TEXT, [...encoder.encode('{"type":"ping","id":"probe","x":"'), 0xe2]),
      frame(FIN | CONT, [0x82, 0xac, 0x22, 0x7d]),
    ],
    expect: goesOn,
  },
  { section: "5.6", what: "any bytes in a binary message", send: [frame(FIN | BINARY, [0xff, 0xfe])], expect: goesOn },
  // Reserved
  ...[RSV1, RSV2, RSV3].map((bit): Row => ({
    section: "5.2",
    what: `reserved bit 0x${bit.toString(16)}`,
    send: [frame(FIN | bit | TEXT, PROBE)],
    expect: { close: 1002 },
    native: endsAtOnce,
  })),
  ...[3, 7, 11, 15].map((opcode): Row => ({
    section: "5.2",
    what: `reserved opcode ${opcode}`,
    send: [frame(FIN | opcode)],
    expect: { close: 1002 },
    native: endsAtOnce,
  })),
  // Limits
  {
    section: "7.4.1",
    what: "a message of more than 1 MiB",
    send: [frame(FIN | TEXT, "x".repeat(MIB + 1))],
    expect: { close: 1009 },
  },
  {
    section: "7.4.1",
    what: "the header of 60 MiB",
    send: [frame(FIN | TEXT, "x", { announce: BigInt(60 * MIB) })],
    expect: { close: 1009 },
    native: waits,
  },
  {
    section: "7.4.1",
    what: "parts of more than 1 MiB together, without an end",
    send: Array.from({ length: 5 }, (_, i) => frame(i ? CONT : TEXT, "x".repeat(MIB / 4 + 1))),
    expect: { close: 1009 },
    native: waits,
  },
];

/** Frames of the server after the head, as "opcode:payload"; they are never masked. */
function framesOf(text: string): string[] {
  const found: string[] = [];
  let at = text.indexOf("\r\n\r\n") + 4;
  while (at + 2 <= text.length) {
    const short = text.charCodeAt(at + 1) & 0x7f, wide = short === 126 ? 2 : short === 127 ? 8 : 0;
    assert.equal(text.charCodeAt(at + 1) & 0x80, 0, "the server masks nothing");
    assert.equal(text.charCodeAt(at) & 0x70, 0, "no reserved bit is set");
    let length = wide ? 0 : short;
    for (let i = 0; i < wide; i++) length = length * 256 + text.charCodeAt(at + 2 + i);
    const begin = at + 2 + wide;
    if (begin + length > text.length) break;
    found.push(`${text.charCodeAt(at) & 15}:${text.slice(begin, begin + length)}`);
    at = begin + length;
  }
  return found;
}

const isProbe = (one: string) => one.startsWith("1:") && one.includes('"id":"probe"');
const codeOf = (one: string) => one.length < 4 ? 0 : one.charCodeAt(2) * 256 + one.charCodeAt(3);

async function outcome(url: string, path: string, { send }: Row, expected: Outcome): Promise<string> {
  const socket = await rawSocket(url, path);
  try {
    for (const part of send) if (!await socket.write(part as Uint8Array<ArrayBuffer>)) break;
    if ("goesOn" in expected) {
      await socket.write(frame(FIN | TEXT, PROBE.replace("probe", "after")) as Uint8Array<ArrayBuffer>);
      await until(() => socket.text().includes('"id":"after"') || socket.over(), { what: "the next answer" });
      const frames = framesOf(socket.text());
      for (const one of expected.frames ?? []) assert.ok(frames.includes(one), `${one} in ${frames.join(" | ")}`);
      return socket.text().includes('"id":"after"') ? "goes on" : "ends";
    }
    if ("waits" in expected) {
      // Whatever this socket was sent has been read when a later one has its answer.
      await outcome(url, path, TABLE[0]!, goesOn);
      return socket.over() ? "ends" : "waits";
    }
    await until(() => socket.over() || framesOf(socket.text()).some((one) => one.startsWith("8:")));
    const [close] = framesOf(socket.text()).filter((one) => one.startsWith("8:"));
    assert.ok(!framesOf(socket.text()).some(isProbe), "nothing is answered");
    return close === undefined ? "ends" : `close ${codeOf(close)}`;
  } finally {
    socket.close();
  }
}

const said = (expected: Outcome) =>
  "goesOn" in expected
    ? "goes on"
    : "close" in expected
    ? `close ${expected.close}`
    : "ends" in expected
    ? "ends"
    : "waits";

onEachTransport("RFC 6455: frames", async (transport) => {
  await using t = await createTestApp({ transport });
  const { access } = await t.owner();
  const wrong: string[] = [];
  for (const row of TABLE) {
    const expected = transport === "native" && row.native || row.expect;
    const got = await outcome(t.sockets, `/ws?token=${access}`, row, expected).catch((e) => String(e));
    if (got !== said(expected)) wrong.push(`${row.section} ${row.what}: expected ${said(expected)}, got ${got}`);
  }
  assert.deepEqual(wrong, []);
});

interface Shake {
  section: string;
  what: string;
  request: string[];
  status: number;
  /** Must stand in the answer's head. */
  header?: RegExp;
  native?: { status: number; header?: RegExp };
}

const HEAD = [
  "Host: x",
  "Upgrade: websocket",
  "Connection: keep-alive, Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];
const without = (name: string, ...more: string[]) => [...HEAD.filter((line) => !line.startsWith(name)), ...more];

const HANDSHAKES: Shake[] = [
  // The example of the RFC.
  {
    section: "1.3",
    what: "the example",
    request: ["GET /ws HTTP/1.1", ...HEAD],
    status: 101,
    header: /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i,
  },
  {
    section: "4.2.2",
    what: "subprotocols: ours of several",
    request: ["GET /ws HTTP/1.1", ...HEAD, "Sec-WebSocket-Protocol: other, pulpo.batch"],
    status: 101,
    header: /sec-websocket-protocol: pulpo\.batch\r/i,
  },
  {
    section: "4.2.2",
    what: "subprotocols: none of ours, none is chosen",
    request: ["GET /ws HTTP/1.1", ...HEAD, "Sec-WebSocket-Protocol: other"],
    status: 101,
    header: /^(?!.*sec-websocket-protocol)/is,
  },
  {
    section: "9.1",
    what: "extensions that nobody has",
    request: ["GET /ws HTTP/1.1", ...HEAD, "Sec-WebSocket-Extensions: x-nothing"],
    status: 101,
    header: /^(?!.*sec-websocket-extensions)/is,
  },
  {
    section: "4.2.1",
    what: "another method",
    request: ["POST /ws HTTP/1.1", ...HEAD, "Content-Length: 0"],
    status: 400,
  },
  { section: "4.2.1", what: "HTTP/1.0", request: ["GET /ws HTTP/1.0", ...HEAD], status: 400, native: { status: 101 } },
  { section: "4.2.1", what: "no key", request: ["GET /ws HTTP/1.1", ...without("Sec-WebSocket-Key")], status: 400 },
  {
    section: "4.2.1",
    what: "a key that is none",
    request: ["GET /ws HTTP/1.1", ...without("Sec-WebSocket-Key", "Sec-WebSocket-Key: x")],
    status: 400,
  },
  {
    section: "4.4",
    what: "another version",
    request: ["GET /ws HTTP/1.1", ...without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 12")],
    status: 400,
    header: /sec-websocket-version: 13\r/i,
  },
  {
    section: "4.2.1",
    what: "no version",
    request: ["GET /ws HTTP/1.1", ...without("Sec-WebSocket-Version")],
    status: 400,
  },
];

onEachTransport("RFC 6455: handshakes", async (transport) => {
  await using t = await createTestApp({ transport, settings: { "max-unauthenticated": "1000" } });
  const wrong: string[] = [];
  for (const { section, what, request, native, ...row } of HANDSHAKES) {
    const { status, header } = transport === "native" && native || row;
    const socket = await rawSocket(t.sockets, undefined, request.join("\r\n") + "\r\n\r\n");
    await until(() => socket.text().includes("\r\n\r\n") || socket.over());
    const [head = ""] = socket.text().split("\r\n\r\n");
    const got = Number(head.slice(9, 12));
    if (got !== status) wrong.push(`${section} ${what}: expected ${status}, got ${got}`);
    if (header && !header.test(head + "\r\n")) wrong.push(`${section} ${what}: ${header} is not so in\n${head}`);
    socket.close();
  }
  assert.deepEqual(wrong, []);
});
