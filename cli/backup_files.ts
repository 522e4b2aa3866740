// The files that the rows of a backup name, copied from one storage to another: out of PULPO_STORAGE into a folder, and back
// into whatever PULPO_STORAGE is by then. Invariants:
//  - a file counts only when its size and SHA-256 are those that the backup tells;
//  - it appears under its key complete or not at all, and what is there already is not copied again: keys never change
//    their bytes, so that the same folder serves every night and only what is new is copied.
import { createHash } from "node:crypto";
import { openBackup } from "../db/backup_file.ts";
import { FileStorage, openStorage, receive } from "../features/media/mod.ts";
import type { Config } from "../kernel/config.ts";
import { AppError } from "../kernel/errors.ts";
import type { BlobStorage } from "../kernel/storage.ts";
import { showProgress } from "./progress.ts";

interface NamedFile {
  key: string;
  size: number;
  /** Hex; null for the small pictures, of which only the size is known. */
  sha256: string | null;
}

interface CopyResult {
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
async function filesOf(backup: string): Promise<NamedFile[]> {
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

export interface CopyReport {
  /** What a person should know. */
  text: string;
  /** Nothing is missing or damaged. */
  whole: boolean;
}

/**
 * Out of PULPO_STORAGE into the folder, which may then serve as PULPO_STORAGE=file:<folder> as it is.
 * @throws BackupError when the backup is damaged, AppError `unavailable` when the storage does not answer or has no room
 */
export async function saveFiles(config: Config, backup: string, folder: string): Promise<CopyReport> {
  const has = ({ key, size }: NamedFile) =>
    Deno.stat(`${folder}/${key}`).then((found) => found.size === size, () => false);
  return await copyFiles(backup, openStorage(config), new FileStorage(folder), folder, has);
}

/** Out of the folder into PULPO_STORAGE. @throws like `saveFiles` */
export async function restoreFiles(config: Config, backup: string, folder: string): Promise<CopyReport> {
  const drafts = `${config.dataDir}/restore`;
  const report = await copyFiles(backup, new FileStorage(folder), openStorage(config), drafts);
  await Deno.remove(drafts, { recursive: true });
  return report;
}

/**
 * Copies what `has` does not know yet, four files at a time, with a bar. What is missing or damaged is told and does not stop
 * the rest.
 * @param drafts where a file lies until it is complete
 */
async function copyFiles(
  backup: string,
  from: BlobStorage,
  to: BlobStorage,
  drafts: string,
  has?: (file: NamedFile) => Promise<boolean>,
): Promise<CopyReport> {
  const files = await filesOf(backup);
  const result: CopyResult = { copied: 0, bytes: 0, missing: [], damaged: [] };
  await Deno.mkdir(drafts, { recursive: true });
  let next = 0, done = 0;
  const lane = async () => {
    for (let file = files[next++]; file; file = files[next++]) {
      if (!await has?.(file)) await copyFile(file, from, to, drafts, result);
      done++;
      showProgress({ phase: "files", done, total: files.length }, done === files.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { text: tellCopy(result, files.length), whole: result.missing.length + result.damaged.length === 0 };
}

async function copyFile(
  file: NamedFile,
  from: BlobStorage,
  to: BlobStorage,
  drafts: string,
  result: CopyResult,
): Promise<void> {
  const draft = await Deno.makeTempFile({ dir: drafts, prefix: ".part-" });
  try {
    const hash = createHash("sha256");
    const size = await receive(draft, await from.open(file.key), { limit: Infinity, hash });
    const sha256 = hash.digest("hex");
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

function tellCopy({ copied, bytes, missing, damaged }: CopyResult, total: number): string {
  const some = (keys: string[]) => keys.slice(0, 5).join(", ") + (keys.length > 5 ? ", …" : "");
  return [
    `files: ${total}, of which ${copied} copied now (${(bytes / 1e6).toFixed(1)} MB)`,
    ...(missing.length ? [`NOT FOUND: ${missing.length} (${some(missing)}): removed meanwhile, or lost`] : []),
    ...(damaged.length ? [`DAMAGED: ${damaged.length} (${some(damaged)}): other bytes than they should be`] : []),
  ].join("\n");
}
