// HTTP/1.1 over raw keep-alive connections, one request at a time on each: enough to load a server for little work.
// Understands Content-Length only, which is what JSON answers carry.

export interface HttpReply {
  status: number;
  body: string;
}

const encoder = new TextEncoder(), decoder = new TextDecoder();

/** One keep-alive connection. Not for concurrent use. */
export class HttpConnection {
  #connection: Deno.Conn;
  #buffer = new Uint8Array(64 * 1024);
  #have = 0;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  static async open(port: number): Promise<HttpConnection> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    return new HttpConnection(connection);
  }

  /** @throws Error when the connection ends in the middle of an answer. */
  async send(request: Uint8Array): Promise<HttpReply> {
    for (let at = 0; at < request.length;) at += await this.#connection.write(request.subarray(at));
    let head = -1, total = Infinity, status = 0;
    for (;;) {
      if (head < 0 && (head = endOfHead(this.#buffer, this.#have)) >= 0) {
        const text = decoder.decode(this.#buffer.subarray(0, head));
        status = Number(text.slice(9, 12));
        total = head + Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
        if (/\r\ntransfer-encoding:/i.test(text)) throw new Error("chunked answers are not understood here");
        if (total > this.#buffer.length) this.#grow(total);
      }
      if (this.#have >= total) break;
      const n = await this.#connection.read(this.#buffer.subarray(this.#have));
      if (n === null) throw new Error("the server closed the connection");
      this.#have += n;
    }
    const body = decoder.decode(this.#buffer.subarray(head, total));
    this.#buffer.copyWithin(0, total, this.#have);
    this.#have -= total;
    return { status, body };
  }

  close(): void {
    this.#connection.close();
  }

  #grow(size: number): void {
    const bigger = new Uint8Array(size * 2);
    bigger.set(this.#buffer.subarray(0, this.#have));
    this.#buffer = bigger;
  }
}

function endOfHead(buffer: Uint8Array, have: number): number {
  for (let at = buffer.indexOf(13); at !== -1 && at + 3 < have; at = buffer.indexOf(13, at + 1)) {
    if (buffer[at + 1] === 10 && buffer[at + 2] === 13 && buffer[at + 3] === 10) return at + 4;
  }
  return -1;
}

/** A request as bytes, made once and sent many times. */
export function httpRequest(method: string, path: string, headers: Record<string, string>, body?: string): Uint8Array {
  const payload = body === undefined ? undefined : encoder.encode(body);
  const all: Record<string, string> = {
    Host: "127.0.0.1",
    ...(payload ? { "Content-Type": "application/json", "Content-Length": String(payload.length) } : {}),
    ...headers,
  };
  const head = encoder.encode(
    `${method} ${path} HTTP/1.1\r\n${Object.entries(all).map(([k, v]) => `${k}: ${v}\r\n`).join("")}\r\n`,
  );
  if (!payload) return head;
  const out = new Uint8Array(head.length + payload.length);
  out.set(head);
  out.set(payload, head.length);
  return out;
}

export interface LoadResult {
  requests: number;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

/**
 * Sends requests over `connections` connections for `seconds`, each connection waiting for its answer.
 * @throws Error at the first answer that does not have the expected status.
 */
export async function httpLoad(
  options: { port: number; connections: number; seconds: number; expect: number; request: () => Uint8Array },
): Promise<LoadResult> {
  const times: number[] = [];
  const started = performance.now();
  const until = started + options.seconds * 1000;
  await Promise.all(Array.from({ length: options.connections }, async () => {
    const connection = await HttpConnection.open(options.port);
    try {
      let now = performance.now();
      do {
        const reply = await connection.send(options.request());
        if (reply.status !== options.expect) throw new Error(`answered ${reply.status}: ${reply.body.slice(0, 500)}`);
        const done = performance.now();
        times.push(done - now);
        now = done;
      } while (now < until);
    } finally {
      connection.close();
    }
  }));
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return {
    requests: times.length,
    perSecond: times.length / seconds,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
  };
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * How fast a count grows, per second, over `seconds`; longer when nothing was counted by then (a short window on a machine
 * that is taken away for a moment), 30 seconds at most.
 */
export async function ratePerSecond(seconds: number, count: () => number): Promise<number> {
  const first = count(), started = performance.now();
  await pause(seconds * 1000);
  while (count() === first && performance.now() - started < 30_000) await pause(10);
  return (count() - first) / ((performance.now() - started) / 1000);
}

/** Of sorted values. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
