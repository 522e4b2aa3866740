// One after the other: what must not happen for two at the same time, and how long one may take at most.

/** Whoever holds the turn keeps it until `over`, or for `limitMs`. */
export class Turns<K> {
  /** Those who wait, in the order of asking, and what begins their turn. */
  private readonly waiting = new Map<K, () => void>();
  private holder: K | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly limitMs: number) {}

  /** Settles when it is the key's turn, or when the key needs none any more. */
  take(key: K): Promise<void> {
    return new Promise((begin) => {
      this.waiting.set(key, begin);
      if (this.holder === undefined) this.next();
    });
  }

  /** The key needs no turn any more: it has had it, or is gone while it waited. */
  over(key: K): void {
    if (this.holder === key) return this.next();
    this.waiting.get(key)?.();
    this.waiting.delete(key);
  }

  private next(): void {
    clearTimeout(this.timer);
    this.holder = undefined;
    for (const [key, begin] of this.waiting) {
      this.waiting.delete(key);
      this.holder = key;
      this.timer = setTimeout(() => this.next(), this.limitMs);
      return begin();
    }
  }
}
