// Redis over HTTP (Upstash's REST protocol) as the bus: PUBLISH by POST, SUBSCRIBE as Server-Sent Events. The stream never
// reconnects by itself and can die without an end, so a watchdog pings over the bus and opens a new stream when nothing
// came back. Source: the REST API of @upstash/redis (`/subscribe/<channel>`, `data: message,<channel>,<text>`).
import { Redis } from "@upstash/redis";
import type { Logger } from "../kernel/log.ts";
import { type Broker, type BrokerStatus, type BusMessage, decodeBus, encodeBus } from "./broker.ts";

const WATCHDOG_MS = 10_000;
const MAX_QUEUED = 10_000;
const REQUEST_TIMEOUT_MS = 5000;

export class UpstashBroker implements Broker {
  private readonly redis: Redis;
  private readonly self = crypto.randomUUID();
  private pending: BusMessage[] = [];
  private sending = false;
  private closed = false;
  private lastHeard = 0;
  private stream: AbortController | undefined;
  private watchdog: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly busName: string,
    private readonly log: Logger,
  ) {
    this.redis = new Redis({
      url,
      token,
      automaticDeserialization: false,
      retry: { retries: 1, backoff: () => 100 },
      signal: () => AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      enableTelemetry: false,
    });
  }

  start(onMessages: (messages: BusMessage[]) => void): Promise<void> {
    void this.listen(onMessages);
    this.watchdog = setInterval(() => this.watch(), WATCHDOG_MS / 2);
    return Promise.resolve();
  }

  /** Keeps one subscription stream open until closed. */
  private async listen(onMessages: (messages: BusMessage[]) => void): Promise<void> {
    let attempt = 0;
    while (!this.closed) {
      this.stream = new AbortController();
      try {
        const response = await fetch(`${this.url.replace(/\/+$/, "")}/subscribe/${encodeURIComponent(this.busName)}`, {
          headers: { Authorization: `Bearer ${this.token}`, Accept: "text/event-stream" },
          signal: this.stream.signal,
        });
        if (!response.ok || !response.body) throw new Error(`subscribe answered ${response.status}`);
        attempt = 0;
        this.lastHeard = Date.now();
        for await (const line of lines(response.body)) {
          this.lastHeard = Date.now();
          const prefix = `data: message,${this.busName},`;
          if (!line.startsWith(prefix)) continue;
          const messages = decodeBus(this.self, decodeURIComponent(line.slice(prefix.length)));
          if (messages?.length) onMessages(messages);
        }
      } catch (error) {
        if (!this.closed && attempt === 0) this.log.warn("the Upstash stream ended", { error: String(error) });
      }
      this.lastHeard = 0;
      const wait = Math.min(10_000, 200 * 2 ** Math.min(attempt++, 6)) * (0.5 + Math.random() / 2);
      if (!this.closed) await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** A heartbeat of our own comes back over the stream; silence means that the stream is dead. */
  private watch(): void {
    if (this.lastHeard && Date.now() - this.lastHeard > WATCHDOG_MS) this.stream?.abort();
    void this.redis.publish(this.busName, this.self).catch(() => {});
  }

  publish(messages: readonly BusMessage[]): void {
    for (const message of messages) this.pending.push(message);
    if (this.pending.length > MAX_QUEUED) this.pending.splice(0, this.pending.length - MAX_QUEUED);
    if (!this.sending) void this.drain();
  }

  private async drain(): Promise<void> {
    this.sending = true;
    try {
      while (this.pending.length && !this.closed) {
        const batch = this.pending.splice(0, 500);
        // Percent-encoding keeps the line breaks of our wire form inside one `data:` line.
        await this.redis.publish(this.busName, encodeURIComponent(encodeBus(this.self, batch))).catch((error) =>
          this.log.warn("publishing over Upstash failed; the event log repairs it", { error: String(error) })
        );
      }
    } finally {
      this.sending = false;
    }
  }

  async status(): Promise<BrokerStatus> {
    const start = performance.now();
    try {
      await Promise.race([
        this.redis.ping(),
        new Promise((_, reject) => setTimeout(() => reject(new Error("no answer in 2 s")), 2000)),
      ]);
      return { kind: "upstash", status: this.lastHeard ? "ok" : "down", latency_ms: performance.now() - start };
    } catch {
      return { kind: "upstash", status: "down" };
    }
  }

  close(): Promise<void> {
    this.closed = true;
    clearInterval(this.watchdog);
    this.stream?.abort();
    return Promise.resolve();
  }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const parts = rest.split(/\r?\n/);
    rest = parts.pop()!;
    yield* parts;
  }
}
