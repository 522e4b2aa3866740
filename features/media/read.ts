// Reading a file: the owner may, and whoever may read what it hangs on (the caller brings that rule). To everybody else it
// does not exist. Only what a browser shows without running anything is shown inline; the rest is a download.
import { authorize } from "../../kernel/actor.ts";
import { notFound } from "../../kernel/errors.ts";
import type { StoredRange } from "../../kernel/storage.ts";
import type { Ctx } from "../context.ts";
import { contentDisposition } from "./names.ts";
import { mayShowInline } from "./sniff.ts";
import { mediaById, type MediaRow } from "./store.ts";

export interface OpenedMedia {
  row: MediaRow;
  /** Bytes of what is read: the file or its small picture. */
  size: number;
  etag: string;
  headers: Record<string, string>;
  /** The bytes; the stream must be read or cancelled. */
  open(range?: StoredRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

/** @throws AppError `not_found` */
export async function openMedia(
  ctx: Ctx,
  id: string,
  mayRead: (ctx: Ctx, media: MediaRow) => Promise<boolean>,
  options: { size?: "thumb"; download?: boolean } = {},
): Promise<OpenedMedia> {
  authorize(ctx.actor, "media.read");
  const { app, actor } = ctx;
  const stored = await mediaById(app.db, actor.organizationId, id);
  if (!stored) throw notFound("file");
  const own = stored.owner_id !== null && stored.owner_id === actor.userId;
  if (!own && !await mayRead(ctx, stored)) throw notFound("file");
  // Pictures without a small one (small already, or moving) are their own.
  const thumb = options.size === "thumb" ? stored.thumb_key : null;
  if (options.size === "thumb" && stored.kind !== "image") throw notFound("small picture");
  const type = thumb ? stored.thumb_type! : stored.mime_type;
  return {
    row: stored,
    size: thumb ? stored.thumb_size! : stored.size,
    etag: `"${stored.sha256.slice(0, 32)}${thumb ? "-thumb" : ""}"`,
    headers: headersOf(stored, type, { thumb: thumb !== null, download: options.download ?? false }),
    open: (range) => app.storage.open(thumb ?? stored.storage_key, range),
  };
}

function headersOf(
  row: MediaRow,
  type: string,
  { thumb, download }: { thumb: boolean; download: boolean },
): Record<string, string> {
  const inline = !download && mayShowInline(type);
  const filename = thumb ? `${row.filename.replace(/\.[^.]*$/, "")}.webp` : row.filename;
  return {
    "content-type": mayShowInline(type)
      ? type
      : type === "text/plain"
      ? "text/plain; charset=utf-8"
      : "application/octet-stream",
    "content-disposition": contentDisposition(inline ? "inline" : "attachment", filename),
    "x-content-type-options": "nosniff",
    // A browser's own viewer of PDF does not work in a sandbox; the file cannot load anything either way.
    "content-security-policy": inline && type === "application/pdf"
      ? "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
      : "sandbox; default-src 'none'",
    // Asked for again every time, and answered with 304: a right that was taken away, or a message that was deleted, counts
    // at once. No proxy may keep or change it.
    "cache-control": "private, no-cache, no-transform",
    "accept-ranges": "bytes",
  };
}
