// A fresh database with all tables as one compressed file, made at build time (tools/build_template.ts) and unpacked at the
// first start: half a second instead of many, and none of the memory that initialising and migrating take for a moment.
// Form (gzip), one line an entry: `D path` a folder, `C path other` a copy of an earlier file (the three databases of a new
// cluster are nearly the same), `F path size stored` a file whose first `stored` bytes follow; the rest is zeros.
import { loadMigrations } from "./migrate.ts";
import manifest from "../deno.json" with { type: "json" };

/**
 * Where the template of this program lies. The name holds the engine's version and a digest of the migrations: a template
 * made for another program is never used.
 */
export async function templateUrl(): Promise<URL> {
  const engine = manifest.imports["@electric-sql/pglite"].split("@").at(-1);
  const migrations = (await loadMigrations()).map((m) => m.checksum).join();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(migrations));
  return new URL(
    `${engine}-${new Uint8Array(digest).toHex().slice(0, 12)}.gz`,
    new URL("./template/", import.meta.url),
  );
}

/** Packs the folder of a closed database. */
export async function packTemplate(directory: string, target: URL): Promise<void> {
  await Deno.mkdir(new URL(".", target), { recursive: true });
  const draft = new URL(`${target.href}.part`);
  const file = await Deno.open(draft, { write: true, create: true, truncate: true });
  const gzip = new CompressionStream("gzip");
  const written = gzip.readable.pipeTo(file.writable);
  const out = gzip.writable.getWriter();
  const line = (text: string) => out.write(new TextEncoder().encode(text + "\n"));
  const seen = new Map<string, string>();
  const walk = async (path: string) => {
    const entries = await Array.fromAsync(Deno.readDir(`${directory}/${path}`));
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = path ? `${path}/${entry.name}` : entry.name;
      if (entry.isDirectory) {
        await line(`D ${inner}`);
        await walk(inner);
      } else {
        const bytes = await Deno.readFile(`${directory}/${inner}`);
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
        const known = bytes.length ? seen.get(digest) : undefined;
        if (known) {
          await line(`C ${inner} ${known}`);
          continue;
        }
        seen.set(digest, inner);
        const stored = bytes.findLastIndex((byte) => byte !== 0) + 1;
        await line(`F ${inner} ${bytes.length} ${stored}`);
        await out.write(bytes.subarray(0, stored));
      }
    }
  };
  await walk("");
  await out.close();
  await written;
  await Deno.rename(draft, target);
}

/** Unpacks into a folder that does not exist yet. @returns false when there is no template. @throws when it is damaged. */
export async function unpackTemplate(source: URL, directory: string): Promise<boolean> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(source);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  const input = new Reader(file.readable.pipeThrough(new DecompressionStream("gzip")).getReader());
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  for (let entry; (entry = await input.line());) {
    const [kind, path, second, stored] = entry.split(" ") as [string, string, string, string];
    const target = `${directory}/${path}`;
    if (kind === "D") await Deno.mkdir(target, { mode: 0o700 });
    else if (kind === "C") await Deno.copyFile(`${directory}/${second}`, target);
    else {
      await input.copy(Number(stored), target);
      if (second !== stored) await Deno.truncate(target, Number(second));
    }
  }
  return true;
}

class Reader {
  private rest: Uint8Array<ArrayBufferLike> = new Uint8Array();
  constructor(private readonly source: ReadableStreamDefaultReader<Uint8Array>) {}

  private async more(): Promise<boolean> {
    const { done, value } = await this.source.read();
    if (done) return false;
    if (this.rest.length === 0) this.rest = value;
    else {
      const joined = new Uint8Array(this.rest.length + value.length);
      joined.set(this.rest);
      joined.set(value, this.rest.length);
      this.rest = joined;
    }
    return true;
  }

  /** The next line, or undefined at the end. */
  async line(): Promise<string | undefined> {
    let end: number;
    while ((end = this.rest.indexOf(10)) < 0) if (!(await this.more())) return undefined;
    const text = new TextDecoder().decode(this.rest.subarray(0, end));
    this.rest = this.rest.subarray(end + 1);
    return text;
  }

  /** Copies the next `size` bytes into a new file. */
  async copy(size: number, path: string): Promise<void> {
    using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
    while (size > 0) {
      if (this.rest.length === 0 && !(await this.more())) throw new Error("The database template is cut off.");
      const part = this.rest.subarray(0, size);
      for (let at = 0; at < part.length;) at += file.writeSync(part.subarray(at));
      this.rest = this.rest.subarray(part.length);
      size -= part.length;
    }
  }
}
