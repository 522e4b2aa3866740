// What the frames of a socket pass before they are worked on: how many may come, how many may wait, and when a large one is
// parsed.

/** How many frames may come: so many a second on average, and those of some seconds at once. */
export class Allowance {
  private left: number;
  private at = Date.now();

  /** @param burstSeconds so many seconds' worth may come at once */
  constructor(private readonly perSecond: number, private readonly burstSeconds: number) {
    this.left = perSecond * burstSeconds;
  }

  /** @returns false when it was too many. */
  take(count = 1): boolean {
    const now = Date.now();
    this.left = Math.min(this.perSecond * this.burstSeconds, this.left + (now - this.at) * this.perSecond / 1000) -
      count;
    this.at = now;
    return this.left >= 0;
  }
}

/** Work of one connection that is done one at a time, in order, and waits within a bound. */
export class Lane {
  private queue: Promise<void> = Promise.resolve();
  private waiting = 0;
  private running = false;
  /** Bytes of the frames that wait. */
  bytes = 0;

  constructor(
    private readonly bound: { count: number; bytes: number },
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Whether so many bytes more are too much. */
  full(bytes: number): boolean {
    return this.waiting >= this.bound.count || this.bytes + bytes > this.bound.bytes;
  }

  /** Nothing waits and nothing is worked on. */
  get idle(): boolean {
    return this.waiting === 0 && !this.running;
  }

  add(bytes: number, work: () => Promise<void> | void): void {
    this.waiting++;
    this.bytes += bytes;
    this.queue = this.queue.then(async () => {
      this.waiting--;
      this.bytes -= bytes;
      this.running = true;
      await work();
    }).catch(this.failed).finally(() => this.running = false);
  }
}

/** A frame of more characters is worth a turn: parsing less takes well under a millisecond. */
export const LARGE_FRAME = 32 * 1024;

let last: Promise<void> = Promise.resolve();

/**
 * Large frames are parsed one after the other over all sockets, each in a turn of the event loop of its own, so that whoever
 * sends many of them waits and nobody else does. Resolves when it is this caller's turn; the work must follow without waiting.
 */
export function turn(): Promise<void> {
  return last = last.then(() => new Promise((resolve) => setTimeout(resolve, 0)));
}
