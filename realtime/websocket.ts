// The upgrade to a native Deno socket, without compression; `idleTimeout` pings quiet peers. What is said on the socket is the
// session's (session.ts). Invariant: a credential that comes with the upgrade is looked at before anything is read from the socket.
import { AppError } from "../kernel/errors.ts";
import { keepUpgraded } from "../kernel/http_listener.ts";
import type { Logger } from "../kernel/log.ts";
import { Connection } from "./connection.ts";
import type { Gateway, Peer } from "./gateway.ts";
import type { Hub } from "./hub.ts";
import { lookAt, SocketSession, type WebSocketOptions } from "./session.ts";
import { SocketTransport } from "./socket_transport.ts";

const IDLE_TIMEOUT_S = 45;

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
  log: Logger,
): Promise<Response> {
  hub.assertAccepting();
  if (!request.headers.get("sec-websocket-key")) {
    throw new AppError("bad_request", "A WebSocket handshake needs the header Sec-WebSocket-Key.");
  }
  const credential = await lookAt(options.token, gateway, peer);
  let end = () => {};
  const leave = credential.actor ? () => {} : hub.unknownSockets.enter(peer.ip, () => end());
  try {
    const offered = request.headers.get("sec-websocket-protocol")?.split(",").map((p) => p.trim()) ?? [];
    const asked = offered.includes("pulpo.batch");
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: IDLE_TIMEOUT_S,
      ...(asked ? { protocol: "pulpo.batch" } : {}),
    });
    socket.binaryType = "arraybuffer";
    const transport = new SocketTransport(socket, options.batch || asked);
    end = () => transport.terminate();
    const connection = new Connection(hub, gateway, transport, peer, options, log);
    const session = new SocketSession(connection, transport, options, credential, leave);
    socket.onopen = () => {
      keepUpgraded(request);
      session.open();
    };
    socket.onmessage = ({ data }) => session.receive(typeof data === "string" ? data : new Uint8Array(data));
    socket.onclose = () => session.closed();
    socket.onerror = () => session.closed();
    return response;
  } catch (error) {
    leave();
    throw error;
  }
}
