// What is asked of texts: how long they are, and whether they show anything. Spaces are not the only signs that do not:
// joiners, fillers and marks of direction are invisible too, and a message, a name or a topic of these alone looks like a
// gap in the page.

// Default_Ignorable_Code_Point (UAX #44): zero-width signs, variation selectors, tags, Hangul fillers, the soft hyphen.
// Braille's empty cell is the one sign that is drawn and shows nothing.
const VISIBLE = /[^\s\p{Cc}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** True for what shows nothing, the empty text included. */
export function isBlank(text: string): boolean {
  return !VISIBLE.test(text);
}

/** For schemas: `.refine(...NOT_BLANK)`. */
export const NOT_BLANK: [(text: string) => boolean, { message: string }] = [
  (text) => !isBlank(text),
  { message: "must not be empty" },
];

const encoder = new TextEncoder();

/** Bytes as UTF-8. */
export const utf8Length = (text: string): number => encoder.encode(text).length;
