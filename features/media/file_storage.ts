// Files in a folder: PULPO_STORAGE=file:. Invariants: a file appears under its key complete or not at all (fsync, then
// rename, then fsync of the folder), and no key leads out of the folder.
import { syncFile, syncFolder } from "../../kernel/durable_files.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "../../kernel/private_files.ts";
import { dirname } from "node:path";
import { AppError, notFound } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { BlobStorage, StoredRange } from "../../kernel/storage.ts";

const CHUNK_BYTES = 128 * 1024;
const KEY = /^[\w-]+(\/[\w.-]+)*$/;

export class FileStorage implements BlobStorage {
  readonly kind = "file";
  #probe = 0;

  constructor(private readonly folder: string) {}

  async put(key: string, path: string): Promise<void> {
    const target = this.#path(key);
    try {
      await Deno.mkdir(dirname(target), PRIVATE_FOLDER);
      await moveFile(path, target);
      await syncFolder(dirname(target));
    } catch (error) {
      throw diskError(error);
    }
  }

  async open(key: string, range?: StoredRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    return await openFile(this.#path(key), range);
  }

  async remove(key: string): Promise<void> {
    await Deno.remove(this.#path(key)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw diskError(error);
    });
  }

  async check(): Promise<void> {
    await Deno.mkdir(this.folder, PRIVATE_FOLDER);
    const probe = `${this.folder}/.probe-${this.#probe++ % 8}`;
    await Deno.writeTextFile(probe, "ok", PRIVATE_FILE);
    await Deno.remove(probe);
  }

  #path(key: string): string {
    if (!KEY.test(key) || key.includes("..")) throw new Error(`not a storage key: ${key}`);
    return `${this.folder}/${key}`;
  }
}

/** Durable when it returns. Across file systems the bytes are copied first. */
async function moveFile(path: string, target: string): Promise<void> {
  await syncFile(path);
  try {
    await Deno.rename(path, target);
  } catch (error) {
    if ((error as { code?: string }).code !== "EXDEV") throw error;
    const draft = `${target}.${newId()}`;
    await Deno.copyFile(path, draft);
    await syncFile(draft);
    await Deno.rename(draft, target);
    await Deno.remove(path);
  }
}

/** A file or a part of it, read as the reader takes it. @throws AppError `not_found` */
export async function openFile(path: string, range?: StoredRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const file = await Deno.open(path, { read: true }).catch((error) => {
    throw error instanceof Deno.errors.NotFound ? notFound("file") : diskError(error);
  });
  let left = Infinity;
  if (range) {
    await file.seek(range.start, Deno.SeekMode.Start);
    left = range.end - range.start + 1;
  }
  return new ReadableStream({
    async pull(controller) {
      try {
        const buffer = new Uint8Array(Math.min(CHUNK_BYTES, left));
        const count = left > 0 ? await file.read(buffer) : null;
        if (count === null) {
          file.close();
          controller.close();
          return;
        }
        left -= count;
        controller.enqueue(buffer.subarray(0, count));
      } catch (error) {
        file.close();
        throw error;
      }
    },
    cancel: () => file.close(),
  }, { highWaterMark: 0 });
}

/** What the disk said, for people: a full disk is not the caller's fault and may pass. */
export function diskError(error: unknown): unknown {
  const code = (error as { code?: string })?.code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new AppError("unavailable", "The server has no room for files left. Tell its administrator.", {
      cause: error,
      retryAfterSeconds: 300,
    });
  }
  return error;
}
