// JSON is looked over before it is parsed. `JSON.parse` of one megabyte takes up to 200 ms when it is made to be slow (nothing
// but brackets, thousands of objects with a key of their own), and nobody else is served meanwhile; looking it over takes a
// millisecond or two and ends at the first thing that is too much.
import { AppError } from "./errors.ts";

export interface JsonBounds {
  /** How deep arrays and objects may lie in each other. */
  depth: number;
  /** How many values there may be in all: members of arrays and objects, at every depth. */
  values: number;
}

/** What any request or frame may hold: far more than any of ours has, and parsed in under 20 ms. */
export const JSON_BOUNDS: JsonBounds = { depth: 64, values: 20_000 };
/** What somebody who has not signed in may send: a handful of flat fields. */
export const PLAIN_JSON_BOUNDS: JsonBounds = { depth: 8, values: 200 };

const QUOTE = 34, BACKSLASH = 92, COMMA = 44, OPEN_ARRAY = 91, CLOSE_ARRAY = 93, OPEN_OBJECT = 123, CLOSE_OBJECT = 125;

/** What is over the bounds, or undefined. Text that is not JSON is no matter here: the parser finds that. */
export function overJsonBounds(text: string, bounds: JsonBounds): "depth" | "values" | undefined {
  // So short a text cannot be over them.
  if (text.length <= bounds.depth && text.length <= bounds.values) return undefined;
  let depth = 0, values = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === QUOTE) {
      at = endOfString(text, at + 1);
    } else if (c === OPEN_ARRAY || c === OPEN_OBJECT) {
      if (++depth > bounds.depth) return "depth";
      if (++values > bounds.values) return "values";
    } else if (c === COMMA) {
      if (++values > bounds.values) return "values";
    } else if (c === CLOSE_ARRAY || c === CLOSE_OBJECT) depth--;
  }
  return undefined;
}

/** The place of the closing quote, or the end of the text. Long strings are skipped by search, not by step. */
function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH && quote - 1 - backslashes >= from) backslashes++;
    if (backslashes % 2 === 0) return quote;
  }
  return text.length;
}

/** @throws AppError `invalid_json` that says what is too much. */
export function checkJsonBounds(text: string, bounds: JsonBounds): void {
  const over = overJsonBounds(text, bounds);
  if (!over) return;
  throw new AppError(
    "invalid_json",
    over === "depth"
      ? `The JSON is nested deeper than the ${bounds.depth} levels that are allowed.`
      : `The JSON holds more than the ${bounds.values} values that are allowed; send it in parts.`,
  );
}
