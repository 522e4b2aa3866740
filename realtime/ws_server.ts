// The second listener, for WebSockets alone: node:http for the handshake, npm `ws` for the frames of the peer. Whether a handshake
// is good decides the same HTTP application as on the one port; here only the node socket becomes a WebSocket. Invariants:
//   - a head comes whole within HEAD_MS and has at most MAX_HEAD_BYTES; a flood of silent connections pushes out its own oldest;
//   - at most MAX_UNDECIDED handshakes wait for the application; further ones are told to come again, those before them go on;
//   - a message is refused (1009) by its header, before its bytes are kept; so is one that inflates to more;
//   - a connection is a WebSocket or it ends after one answer, whether its peer ends its side or not.
import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";
import { AppError } from "../kernel/errors.ts";
import { isHost } from "../kernel/host_header.ts";
import type { ListenAddress } from "../kernel/listen_address.ts";
import type { Logger } from "../kernel/log.ts";
import { watchListener } from "./listen_watch.ts";
import { Outbox } from "./outbox.ts";
import { MAX_FRAME_BYTES } from "./session.ts";
import { type Upgraded, upgradesBy } from "./websocket.ts";
import { WsTransport } from "./ws_transport.ts";

const HEAD_MS = 20_000;
const CHECK_MS = 2000;
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_HEADERS = 100;
/** Connections without a handshake so far; with more the oldest go. */
const MAX_SILENT = 1000;
/** Handshakes that the application looks at. As many as may wait to be accepted. */
const MAX_UNDECIDED = 4096;
/** For the decision about a handshake. */
const ANSWER_MS = 50_000;
/** For a peer to take the answer that it is no WebSocket. */
const REFUSED_MS = 2000;
/** Parts of one message. */
const MAX_FRAGMENTS = 1024;

export interface WsServerOptions {
  address: ListenAddress;
  /** The HTTP application. */
  handler(request: Request, info: { remoteAddr?: Deno.NetAddr }): Promise<Response>;
  /** True for the paths that the application upgrades. */
  accepts(request: Request): boolean;
  /** The largest binary frame that a feature takes; a text may be as long until it has come, and is refused then. */
  binaryBytes: number;
  /** Texts from so many characters on are compressed; undefined: the extension is not offered. */
  compressFrom: number | undefined;
  log: Logger;
  /** Milliseconds for a head, between two looks at those, and between two at the listener; tests take less. */
  headMs?: number;
  checkMs?: number;
  watchMs?: number;
  /** Tests take less than MAX_UNDECIDED. */
  maxUndecided?: number;
}

export interface WsServer {
  /** Where sockets connect to: ws://127.0.0.1:8081, or unix:/run/pulpo/ws.sock. */
  readonly url: string;
  /** Takes no more connections and ends those that are left. */
  close(): Promise<void>;
}

/** Listens. @throws the error of an address that cannot be listened on. */
export async function serveWebSockets(options: WsServerOptions): Promise<WsServer> {
  const outbox = new Outbox();
  const connections = new Set<Socket>(), silent = new Set<Socket>();
  let undecided = 0;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: Math.max(MAX_FRAME_BYTES, options.binaryBytes),
    maxFragments: MAX_FRAGMENTS,
    handleProtocols: (_, request) => chosen.get(request) ?? false,
    perMessageDeflate: options.compressFrom !== undefined && {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
    },
  });
  const server = createServer({
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: options.headMs ?? HEAD_MS,
    requestTimeout: options.headMs ?? HEAD_MS,
    connectionsCheckingInterval: options.checkMs ?? CHECK_MS,
  }, (_, response) => {
    response.writeHead(426, { upgrade: "websocket", connection: "close", "content-type": "text/plain" });
    response.end("This address speaks WebSocket alone.\n");
  });
  server.maxHeadersCount = MAX_HEADERS;
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    silent.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      connections.delete(socket);
      silent.delete(socket);
    });
    if (silent.size <= MAX_SILENT) return;
    const [oldest] = silent;
    silent.delete(oldest!);
    oldest!.destroy();
  });
  server.on("clientError", (_, socket: Duplex) => socket.destroy());
  server.on("upgrade", (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    silent.delete(socket);
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    if (undecided >= (options.maxUndecided ?? MAX_UNDECIDED)) return void refuse(socket, busy());
    undecided++;
    void new Handshake(incoming, socket, head, sockets, outbox, options).answer().finally(() => undecided--);
  });
  await listening(server, options.address);
  const address = gotten(server, options.address);
  const stopWatching = watchListener(server, address, () => listening(server, address), options.log, options.watchMs);
  return {
    url: urlOf(address),
    async close() {
      stopWatching();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of connections) socket.destroy();
      outbox.close();
      await closed;
    },
  };
}

/** Subprotocols by handshake, on their way through `ws`. */
const chosen = new WeakMap<IncomingMessage, string>();

class Handshake {
  constructor(
    private readonly incoming: IncomingMessage,
    private readonly socket: Socket,
    private readonly head: Buffer,
    private readonly sockets: WebSocketServer,
    private readonly outbox: Outbox,
    private readonly options: WsServerOptions,
  ) {}

  /** Lets the application decide, and tells the peer when it has not become a WebSocket. Never rejects. */
  async answer(): Promise<void> {
    const { incoming, socket, options } = this;
    try {
      const request = requestOf(incoming);
      if (!request) return await refuse(socket, new Response("Bad request\n", { status: 400 }));
      if (!options.accepts(request)) return await refuse(socket, new Response("Not found\n", { status: 404 }));
      upgradesBy(request, (protocol, batch) => this.upgrade(protocol, batch));
      const response = await options.handler(request, remoteOf(socket));
      if (response.status !== 101) await refuse(socket, response);
    } catch (error) {
      options.log.error("a handshake failed outside of all handlers", { error });
      socket.destroy();
    }
  }

  private upgrade(protocol: string | undefined, batch: boolean): Upgraded {
    const { incoming, socket, head, sockets, outbox } = this;
    if (protocol) chosen.set(incoming, protocol);
    let ws: WebSocket | undefined;
    sockets.handleUpgrade(incoming, socket, head, (upgraded) => ws = upgraded);
    if (!ws) throw new AppError("bad_request", "This is no WebSocket handshake."); // `ws` has told the peer why
    const transport = new WsTransport({ socket, ws, outbox, batch, compressFrom: this.compressFrom(ws) });
    const opened = ws;
    return {
      transport,
      response: switching(),
      begin(session) {
        opened.on("message", (data: Buffer<ArrayBuffer>, binary) => session.receive(binary ? data : data.toString()));
        opened.on("close", () => session.closed());
        // `ws` has sent the close frame that fits: 1002, 1007, 1009.
        opened.on("error", () => {
          session.closed();
          transport.refused();
        });
        session.open();
      },
    };
  }

  /** What the peer asked for: a smaller window than the usual one would need a compression of its own, so it gets none. */
  private compressFrom(ws: WebSocket): number | undefined {
    const small = this.incoming.headers["sec-websocket-extensions"]?.includes("server_max_window_bits");
    return ws.extensions.includes("permessage-deflate") && !small ? this.options.compressFrom : undefined;
  }
}

/** The answer that has been given already; the constructor takes no such status. */
function switching(): Response {
  return Object.defineProperty(new Response(null), "status", { value: 101 });
}

/** The request as the application knows requests. undefined: it cannot be one. */
function requestOf(incoming: IncomingMessage): Request | undefined {
  const { method, url = "", rawHeaders, headers: { host }, httpVersionMajor, httpVersionMinor } = incoming;
  if (method !== "GET" || !host || !isHost(host) || httpVersionMajor * 10 + httpVersionMinor < 11) return undefined;
  try {
    const headers = new Headers();
    for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
    return new Request(url.startsWith("/") ? `http://${host}${url}` : url, { headers });
  } catch {
    return undefined;
  }
}

/** Who has connected; over a Unix socket that is nobody in particular. */
function remoteOf({ remoteAddress, remotePort }: Socket): { remoteAddr?: Deno.NetAddr } {
  if (!remoteAddress) return {};
  return { remoteAddr: { transport: "tcp", hostname: remoteAddress, port: remotePort ?? 0 } };
}

function busy(): Response {
  const headers = { "retry-after": "5" };
  return new Response("Too many connections are being opened; connect again in a moment.\n", { status: 503, headers });
}

/** Writes the answer and ends the connection: a peer that keeps its side open would hold the descriptor. */
async function refuse(socket: Socket, response: Response): Promise<void> {
  if (!socket.writable) return;
  const { status, headers } = response;
  const body = new Uint8Array(await response.arrayBuffer());
  headers.set("connection", "close");
  headers.set("content-length", String(body.length));
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n${lines}\r\n`);
  const late = setTimeout(() => socket.destroy(), REFUSED_MS);
  socket.on("close", () => clearTimeout(late));
  // What the peer has sent is read away: closed with unread input, the connection would be reset and the answer lost.
  socket.resume();
  socket.end(body, () => socket.destroy());
}

async function listening(server: Server, address: ListenAddress): Promise<void> {
  if ("path" in address) await removeStale(address.path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    const done = () => {
      server.off("error", reject);
      resolve();
    };
    if ("path" in address) server.listen(address.path, done);
    else server.listen({ host: address.hostname, port: address.port, backlog: 4096 }, done);
  });
  // Whoever shares the group may connect: the proxy. Everybody else is kept out by the folder or by this.
  if ("path" in address) await Deno.chmod(address.path, 0o660);
}

/** A socket that a process left behind which has not ended cleanly. @throws Error when somebody listens there */
async function removeStale(path: string): Promise<void> {
  if (!(await Deno.lstat(path).catch(() => undefined))?.isSocket) return;
  const listens = await Deno.connect({ transport: "unix", path }).then((c) => (c.close(), true), () => false);
  if (listens) throw new Error(`another process listens on ${path}`);
  await Deno.remove(path);
}

/** The address with the port that the system has given, where 0 was asked for. */
function gotten(server: Server, address: ListenAddress): ListenAddress {
  return "path" in address ? address : { ...address, port: (server.address() as { port: number }).port };
}

function urlOf(address: ListenAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  const { hostname, port } = address;
  const host = hostname === "0.0.0.0" || hostname === "::" ? "localhost" : hostname;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
