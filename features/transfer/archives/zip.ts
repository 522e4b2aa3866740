// Reads archives from the disk, entry by entry, without holding more than one of them in memory. Runs in the worker only.
// Archives come from people: an entry's name is only ever a key (nothing is written under it), sizes are checked before
// anything is unpacked and held to while it is, entries that share bytes (zip bombs by overlapping) are refused.
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
// @ts-types="@types/yauzl"
import yauzl from "yauzl";

export const ZIP_LIMITS = {
  entries: 500_000,
  /** One file that is parsed as a whole. */
  jsonBytes: 128 * 1024 * 1024,
  /** One line of a JSONL file. */
  lineBytes: 16 * 1024 * 1024,
  /** One attached file. */
  fileBytes: 4 * 1024 ** 3,
  /** All entries, unpacked. */
  totalBytes: 512 * 1024 ** 3,
  /** Unpacked to packed, for what is larger than `ratioFrom`. */
  ratio: 250,
  ratioFrom: 8 * 1024 * 1024,
};
export type ZipLimits = typeof ZIP_LIMITS;

/** The archive cannot be used; `message` is for people. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

interface Entry {
  raw: yauzl.Entry;
  size: number;
}

export class ZipArchive {
  #entries = new Map<string, Entry>();
  /** Composed form of a name that has another one → the name. */
  #forms = new Map<string, string>();
  private constructor(private readonly zip: yauzl.ZipFile, private readonly limits: ZipLimits) {}

  /** @throws ArchiveError when it is no zip, is damaged, or exceeds a limit */
  static async open(path: string, limits: ZipLimits = ZIP_LIMITS): Promise<ZipArchive> {
    const zip = await new Promise<yauzl.ZipFile>((resolve, reject) =>
      yauzl.open(
        path,
        { lazyEntries: true, autoClose: false, validateEntrySizes: true },
        (error, file) =>
          error
            ? reject(new ArchiveError(`This is not a zip archive that can be read: ${error.message}`))
            : resolve(file),
      )
    );
    const archive = new ZipArchive(zip, limits);
    try {
      await archive.#index((await Deno.stat(path)).size);
      return archive;
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  #index(fileSize: number): Promise<void> {
    const { zip, limits } = this;
    if (zip.entryCount > limits.entries) {
      throw new ArchiveError(`The archive has ${zip.entryCount} entries; at most ${limits.entries} are read.`);
    }
    let total = 0, packed = 0;
    return new Promise((resolve, reject) => {
      const refuse = (text: string) => reject(new ArchiveError(text));
      zip.on("error", (error: Error) => refuse(`The archive is damaged: ${error.message}`));
      zip.on("end", () => resolve());
      zip.on("entry", (raw: yauzl.Entry) => {
        const size = raw.uncompressedSize, name = nameOf(raw);
        total += size;
        packed += raw.compressedSize + 30;
        if (total > limits.totalBytes) return refuse("The archive unpacks to more than this server takes.");
        if (packed > fileSize) return refuse("Entries of the archive share their bytes; it was made to do harm.");
        if (size > limits.ratioFrom && size > raw.compressedSize * limits.ratio) {
          return refuse(`"${name}" unpacks to ${Math.round(size / Math.max(1, raw.compressedSize))} times its size.`);
        }
        if (raw.generalPurposeBitFlag & 1) return refuse("The archive is encrypted.");
        if (this.#entries.size >= limits.entries) return refuse("The archive has too many entries.");
        if (this.#entries.has(name)) return refuse(`"${name}" is in the archive twice.`);
        if (!name.endsWith("/")) this.#entries.set(name, { raw, size });
        const form = name.normalize("NFC");
        if (form !== name && !this.#forms.has(form)) this.#forms.set(form, name);
        zip.readEntry();
      });
      zip.readEntry();
    });
  }

  names(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** An entry is found whichever of Unicode's forms its name has (macOS writes `é` as two characters). */
  #find(name: string): Entry | undefined {
    return this.#entries.get(name) ??
      this.#entries.get(this.#forms.get(name.normalize("NFC")) ?? name.normalize("NFC"));
  }

  size(name: string): number | undefined {
    return this.#find(name)?.size;
  }

  /** @throws ArchiveError when there is no such entry or it is larger than it said */
  async stream(name: string): Promise<Readable> {
    const entry = this.#find(name);
    if (!entry) throw new ArchiveError(`"${name}" is not in the archive.`);
    return await new Promise((resolve, reject) =>
      this.zip.openReadStream(
        entry.raw,
        (error, stream) =>
          error ? reject(new ArchiveError(`"${name}" cannot be read: ${error.message}`)) : resolve(stream),
      )
    );
  }

  async bytes(name: string, max = this.limits.jsonBytes): Promise<Uint8Array> {
    const size = this.size(name) ?? 0;
    if (size > max) throw new ArchiveError(`"${name}" has ${size} bytes; at most ${max} are read at once.`);
    const out = new Uint8Array(size);
    let at = 0;
    try {
      for await (const part of await this.stream(name)) {
        if (at + part.length > size) throw new Error("it is longer than it says");
        out.set(part, at);
        at += part.length;
      }
    } catch (error) {
      if (error instanceof ArchiveError) throw error;
      throw new ArchiveError(`"${name}" is damaged: ${(error as Error).message}`);
    }
    return out.subarray(0, at);
  }

  /** @throws ArchiveError also when it is no JSON */
  async json(name: string): Promise<unknown> {
    const bytes = await this.bytes(name);
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch (error) {
      throw new ArchiveError(`"${name}" is not valid JSON: ${(error as Error).message.slice(0, 100)}`);
    }
  }

  /** Unpacks an entry into a file of our own name. @throws ArchiveError when it is larger than `max` */
  async extract(name: string, target: string, max = this.limits.fileBytes): Promise<number> {
    if ((this.size(name) ?? 0) > max) throw new ArchiveError(`"${name}" is larger than ${max} bytes.`);
    using file = await Deno.open(target, { write: true, create: true, truncate: true, mode: 0o600 });
    let size = 0;
    for await (const part of await this.stream(name)) {
      size += part.length;
      for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
    }
    return size;
  }

  close(): void {
    this.zip.close();
  }
}

/** Many programs write UTF-8 without saying so in the entry's flags; what is none is code page 437, as yauzl reads it. */
function nameOf(raw: yauzl.Entry): string {
  try {
    const name = new TextDecoder("utf-8", { fatal: true }).decode(raw.fileNameRaw).replaceAll("\\", "/");
    return yauzl.validateFileName(name) === null ? name : raw.fileName;
  } catch {
    return raw.fileName;
  }
}

/** True when the file begins like a zip archive. */
export async function isZip(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(4), 0, 4, 0);
    return bytesRead === 4 && buffer[0] === 0x50 && buffer[1] === 0x4b;
  } finally {
    await file.close();
  }
}

/** A plain file as a stream. */
export const plainStream = (path: string): Readable => createReadStream(path);

/** Lines of a stream with where they begin (bytes). @throws ArchiveError when one is longer than the limit */
export async function* lines(
  stream: Readable,
  max = ZIP_LIMITS.lineBytes,
): AsyncGenerator<{ text: string; offset: number; length: number }> {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [], held = 0, offset = 0;
  const line = (end: Uint8Array) => {
    const bytes = new Uint8Array(held + end.length);
    let at = 0;
    for (const part of [...parts, end]) {
      bytes.set(part, at);
      at += part.length;
    }
    parts = [];
    held = 0;
    return bytes;
  };
  for await (const part of stream as AsyncIterable<Uint8Array>) {
    let start = 0;
    for (let end = part.indexOf(10); end >= 0; end = part.indexOf(10, start)) {
      const bytes = held ? line(part.subarray(start, end)) : part.subarray(start, end);
      if (bytes.length) yield { text: decoder.decode(bytes), offset, length: bytes.length };
      offset += bytes.length + 1;
      start = end + 1;
    }
    if (start < part.length) {
      parts.push(part.slice(start));
      held += part.length - start;
    }
    if (held > max) throw new ArchiveError(`A line is longer than ${max} bytes.`);
  }
  if (held) {
    const bytes = line(new Uint8Array(0));
    yield { text: decoder.decode(bytes), offset, length: bytes.length };
  }
}
