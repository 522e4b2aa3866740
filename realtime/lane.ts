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
