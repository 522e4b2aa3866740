// Writes a file for the person at the command line. Invariant: under the name that was asked for stands the old file or the
// whole new one, never a part, also after a power cut; what went wrong leaves no draft behind.
import { dirname } from "node:path";
import { syncFolder } from "../kernel/durable_files.ts";
import { ExplainedError } from "../kernel/errors.ts";
import { PRIVATE_FILE } from "../kernel/private_files.ts";
import type { FileSink } from "../server/commands/file_answer.ts";
import { showBar } from "./progress.ts";
import { systemTrouble } from "../server/system_trouble.ts";

class FileSaver {
  /** Bytes written so far. */
  size = 0;

  private constructor(readonly path: string, private readonly file: Deno.FsFile) {}

  static async create(path: string): Promise<FileSaver> {
    const folder = await Deno.stat(path).then((info) => info.isDirectory, () => false);
    if (folder) throw new ExplainedError(`${path} is a folder; a file is needed.`);
    const options = { write: true, create: true, truncate: true, ...PRIVATE_FILE };
    const file = await explained(path, () => Deno.open(`${path}.part`, options));
    return new FileSaver(path, file);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await explained(this.path, async () => {
      for (let at = 0; at < bytes.length;) {
        const written = await this.file.write(bytes.subarray(at));
        at += written;
        this.size += written;
      }
    });
  }

  /** Durable under its name when it returns. @throws ExplainedError when the disk has other than what was written */
  async finish(): Promise<void> {
    await explained(this.path, async () => {
      await this.file.sync();
      const { size } = await this.file.stat();
      if (size !== this.size) {
        throw new ExplainedError(`${this.path} was not written: ${size} of ${this.size} bytes are on the disk.`);
      }
      this.file.close();
      await Deno.rename(`${this.path}.part`, this.path);
      await syncFolder(dirname(this.path));
    });
  }

  async abort(): Promise<void> {
    try {
      this.file.close();
    } catch { /* it is closed */ }
    await Deno.remove(`${this.path}.part`).catch(() => {});
  }
}

/** Does the work that writes the file, and puts it in its place. @throws ExplainedError, and what the work throws */
export async function saveFile<T>(path: string, work: (saver: FileSaver) => Promise<T>): Promise<T> {
  const saver = await FileSaver.create(path);
  try {
    const result = await work(saver);
    await saver.finish();
    return result;
  } catch (error) {
    await saver.abort();
    throw error;
  }
}

/** What the system says no to, about this file: errors of an open file do not name it. */
async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const text = systemTrouble(error, path);
    throw text ? new ExplainedError(`${text} Nothing was saved.`, { cause: error }) : error;
  }
}

/** What a command gives, into the file, with a bar. @param phase what is counted */
export function sinkOf(saver: FileSaver, phase: string): FileSink {
  return {
    write: (bytes) => saver.write(bytes),
    progress: (done, total) => showBar({ phase, done, total }),
  };
}
