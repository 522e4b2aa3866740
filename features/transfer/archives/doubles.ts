// Two rows of one archive with the same name: the same row twice (days that overlap, archives that were put together) or two
// messages of one moment. Keeps 32 bits of what a row says for each name of a channel: some 40 bytes a message.
import { createHash } from "node:crypto";

export class Doubles {
  #said = new Map<number, number | number[]>();

  /**
   * @param key what the archive calls the message @param says what makes it another one
   * @returns the key under which it is stored, the same at every import; undefined: this one has been here before
   */
  take(key: string, says: string): string | undefined {
    const name = digest(key), mine = digest(says) >>> 0;
    const known = this.#said.get(name);
    if (known === undefined) {
      this.#said.set(name, mine);
      return key;
    }
    const all = typeof known === "number" ? [known] : known;
    if (all.includes(mine)) return undefined;
    all.push(mine);
    this.#said.set(name, all);
    return `${key} ~${all.length}`;
  }

  /** The key that `take` gave to the one that says this. */
  keyOf(key: string, says: string): string {
    const known = this.#said.get(digest(key));
    const n = Array.isArray(known) ? known.indexOf(digest(says) >>> 0) : 0;
    return n > 0 ? `${key} ~${n + 1}` : key;
  }

  has(key: string): boolean {
    return this.#said.has(digest(key));
  }
}

/** 48 bits. */
const digest = (text: string) => createHash("sha1").update(text).digest().readUIntBE(0, 6);
