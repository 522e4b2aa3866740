// What a client must remember to lose nothing: per channel the position of the newest push it has. Pure state, no socket.
// Invariants: a position never goes back within an epoch; a push at or before the position is a repetition and is dropped.
import type { Position, Push, SubscribeAck } from "../types.ts";

export class Positions {
  /** By the name that was asked for. */
  readonly #known = new Map<string, Position>();
  /** Name that pushes carry → names that were asked for (`user:<id>:…` → `user:me:…`). */
  readonly #asked = new Map<string, Set<string>>();
  /** What is still to come of a resume, by asked name: the last missed push. */
  readonly #awaited = new Map<string, Position>();

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
    for (const [carried, names] of this.#asked) if (names.delete(channel) && !names.size) this.#asked.delete(carried);
  }

  /** The names under which somebody asked for the channel that a push carries. */
  askedFor(channel: string): string[] {
    return [...this.#asked.get(channel) ?? [channel]];
  }

  /**
   * Takes the answer to a subscribe frame. @returns how many missed pushes follow, and the channels whose gap is too
   * old, so that their state has to be fetched anew.
   */
  acked(channels: SubscribeAck["channels"]): { missed: number; lost: string[] } {
    let missed = 0;
    const lost: string[] = [];
    for (
      const [asked, { channel: carried = asked, epoch, offset, recovered }] of Object.entries(channels)
    ) {
      const names = this.#asked.get(carried);
      if (names) names.add(asked);
      else this.#asked.set(carried, new Set([asked]));
      const before = this.#known.get(asked);
      if (before && recovered) {
        const gap = Math.max(0, offset - before.offset);
        missed += gap;
        if (gap > 0) this.#awaited.set(asked, { epoch, offset });
        continue;
      }
      // Nothing has come since: there is nothing to lose (relays never recover, and stand where they stood).
      if (before && (before.epoch !== epoch || before.offset !== offset)) lost.push(asked);
      this.#awaited.delete(asked);
      this.#known.set(asked, { epoch, offset });
    }
    return { missed, lost };
  }

  /**
   * Takes a push.
   * @param isFollowed of the names, those that count
   * @returns the asked names for which it is new. `replayed`: it is part of what was missed
   */
  pushed(push: Push, isFollowed: (name: string) => boolean = () => true): { fresh: string[]; replayed: boolean } {
    const names = this.askedFor(push.channel).filter(isFollowed);
    const { epoch, offset } = push;
    if (offset === undefined || epoch === undefined) return { fresh: names, replayed: false };
    let replayed = false;
    const fresh = names.filter((name) => {
      const before = this.#known.get(name);
      if (before && before.epoch === epoch && offset <= before.offset) return false;
      this.#known.set(name, { epoch, offset });
      const last = this.#awaited.get(name);
      if (!last) return true;
      // The source has begun a new life: what was awaited of the one before does not come any more.
      const isPart = last.epoch === epoch && offset <= last.offset;
      if (!isPart || offset === last.offset) this.#awaited.delete(name);
      replayed ||= isPart;
      return true;
    });
    return { fresh, replayed };
  }

  /** True when everything that was missed has arrived. */
  get complete(): boolean {
    return this.#awaited.size === 0;
  }
}
