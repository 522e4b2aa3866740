// Schemas that many endpoints share.
import { z } from "zod";

export const uuid = z.uuid();
/** RFC 3339 UTC with milliseconds. */
export const timestamp = z.iso.datetime({ precision: 3 });

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
