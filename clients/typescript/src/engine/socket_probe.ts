// Finds out, while one lives on an event stream, whether sockets get through by now. Invariants: one try at a time; the first
// after a minute, then after twice as long, up to a quarter of an hour; a socket counts when the server was heard through it.
import type { Link, Timers } from "./platform.ts";

const MIN_MS = 60_000;
const MAX_MS = 15 * 60_000;
const ANSWER_MS = 8_000;

export class SocketProbe {
  readonly #timers: Timers;
  readonly #connect: () => Promise<Link>;
  readonly #adopt: (link: Link) => void;
  readonly #firstMs: number;
  #timer: unknown;
  #link: Link | null = null;
  #waitMs: number;
  /** Counts plans; an older one's outcome is not heard. */
  #plan = 0;

  /** @param connect rejects when it could not even ask; `adopt` gets the open socket, through which nothing was subscribed yet */
  constructor(timers: Timers, connect: () => Promise<Link>, adopt: (link: Link) => void, firstMs = MIN_MS) {
    this.#timers = timers;
    this.#connect = connect;
    this.#adopt = adopt;
    this.#waitMs = this.#firstMs = firstMs;
  }

  /** Plans the next try. */
  later(): void {
    this.end();
    const plan = this.#plan;
    this.#timer = this.#timers.set(() => void this.#try(plan), this.#waitMs);
    this.#waitMs = Math.min(MAX_MS, this.#waitMs * 2);
  }

  end(): void {
    this.#plan++;
    this.#timers.clear(this.#timer);
    const link = this.#link;
    this.#link = null;
    link?.close(1000);
  }

  async #try(plan: number): Promise<void> {
    const isCurrent = () => plan === this.#plan;
    const again = () => {
      if (isCurrent()) this.later();
    };
    const link = await this.#connect().catch(() => null);
    if (link) link.onerror = () => {}; // `close` follows and says more
    if (!link || !isCurrent()) {
      link?.close(1000);
      return again();
    }
    this.#link = link;
    this.#timer = this.#timers.set(again, ANSWER_MS);
    link.onopen = () => link.send(JSON.stringify({ type: "ping" }));
    link.onclose = again;
    link.onmessage = () => {
      if (!isCurrent()) return;
      this.#link = null;
      this.#waitMs = this.#firstMs;
      this.#adopt(link);
    };
  }
}
