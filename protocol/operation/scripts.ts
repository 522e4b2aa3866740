// Scripts that are written without spaces between words (Korean: between a word and its ending). In them a word cannot be
// told from its neighbours by looking, which matters to search and to names that stand in the middle of a text.

/** For a class in a regular expression with the flag `u`. */
export const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Bopomofo}\\p{Script=Hangul}" +
  "\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\u30FC\\uFF70";

const LETTER = new RegExp(`[${UNSPACED}]`, "u");

export const hasUnspaced = (text: string): boolean => LETTER.test(text);

/** What an `@` must not stand behind, to be a mention: the end of an e-mail's name, of a path or of another mention. */
export const NOT_BEFORE_MENTION = `(?<!(?![${UNSPACED}])[\\p{L}\\p{N}@./-]_*)`;
