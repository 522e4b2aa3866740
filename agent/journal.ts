// Which commands were begun and which are done, on the disk, so that each is carried out once whatever breaks. Invariants:
//  - a command begins after its line `begun` is on the disk, and its result is told after the line `done` is;
//  - one that had begun when the process died is never begun again: its result is `interrupted`;
//  - one whose line `begun` could not be written was not begun, and may be told again; the line may be there in part, so that the next
//    one begins on a line of its own;
//  - the file is bounded: the oldest entries are dropped, and what is not newer than a dropped one is never begun either (ids are
//    UUIDv7, which sort by time).
import { syncFolder } from "../kernel/durable_files.ts";

const FILE = "journal.ndjson";
/** Entries that are kept; twice as many lines are allowed before the file is written anew. */
const KEPT = 1000;
const KEPT_BYTES = 2 * 1024 * 1024;
/** A longer result is told once and not kept. */
const MAX_RESULT = 16 * 1024;

export type Result = { ok: true; data: unknown } | { ok: false; error: { code: string; message: string } };

interface Entry {
  id: string;
  result?: Result;
}

type Line = Entry | { floor: string };

export class Journal {
  private readonly entries = new Map<string, Entry>();
  private readonly running = new Map<string, Promise<Result>>();
  private floor = "";
  private lines = 0;
  private bytes = 0;
  /** The end of the file may be a part of a line. */
  private torn = false;
  /** Lines are appended one after the other. */
  private writing: Promise<void> = Promise.resolve();

  private constructor(private readonly dir: string, private file: Deno.FsFile) {}

  static async open(dir: string): Promise<Journal> {
    const path = `${dir}/${FILE}`;
    const file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
    const journal = new Journal(dir, file);
    for (const text of (await Deno.readTextFile(path)).split("\n")) journal.take(text);
    // The last line may be half written: what follows begins on a line of its own.
    await journal.compact();
    return journal;
  }

  /** Entries, the oldest first. */
  get size(): number {
    return this.entries.size;
  }

  /**
   * Carries the command out, unless it was begun before. @returns its result, that of the first time when there was one
   */
  once(id: string, work: () => Promise<Result>): Promise<Result> {
    const running = this.running.get(id);
    if (running) return running;
    const known = this.entries.get(id);
    if (known) return Promise.resolve(known.result ?? interrupted());
    if (id <= this.floor) return Promise.resolve(forgotten());
    const run = this.run(id, work).finally(() => this.running.delete(id));
    this.running.set(id, run);
    return run;
  }

  private async run(id: string, work: () => Promise<Result>): Promise<Result> {
    await this.append({ id });
    const result = await work();
    const kept = JSON.stringify(result).length <= MAX_RESULT ? result : tooLong();
    this.entries.set(id, { id, result: kept });
    await this.append({ id, result: kept });
    return result;
  }

  /** The entry is known when it is on the disk. */
  private append(entry: Entry): Promise<void> {
    return this.writing = this.writing.catch(() => {}).then(async () => {
      const text = JSON.stringify(entry), start = this.torn ? "\n" : "";
      this.torn = true;
      await writeAll(this.file, `${start}${text}\n`);
      await this.file.syncData();
      this.torn = false;
      this.entries.set(entry.id, entry);
      this.bytes += text.length;
      if (++this.lines > 2 * KEPT || this.bytes > 2 * KEPT_BYTES) await this.compact();
    });
  }

  private take(text: string): void {
    let line: Line;
    try {
      line = JSON.parse(text);
    } catch {
      return; // half written when the power went: it had not been told to anybody
    }
    if ("floor" in line) this.floor = line.floor;
    else this.entries.set(line.id, line);
  }

  /** Writes what is kept into a new file, which takes the place of the old one. */
  private async compact(): Promise<void> {
    let bytes = 0, count = 0;
    for (const entry of [...this.entries.values()].reverse()) {
      bytes += JSON.stringify(entry).length;
      if ((++count <= KEPT && bytes <= KEPT_BYTES) || this.running.has(entry.id)) continue;
      this.entries.delete(entry.id);
      if (entry.id > this.floor) this.floor = entry.id;
    }
    const lines: Line[] = [...(this.floor ? [{ floor: this.floor }] : []), ...this.entries.values()];
    const text = lines.map((line) => JSON.stringify(line) + "\n").join("");
    const path = `${this.dir}/${FILE}`;
    const file = await Deno.open(`${path}.new`, { write: true, create: true, truncate: true, mode: 0o600 });
    try {
      await writeAll(file, text);
      await file.sync();
      await Deno.rename(`${path}.new`, path);
    } catch (error) {
      file.close();
      throw error;
    }
    this.file.close();
    this.file = file;
    await syncFolder(this.dir);
    this.lines = lines.length;
    this.bytes = text.length;
  }

  async close(): Promise<void> {
    await this.writing.catch(() => {});
    this.file.close();
  }
}

async function writeAll(file: Deno.FsFile, text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length) rest = rest.subarray(await file.write(rest));
}

const failed = (code: string, message: string): Result => ({ ok: false, error: { code, message } });
const interrupted = () =>
  failed("interrupted", "The agent ended while it carried this out; how far it came is not known.");
const forgotten = () => failed("forgotten", "This command is so old that the agent does not know whether it was done.");
const tooLong = () => failed("too_large", "The result was told once and was too long to be kept.");
