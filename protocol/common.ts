// Schemas that many endpoints share.
import { z } from "zod";

export const uuid = z.uuid();
/** A time in an answer: RFC 3339 UTC with milliseconds. */
export const timestamp = z.iso.datetime({ precision: 3 });

// A plus that was not escaped in a query string has become a space.
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([-+ ])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * RFC 3339 in any of its forms → the same moment in UTC with milliseconds; undefined when it is none. What is finer than a
 * millisecond is cut off. A leap second (section 5.7: 23:59:60 in UTC) is the second after it, as clocks without leap seconds
 * have it. Years are 0001 to 9999, as the database keeps them.
 */
export function utcTime(text: string): string | undefined {
  const found = RFC_3339.exec(text);
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const milliseconds = Number((found[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const offset = found[9] ? (Number(found[9]) * 60 + Number(found[10])) * (found[8] === "-" ? -1 : 1) : 0;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  if (at.getUTCFullYear() !== year || at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day) return undefined;
  at.setUTCHours(hour, minute - offset, second, second === 60 ? 0 : milliseconds);
  if (second === 60 && (at.getUTCHours() !== 0 || at.getUTCMinutes() !== 0)) return undefined;
  const years = at.getUTCFullYear();
  return years >= 1 && years <= 9999 ? at.toISOString() : undefined;
}

/** A time from outside: any form of RFC 3339; what comes out is a `timestamp`. Every time in a body or a query is this. */
export const timeInput = z.string().max(100).transform((text, ctx) => {
  const utc = utcTime(text.trim());
  if (utc !== undefined) return utc;
  ctx.addIssue({ code: "custom", message: "a time as in RFC 3339, such as 2026-01-15T10:30:00Z or with +02:00" });
  return z.NEVER;
}).meta({ format: "date-time", description: "RFC 3339 with any offset", example: "2026-01-15T10:30:00Z" });

/** Query of every list: at most `limit` items, continued with the opaque `cursor` of the answer before. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
});
export type PageQuery = z.infer<typeof pageQuery>;

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}
