// Files that the server itself stores and reads: previews, imports, bots, exports.
import { createHash } from "node:crypto";
import { notFound } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { App } from "../context.ts";
import { keepFile } from "./keep.ts";
import { partFile, receive, removeFiles } from "./receive.ts";
import { mediaById, type MediaRow } from "./store.ts";

/**
 * Stores bytes as a medium, with the same checks as an upload. Nobody refers to it yet: do so within 24 hours.
 * @param ownerId null: the server's own
 * @throws AppError `too_large`, `unsupported_file`, `unavailable`
 */
export async function storeBytes(
  app: App,
  organizationId: string,
  ownerId: string | null,
  about: { filename: string; mimeType?: string; encrypted?: boolean },
  bytes: ReadableStream<Uint8Array> | Uint8Array,
): Promise<MediaRow> {
  const path = await partFile(app, newId());
  const hash = createHash("sha256");
  const stream = bytes instanceof Uint8Array ? new Blob([bytes as Uint8Array<ArrayBuffer>]).stream() : bytes;
  try {
    await receive(path, stream, { limit: app.config.mediaLimitBytes, hash });
    return await keepFile(app, {
      organizationId,
      ownerId,
      filename: about.filename,
      declaredType: about.mimeType,
      encrypted: about.encrypted,
      path,
      sha256: hash.digest("hex"),
    });
  } finally {
    if (!stream.locked) await stream.cancel().catch(() => {}); // its sender need not go on
    await removeFiles(path);
  }
}

/** A medium of the organisation with its bytes; the stream must be read or cancelled. @throws AppError `not_found` */
export async function readMedia(
  app: App,
  organizationId: string,
  id: string,
): Promise<{ row: MediaRow; stream: ReadableStream<Uint8Array<ArrayBuffer>> }> {
  const stored = await mediaById(app.db, organizationId, id);
  if (!stored) throw notFound("file");
  const { blob_id: _b, storage_key, thumb_key: _k, thumb_size: _s, thumb_type: _t, ...row } = stored;
  return { row, stream: await app.storage.open(storage_key) };
}
