// Names that look alike though they are written with other letters: "Сора" of Cyrillic letters beside "Copa". The skeletons of
// UTS #39, 4, with two differences: letters and digits of ASCII stay what they are ("corn" is not "com", "web1" not "webl"),
// and case does not matter, since a name may be written either way.
import table from "./look_alikes.json" with { type: "json" };

const PROTOTYPES = new Map<string, string>(
  Object.entries(table as Record<string, string>).flatMap(([letter, alike]) =>
    [...alike].map((other): [string, string] => [other, letter])
  ),
);

function fold(text: string): string {
  let out = "";
  for (const letter of text.normalize("NFD")) out += PROTOTYPES.get(letter) ?? letter;
  return out;
}

const plain = (name: string): string => name.normalize("NFKC").toLowerCase();

/** How a name looks, in small and in capital letters. */
export function looksOf(name: string): { small: string; capital: string } {
  return { small: fold(plain(name)), capital: fold(plain(name).toUpperCase()) };
}

/** False for the same name: that is no disguise. */
export function looksAlike(a: string, b: string): boolean {
  if (plain(a) === plain(b)) return false;
  const one = looksOf(a), other = looksOf(b);
  return one.small === other.small || one.capital === other.capital;
}

/** Names that are there, for finding one that looks like any of them. */
export class SeenNames {
  /** By how it looks: the names, in small letters. */
  private readonly looks = new Map<string, Set<string>>();

  constructor(names: Iterable<string>) {
    for (const name of names) this.add(name);
  }

  add(name: string): void {
    const { small, capital } = looksOf(name);
    for (const key of [small, capital]) {
      const same = this.looks.get(key);
      if (same) same.add(plain(name));
      else this.looks.set(key, new Set([plain(name)]));
    }
  }

  /** Does one of them look like this, and is another? */
  hasAlike(name: string): boolean {
    const { small, capital } = looksOf(name), own = plain(name);
    return [small, capital].some((key) => [...this.looks.get(key) ?? []].some((other) => other !== own));
  }
}
