// One subscription over Upstash's REST protocol: SUBSCRIBE as Server-Sent Events (`/subscribe/<channel>`,
// `data: message,<channel>,<text>`). Such a stream never reconnects by itself and can die without an end; so whoever holds it
// pings over the same channel, and a stream on which nothing came back is opened anew.
import type { Logger } from "../kernel/log.ts";

const WATCHDOG_MS = 10_000;

export class UpstashStream {
  private closed = false;
  private lastHeard = 0;
  private abort: AbortController | undefined;
  private readonly subscribed = Promise.withResolvers<void>();
  private readonly watchdog: ReturnType<typeof setInterval>;
  /** Resolves when it has been open once. */
  readonly opened = this.subscribed.promise;

  /** @param ping publishes something on the channel */
  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly channel: string,
    private readonly on: { text(text: string): void; open(): void; ping(): Promise<unknown> },
    private readonly log: Logger,
  ) {
    this.watchdog = setInterval(() => this.watch(), WATCHDOG_MS / 2);
    void this.listen();
  }

  get heard(): boolean {
    return this.lastHeard > 0;
  }

  private async listen(): Promise<void> {
    let attempt = 0;
    while (!this.closed) {
      this.abort = new AbortController();
      try {
        const response = await fetch(`${this.url.replace(/\/+$/, "")}/subscribe/${encodeURIComponent(this.channel)}`, {
          headers: { Authorization: `Bearer ${this.token}`, Accept: "text/event-stream" },
          signal: this.abort.signal,
        });
        if (!response.ok || !response.body) throw new Error(`subscribe answered ${response.status}`);
        attempt = 0;
        const message = `data: message,${this.channel},`;
        for await (const line of lines(response.body)) {
          this.lastHeard = Date.now();
          if (line.startsWith(message)) this.on.text(line.slice(message.length));
          else if (line.startsWith("data: subscribe,")) {
            this.subscribed.resolve();
            this.on.open();
          }
        }
      } catch (error) {
        if (!this.closed && attempt === 0) this.log.warn("the Upstash stream ended", { error: String(error) });
      }
      this.lastHeard = 0;
      const wait = Math.min(10_000, 200 * 2 ** Math.min(attempt++, 6)) * (0.5 + Math.random() / 2);
      if (!this.closed) await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** Silence means that the stream is dead. */
  private watch(): void {
    if (this.lastHeard && Date.now() - this.lastHeard > WATCHDOG_MS) this.abort?.abort();
    void this.on.ping().catch(() => {});
  }

  close(): void {
    this.closed = true;
    clearInterval(this.watchdog);
    this.abort?.abort();
  }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = parts.pop()!;
    yield* parts;
  }
}
