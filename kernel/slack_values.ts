// Reads values of Slack's payloads as programs really send them: a number, a boolean, a text object or null where the
// documentation has a string, one object where it has a list, JSON text where it has an object. Nothing here throws.

import { JSON_BOUNDS, overJsonBounds } from "./json_bounds.ts";

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Any value as the text that was meant; "" when there is none. */
export function str(value: unknown, depth = 0): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (depth > 4) return "";
  if (Array.isArray(value)) return value.map((item) => str(item, depth + 1)).filter(Boolean).join("\n");
  if (isObject(value)) return str(value.text ?? value.value ?? value.name ?? null, depth + 1);
  return "";
}

/** A list of what was meant: one thing alone, JSON text, or null will do. */
export function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (isObject(value)) return [value];
  if (typeof value === "string" && /^\s*[[{]/.test(value) && !overJsonBounds(value, JSON_BOUNDS)) {
    try {
      return list(JSON.parse(value));
    } catch {
      return [];
    }
  }
  return [];
}

export const objects = (value: unknown): Json[] => list(value).filter(isObject);

/** `true`, `"true"`, `1`, `"1"`, `"yes"`. */
export const bool = (value: unknown): boolean => value === true || value === 1 || /^(?:true|1|yes)$/i.test(str(value));

/** Seconds since 1970 (number or text) or RFC 3339 → ISO; undefined when it is none. */
export function time(value: unknown): string | undefined {
  const text = str(value).trim();
  if (text === "") return undefined;
  const number = Number(text);
  const at = Number.isFinite(number) ? new Date(number > 1e11 ? number : number * 1000) : new Date(text);
  const year = at.getTime() === 0 ? 0 : at.getUTCFullYear();
  return year >= 1 && year <= 9999 ? at.toISOString() : undefined;
}

/** The leaves that people would read in something of an unknown kind. */
export function readable(value: unknown, depth = 0): string[] {
  if (depth > 12) return [];
  if (Array.isArray(value)) return value.flatMap((item) => readable(item, depth + 1));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    typeof child === "string" || typeof child === "number"
      ? READ.test(key) && String(child).trim() ? [String(child)] : []
      : readable(child, depth + 1)
  );
}
const READ = /^(?:text|title|subtitle|label|body|description|content|caption|alt_text|name|hint|value)$/;
