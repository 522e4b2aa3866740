// The HTTP side of the one port. `Deno.serve` accepts by itself and never ends a connection that is silent, stops in the
// middle of a head or a body, or stays open for ever between requests: some thousands of those use up the process's
// descriptors and nobody gets in. So connections are accepted here, each is served by Deno's own HTTP (as fast as
// `Deno.serve`), and every two seconds those whose time is up are ended (decision 0020). Invariants:
//   - a connection without a request under way ends within HEAD_MS (no request yet) or KEEP_ALIVE_MS;
//   - a request's body has arrived, and its handler has answered, within BODY_MS; files have a limit of their own, and who
//     has checked a body may take longer for the answer (`bodyArrived`);
//   - a large answer may take as long as it moves: its reader is cut off when none of it has gone out for STALL_MS. Smaller
//     ones fit into the buffers of the system at once, and streams are bounded by who makes them;
//   - a flood of silent connections pushes out its own oldest ones, never somebody whose request is under way;
//   - a connection that became a WebSocket is no longer here;
//   - sockets open one after the other (`upgrades`).
import {
  canServeConnections,
  serveConnection,
  type ServedConnection,
  type ServeHandler,
  staticBody,
} from "./deno_internals.ts";
import type { Logger } from "./log.ts";
import { Turns } from "./turns.ts";

/** Until the first request has come whole. Measured from the start: bytes that drip in do not prolong it. */
const HEAD_MS = 20_000;
/** Between two requests. Proxies keep their idle connections for less (deploy/). */
const KEEP_ALIVE_MS = 50_000;
/** For a request's body and the answer to it. */
const BODY_MS = 50_000;
/** Without a further piece of a large answer. Pieces go into the buffers of the system, which empties them in steps. */
const STALL_MS = 50_000;
/** Deno takes a text or bytes whole and tells nothing of their way: from this size on they are given in pieces. */
const PIECES_FROM_BYTES = 64 * 1024;
const PIECE_BYTES = 16 * 1024;
const SWEEP_MS = 2000;
/** Connections without a request so far; with more the oldest go. */
const MAX_SILENT = 1000;
/** From the answer to an upgrade to the open socket: some tenths of a millisecond, unless the process has no time. */
const UPGRADE_MS = 20;
/** After a failed accept (no descriptors left): connections end meanwhile. */
const ACCEPT_PAUSE_MS = 100;

export interface ListenerOptions {
  hostname: string;
  port: number;
  handler: ServeHandler;
  log: Logger;
  /** True for requests whose bodies may take long: files. */
  takesLong(request: Request): boolean;
  /** Milliseconds for a body and its answer, between two requests, for a piece of an answer, and between two looks; tests
   * take less. */
  bodyMs?: number;
  keepAliveMs?: number;
  stallMs?: number;
  sweepMs?: number;
}

export interface HttpListener {
  readonly addr: Deno.NetAddr;
  /** Connections that are open, WebSockets not counted; 0 where Deno does not let us count. */
  connections(): number;
  /** Takes no more connections and waits for the requests under way. */
  shutdown(): Promise<void>;
  /** Ends what is left. */
  abort(): void;
}

/** Connections whose request asked for a WebSocket, until that is open. */
const upgrading = new WeakMap<Request, GuardedConnection>();

/**
 * To be called first thing when a socket that was upgraded from the request is open: Deno would close it in the same moment,
 * together with the HTTP side of its connection.
 */
export function keepUpgraded(request: Request): void {
  upgrading.get(request)?.end();
}

/** Connections by requests whose bodies are awaited. */
const awaited = new WeakMap<Request, GuardedConnection>();

/** The whole body of this request has been read: the answer to it may take its time. */
export function bodyArrived(request: Request): void {
  awaited.get(request)?.bodyArrived(request);
}

/** Listens. @throws the error of an address that cannot be listened on. */
export function listenHttp(options: ListenerOptions): HttpListener {
  if (canServeConnections()) return new GuardedListener(options);
  options.log.warn("this Deno does not let the server end silent connections: put a proxy in front of it");
  return plainListener(options);
}

const failed = (log: Logger) => (error: unknown) => {
  log.error("a request failed outside of all handlers", { error });
  return new Response("internal error", { status: 500 });
};

class GuardedListener implements HttpListener {
  readonly addr: Deno.NetAddr;
  readonly onError: (error: unknown) => Response;
  /**
   * Deno tells of an opened socket and of the end of the HTTP side under it in either order when much happens at once, and
   * closes the socket where the end comes first (8 of 1,000 that opened while 1,000 others closed; 1 of 20,000 in turns).
   */
  readonly upgrades = new Turns<GuardedConnection>(UPGRADE_MS);
  private readonly open = new Set<GuardedConnection>();
  /** Those without a request so far, oldest first. */
  private readonly silent = new Set<GuardedConnection>();
  private readonly listener: Deno.TcpListener;
  private readonly timer: ReturnType<typeof setInterval>;
  private closing = false;
  private emptied: (() => void) | undefined;

  constructor(readonly options: ListenerOptions) {
    this.listener = Deno.listen({ hostname: options.hostname, port: options.port });
    this.addr = this.listener.addr;
    this.onError = failed(options.log);
    this.timer = setInterval(() => this.sweep(), options.sweepMs ?? SWEEP_MS);
    void this.accept();
  }

  private async accept(): Promise<void> {
    while (!this.closing) {
      let connection: Deno.TcpConn;
      try {
        connection = await this.listener.accept();
      } catch (error) {
        if (this.closing) return;
        this.options.log.warn("a connection could not be accepted", { reason: String(error) });
        this.endOldest(MAX_SILENT / 10);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
        continue;
      }
      try {
        connection.setNoDelay(true);
        const guarded = new GuardedConnection(this, connection);
        this.open.add(guarded);
        this.silent.add(guarded);
        if (this.silent.size > MAX_SILENT) this.endOldest(1);
      } catch {
        // It ended before it was served, or no descriptor is left for it.
        try {
          connection.close();
        } catch { /* it is gone */ }
      }
    }
  }

  private endOldest(count: number): void {
    for (const connection of this.silent) {
      if (count-- <= 0) return;
      connection.end();
    }
  }

  private sweep(): void {
    const now = performance.now();
    for (const connection of this.open) connection.check(now);
  }

  /** The first request of this connection has come. */
  spoke(connection: GuardedConnection): void {
    this.silent.delete(connection);
  }

  ended(connection: GuardedConnection): void {
    this.open.delete(connection);
    this.silent.delete(connection);
    this.upgrades.over(connection);
    if (this.open.size === 0) this.emptied?.();
  }

  connections(): number {
    return this.open.size;
  }

  async shutdown(): Promise<void> {
    this.closing = true;
    this.listener.close();
    for (const connection of this.open) connection.finish();
    if (this.open.size) await new Promise<void>((resolve) => this.emptied = resolve);
    clearInterval(this.timer);
  }

  abort(): void {
    clearInterval(this.timer);
    for (const connection of this.open) connection.end();
  }
}

class GuardedConnection {
  private readonly served: ServedConnection;
  private readonly release: () => void;
  /** Requests whose answers are not sent yet. */
  private busy = 0;
  private requests = 0;
  /** Since when nothing is under way. */
  private idleSince = performance.now();
  /** When large answers that are not sent yet have last moved. */
  private readonly leaving = new Map<Request, number>();
  /** When each body that is still awaited must be there, oldest first. Several share a connection under HTTP/2. */
  private readonly bodiesDue = new Map<Request, number>();

  constructor(private readonly owner: GuardedListener, connection: Deno.TcpConn) {
    const { served, release } = serveConnection(
      connection,
      (request, info) => this.handle(request, info),
      owner.onError,
    );
    this.served = served;
    this.release = release;
    const ended = () => owner.ended(this);
    served.finished.then(ended, ended);
  }

  private async handle(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> {
    const { options } = this.owner;
    if (this.requests++ === 0) this.owner.spoke(this);
    this.busy++;
    const done = () => {
      this.leaving.delete(request);
      if (--this.busy === 0) this.idleSince = performance.now();
    };
    info.completed.then(done, done);
    const hasBody = request.method !== "GET" && request.method !== "HEAD" && !options.takesLong(request);
    if (request.headers.has("upgrade")) upgrading.set(request, this);
    if (hasBody) {
      this.bodiesDue.set(request, performance.now() + (options.bodyMs ?? BODY_MS));
      awaited.set(request, this);
    }
    try {
      const response = await options.handler(request, info);
      if (response.status === 101) await this.owner.upgrades.take(this);
      return request.method === "HEAD" ? response : this.inPieces(request, response);
    } finally {
      this.bodyArrived(request);
    }
  }

  bodyArrived(request: Request): void {
    this.bodiesDue.delete(request);
  }

  /** The answer, as a stream of pieces when it is large. */
  private inPieces(request: Request, response: Response): Response {
    const body = staticBody(response);
    if (body === undefined || body.length <= PIECES_FROM_BYTES) return response;
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    let at = 0;
    this.leaving.set(request, performance.now());
    const pieces = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => {
        this.leaving.set(request, performance.now());
        controller.enqueue(bytes.subarray(at, at += PIECE_BYTES));
        if (at >= bytes.length) controller.close();
      },
    }, { highWaterMark: 0 });
    const { status, statusText, headers } = response;
    const answer = new Response(pieces, { status, statusText, headers });
    answer.headers.set("content-length", String(bytes.length));
    return answer;
  }

  /** Ends the connection when its time is up. @param now of performance.now() */
  check(now: number): void {
    const { keepAliveMs = KEEP_ALIVE_MS, stallMs = STALL_MS } = this.owner.options;
    const limit = this.requests ? keepAliveMs : HEAD_MS;
    const [due = Infinity] = this.bodiesDue.values();
    const stalled = [...this.leaving.values()].some((moved) => now - moved > stallMs);
    if (now > due || stalled || (this.busy === 0 && now - this.idleSince > limit)) this.end();
  }

  /** Ends it after the request under way, if there is one. */
  finish(): void {
    if (this.busy) void this.served.shutdown().catch(() => {});
    else this.end();
  }

  /** Ends the HTTP side now: the connection, unless it has become a WebSocket. */
  end(): void {
    this.release();
    this.owner.ended(this);
  }
}

/** What Deno does by itself. */
function plainListener({ hostname, port, handler, log }: ListenerOptions): HttpListener {
  const abort = new AbortController();
  const server = Deno.serve({ hostname, port, signal: abort.signal, onListen() {}, onError: failed(log) }, handler);
  return {
    addr: server.addr,
    connections: () => 0,
    shutdown: () => server.shutdown(),
    abort: () => abort.abort(),
  };
}
