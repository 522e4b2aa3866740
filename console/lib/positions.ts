// What a client must remember to lose nothing: per channel the position of the newest push it has. Pure state, no socket.
// Invariants: a position never goes back within an epoch; a push at or before the position is a repetition and is dropped.
import type { Position, Push, SubscribeAck } from "../../protocol/wire/frames.ts";

export class Positions {
  /** By the name that was asked for. */
  readonly #known = new Map<string, Position>();
  /** Name that pushes carry → name that was asked for (`user:<id>:…` → `user:me:…`). */
  readonly #asked = new Map<string, string>();
  /** What is still to come of a resume, by asked name: the last missed offset. */
  readonly #awaited = new Map<string, number>();

  /** For the `since` of a subscribe frame. */
  since(channels: readonly string[]): Record<string, Position> | undefined {
    const known = channels.flatMap((name) => {
      const position = this.#known.get(name);
      return position ? [[name, position] as const] : [];
    });
    return known.length ? Object.fromEntries(known) : undefined;
  }

  set(channel: string, position: Position): void {
    this.#known.set(channel, position);
  }

  all(): Record<string, Position> {
    return Object.fromEntries(this.#known);
  }

  forget(channel: string): void {
    this.#known.delete(channel);
    this.#awaited.delete(channel);
  }

  /**
   * Takes the answer to a subscribe frame. @returns how many missed pushes follow, and the channels whose gap is too
   * old, so that their state has to be fetched anew.
   */
  acked(ack: SubscribeAck): { missed: number; lost: string[] } {
    let missed = 0;
    const lost: string[] = [];
    for (const [asked, state] of Object.entries(ack.channels)) {
      this.#asked.set(state.channel ?? asked, asked);
      const before = this.#known.get(asked);
      if (before && state.recovered) {
        const gap = Math.max(0, state.offset - before.offset);
        missed += gap;
        if (gap > 0) this.#awaited.set(asked, state.offset);
      } else {
        if (before) lost.push(asked);
        this.#awaited.delete(asked);
        this.#known.set(asked, { epoch: state.epoch, offset: state.offset });
      }
    }
    return { missed, lost };
  }

  /** Takes a push. @returns false when it was seen before. `replayed`: it is part of what was missed. */
  pushed(push: Push): { fresh: boolean; replayed: boolean } {
    if (push.offset === undefined || push.epoch === undefined) return { fresh: true, replayed: false };
    const asked = this.#asked.get(push.channel) ?? push.channel;
    const before = this.#known.get(asked);
    if (before && before.epoch === push.epoch && push.offset <= before.offset) return { fresh: false, replayed: true };
    this.#known.set(asked, { epoch: push.epoch, offset: push.offset });
    const last = this.#awaited.get(asked);
    if (last !== undefined && push.offset >= last) this.#awaited.delete(asked);
    return { fresh: true, replayed: last !== undefined && push.offset <= last };
  }

  /** True when everything that was missed has arrived. */
  get complete(): boolean {
    return this.#awaited.size === 0;
  }
}
