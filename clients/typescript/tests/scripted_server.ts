// A small real server for tests of the engine: sockets and event streams whose part is played frame by frame.

export interface Peer {
  socket: WebSocket;
  // deno-lint-ignore no-explicit-any -- whatever the client said
  frames: any[];
  binary: Uint8Array[];
  /** All in one message. */
  send(...frames: object[]): void;
}

/** A server on a free port; `peers` are its sockets in order. */
export function scriptedServer() {
  const peers: Peer[] = [];
  const queries: string[] = [];
  const bodies: Record<string, unknown>[] = [];
  /** What streams are sent besides the ack. */
  const streams: { send: (frame: object) => void; ended: boolean }[] = [];
  /** How many upgrades, and whether streams, are answered as a proxy without a server does; sockets closed once open. */
  const broken = { upgrades: 0, streams: false, closes: 0 };
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
    socket.binaryType = "arraybuffer";
    const peer: Peer = {
      socket,
      frames: [],
      binary: [],
      send: (...frames) => socket.send(JSON.stringify(frames.length === 1 ? frames[0] : frames)),
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") peer.frames.push(JSON.parse(data));
      else peer.binary.push(new Uint8Array(data));
    };
    if (broken.closes > 0) {
      broken.closes--;
      socket.onopen = () => socket.close();
    }
    queries.push(new URL(request.url).search);
    peers.push(peer);
    return response;
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    peers,
    queries,
    bodies,
    streams,
    broken,
    streamUrl: `http://${host}/sse`,
    url: `ws://${host}/ws?batch=1`,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}
