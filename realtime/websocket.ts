// From a request to a session on a socket. The upgrade itself is Deno's native one, without compression and with pings to quiet
// peers (`idleTimeout`), or that of the listener that the request came through (ws_server.ts). What is said on the socket is the
// session's (session.ts). Invariant: a credential that comes with the upgrade is looked at before anything is read from the socket.
import { AppError } from "../kernel/errors.ts";
import { keepUpgraded } from "../kernel/http_listener.ts";
import { Connection } from "./connection.ts";
import type { Gateway, Peer } from "./gateway.ts";
import type { Hub } from "./hub.ts";
import { lookAt, type SocketPeer, SocketSession, type WebSocketOptions } from "./session.ts";
import { SocketTransport } from "./socket_transport.ts";

const IDLE_TIMEOUT_S = 45;

/** What a handshake comes to. */
export interface Upgraded {
  transport: SocketPeer;
  /** Has the status 101. */
  response: Response;
  /** Frames of the peer, and the end of the socket, go to the session from now on. */
  begin(session: SocketSession): void;
}

/** @param protocol what was chosen of those that the client offered @throws AppError when it is no handshake */
export type Upgrade = (protocol: string | undefined, batch: boolean) => Upgraded;

const foreign = new WeakMap<Request, Upgrade>();

/** The request came through another listener than Deno's: it upgrades in its own way. */
export function upgradesBy(request: Request, upgrade: Upgrade): void {
  foreign.set(request, upgrade);
}

const native = (request: Request): Upgrade => (protocol, batch) => {
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: IDLE_TIMEOUT_S,
    ...(protocol ? { protocol } : {}),
  });
  socket.binaryType = "arraybuffer";
  return {
    transport: new SocketTransport(socket, batch),
    response,
    begin(session) {
      socket.onopen = () => {
        keepUpgraded(request);
        session.open();
      };
      socket.onmessage = ({ data }) => session.receive(typeof data === "string" ? data : new Uint8Array(data));
      socket.onclose = () => session.closed();
      socket.onerror = () => session.closed();
    },
  };
};

/**
 * Upgrades the request; a bad credential is told on the socket, since browsers see close codes but no HTTP status.
 * @throws AppError (before the upgrade) `unavailable` when the server stops or too many sockets are about to sign in,
 *   `bad_request` when the request is no WebSocket handshake.
 */
export async function acceptWebSocket(
  request: Request,
  hub: Hub,
  gateway: Gateway,
  peer: Peer,
  options: WebSocketOptions,
): Promise<Response> {
  hub.assertAccepting();
  assertHandshake(request.headers);
  const credential = await lookAt(options.token, hub, gateway, peer);
  let end = () => {};
  const leave = credential.actor ? () => {} : hub.unknownSockets.enter(peer.ip, () => end());
  try {
    const offered = request.headers.get("sec-websocket-protocol")?.split(",").map((p) => p.trim()) ?? [];
    const asked = offered.includes("pulpo.batch");
    const upgrade = foreign.get(request) ?? native(request);
    const { transport, response, begin } = upgrade(asked ? "pulpo.batch" : undefined, options.batch || asked);
    end = () => transport.terminate();
    const connection = new Connection(hub, gateway, transport, peer, options);
    begin(new SocketSession(connection, transport, options, credential, leave));
    return response;
  } catch (error) {
    leave();
    throw error;
  }
}

/** 16 bytes in Base64 (RFC 6455, 4.1). */
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** @throws AppError `bad_request` when the headers are not those of a handshake that this server understands */
function assertHandshake(headers: Headers): void {
  if (!KEY.test(headers.get("sec-websocket-key") ?? "")) {
    throw new AppError(
      "bad_request",
      "A WebSocket handshake needs the header Sec-WebSocket-Key with 16 bytes in Base64.",
    );
  }
  if (headers.get("sec-websocket-version") !== "13") {
    throw new AppError("bad_request", "The header Sec-WebSocket-Version must be 13.", {
      headers: { "sec-websocket-version": "13" },
    });
  }
}
