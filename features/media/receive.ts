// Bytes on their way to disk: parts of uploads lie in `uploads/` of the data folder until they are complete. Nothing holds a
// file in memory; the reader waits for the disk, so the sender waits, too.
import { PRIVATE_FILE, PRIVATE_FOLDER } from "../../kernel/private_files.ts";
import { createHash } from "node:crypto";
import { AppError } from "../../kernel/errors.ts";
import type { App } from "../context.ts";
import { diskError } from "./file_storage.ts";

/** A sender that is silent for so long is gone: within the minute in which every stuck connection ends. */
const SILENCE_MS = 45_000;

/** Folder of what is coming in. */
export async function partsFolder(app: App): Promise<string> {
  const folder = `${app.config.dataDir}/uploads`;
  await Deno.mkdir(folder, PRIVATE_FOLDER);
  return folder;
}

/** Where the bytes of an upload lie that have come so far. */
export async function partFile(app: App, uploadId: string): Promise<string> {
  return `${await partsFolder(app)}/${uploadId}.part`;
}

export interface ReceiveOptions {
  /** Bytes that are there already; the file is cut to them. */
  offset?: number;
  /** Most bytes of the whole file. */
  limit: number;
  signal?: AbortSignal;
  /** Hash of the new bytes; only of use when the offset is 0. */
  hash?: ReturnType<typeof createHash>;
}

/**
 * Writes the stream behind what is there. What came before an error stays on disk.
 * @returns the size of the file
 * @throws AppError `too_large`, `timeout`, `unavailable`; what the stream throws when the sender goes away
 */
export async function receive(
  path: string,
  stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  options: ReceiveOptions,
): Promise<number> {
  let size = options.offset ?? 0;
  const file = await Deno.open(path, { write: true, create: true, ...PRIVATE_FILE });
  // The rest of a stream that is refused is the caller's: HTTP reads some of it away, so that the answer is seen.
  const parts = stream instanceof ReadableStream
    ? stream.values({ preventCancel: true })
    : stream[Symbol.asyncIterator]();
  try {
    await file.truncate(size);
    await file.seek(size, Deno.SeekMode.Start);
    while (true) {
      const { done, value } = await withinSilence(parts.next(), options.signal);
      if (done) break;
      if (size + value.length > options.limit) throw tooLarge(options.limit);
      options.hash?.update(value);
      for (let at = 0; at < value.length;) {
        const written = await file.write(value.subarray(at));
        at += written;
        size += written;
      }
    }
    await file.syncData();
    return size;
  } catch (error) {
    // Not waited for: a stream that hangs does not answer.
    Promise.resolve(parts.return?.()).catch(() => {});
    throw diskError(error);
  } finally {
    file.close();
  }
}

async function withinSilence<T>(next: Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: (() => void) | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError("timeout", "No bytes came for 45 seconds.")), SILENCE_MS);
    stop = () => reject(signal!.reason);
    signal?.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([next, end]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop!);
    next.catch(() => {});
  }
}

export function tooLarge(limit: number): AppError {
  return new AppError("too_large", `The file is larger than the ${limit} bytes that are allowed.`);
}

/** SHA-256 of a file, in hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  const buffer = new Uint8Array(128 * 1024);
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    hash.update(buffer.subarray(0, count));
  }
  return hash.digest("hex");
}

/** The first bytes of a file. */
export async function headOf(path: string, bytes: number): Promise<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  const buffer = new Uint8Array(bytes);
  let size = 0;
  while (size < bytes) {
    const count = await file.read(buffer.subarray(size));
    if (count === null) break;
    size += count;
  }
  return buffer.subarray(0, size);
}

/** Removes files that may not be there. */
export async function removeFiles(...paths: string[]): Promise<void> {
  for (const path of paths) await Deno.remove(path).catch(() => {});
}
