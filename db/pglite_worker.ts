// Web Worker that runs embedded PostgreSQL (PGlite). It is a byte pump: PostgreSQL's wire protocol comes in, the answer goes
// out, one message each way for all statements of a batch. Parsing stays with the driver that server databases use
// too (db/embedded.ts), so that both databases give the same types and errors by construction.
//
// PGlite's own `query` would cross into WebAssembly five times per statement; a whole batch in one call is three times as fast.
import { PGlite } from "@electric-sql/pglite";
import { citext } from "@electric-sql/pglite/contrib/citext";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { unaccent } from "@electric-sql/pglite/contrib/unaccent";
import { engineFiles } from "./engine_files.ts";
import type { FromWorker, ToWorker } from "./pglite_messages.ts";

/** Small buffers: the default settings would take three times the memory for nothing on a small installation. */
const START_PARAMS = [
  ...PGlite.defaultStartParams,
  ...["shared_buffers=8MB", "max_wal_size=64MB", "wal_buffers=1MB", "max_connections=5"].flatMap((p) => ["-c", p]),
];

/** Must be given at every open, or tables that use them cannot be read. */
const EXTENSIONS = { citext, pg_trgm, unaccent };

function options() {
  return { startParams: START_PARAMS, extensions: EXTENSIONS, ...engineFiles() };
}

const scope = self as unknown as DedicatedWorkerGlobalScope;
let engine: PGlite | undefined;

function post(message: FromWorker, transfer: Transferable[] = []): void {
  scope.postMessage(message, transfer);
}

function concat(chunks: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (chunks.length === 1) return chunks[0]!;
  const out = new Uint8Array(chunks.reduce((sum, c) => sum + c.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

async function open(dataDir: string | null): Promise<void> {
  engine = await PGlite.create(dataDir ?? "memory://", options());
  post({ kind: "ready" });
}

/**
 * Makes a new database in memory and writes its files to `target`. PGlite's own way onto the disk goes through
 * Blobs of the whole folder, which stay in the memory of the process after the worker has ended.
 */
async function create(target: string): Promise<void> {
  const pg = await PGlite.create("memory://", options());
  const { FS } = pg.Module;
  await pg.close();
  const copy = (from: string, to: string) => {
    Deno.mkdirSync(to, { recursive: true, mode: 0o700 });
    for (const name of FS.readdir(from) as string[]) {
      if (name === "." || name === "..") continue;
      const path = `${from}/${name}`;
      if (FS.isDir(FS.stat(path).mode)) copy(path, `${to}/${name}`);
      else Deno.writeFileSync(`${to}/${name}`, FS.readFile(path), { mode: 0o600 });
    }
  };
  copy(PGlite.paths.PGDATA, target);
  post({ kind: "ready" });
}

function wire(pg: PGlite, bytes: Uint8Array): void {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  // Runs to its end before it returns; the promise only tells the same. `slice`, because the bytes lie in WebAssembly memory.
  pg.execProtocolRawStream(bytes, { syncToFs: false, onRawData: (data) => chunks.push(data.slice()) }).catch(fatal);
  const answer = concat(chunks);
  post({ kind: "wire", bytes: answer }, [answer.buffer]);
}

function fatal(error: unknown): void {
  post({ kind: "fatal", message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

scope.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    if (data.kind === "open") await open(data.dataDir);
    else if (data.kind === "create") await create(data.dataDir);
    else if (data.kind === "wire") wire(engine!, data.bytes);
    else {
      await engine?.close();
      post({ kind: "closed" });
    }
  } catch (error) {
    fatal(error);
  }
};
