// An export's archive as the answer of a request: one download that can be taken up again (RFC 9110, 14: one range).
import { z } from "zod";
import type { OpenExport } from "../../features/transfer/mod.ts";
import type { HttpContext } from "./env.ts";

const content = { content: { "application/zip": { schema: z.string().meta({ format: "binary" }) } } };

/** What the document says of it. */
export const archiveResponses = {
  200: { description: "The archive", ...content },
  206: { description: "The part that was asked for", ...content },
  416: { description: "No such part" },
};

/** True when this request asks for the beginning: a further part of the same download is not noted again. */
export function isFirstPart(c: HttpContext): boolean {
  return !Number(/^bytes=(\d*)-/.exec(c.req.header("range") ?? "")?.[1]);
}

export async function archiveAnswer(c: HttpContext, { filename, size, sha256, open }: OpenExport) {
  const headers: Record<string, string> = {
    "content-type": "application/zip",
    "content-disposition": `attachment; filename="${filename}"`,
    "accept-ranges": "bytes",
    etag: `"${sha256}"`,
    "cache-control": "private, no-store",
  };
  const asked = c.req.header("range");
  const same = c.req.header("if-range") === undefined || c.req.header("if-range") === headers.etag;
  const range = asked && same ? rangeOf(asked, size) : undefined;
  if (range === null) return c.body(null, 416, { "content-range": `bytes */${size}` });
  if (!range) return c.body(await open(), 200, { ...headers, "content-length": String(size) });
  return c.body(await open(range), 206, {
    ...headers,
    "content-range": `bytes ${range.start}-${range.end}/${size}`,
    "content-length": String(range.end - range.start + 1),
  });
}

/** One range; undefined: send everything; null: there is no such part. */
function rangeOf(header: string, size: number): { start: number; end: number } | null | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!found || (found[1] === "" && found[2] === "")) return undefined;
  const start = found[1] === "" ? Math.max(0, size - Number(found[2])) : Number(found[1]);
  const end = found[1] === "" || found[2] === "" ? size - 1 : Math.min(size - 1, Number(found[2]));
  return start > end || start >= size ? null : { start, end };
}
