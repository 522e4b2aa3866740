// Numbers by chance that are the same for the same seed (mulberry32), so that a demo looks alike every time.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 1, without 1. */
  next(): number {
    let t = this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!;
  }

  /** Some of them, in an order by chance. */
  some<T>(list: readonly T[], count: number): T[] {
    const rest = [...list], out: T[] = [];
    while (out.length < count && rest.length) out.push(...rest.splice(this.int(0, rest.length - 1), 1));
    return out;
  }

  /** A UUIDv7 of that moment (milliseconds since 1970). */
  id(at: number): string {
    const hex = (digits: number) => this.int(0, 16 ** digits - 1).toString(16).padStart(digits, "0");
    const time = Math.floor(at).toString(16).padStart(12, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${(8 + this.int(0, 3)).toString(16)}${hex(3)}-${hex(6)}${
      hex(6)
    }`;
  }
}
