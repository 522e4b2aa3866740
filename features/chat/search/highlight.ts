// What to show of a found message: where its text matched, and a short piece around the first place in it or its cards. Offsets are UTF-16
// units of `content`, as browsers count; they never cut a character in two. No markup anywhere.
import { type Queryable, sql } from "../../../db/sql.ts";
import { hasUnspaced } from "../../../protocol/operation/scripts.ts";
import type { TextRange } from "../../../protocol/chat/search.ts";
import { fold, WORD } from "./fold_text.ts";
import type { Term } from "./query.ts";

const MAX_HIGHLIGHTS = 100;
const EXCERPT = 240;
/** How much stands before the first match. */
const LEAD = 60;
/** Different words of one page that the database is asked about. */
const MAX_ASKED = 3000;

interface Word extends TextRange {
  /** As words are compared: without accents, lower case. */
  plain: string;
}

function wordsOf(content: string): Word[] {
  const out: Word[] = [];
  for (const match of content.matchAll(WORD)) {
    out.push({ start: match.index, end: match.index + match[0].length, plain: fold(match[0]) });
  }
  return out;
}

export interface Shown {
  highlights: TextRange[];
  excerpt: { text: string; highlights: TextRange[] };
}

/** A message's text, and what its cards say besides it. */
export interface Searched {
  content: string;
  more: string;
}

/**
 * One for each text. Highlights are in `content`, the excerpt may be of `more`.
 * @param anyWord tsquery of the wanted words in any form (WordQuery.anyWord)
 */
export async function showMatches(
  db: Queryable,
  texts: readonly Searched[],
  terms: readonly Term[],
  anyWord: string | null,
): Promise<Shown[]> {
  const wanted = terms.filter((term) => !term.negated);
  const contents = texts.map(({ content, more }) => content && more ? `${content}\n${more}` : content || more);
  const taken = contents.map(wordsOf);
  const meant = anyWord === null ? new Set<string>() : await meantWords(db, contents, taken, anyWord);
  return contents.map((content, i) => {
    const words = taken[i]!;
    const found = words.filter((word) => meant.has(content.slice(word.start, word.end))).map(({ start, end }) => ({
      start,
      end,
    }));
    for (const term of wanted) found.push(...placesOf(content, words, term));
    const all = merge(found).slice(0, MAX_HIGHLIGHTS), { length } = texts[i]!.content;
    return { highlights: all.filter((range) => range.end <= length), excerpt: excerptOf(content, all) };
  });
}

/** The words of these texts, as they stand there, that the query means: the database knows their stems. */
async function meantWords(
  db: Queryable,
  contents: readonly string[],
  taken: readonly Word[][],
  anyWord: string,
): Promise<Set<string>> {
  const asked = new Set<string>();
  for (const [i, words] of taken.entries()) {
    for (const { start, end } of words) {
      if (asked.size < MAX_ASKED && end - start <= 100) asked.add(contents[i]!.slice(start, end));
    }
  }
  if (asked.size === 0) return new Set();
  const rows = await db.rows<{ word: string }>(sql`
    select word from search.matching(${[...asked]}::text[], ${anyWord}::tsquery) as word`);
  return new Set(rows.map((row) => row.word));
}

/** Where a phrase, a beginning of a word, several words in one, letters of a script without spaces or a sign stands. */
function placesOf(content: string, words: readonly Word[], term: Term): TextRange[] {
  if (term.mode === "literal") return literalPlaces(content, term.text);
  const parts = wordsOf(term.mode === "word" ? term.text.replace(/^v(?=\d+\.\d)/i, "") : term.text);
  const unspaced = hasUnspaced(term.text);
  // The database knows the forms of a single word.
  if (parts.length === 0 || (term.mode === "word" && parts.length === 1 && !unspaced)) return [];
  const out: TextRange[] = [];
  for (let i = 0; i + parts.length <= words.length; i++) {
    const fits = parts.every(({ plain, start }, k) => {
      const word = words[i + k]!, last = k === parts.length - 1;
      // Letters that stand together in the query stand together in the text.
      if (k > 0 && start === parts[k - 1]!.end && word.start !== words[i + k - 1]!.end) return false;
      if (term.mode === "prefix" && last) return word.plain.startsWith(plain);
      return word.plain === plain || (parts.length > 1 && ofVersion(word.plain, plain, k === 0, last));
    });
    if (fits) out.push({ start: words[i]!.start, end: words[i + parts.length - 1]!.end });
  }
  return out;
}

/** A number of a version, with the letters that may stand before its first and behind its last one: `v1`, `3rc1`. */
function ofVersion(word: string, part: string, first: boolean, last: boolean): boolean {
  if (!/^\d+$/.test(part)) return false;
  return (first && word.endsWith(part) && /^\p{L}+$/u.test(word.slice(0, -part.length))) ||
    (last && word.startsWith(part) && /^\p{L}/u.test(word.slice(part.length)));
}

function literalPlaces(content: string, text: string): TextRange[] {
  const out: TextRange[] = [];
  for (let at = content.indexOf(text); at >= 0 && out.length < MAX_HIGHLIGHTS; at = content.indexOf(text, at + 1)) {
    out.push({ start: at, end: at + text.length });
  }
  return out;
}

/** In order, without overlaps. */
function merge(ranges: TextRange[]): TextRange[] {
  const out: TextRange[] = [];
  for (const range of ranges.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = out.at(-1);
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
    else out.push({ ...range });
  }
  return out;
}

function excerptOf(content: string, highlights: readonly TextRange[]): Shown["excerpt"] {
  if (content.length <= EXCERPT) return { text: content, highlights: [...highlights] };
  let from = Math.max(0, Math.min((highlights[0]?.start ?? 0) - LEAD, content.length - EXCERPT));
  // Begins with a word, where there is a gap close by.
  const gap = from > 0 ? content.slice(from, from + 20).search(/\s/) : -1;
  if (gap >= 0 && from + gap < (highlights[0]?.start ?? Infinity)) from += gap + 1;
  from = whole(content, from);
  const to = whole(content, Math.min(content.length, from + EXCERPT - 2));
  const before = from > 0 ? "…" : "", after = to < content.length ? "…" : "";
  const shift = before.length - from;
  return {
    text: before + content.slice(from, to) + after,
    highlights: highlights.filter((h) => h.start >= from && h.end <= to).map((h) => ({
      start: h.start + shift,
      end: h.end + shift,
    })),
  };
}

/** The same place, or the one before when it would cut a surrogate pair. */
function whole(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
