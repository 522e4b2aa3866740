// The file format of backups: gzip of lines. The first line is the manifest, then per table one line `# {"table": name}`
// and one line per row (its JSON as PostgreSQL writes it), at the end `# {"end": …}` with row counts and the SHA-256 of all
// lines before.
// Text and gzip only, so that it can be read with `zcat` in twenty years. Written and read as a stream; a half-written file
// has no last line and is refused.
import { ExplainedError } from "../kernel/errors.ts";
import { createHash, type Hash } from "node:crypto";

export interface Manifest {
  pulpo_backup: 1;
  /** Version of the program that wrote it. */
  version: string;
  created_at: string;
  /** The database it was taken from. */
  kind: "embedded" | "server";
  migrations: { number: number; name: string; checksum: string }[];
}

export interface Summary {
  /** Rows per table. */
  rows: Record<string, number>;
  /** Of all lines before the last. */
  sha256: string;
}

/** Takes the bytes of a backup, one call after another. */
export interface BackupSink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** How far it is, in rows; may be called often. */
  progress(done: number, total: number): void;
}

/** The file is not a backup, is damaged or incomplete, or does not fit this database. `message` tells a person which. */
export class BackupError extends ExplainedError {
  override readonly name = "BackupError";
}

const FLUSH_CHARS = 64 * 1024;

export class BackupWriter {
  #hash: Hash = createHash("sha256");
  #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #done: Promise<void>;
  #pending = "";
  #table = "";
  #rows: Record<string, number> = {};
  #encoder = new TextEncoder();

  private constructor(sink: BackupSink) {
    const gzip = new CompressionStream("gzip");
    this.#writer = gzip.writable.getWriter() as WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
    this.#done = gzip.readable.pipeTo(new WritableStream({ write: (bytes) => sink.write(bytes) }));
    this.#done.catch(() => {});
    this.#writer.closed.catch(() => {}); // the write under way says it
  }

  static async create(sink: BackupSink, manifest: Manifest): Promise<BackupWriter> {
    const writer = new BackupWriter(sink);
    await writer.#line(JSON.stringify(manifest));
    return writer;
  }

  async table(name: string): Promise<void> {
    this.#table = name;
    this.#rows[name] = 0;
    await this.#line("# " + JSON.stringify({ table: name }));
  }

  /** @param row JSON text of an object. */
  async row(row: string): Promise<void> {
    this.#rows[this.#table]!++;
    // A line break in JSON text (of a column of type json) is white space between tokens; within strings it is escaped.
    await this.#line(row.includes("\n") ? row.replaceAll("\n", " ") : row);
  }

  async finish(): Promise<Summary> {
    await this.#flush();
    const summary: Summary = { rows: this.#rows, sha256: this.#hash.digest("hex") };
    await this.#writer.write(this.#encoder.encode("# " + JSON.stringify({ end: summary }) + "\n"));
    await this.#writer.close();
    await this.#done;
    return summary;
  }

  async abort(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => {});
    await this.#done.catch(() => {});
  }

  async #line(text: string): Promise<void> {
    this.#pending += text + "\n";
    if (this.#pending.length >= FLUSH_CHARS) await this.#flush();
  }

  /** Waits until the sink takes more: memory stays bounded. */
  async #flush(): Promise<void> {
    const bytes = this.#encoder.encode(this.#pending);
    this.#pending = "";
    this.#hash.update(bytes);
    await this.#writer.ready;
    await this.#writer.write(bytes);
  }
}

export interface BackupReader {
  readonly manifest: Manifest;
  /** Table by table, in batches of rows. Ends only when count and checksum are right. @throws BackupError */
  batches(): AsyncGenerator<{ table: string; rows: string[] }>;
  close(): Promise<void>;
}

const BATCH_ROWS = 500;
const BATCH_CHARS = 1024 * 1024;

/** @throws BackupError when it is no backup or was written by a newer format. */
export async function openBackup(path: string): Promise<BackupReader> {
  const lines = readLines(path);
  try {
    const first = await lines.next();
    const manifest = first.done ? undefined : parse(first.value) as Manifest | undefined;
    if (manifest?.pulpo_backup === undefined) throw new BackupError(`${path} is not a Pulpo backup.`);
    if (manifest.pulpo_backup !== 1) throw new BackupError(`${path} was written by a newer version of Pulpo.`);
    const hash = createHash("sha256").update(first.value + "\n");
    return { manifest, batches: () => batches(path, lines, hash), close: () => end(lines) };
  } catch (error) {
    await end(lines);
    if (!(error instanceof TypeError)) throw error; // the gzip stream says TypeError
    throw new BackupError(`${path} is damaged, or not a Pulpo backup.`, { cause: error });
  }
}

/** Gives the file back. A damaged stream complains once more when it is given up; that was or will be said elsewhere. */
async function end(lines: AsyncGenerator<string, void, void>): Promise<void> {
  await lines.return().catch(() => {});
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function* readLines(path: string): AsyncGenerator<string, void, void> {
  const file = await Deno.open(path);
  let rest = "";
  for await (
    const text of file.readable.pipeThrough(new DecompressionStream("gzip")).pipeThrough(new TextDecoderStream())
  ) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

async function* batches(
  path: string,
  lines: AsyncGenerator<string, void, void>,
  hash: Hash,
): AsyncGenerator<{ table: string; rows: string[] }> {
  const counts: Record<string, number> = {};
  let table = "", rows: string[] = [], chars = 0;
  try {
    for await (const line of lines) {
      if (line.startsWith('# {"end":')) {
        const { end } = parse(line.slice(2)) as { end: Summary };
        if (rows.length) yield { table, rows };
        const total = (list: Record<string, number>) => JSON.stringify(Object.entries(list).sort());
        if (total(counts) !== total(end.rows) || hash.digest("hex") !== end.sha256) {
          throw new BackupError(`${path} is damaged: its content does not match its checksum.`);
        }
        return;
      }
      hash.update(line + "\n");
      if (line.startsWith('# {"table":')) {
        if (rows.length) yield { table, rows };
        table = (parse(line.slice(2)) as { table: string }).table;
        rows = [];
        counts[table] = chars = 0;
        continue;
      }
      counts[table]!++;
      chars += line.length;
      rows.push(line);
      if (rows.length >= BATCH_ROWS || chars >= BATCH_CHARS) {
        yield { table, rows };
        rows = [];
        chars = 0;
      }
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // the gzip stream says TypeError when it is cut off or damaged
    throw new BackupError(`${path} is damaged or incomplete.`, { cause: error });
  }
  throw new BackupError(`${path} is incomplete: its end is missing.`);
}
