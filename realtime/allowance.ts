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
