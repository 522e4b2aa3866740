// Opaque cursors of lists: base64url JSON of the sort key of the last row shown.
import { AppError } from "./errors.ts";
import type { Page } from "../protocol/common.ts";
import { base64url } from "./ids.ts";

/** The text of a sort key; see `decodeCursor`. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return base64url(new TextEncoder().encode(JSON.stringify(key)));
}

/** @throws AppError `validation_failed` when the text is not a cursor with `length` parts. */
export function decodeCursor(cursor: string, length: number): (string | number)[] {
  try {
    const key = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(cursor, { alphabet: "base64url" })));
    if (
      Array.isArray(key) && key.length === length && key.every((k) => typeof k === "string" || typeof k === "number")
    ) {
      return key;
    }
  } catch { /* falls through to the error */ }
  throw new AppError("validation_failed", "The cursor is not one that this server gave out.", {
    errors: [{ path: "cursor", message: "not a valid cursor" }],
  });
}

/** Makes a page from `limit + 1` rows that were asked for: the surplus row only tells that there is more. */
export function toPage<Row, Item>(
  rows: Row[],
  limit: number,
  key: (row: Row) => (string | number)[],
  item: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(item), next_cursor: rows.length > limit && last ? encodeCursor(key(last)) : null };
}
