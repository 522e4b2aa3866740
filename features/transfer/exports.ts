// Exports of everything an organisation has: starting, watching, downloading, removing. Owners only, all of it in the audit
// log. The archive lies in the storage for seven days under a key that only its run knows.
import { authorize } from "../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../kernel/cursor.ts";
import { AppError, notFound } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { StoredRange } from "../../kernel/storage.ts";
import { type Queryable, rawSql, type Sql, sql } from "../../db/sql.ts";
import type { Page } from "../../protocol/common.ts";
import { type ExportOptions, exportOptions, type ExportRun, type TransferQuery } from "../../protocol/transfer.ts";
import { VERSION } from "../../kernel/version.ts";
import { writeAudit } from "../audit/mod.ts";
import { readMedia } from "../media/mod.ts";
import type { App, Ctx } from "../context.ts";
import { exportFiles, exportMedia } from "./export_rows.ts";
import { cancelRun, enqueue, withConflict, workOnRun } from "./imports.ts";
import { EXPORT_FORMAT, EXPORT_VERSION } from "./format.ts";
import { insertRun, type Progress, ProgressKeeper, runById, type RunEnd, runPage, type RunRow } from "./run_store.ts";
import { WriteWorker } from "./worker_client.ts";

export const EXPORT_JOB = "transfer.export";
const KEEP_MS = 7 * 24 * 3600_000;
const FETCH_ROWS = 500;

const keyOf = (run: Pick<RunRow, "organization_id" | "id">) => `exports/${run.organization_id}/${run.id}.zip`;

/** @throws AppError forbidden, conflict (one is under way) */
export async function startExport(ctx: Ctx, options: ExportOptions): Promise<ExportRun> {
  const { app, actor } = ctx;
  authorize(actor, "chat.export");
  const run = await withConflict("export", () =>
    app.db.withTx(async (tx) => {
      const row = await insertRun(tx, {
        id: newId(),
        organization_id: actor.organizationId,
        kind: "export",
        source: "pulpo",
        dry_run: false,
        options,
        media_id: null,
        path: null,
        created_by: actor.userId,
        created_by_name: actor.username,
        created_at: app.now(),
      });
      const details = { ...options };
      await writeAudit(tx, ctx, { action: "export.started", subject_type: "export", subject_id: row.id, details });
      return row;
    }));
  await enqueue(app, EXPORT_JOB, run.id);
  return toExport(run);
}

export async function listExports(ctx: Ctx, query: TransferQuery): Promise<Page<ExportRun>> {
  authorize(ctx.actor, "chat.export");
  const before = query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : undefined;
  const rows = await runPage(ctx.app.db, ctx.actor.organizationId, "export", query.limit + 1, before);
  return toPage(rows, query.limit, (r) => [r.id], toExport);
}

async function exportRow(ctx: Ctx, id: string): Promise<RunRow> {
  authorize(ctx.actor, "chat.export");
  const row = await runById(ctx.app.db, ctx.actor.organizationId, "export", id);
  if (!row) throw notFound("export");
  return row;
}

/** @throws AppError not_found */
export async function getExport(ctx: Ctx, id: string): Promise<ExportRun> {
  return toExport(await exportRow(ctx, id));
}

/** Stops one that runs, removes the archive of one that is done. @throws AppError not_found */
export async function deleteExport(ctx: Ctx, id: string): Promise<void> {
  const { app } = ctx;
  const row = await exportRow(ctx, id);
  if (row.status === "queued" || row.status === "running") return await cancelRun(ctx, "export", id);
  if (row.expires_at === null) return;
  await removeArchive(app, row);
  await writeAudit(app.db, ctx, { action: "export.deleted", subject_type: "export", subject_id: id });
}

export interface OpenExport {
  filename: string;
  size: number;
  sha256: string;
  /** @throws AppError unavailable */
  open(range?: StoredRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

/** @param first false: a further part of the same download is not audited again @throws AppError not_found, gone, conflict */
export async function openExport(ctx: Ctx, id: string, first: boolean): Promise<OpenExport> {
  const { app } = ctx;
  const row = await exportRow(ctx, id);
  if (row.status !== "done") throw new AppError("conflict", "The export is not complete.");
  if (!row.expires_at || row.expires_at <= app.now()) {
    throw new AppError("gone", "The archive was removed. Make a new export.");
  }
  if (first) await writeAudit(app.db, ctx, { action: "export.downloaded", subject_type: "export", subject_id: id });
  return {
    filename: `pulpo-export-${row.created_at.toISOString().slice(0, 10)}.zip`,
    size: row.size ?? 0,
    sha256: row.sha256 ?? "",
    open: (range) => app.storage.open(keyOf(row), range),
  };
}

async function removeArchive(app: App, row: RunRow): Promise<void> {
  await app.storage.remove(keyOf(row));
  await app.db.run(sql`update transfer_runs set expires_at = null
    where id = ${row.id} and organization_id = ${row.organization_id}`);
}

/** Archives whose time is over. */
export async function removeExpired(app: App): Promise<void> {
  const rows = await app.db.rows<RunRow>(sql`select id, organization_id from transfer_runs
    where expires_at is not null and expires_at <= ${app.now()} order by id limit 100`);
  for (const row of rows) await removeArchive(app, row);
}

function toExport(row: RunRow): ExportRun {
  return {
    id: row.id,
    status: row.status,
    phase: row.phase,
    done: row.done,
    total: row.total,
    error: row.error,
    created_by: row.created_by_name,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    options: exportOptions.parse(row.options),
    counts: row.report?.counts ?? null,
    size: row.size,
    sha256: row.sha256,
    expires_at: row.expires_at?.toISOString() ?? null,
  };
}

/** Runs an export from its beginning. @returns false when another process has it */
export function workOnExport(
  app: App,
  id: string,
  lastAttempt: boolean,
  onProgress?: (p: Progress) => void,
): Promise<boolean> {
  return workOnRun(app, id, (run) => writeExport(app, run, onProgress), lastAttempt);
}

async function writeExport(app: App, run: RunRow, onProgress: (p: Progress) => void = () => {}): Promise<RunEnd> {
  const folder = `${app.config.dataDir}/transfer/${run.id}`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const path = `${folder}/export.zip`, worker = new WriteWorker();
  const progress = new ProgressKeeper(app, run, onProgress);
  try {
    await worker.ask({ kind: "begin", path });
    const manifest = await writeEntries(app, run, worker, progress);
    const { size, sha256 } = await worker.ask({ kind: "finish" });
    await app.storage.put(keyOf(run), path, { size, sha256, type: "application/zip" });
    progress.set({ phase: "storing", done: 1, total: 1 });
    const expiresAt = new Date(app.now().getTime() + KEEP_MS);
    return { status: "done", report: { counts: manifest.counts }, size, sha256, expiresAt };
  } finally {
    await progress.close();
    worker.close();
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

/** Rows of one moment, then the files that they name, then the manifest. */
async function writeEntries(app: App, run: RunRow, worker: WriteWorker, progress: ProgressKeeper) {
  const options = exportOptions.parse(run.options), time = run.created_at.getTime();
  const files: { path: string; rows?: number; bytes: number; sha256: string }[] = [];
  const counts: Record<string, number> = {};
  let media: { id: string; size: number }[] = [], taken = "";
  await app.snapshot(async (view) => {
    const { at, total } = await view.one<{ at: Date; total: number }>(sql`select now() as at,
      (select count(*) from messages where organization_id = ${run.organization_id}) as total`);
    taken = at.toISOString();
    let messages = 0;
    for (const file of exportFiles(run.organization_id, options)) {
      await worker.ask({ kind: "entry", name: file.name, time, compress: true });
      let rows = 0;
      for await (const lines of cursor(view, file.rows)) {
        rows += lines.length;
        if (file.name === "messages.ndjson") messages = rows;
        await worker.ask({ kind: "write", data: lines.join("") });
        progress.set({ phase: "messages", done: messages, total });
      }
      files.push({ path: file.name, rows, ...await worker.ask({ kind: "end" }) });
      counts[file.name.replace(".ndjson", "")] = rows;
    }
    if (options.include_files) media = await view.rows(exportMedia(run.organization_id, options));
  });
  counts.files = 0;
  let done = 0;
  const total = media.reduce((sum, m) => sum + m.size, 0);
  for (const { id, size } of media) {
    const found = await readMedia(app, run.organization_id, id).catch((error) => {
      if (error instanceof AppError && error.code === "not_found") return undefined; // removed since the snapshot
      throw error;
    });
    if (!found) continue;
    await worker.ask({ kind: "entry", name: `files/${id}`, time, compress: false });
    for await (const part of found.stream) await worker.ask({ kind: "write", data: part });
    files.push({ path: `files/${id}`, ...await worker.ask({ kind: "end" }) });
    counts.files++;
    progress.set({ phase: "files", done: done += size, total });
  }
  const manifest = {
    format: EXPORT_FORMAT,
    version: EXPORT_VERSION,
    created_at: taken,
    created_by: { id: run.created_by, username: run.created_by_name },
    server: VERSION,
    organization_id: run.organization_id,
    options,
    counts,
    files,
  };
  await worker.ask({ kind: "entry", name: "manifest.json", time, compress: true });
  await worker.ask({ kind: "write", data: JSON.stringify(manifest, null, 2) + "\n" });
  await worker.ask({ kind: "end" });
  return manifest;
}

async function* cursor(view: Queryable, rows: Sql): AsyncGenerator<string[]> {
  await view.run(sql`declare export_rows no scroll cursor for ${rows}`);
  for (;;) {
    const some = await view.rows<{ line: string }>(rawSql(`fetch ${FETCH_ROWS} from export_rows`));
    // A line break in JSON text is white space between tokens; within strings it is escaped.
    if (some.length) yield some.map(({ line }) => (line.includes("\n") ? line.replaceAll("\n", " ") : line) + "\n");
    if (some.length < FETCH_ROWS) break;
  }
  await view.run(rawSql("close export_rows"));
}
