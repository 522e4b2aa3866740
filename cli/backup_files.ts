// The files that the rows of a backup name, copied from one storage to another: out of PULPO_STORAGE into a folder, and back
// into whatever PULPO_STORAGE is by then. Invariants:
//  - a file counts only when its size and SHA-256 are those that the backup tells;
//  - it appears under its key complete or not at all, and what is there already is not copied again: keys never change
//    their bytes, so that the same folder serves every night and only what is new is copied.
import { createHash } from "node:crypto";
import { openBackup } from "../db/backup_file.ts";
import { FileStorage } from "../features/media/mod.ts";
import { AppError } from "../kernel/errors.ts";
import type { BlobStorage } from "../kernel/storage.ts";

export interface NamedFile {
  key: string;
  size: number;
  /** Hex; null for the small pictures, of which only the size is known. */
  sha256: string | null;
}

export interface CopyResult {
  /** Files copied now; the others were there. */
  copied: number;
  bytes: number;
  /** Keys that the storage does not have: removed since the backup was made, or lost. */
  missing: string[];
  /** Keys whose bytes are not those of the backup. */
  damaged: string[];
}

const LANES = 4;

/** Every file that the backup's rows name. @throws BackupError when the backup is damaged */
export async function filesOf(backup: string): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  const reader = await openBackup(backup);
  try {
    for await (const { table, rows } of reader.batches()) {
      if (table !== "media_blobs") continue;
      for (const row of rows) {
        const { storage_key, size, sha256, thumb_key, thumb_size } = JSON.parse(row);
        files.push({ key: storage_key, size, sha256 });
        if (thumb_key) files.push({ key: thumb_key, size: thumb_size, sha256: null });
      }
    }
  } finally {
    await reader.close();
  }
  return files;
}

/** The folder of a backup's files, which may serve as PULPO_STORAGE=file:<folder> as it is. */
export function filesFolder(path: string): {
  path: string;
  storage: BlobStorage;
  has(file: NamedFile): Promise<boolean>;
} {
  return {
    path,
    storage: new FileStorage(path),
    has: ({ key, size }) => Deno.stat(`${path}/${key}`).then((found) => found.size === size, () => false),
  };
}

/**
 * Copies what `has` does not know yet, four files at a time. What is missing or damaged is told and does not stop the rest.
 * @param folder where a file lies until it is complete; of the same file system as `to`, if that is a folder
 * @throws AppError `unavailable` when a storage does not answer or has no room
 */
export async function copyFiles(
  files: readonly NamedFile[],
  { from, to, folder, has, progress }: {
    from: BlobStorage;
    to: BlobStorage;
    folder: string;
    has?: (file: NamedFile) => Promise<boolean>;
    progress: (done: number, total: number) => void;
  },
): Promise<CopyResult> {
  const result: CopyResult = { copied: 0, bytes: 0, missing: [], damaged: [] };
  await Deno.mkdir(folder, { recursive: true });
  let next = 0, done = 0;
  const lane = async () => {
    for (let file = files[next++]; file; file = files[next++]) {
      if (!await has?.(file)) await copyFile(file, from, to, folder, result);
      progress(++done, files.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return result;
}

async function copyFile(
  file: NamedFile,
  from: BlobStorage,
  to: BlobStorage,
  folder: string,
  result: CopyResult,
): Promise<void> {
  const draft = await Deno.makeTempFile({ dir: folder, prefix: ".part-" });
  try {
    const { size, sha256 } = await writeDraft(await from.open(file.key), draft);
    if (size !== file.size || (file.sha256 !== null && sha256 !== file.sha256)) {
      result.damaged.push(file.key);
      return;
    }
    await to.put(file.key, draft, { size, sha256, type: "application/octet-stream" });
    result.copied++;
    result.bytes += size;
  } catch (error) {
    if (!(error instanceof AppError && error.code === "not_found")) throw error;
    result.missing.push(file.key);
  } finally {
    await Deno.remove(draft).catch(() => {}); // `put` may have moved it
  }
}

async function writeDraft(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  path: string,
): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  const counted = bytes.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        size += chunk.length;
        hash.update(chunk);
        controller.enqueue(chunk);
      },
    }),
  );
  const file = await Deno.open(path, { write: true, truncate: true });
  await counted.pipeTo(file.writable);
  return { size, sha256: hash.digest("hex") };
}

/** What a person should know about the copy. */
export function tellCopy({ copied, bytes, missing, damaged }: CopyResult, total: number): string {
  const some = (keys: string[]) => keys.slice(0, 5).join(", ") + (keys.length > 5 ? ", …" : "");
  return [
    `files: ${total}, of which ${copied} copied now (${(bytes / 1e6).toFixed(1)} MB)`,
    ...(missing.length ? [`NOT FOUND: ${missing.length} (${some(missing)}): removed meanwhile, or lost`] : []),
    ...(damaged.length ? [`DAMAGED: ${damaged.length} (${some(damaged)}): other bytes than they should be`] : []),
  ].join("\n");
}
