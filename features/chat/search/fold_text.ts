// Text as words are compared, and its words. The same rules as in the database (search.composed and search.plain in
// 0018_search_scripts.sql), for what is compared outside of it: highlights, keywords, names.
import { UNSPACED } from "../../../protocol/operation/scripts.ts";

/** search.optional_signs: accents, vowel signs, the Arabic stroke that makes a word longer, what is invisible in a word. */
const OPTIONAL = new RegExp(
  "[\\p{Cf}\\u0300-\\u036F\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u0640\\u064B-\\u065F" +
    "\\u0670\\u06D6-\\u06DC\\u06DF-\\u06E8\\u06EA-\\u06ED\\u0730-\\u074A\\u07A6-\\u07B0\\u08CA-\\u08E1\\u08E3-\\u08FF" +
    "\\u180B-\\u180F\\uFE00-\\uFE0F]",
  "gu",
);
/** Letters that are written in several ways; their hamza is an optional sign already. */
const ARABIC = /[\u0671\u0649\u0629\u06CC\u06A9\u0660-\u0669\u06F0-\u06F9]/g;
const SAME: Record<string, string> = {
  "\u0671": "\u0627",
  "\u0649": "\u064A",
  "\u0629": "\u0647",
  "\u06CC": "\u064A",
  "\u06A9": "\u0643",
};

/** Without accents, vowel signs and capital letters. */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(OPTIONAL, "").normalize("NFC")
    .replace(ARABIC, (c) => SAME[c] ?? String(c.charCodeAt(0) & 15)).toLowerCase();
}

/** A word; in scripts without spaces a letter, decomposed or not. */
export const WORD = new RegExp(
  "[\\u1100-\\u115F\\uA960-\\uA97C][\\u1160-\\u11A7\\uD7B0-\\uD7C6][\\u11A8-\\u11FF\\uD7CB-\\uD7FB]?" +
    `|[${UNSPACED}][\\p{M}\\uFF9E\\uFF9F]*|(?:(?![${UNSPACED}])[\\p{L}\\p{N}][\\p{M}\\p{Cf}]*)+`,
  "gu",
);
