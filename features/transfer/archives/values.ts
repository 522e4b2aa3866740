// Values of archives, of which nothing is trusted to be of its type or to be storable. Nothing here throws.
import { storableText } from "./neutral.ts";

export type Json = Record<string, unknown>;

export const isObject = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);
export const objects = (v: unknown): Json[] => Array.isArray(v) ? v.filter(isObject) : [];
/** A string as the database takes it; "" when it is none. */
export const str = (v: unknown): string => storableText(v);
export const strings = (v: unknown): string[] =>
  Array.isArray(v) ? v.filter((x) => typeof x === "string").map(str) : [];

const DAY_MS = 86_400_000;
/** Milliseconds since 1970, when a message can be of this time: after 1970 and not of the day after tomorrow. */
export function storableTime(ms: unknown): number | undefined {
  const at = typeof ms === "number" ? Math.floor(ms) : NaN;
  return at > 0 && at <= Date.now() + DAY_MS ? at : undefined;
}
