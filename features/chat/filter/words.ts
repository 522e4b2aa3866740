// Finds the words of a list in a text in one pass (Aho–Corasick), through simple evasions:
//  - repeated letters: texts are compared as runs, and "fuuun" holds "fun", while "as" does not hold "ass";
//  - l33t: digits and signs that stand for letters, tried as a second reading of texts that have any; what matches must
//    hold one real letter, so that "455" is a number;
//  - spaced letters: "f u n", "f.u.n" from three letters on.
// Time grows with the text only, never with the number of words.
import { foldText } from "./fold.ts";

const SPACE = 32;
const LEET: Record<string, string> = {
  "0": "o",
  "1": "i",
  "2": "z",
  "3": "e",
  "4": "a",
  "5": "s",
  "6": "g",
  "7": "t",
  "8": "b",
  "9": "g",
  "@": "a",
  "$": "s",
  "!": "i",
  "|": "i",
  "+": "t",
  "€": "e",
  "£": "l",
  "¡": "i",
};
const READINGS: (Record<string, string> | null)[] = [null, LEET, { ...LEET, "1": "l", "|": "l", "!": "l" }];
const HAS_LEET = /[\p{L}][0-9@$!|+€£¡]|[0-9@$!|+€£¡][\p{L}]/u;
const LETTER = /\p{L}/u;
const NUMBER = /\p{N}/u;

/** Code point, how often in a row, and whether one of them was written as a letter. */
interface Runs {
  codes: number[];
  counts: number[];
  letters: boolean[];
}

function push(runs: Runs, code: number, count: number, letter: boolean): void {
  const last = runs.codes.length - 1;
  if (last >= 0 && runs.codes[last] === code) {
    runs.counts[last]! += count;
    runs.letters[last] ||= letter;
    return;
  }
  runs.codes.push(code);
  runs.counts.push(count);
  runs.letters.push(letter);
}

function isLetter(char: string): boolean {
  return char >= "a" && char <= "z" || char > "\x7f" && LETTER.test(char);
}

function runsOf(folded: string, leet: Record<string, string> | null): Runs {
  const runs: Runs = { codes: [], counts: [], letters: [] };
  for (const char of folded) {
    if (isLetter(char)) push(runs, char.codePointAt(0)!, 1, true);
    else if (leet?.[char]) push(runs, leet[char].codePointAt(0)!, 1, false);
    else push(runs, NUMBER.test(char) ? char.codePointAt(0)! : SPACE, 1, false);
  }
  return runs;
}

/** Single letters with something between them, put together; empty when there are not three in a row. */
function spacedLetters(runs: Runs): Runs {
  const out: Runs = { codes: [], counts: [], letters: [] };
  const { codes } = runs;
  let group: number[] = [];
  const flush = () => {
    if (group.length >= 3) {
      for (const i of group) push(out, codes[i]!, runs.counts[i]!, runs.letters[i]!);
      push(out, SPACE, 1, false);
    }
    group = [];
  };
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] === SPACE) continue;
    const alone = (i === 0 || codes[i - 1] === SPACE) && (i === codes.length - 1 || codes[i + 1] === SPACE);
    if (alone) group.push(i);
    else flush();
  }
  flush();
  return out;
}

interface Node {
  next: Map<number, number>;
  fail: number;
  /** Words that end here, by number. */
  words: number[];
  /** The nearest node on the way of `fail` where words end; 0: none. */
  output: number;
}

interface Word {
  codes: number[];
  counts: number[];
  whole: boolean;
}

/** What is wrong with a word for the list; undefined: nothing. */
export function wordProblem(text: string): string | undefined {
  const folded = foldText(text).trim();
  if (!/[\p{L}\p{N}]/u.test(folded)) return "must hold a letter or a digit";
  if (/[^\p{L}\p{N}\p{M} '’._-]/u.test(folded)) {
    return "letters, digits, spaces and hyphens only; use a pattern for signs";
  }
  return undefined;
}

export class WordMatcher {
  readonly #words: Word[];
  readonly #nodes: Node[] = [{ next: new Map(), fail: 0, words: [], output: 0 }];

  constructor(words: readonly { text: string; whole_word: boolean }[]) {
    this.#words = words.map(({ text, whole_word }) => {
      const { codes, counts } = runsOf(foldText(text).trim(), null);
      return { codes, counts, whole: whole_word };
    });
    this.#words.forEach((word, n) => this.#add(word.codes, n));
    this.#link();
  }

  /** Numbers of the words that the text holds. */
  find(text: string): Set<number> {
    const found = new Set<number>();
    if (this.#words.length === 0) return found;
    const folded = foldText(text);
    const readings = HAS_LEET.test(folded) ? READINGS : READINGS.slice(0, 1);
    for (const leet of readings) {
      const runs = runsOf(folded, leet);
      this.#search(runs, false, found);
      const spaced = spacedLetters(runs);
      if (spaced.codes.length) this.#search(spaced, true, found);
    }
    return found;
  }

  #add(codes: readonly number[], n: number): void {
    let at = 0;
    for (const code of codes) {
      let to = this.#nodes[at]!.next.get(code);
      if (to === undefined) {
        to = this.#nodes.push({ next: new Map(), fail: 0, words: [], output: 0 }) - 1;
        this.#nodes[at]!.next.set(code, to);
      }
      at = to;
    }
    this.#nodes[at]!.words.push(n);
  }

  #link(): void {
    const queue = [...this.#nodes[0]!.next.values()];
    for (let i = 0; i < queue.length; i++) {
      const at = queue[i]!;
      for (const [code, to] of this.#nodes[at]!.next) {
        const fail = this.#step(this.#nodes[at]!.fail, code);
        const node = this.#nodes[to]!;
        node.fail = fail;
        node.output = this.#nodes[fail]!.words.length ? fail : this.#nodes[fail]!.output;
        queue.push(to);
      }
    }
  }

  #step(from: number, code: number): number {
    for (let at = from;; at = this.#nodes[at]!.fail) {
      const to = this.#nodes[at]!.next.get(code);
      if (to !== undefined) return to;
      if (at === 0) return 0;
    }
  }

  #search(runs: Runs, inside: boolean, found: Set<number>): void {
    let at = 0;
    for (let i = 0; i < runs.codes.length; i++) {
      at = this.#step(at, runs.codes[i]!);
      const first = this.#nodes[at]!;
      for (let end = first.words.length ? at : first.output; end; end = this.#nodes[end]!.output) {
        for (const n of this.#nodes[end]!.words) {
          if (!found.has(n) && this.#fits(this.#words[n]!, runs, i, inside)) found.add(n);
        }
      }
    }
  }

  /** @param inside word boundaries were lost when letters were put together */
  #fits(word: Word, runs: Runs, end: number, inside: boolean): boolean {
    const start = end - word.codes.length + 1;
    let letter = false, digitsOnly = true;
    for (let k = 0; k < word.codes.length; k++) {
      if (runs.counts[start + k]! < word.counts[k]!) return false;
      letter ||= runs.letters[start + k]!;
      digitsOnly &&= word.codes[k]! < 58;
    }
    if (!letter && !digitsOnly) return false;
    if (!word.whole || inside) return true;
    return !runs.letters[start - 1] && !runs.letters[end + 1];
  }
}
