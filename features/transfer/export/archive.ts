// The archive of an export, of an organisation or of one person: building the zip file beside the data, keeping it in the
// storage for seven days under a key that only its run knows, handing it out and removing it.
import { AppError } from "../../../kernel/errors.ts";
import type { StoredRange } from "../../../kernel/storage.ts";
import { type Queryable, rawSql, type Sql, sql } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import { type Progress, ProgressKeeper, type RunEnd, type RunRow } from "../run_store.ts";
import { WriteWorker } from "../worker/client.ts";

const KEEP_MS = 7 * 24 * 3600_000;
const FETCH_ROWS = 500;

const keyOf = (run: Pick<RunRow, "organization_id" | "id">) => `exports/${run.organization_id}/${run.id}.zip`;

/**
 * Builds the archive in the data folder, then puts it into the storage.
 * @param write fills the archive; answers how many of what are in it
 */
export async function buildArchive(
  app: App,
  run: RunRow,
  onProgress: (p: Progress) => void = () => {},
  write: (worker: WriteWorker, progress: ProgressKeeper) => Promise<Record<string, number>>,
): Promise<RunEnd> {
  const folder = `${app.config.dataDir}/transfer/${run.id}`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const path = `${folder}/export.zip`, worker = new WriteWorker();
  const progress = new ProgressKeeper(app, run, onProgress);
  try {
    await worker.ask({ kind: "begin", path });
    const counts = await write(worker, progress);
    const { size, sha256 } = await worker.ask({ kind: "finish" });
    await app.storage.put(keyOf(run), path, { size, sha256, type: "application/zip" });
    progress.set({ phase: "storing", done: 1, total: 1 });
    const expiresAt = new Date(app.now().getTime() + KEEP_MS);
    return { status: "done", report: { counts }, size, sha256, expiresAt };
  } finally {
    await progress.close();
    worker.close();
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

/** The rows of a statement of one column `line`, some at a time, without line breaks in them. Inside a snapshot only. */
export async function* cursor(view: Queryable, rows: Sql): AsyncGenerator<string[]> {
  await view.run(sql`declare export_rows no scroll cursor for ${rows}`);
  for (;;) {
    const some = await view.rows<{ line: string }>(rawSql(`fetch ${FETCH_ROWS} from export_rows`));
    // A line break in JSON text is white space between tokens; within strings it is escaped.
    if (some.length) yield some.map(({ line }) => (line.includes("\n") ? line.replaceAll("\n", " ") : line) + "\n");
    if (some.length < FETCH_ROWS) break;
  }
  await view.run(rawSql("close export_rows"));
}

export interface OpenExport {
  filename: string;
  size: number;
  sha256: string;
  /** @throws AppError unavailable */
  open(range?: StoredRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

/** @throws AppError conflict while it is not complete, gone when its time is over */
export function requireArchive(app: App, row: RunRow): void {
  if (row.status !== "done") throw new AppError("conflict", "The export is not complete.");
  if (!row.expires_at || row.expires_at <= app.now()) {
    throw new AppError("gone", "The archive was removed. Make a new export.");
  }
}

export function openArchive(app: App, row: RunRow, name = "pulpo-export"): OpenExport {
  return {
    filename: `${name}-${row.created_at.toISOString().slice(0, 10)}.zip`,
    size: row.size ?? 0,
    sha256: row.sha256 ?? "",
    open: (range) => app.storage.open(keyOf(row), range),
  };
}

export async function removeArchive(app: App, row: Pick<RunRow, "organization_id" | "id">): Promise<void> {
  await app.storage.remove(keyOf(row));
  await app.db.run(sql`update transfer_runs set expires_at = null
    where id = ${row.id} and organization_id = ${row.organization_id}`);
}

/** Archives whose time is over; what tells of a person's own export goes with it. */
export async function removeExpired(app: App): Promise<void> {
  const rows = await app.db.rows<RunRow>(sql`select id, organization_id from transfer_runs
    where expires_at is not null and expires_at <= ${app.now()} order by id limit 100`);
  for (const row of rows) await removeArchive(app, row);
  await app.db.run(sql`delete from transfer_runs where kind = 'personal' and status in ('done', 'failed', 'cancelled')
    and expires_at is null and finished_at < ${new Date(app.now().getTime() - KEEP_MS)}`);
}
