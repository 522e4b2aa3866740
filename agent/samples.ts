// Figures that wait to be sent: as many as an hour has at ten seconds each, the oldest go first.
import type { AgentFigures } from "../protocol/agents/link.ts";

const MAX_WAITING = 360;
/** Of one frame, as MAX_FIGURES of the protocol says. */
const PER_FRAME = 60;

export class Samples {
  private waiting: AgentFigures[] = [];

  get count(): number {
    return this.waiting.length;
  }

  add(figures: AgentFigures): void {
    this.waiting.push(figures);
    if (this.waiting.length > MAX_WAITING) this.waiting.shift();
  }

  /**
   * Hands them out in frames, the oldest first, each ending with those of now, by which the server tells how old the others are.
   * @param send false: not now; what was not sent stays
   */
  sendAll(send: (metrics: AgentFigures[]) => boolean): void {
    const newest = this.waiting.at(-1);
    while (newest && this.waiting.length) {
      const part = this.waiting.slice(0, PER_FRAME - 1);
      if (!send(part.includes(newest) ? part : [...part, newest])) return;
      this.waiting = this.waiting.slice(part.length);
    }
  }
}
