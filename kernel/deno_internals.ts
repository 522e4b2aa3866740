// The one place that reaches into Deno's own parts (`Deno[Deno.internal]`), for three things that its public interface cannot do
// and that a server on the open internet needs (decisions 0020 and 0021):
//   - serve HTTP on one accepted connection, so that connections can be counted, timed and ended one by one;
//   - see how large an answer is that is no stream, so that large ones go out in pieces whose progress can be seen;
//   - end a socket at once: `WebSocket.close()` waits for a peer that may never answer and keeps what it has gathered.
// Seen on Deno 2.7.11 and 2.9.6. Where a part is missing the callers fall back to what is public, and say so;
// `tests/realtime/connections_test.ts` fails when a newer Deno changes one of them.

/** What Deno gives back for one connection under HTTP. */
export interface ServedConnection {
  /** Settles when the connection has ended, or was upgraded. */
  readonly finished: Promise<void>;
  /** Lets the request under way finish, then closes. */
  shutdown(): Promise<void>;
}

export type ServeHandler = (
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
) => Response | Promise<Response>;

interface Internals {
  serveHttpOnConnection?: (
    connection: Deno.Conn,
    signal: undefined,
    handler: ServeHandler,
    onError: (error: unknown) => Response,
    onListen: () => void,
  ) => ServedConnection;
  core?: { tryClose?(resource: number): void; internalRidSymbol?: symbol };
}

// deno-lint-ignore no-explicit-any
const deno = Deno as any;
const internals: Internals = deno[deno.internal] ?? {};
const tryClose = internals.core?.tryClose;
const NULL_DEVICE = Deno.build.os === "windows" ? "NUL" : "/dev/null";

/** False: connections cannot be served one by one here. Asked only when a server starts: it opens a file. */
export function canServeConnections(): boolean {
  if (typeof internals.serveHttpOnConnection !== "function" || typeof tryClose !== "function") return false;
  try {
    return typeof nextResource() === "number";
  } catch {
    return false;
  }
}

/** A new resource's number: they go up by one and are never given out again. */
function nextResource(): number {
  const file = Deno.openSync(NULL_DEVICE);
  const number = (file as unknown as Record<symbol, number>)[internals.core!.internalRidSymbol!]!;
  file.close();
  return number;
}

/**
 * Serves HTTP/1.1 and HTTP/2 on an accepted connection, which it takes over.
 * @returns the served connection, and `release`: it ends the connection at once. Once an
 *   upgraded WebSocket is open it ends the HTTP side only; without that Deno closes both. Not before: the answer to the
 *   upgrade would be lost.
 */
export function serveConnection(
  connection: Deno.Conn,
  handler: ServeHandler,
  onError: (error: unknown) => Response,
): { served: ServedConnection; release: () => void } {
  // Nothing runs between the two calls: the next resource is the connection's. Asked first, since it may fail for want of
  // descriptors, and a connection that is served already could not be ended then.
  const resource = nextResource() + 1;
  const served = internals.serveHttpOnConnection!(connection, undefined, handler, onError, () => {});
  return { served, release: () => tryClose!(resource) };
}

/** Where Deno keeps the text or bytes of an answer until it is sent: of one that was just made, and of one that was touched. */
const [STATIC, INNER] = ["lazy static body", "response"].map((name) =>
  Object.getOwnPropertySymbols(new Response("x")).find((symbol) => symbol.description === name)
);

/** What an answer holds that is no stream. undefined: it is one, or has nothing, or Deno does not show it. */
export function staticBody(response: Response): string | Uint8Array<ArrayBuffer> | undefined {
  const parts = response as unknown as Record<symbol, unknown>;
  const inner = INNER && parts[INNER] as { body?: { streamOrStatic?: { body?: unknown } } } | undefined;
  for (const body of [inner?.body?.streamOrStatic?.body, STATIC && parts[STATIC]]) {
    if (typeof body === "string" || body instanceof Uint8Array) return body as string | Uint8Array<ArrayBuffer>;
  }
}

/** Ends a socket now: no close frame, nothing is kept of what came in. Does nothing where Deno does not let us. */
export function endSocket(socket: WebSocket): void {
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    if (symbol.description !== "[[rid]]") continue;
    const resource = (socket as unknown as Record<symbol, unknown>)[symbol];
    if (typeof resource === "number") tryClose?.(resource);
  }
}
