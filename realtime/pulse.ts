// Signs of life of one peer: when something was heard of it last, and waiting for the next time.

export class Pulse {
  private last = Date.now();
  private readonly waiting = new Set<(alive: boolean) => void>();

  /** Something came from the peer. */
  heard(): void {
    this.last = Date.now();
    for (const wake of this.waiting) wake(true);
    this.waiting.clear();
  }

  /** Milliseconds since something was heard. */
  quietFor(now: number): number {
    return now - this.last;
  }

  /** @returns whether anything comes within the time */
  async next(timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    this.waiting.add(resolve);
    const alive = await promise;
    clearTimeout(timer);
    this.waiting.delete(resolve);
    return alive;
  }
}
