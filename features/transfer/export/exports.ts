// Exports of everything an organisation has: starting, watching, downloading, removing. Owners only, all of it in the audit
// log. The archive lies in the storage for seven days under a key that only its run knows.
import { authorize } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { sql } from "../../../db/sql.ts";
import type { Page } from "../../../protocol/common.ts";
import {
  type ExportOptions,
  exportOptions,
  type ExportRun,
  type TransferQuery,
} from "../../../protocol/operation/transfer.ts";
import { VERSION } from "../../../kernel/version.ts";
import { writeAudit } from "../../audit/mod.ts";
import { readMedia } from "../../media/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { buildArchive, cursor, openArchive, type OpenExport, removeArchive, requireArchive } from "./archive.ts";
import { exportFiles, exportMedia } from "./rows.ts";
import { cancelRun, enqueue, withConflict, workOnRun } from "../import/imports.ts";
import { EXPORT_FORMAT, EXPORT_VERSION } from "../archives/format.ts";
import {
  insertRun,
  type Progress,
  type ProgressKeeper,
  runById,
  type RunEnd,
  runPage,
  type RunRow,
} from "../run_store.ts";
import type { WriteWorker } from "../worker/client.ts";

export const EXPORT_JOB = "transfer.export";

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

/** @param first false: a further part of the same download is not audited again @throws AppError not_found, gone, conflict */
export async function openExport(ctx: Ctx, id: string, first: boolean): Promise<OpenExport> {
  const { app } = ctx;
  const row = await exportRow(ctx, id);
  requireArchive(app, row);
  if (first) await writeAudit(app.db, ctx, { action: "export.downloaded", subject_type: "export", subject_id: id });
  return openArchive(app, row);
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

function writeExport(app: App, run: RunRow, onProgress?: (p: Progress) => void): Promise<RunEnd> {
  return buildArchive(app, run, onProgress, async (worker, progress) => {
    const { counts } = await writeEntries(app, run, worker, progress);
    return counts;
  });
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
