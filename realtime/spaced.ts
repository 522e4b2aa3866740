/** Work that is done at once when it is asked for, and then again only after a while, however often it is asked for meanwhile. */
export class Spaced {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private again = false;

  /** @param ms between two times */
  constructor(private readonly ms: number, private readonly work: () => void) {}

  ask(): void {
    if (this.timer !== undefined) {
      this.again = true;
      return;
    }
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (!this.again) return;
      this.again = false;
      this.ask();
    }, this.ms);
    this.work();
  }

  /** What was asked for and not yet done is not done any more. */
  stop(): void {
    clearTimeout(this.timer);
    this.again = false;
  }
}
