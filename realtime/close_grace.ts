// The time that a peer has to answer the close frame: somebody who signed in, and anybody else.
const CLOSE_GRACE_MS = 5000;
const CLOSE_GRACE_UNKNOWN_MS = 1000;
/** A peer that takes nothing of what waits for it is given up after so long. */
const STALLED_MS = 2000;

export class CloseGrace {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stall: ReturnType<typeof setInterval> | undefined;

  /** @param end ends the socket at once */
  constructor(private readonly end: () => void) {}

  /** @param out what waits for the peer, where that can be seen */
  begin(known: boolean, out?: { readonly writableLength: number }): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(this.end, known ? CLOSE_GRACE_MS : CLOSE_GRACE_UNKNOWN_MS);
    let waiting = out?.writableLength ?? 0;
    if (!out || waiting === 0) return;
    this.stall = setInterval(() => {
      if (out.writableLength >= waiting && waiting > 0) this.end();
      waiting = out.writableLength;
    }, STALLED_MS);
  }

  /** The peer has answered, or is gone. */
  over(): void {
    clearTimeout(this.timer);
    clearInterval(this.stall);
  }
}
