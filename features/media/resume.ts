// A file in parts: begun with its size, continued where it broke off, finished with the last byte. The offset is the size of
// what lies on disk, never a number that could differ from it. Repeating the last part after a lost answer finds the file.
import { authorize, requireUser } from "../../kernel/actor.ts";
import { AppError, notFound } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { BeginUpload, UploadState } from "../../protocol/chat/media.ts";
import { sql } from "../../db/sql.ts";
import type { App, Ctx } from "../context.ts";
import { keepFile, refuseOverQuota, refuseUnwanted } from "./keep.ts";
import { requireUploader } from "./may_upload.ts";
import { safeFilename } from "./names.ts";
import { partFile, receive, removeFiles, tooLarge } from "./receive.ts";
import { slotsOf } from "./slots.ts";
import { mediaById, usedBytes } from "./store.ts";
import { toMedia } from "./views.ts";

/** Uploads that one person may have open. */
const MAX_OPEN = 50;

interface UploadRow {
  id: string;
  organization_id: string;
  owner_id: string;
  filename: string;
  mime_type: string;
  size: number;
  sha256: string | null;
  encrypted: boolean;
  media_id: string | null;
}

/** A part of the file: bytes `start` to `end` (inclusive) of `total`. */
export interface PartRange {
  start: number;
  end: number;
  total: number;
}

/** @throws AppError `too_large`, `unsupported_file`, `rate_limited` */
export async function beginUpload(ctx: Ctx, input: BeginUpload): Promise<UploadState> {
  const userId = await requireUploader(ctx);
  const { app, actor } = ctx;
  const limit = app.config.mediaLimitBytes;
  if (input.size > limit) throw tooLarge(limit);
  await slotsOf(app).rate.consume(userId, "You upload too many files. Wait a moment.");
  const filename = safeFilename(input.filename);
  if (!input.encrypted) refuseUnwanted(app, filename, input.mime_type ?? "");
  const open = await app.db.one<{ bytes: number; mine: number }>(sql`
    select coalesce(sum(size), 0)::bigint as bytes, count(*) filter (where owner_id = ${userId})::int as mine
    from media_uploads where organization_id = ${actor.organizationId} and media_id is null`);
  if (open.mine >= MAX_OPEN) {
    throw new AppError("rate_limited", `You have ${MAX_OPEN} uploads open. Finish or remove some first.`, {
      retryAfterSeconds: 60,
    });
  }
  refuseOverQuota(app, await usedBytes(app.db, actor.organizationId), open.bytes + input.size);
  const id = newId();
  await app.db.run(sql`insert into media_uploads
    (id, organization_id, owner_id, filename, mime_type, size, sha256, encrypted, created_at, updated_at)
    values (${id}, ${actor.organizationId}, ${userId}, ${filename}, ${input.mime_type ?? ""}, ${input.size},
      ${input.sha256 ?? null}, ${input.encrypted}, ${app.now()}, ${app.now()})`);
  return { upload_id: id, offset: 0, size: input.size, media: null };
}

/** How far it is. @throws AppError `not_found` */
export async function uploadState(ctx: Ctx, id: string): Promise<UploadState> {
  return await stateOf(ctx.app, await ownUpload(ctx, id));
}

/**
 * Adds a part. It may start at any byte up to the offset; bytes that came after its start come again.
 * @param length what Content-Length says
 * @throws AppError `conflict` when it starts behind the offset (header Upload-Offset), `validation_failed`, `not_found`
 */
export async function continueUpload(
  ctx: Ctx,
  id: string,
  range: PartRange,
  stream: ReadableStream<Uint8Array>,
  length?: number,
): Promise<UploadState> {
  const { app } = ctx;
  await requireUploader(ctx);
  const row = await ownUpload(ctx, id);
  if (row.media_id) return await stateOf(app, row);
  checkRange(row, range, length);
  return await slotsOf(app).stream(row.owner_id, () =>
    slotsOf(app).write(id, async (signal) => {
      // Another instance, or the request before, may have finished it.
      const fresh = await ownUpload(ctx, id);
      if (fresh.media_id) return await stateOf(app, fresh);
      const path = await partFile(app, id);
      const offset = await sizeOf(path);
      if (range.start > offset) {
        throw new AppError("conflict", `Only ${offset} bytes have come. Continue there.`, {
          headers: { "upload-offset": String(offset) },
        });
      }
      const size = await receive(path, stream, { offset: range.start, limit: range.end + 1, signal });
      await app.db.run(sql`update media_uploads set updated_at = ${app.now()}
        where organization_id = ${row.organization_id} and id = ${id}`);
      return size === row.size
        ? await finish(app, row, path)
        : { upload_id: id, offset: size, size: row.size, media: null };
    }));
}

/** Gives an upload up. */
export async function abortUpload(ctx: Ctx, id: string): Promise<void> {
  const { app } = ctx;
  const row = await ownUpload(ctx, id);
  await slotsOf(app).write(id, async () => {
    await app.db.run(sql`delete from media_uploads where organization_id = ${row.organization_id} and id = ${id}`);
    await removeFiles(await partFile(app, id));
  });
}

async function finish(app: App, row: UploadRow, path: string): Promise<UploadState> {
  try {
    const medium = await keepFile(app, {
      organizationId: row.organization_id,
      ownerId: row.owner_id,
      filename: row.filename,
      declaredType: row.mime_type || undefined,
      encrypted: row.encrypted,
      path,
      expectedSha256: row.sha256,
    }, async (tx, { id }) => {
      const done = await tx.run(sql`update media_uploads set media_id = ${id}, updated_at = ${app.now()}
        where organization_id = ${row.organization_id} and id = ${row.id} and media_id is null`);
      if (done === 0) throw new AppError("conflict", "The upload was finished or removed meanwhile.");
    });
    await removeFiles(path);
    return { upload_id: row.id, offset: row.size, size: row.size, media: toMedia(medium) };
  } catch (error) {
    // What may work the next time keeps its bytes; a file that is refused stays refused.
    if (!(error instanceof AppError && error.retryable)) await removeFiles(path);
    throw error;
  }
}

function checkRange(row: UploadRow, { start, end, total }: PartRange, length?: number): void {
  const wrong = (message: string) =>
    new AppError("validation_failed", `Content-Range: ${message}.`, { errors: [{ path: "content-range", message }] });
  if (total !== row.size) throw wrong(`the file has ${row.size} bytes, not ${total}`);
  if (end >= total || start > end + 1) throw wrong("it does not lie inside of the file");
  if (length !== undefined && length !== end - start + 1) {
    throw wrong(`it names ${end - start + 1} bytes, the body has ${length}`);
  }
}

async function ownUpload(ctx: Ctx, id: string): Promise<UploadRow> {
  authorize(ctx.actor, "media.upload");
  const row = await ctx.app.db.maybe<UploadRow>(sql`
    select id, organization_id, owner_id, filename, mime_type, size, sha256, encrypted, media_id from media_uploads
    where organization_id = ${ctx.actor.organizationId} and owner_id = ${requireUser(ctx.actor)} and id = ${id}`);
  if (!row) throw notFound("upload");
  return row;
}

async function stateOf(app: App, row: UploadRow): Promise<UploadState> {
  const medium = row.media_id ? await mediaById(app.db, row.organization_id, row.media_id) : undefined;
  if (row.media_id && !medium) throw notFound("upload"); // finished, and removed since
  const offset = medium ? row.size : await sizeOf(await partFile(app, row.id));
  return { upload_id: row.id, offset, size: row.size, media: medium ? toMedia(medium) : null };
}

async function sizeOf(path: string): Promise<number> {
  return await Deno.stat(path).then((stat) => stat.size, () => 0);
}
