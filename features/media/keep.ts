// From a complete file on this machine's disk to a medium: what is it, clean it if it is a picture, put the bytes into the
// storage unless the organisation has them already, and write the rows. Invariant: bytes that no committed row names are in
// media_garbage, whenever the process dies.
import { AppError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { ImageResult } from "../../kernel/images.ts";
import type { Tx } from "../../db/sql.ts";
import type { App } from "../context.ts";
import { endingOf, safeFilename } from "./names.ts";
import { hashFile, headOf, removeFiles } from "./receive.ts";
import { judgeType, SNIFF_BYTES } from "./sniff.ts";
import {
  addGarbage,
  type BlobRow,
  countBytes,
  dropGarbage,
  insertBlob,
  insertMedia,
  type MediaRow,
  takeBlob,
} from "./store.ts";

/** Longer than any put may take. */
const PUT_MS = 3_600_000;

export interface CompleteFile {
  organizationId: string;
  ownerId: string | null;
  filename: string;
  declaredType?: string;
  /** Ciphertext: kept as it is, whatever the bytes look like. */
  encrypted?: boolean;
  /** Where the bytes are. The caller removes what is left of the file. */
  path: string;
  /** SHA-256 of the bytes in hex, if it is known. */
  sha256?: string;
  /** What the sender says it is. */
  expectedSha256?: string | null;
  /** Take pictures only, and keep the square in the middle with sides of this many pixels. */
  square?: number;
}

/**
 * @param inTx further statements of the same transaction
 * @throws AppError `unsupported_file`, `validation_failed` (checksum), `too_large` (quota), `unavailable`
 */
export async function keepFile(
  app: App,
  file: CompleteFile,
  inTx?: (tx: Tx, row: MediaRow) => Promise<void>,
): Promise<MediaRow> {
  const cleanPath = `${file.path}.clean`, thumbPath = `${file.path}.thumb`;
  try {
    const sha256 = file.sha256 ?? await hashFile(file.path);
    if (file.expectedSha256 && file.expectedSha256 !== sha256) {
      throw new AppError(
        "validation_failed",
        "The bytes are not those of the SHA-256 that was given. Send them again.",
        {
          errors: [{ path: "sha256", message: "does not match the bytes" }],
        },
      );
    }
    const filename = safeFilename(file.filename);
    let { mimeType, kind } = file.encrypted
      ? { mimeType: "application/octet-stream", kind: "file" as const }
      : judgeType(file.declaredType, filename, await headOf(file.path, SNIFF_BYTES));
    refuseUnwanted(app, filename, mimeType);
    const { square } = file;
    if (square && kind !== "image") {
      throw new AppError("unsupported_file", "This is no picture. Send a JPEG, PNG or WebP.");
    }
    let image: ImageResult | undefined;
    if (kind === "image") {
      image = await app.images.process({
        path: file.path,
        type: mimeType,
        output: cleanPath,
        thumb: thumbPath,
        square,
      });
      if (square) mimeType = "image/webp";
    }
    const size = image?.cleaned?.size ?? (await Deno.stat(file.path)).size;
    const row: MediaRow = {
      id: newId(),
      organization_id: file.organizationId,
      owner_id: file.ownerId,
      filename,
      mime_type: mimeType,
      size,
      width: image?.width ?? null,
      height: image?.height ?? null,
      sha256: image?.cleaned?.sha256 ?? sha256,
      kind,
      encrypted: file.encrypted ?? false,
      created_at: app.now(),
    };
    await commit(app, row, { path: image?.cleaned ? cleanPath : file.path, thumbPath, thumb: image?.thumb }, inTx);
    return row;
  } finally {
    await removeFiles(cleanPath, thumbPath);
  }
}

/** @throws AppError `unsupported_file` for kinds in PULPO_MEDIA_REFUSED. */
export function refuseUnwanted(app: App, filename: string, mimeType: string): void {
  const refused = app.config.mediaRefused.map((entry) => entry.replace(/^\./, "").toLowerCase());
  if (refused.includes(mimeType) || refused.includes(endingOf(filename))) {
    throw new AppError("unsupported_file", "Files of this kind are not accepted here.");
  }
}

interface Bytes {
  path: string;
  thumbPath: string;
  thumb?: ImageResult["thumb"];
}

async function commit(
  app: App,
  row: MediaRow,
  bytes: Bytes,
  inTx?: (tx: Tx, row: MediaRow) => Promise<void>,
): Promise<void> {
  const organizationId = row.organization_id;
  const known = await app.db.withTx(async (tx) => {
    const blob = await takeBlob(tx, organizationId, row.sha256);
    if (!blob) return false;
    await insertMedia(tx, row, blob.id);
    await inTx?.(tx, row);
    return true;
  });
  if (known) return;

  const blob = newBlob(row, bytes.thumb);
  const keys = blob.thumb_key ? [blob.storage_key, blob.thumb_key] : [blob.storage_key];
  const weight = blob.size + (blob.thumb_size ?? 0);
  await addGarbage(app.db, keys, new Date(app.now().getTime() + PUT_MS));
  try {
    if (blob.thumb_key && bytes.thumb) await app.storage.put(blob.thumb_key, bytes.thumbPath, bytes.thumb);
    await app.storage.put(blob.storage_key, bytes.path, { size: row.size, sha256: row.sha256, type: row.mime_type });
    await app.db.withTx(async (tx) => {
      const kept = await insertBlob(tx, blob);
      if (kept.id === blob.id) {
        await dropGarbage(tx, keys);
        refuseOverQuota(app, await countBytes(tx, organizationId, weight), 0);
      } else {
        // Somebody else sent the same bytes in this moment.
        await addGarbage(tx, keys, app.now());
      }
      await insertMedia(tx, row, kept.id);
      await inTx?.(tx, row);
    });
  } catch (error) {
    await addGarbage(app.db, keys, app.now()).catch(() => {}); // it stands there already, for later
    throw error;
  }
}

/** @throws AppError `too_large` when so many bytes more would be over PULPO_MEDIA_QUOTA_BYTES. */
export function refuseOverQuota(app: App, used: number, more: number): void {
  const quota = app.config.mediaQuotaBytes;
  if (quota > 0 && used + more > quota) {
    throw new AppError(
      "too_large",
      "Your organization has used up its room for files. Remove some, or ask for more room.",
    );
  }
}

function newBlob(row: MediaRow, thumb: ImageResult["thumb"]): BlobRow {
  const id = newId();
  const key = `${row.organization_id}/${row.sha256.slice(0, 2)}/${row.sha256}-${id.slice(-12)}`;
  return {
    id,
    organization_id: row.organization_id,
    sha256: row.sha256,
    size: row.size,
    storage_key: key,
    thumb_key: thumb ? `${key}.thumb` : null,
    thumb_size: thumb?.size ?? null,
    thumb_type: thumb?.type ?? null,
  };
}
