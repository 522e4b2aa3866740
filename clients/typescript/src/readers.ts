// Who in the program reads which channel. A channel is left when its last reader is gone.
import type { Push } from "./types.ts";

export type PushHandler = (push: Push) => void;

export interface Reader {
  /** Undefined for those that only listen to the connection's `push` event. */
  readonly handler: PushHandler | undefined;
}

export class Readers {
  /** By channel as it was asked for. */
  readonly #byName = new Map<string, Set<Reader>>();

  add(name: string, reader: Reader): void {
    const readers = this.#byName.get(name) ??
      this.#byName.set(name, new Set()).get(name)!;
    readers.add(reader);
  }

  /** @returns true when nobody reads the channel any more, and somebody did */
  remove(name: string, reader: Reader): boolean {
    const readers = this.#byName.get(name);
    if (!readers?.delete(reader) || readers.size) return false;
    return this.#byName.delete(name);
  }

  /** The channel may not be read. */
  drop(name: string): void {
    this.#byName.delete(name);
  }

  handlersOf(names: readonly string[]): PushHandler[] {
    return names.flatMap((name) => [...this.#byName.get(name) ?? []].flatMap(({ handler }) => handler ?? []));
  }
}
