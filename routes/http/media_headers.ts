// Headers of uploads and of reading files: parts, ranges, lengths, entity tags.
import type { OpenedMedia, PartRange } from "../../features/media/mod.ts";
import { AppError } from "../../kernel/errors.ts";
import type { HttpContext } from "./env.ts";

/** undefined: no header; null: a question (bytes, star, slash, total). @throws AppError `validation_failed` */
export function rangeOf(c: HttpContext): PartRange | null | undefined {
  const header = c.req.header("content-range");
  if (header === undefined) return undefined;
  if (/^bytes \*\/\d{1,15}$/.test(header)) return null;
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(header);
  if (!match) throw new AppError("validation_failed", "Content-Range must be: bytes <first>-<last>/<size>.");
  return { start: Number(match[1]), end: Number(match[2]), total: Number(match[3]) };
}

export function bodyOf(c: HttpContext): ReadableStream<Uint8Array> {
  return c.req.raw.body ?? new Blob([]).stream();
}

export function lengthOf(c: HttpContext): number | undefined {
  const header = c.req.header("content-length");
  return header === undefined || c.req.header("transfer-encoding") !== undefined ? undefined : Number(header);
}

/** What curl and browsers send by themselves declares nothing. */
export function rawType(c: HttpContext): string | undefined {
  const type = c.req.header("content-type");
  return type && !/^application\/(x-www-form-urlencoded|octet-stream)\b/i.test(type) ? type : undefined;
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
}

/** One range; undefined: none, or several, which may be answered with everything. null: it lies behind the end. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | null | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const count = Number(match[2]);
    return count === 0 || size === 0 ? null : { start: Math.max(0, size - count), end: size - 1 };
  }
  const start = Number(match[1]), end = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== "" && Number(match[2]) < start) return undefined;
  return start >= size ? null : { start, end };
}

/** Answers with the file or the range that was asked for, 304 when the caller has it, 416. */
export async function sendMedia(c: HttpContext, found: OpenedMedia): Promise<Response> {
  const headers = { ...found.headers, etag: found.etag };
  if (matches(c.req.header("if-none-match"), found.etag)) return c.body(null, 304, headers);
  const head = c.req.method === "HEAD";
  const ifRange = c.req.header("if-range");
  const range = ifRange && ifRange !== found.etag ? undefined : readRange(c.req.header("range"), found.size);
  if (range === null) return c.body(null, 416, { ...headers, "content-range": `bytes */${found.size}` });
  if (!range) {
    return c.body(head ? "" : await found.open(), 200, { ...headers, "content-length": String(found.size) });
  }
  return c.body(head ? "" : await found.open(range), 206, {
    ...headers,
    "content-length": String(range.end - range.start + 1),
    "content-range": `bytes ${range.start}-${range.end}/${found.size}`,
  });
}
