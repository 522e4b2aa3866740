// Sockets that have not said who they are. Native sockets gather a message of up to 64 MiB before anybody here sees it, so
// these sockets are few (in all, and per address), for a short time, and watched: when the process grows while there are
// some, the newest are ended, and what they have gathered is given back at once.
import { AppError } from "../kernel/errors.ts";
import { addressKey } from "../kernel/rate_limit.ts";

const WATCH_MS = 100;
/** Growth, since there was no such socket, above which they are ended. */
const GROWTH_BYTES = 64 * 1024 * 1024;

export interface UnknownSocketsOptions {
  /** In all; an eighth of them from one address. */
  total: number;
  /** Resident memory of this process in bytes. */
  residentBytes?: () => number;
  /** Told how many were ended because memory grew. */
  onEnded?: (count: number) => void;
}

export class UnknownSockets {
  private readonly addresses = new Map<string, number>();
  /** How to end each, oldest first. */
  private readonly open = new Map<symbol, () => void>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private before = 0;
  private readonly perAddress: number;
  private readonly residentBytes: () => number;

  constructor(private readonly options: UnknownSocketsOptions) {
    this.perAddress = Math.max(1, Math.ceil(options.total / 8));
    this.residentBytes = options.residentBytes ?? (() => Deno.memoryUsage().rss);
  }

  get size(): number {
    return this.open.size;
  }

  /**
   * @param end ends the socket at once, without a handshake
   * @returns takes it out again: when it has signed in or is over; more than once is no matter
   * @throws AppError `unavailable` when there are too many
   */
  enter(address: string | null, end: () => void): () => void {
    const key = addressKey(address);
    const ofAddress = this.addresses.get(key) ?? 0;
    if (ofAddress >= this.perAddress || this.open.size >= this.options.total) {
      throw new AppError("unavailable", "Too many connections are about to sign in; connect again in a moment.", {
        retryAfterSeconds: 5,
      });
    }
    const id = Symbol();
    this.addresses.set(key, ofAddress + 1);
    this.open.set(id, end);
    this.watch();
    return () => {
      if (!this.open.delete(id)) return;
      const left = this.addresses.get(key)! - 1;
      if (left) this.addresses.set(key, left);
      else this.addresses.delete(key);
      if (this.open.size === 0) this.close();
    };
  }

  private watch(): void {
    if (this.timer !== undefined) return;
    this.before = this.residentBytes();
    this.timer = setInterval(() => this.look(), WATCH_MS);
  }

  /** Ends the newest half when memory grew; what the rest does shows at the next look. */
  private look(): void {
    const now = this.residentBytes();
    // Where others gave memory back, growth counts from there.
    this.before = Math.min(this.before, now);
    if (now - this.before <= GROWTH_BYTES) return;
    const newest = [...this.open.values()].slice(-Math.ceil(this.open.size / 2));
    for (const end of newest) end();
    this.options.onEnded?.(newest.length);
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
