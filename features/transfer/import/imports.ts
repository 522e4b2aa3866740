// Imports as people see them: starting, watching, stopping. Owners only; every start and end is in the audit log.
import { authorize, systemActor } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { isUniqueViolation, type Queryable, sql } from "../../../db/sql.ts";
import type { Page } from "../../../protocol/common.ts";
import {
  type ImportInput,
  importOptions,
  type ImportReport,
  type ImportRun,
  type TransferQuery,
} from "../../../protocol/operation/transfer.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { removeReceived } from "./received.ts";
import { emptyReport } from "./report.ts";
import { runImport } from "./run.ts";
import {
  claimRun,
  endRun,
  insertRun,
  type Progress,
  runById,
  type RunEnd,
  RunLost,
  runPage,
  type RunRow,
  tellProgress,
} from "../run_store.ts";

export const IMPORT_JOB = "transfer.import";

/**
 * Starts an import, or a dry run of one.
 * @param path a file on this machine instead of an upload (command line)
 * @throws AppError forbidden, not_found (the upload), conflict (one is under way)
 */
export async function startImport(
  ctx: Ctx,
  input: ImportInput | (Omit<ImportInput, "media_id"> & { path: string }),
): Promise<ImportRun> {
  const { app, actor } = ctx;
  authorize(actor, "chat.import");
  const path = "path" in input ? input.path : null, mediaId = "media_id" in input ? input.media_id : null;
  const run = await withConflict("import", () =>
    app.db.withTx(async (tx) => {
      if (mediaId) {
        const media = await tx.maybe(
          sql`select 1 from media where id = ${mediaId} and organization_id = ${actor.organizationId}
          and owner_id = ${actor.userId} for share`,
        );
        if (!media) throw notFound("upload");
      }
      const row = await insertRun(tx, {
        id: newId(),
        organization_id: actor.organizationId,
        kind: "import",
        source: input.source,
        dry_run: input.dry_run,
        options: input.options,
        media_id: mediaId,
        path,
        created_by: actor.userId,
        created_by_name: actor.username,
        created_at: app.now(),
      });
      const details = { source: input.source, dry_run: input.dry_run };
      await writeAudit(tx, ctx, { action: "import.started", subject_type: "import", subject_id: row.id, details });
      return row;
    }));
  await enqueue(app, IMPORT_JOB, run.id);
  return toImport(run);
}

/** One that could not be enqueued is found by the sweep. */
export async function enqueue(app: App, job: string, id: string): Promise<void> {
  await app.jobs.enqueue(job, { run_id: id }, { singletonKey: id }).catch((error) =>
    app.log.debug("a transfer waits for the next sweep", { error })
  );
}

/** Turns "one at a time" into a 409. */
export async function withConflict<T>(kind: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUniqueViolation(error, "transfer_runs_one")) throw error;
    throw new AppError("conflict", `An ${kind} of this organization is under way. Wait for its end or cancel it.`);
  }
}

export async function listImports(ctx: Ctx, query: TransferQuery): Promise<Page<ImportRun>> {
  authorize(ctx.actor, "chat.import");
  const before = query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : undefined;
  const rows = await runPage(ctx.app.db, ctx.actor.organizationId, "import", query.limit + 1, before);
  return toPage(rows, query.limit, (r) => [r.id], toImport);
}

/** @throws AppError not_found */
export async function getImport(ctx: Ctx, id: string): Promise<ImportRun> {
  authorize(ctx.actor, "chat.import");
  const row = await runById(ctx.app.db, ctx.actor.organizationId, "import", id);
  if (!row) throw notFound("import");
  return toImport(row);
}

/** Stops it at the next batch; what is imported stays, and a repeat goes on from there. @throws AppError not_found */
export async function cancelImport(ctx: Ctx, id: string): Promise<ImportRun> {
  authorize(ctx.actor, "chat.import");
  await cancelRun(ctx, "import", id);
  return await getImport(ctx, id);
}

export async function cancelRun(ctx: Ctx, kind: RunRow["kind"], id: string): Promise<void> {
  const { app, actor } = ctx;
  await app.db.withTx(async (tx) => {
    const row = await tx.maybe<{ status: string; idle: boolean }>(sql`
      update transfer_runs set cancel_requested = true
      where id = ${id} and organization_id = ${actor.organizationId} and kind = ${kind} and status in ('queued', 'running')
      returning status, (leased_until is null or leased_until < ${app.now()}) as idle`);
    if (!row) {
      if (await runById(tx, actor.organizationId, kind, id)) return;
      throw notFound(kind);
    }
    if (row.idle) await endRun(tx, id, app.now(), { status: "cancelled" });
    await writeAudit(tx, ctx, { action: `${kind}.cancelled`, subject_type: kind, subject_id: id });
  });
}

function toImport(row: RunRow): ImportRun {
  return {
    id: row.id,
    source: row.source,
    status: row.status,
    dry_run: row.dry_run,
    phase: row.phase,
    done: row.done,
    total: row.total,
    error: row.error,
    created_by: row.created_by_name,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    options: importOptions.parse(row.options),
    // While it runs the lists stand in the one, the counts in the other.
    report: row.report && withCounts({ ...row.report, ...(row.status === "done" ? {} : row.checkpoint?.report) }),
  };
}

/** Reports of earlier versions have fewer counts. */
function withCounts(report: ImportReport): ImportReport {
  return { ...report, counts: { ...emptyReport().counts, ...report.counts } };
}

const inHand = new Set<string>();

/**
 * Does the work of a run as far as one job may; used by the job and by the command line.
 * @returns false when there is more to do. @throws what may pass when it is tried again
 */
export async function workOnRun(
  app: App,
  id: string,
  work: (run: RunRow) => Promise<RunEnd | undefined>,
  lastAttempt: boolean,
): Promise<boolean> {
  if (inHand.has(id)) return true;
  inHand.add(id);
  try {
    const run = await claimRun(app, id);
    if (!run) return true;
    let end: RunEnd | undefined;
    try {
      end = await work(run);
      if (!end) return false;
    } catch (error) {
      if (error instanceof RunLost && !error.cancelled) return true;
      if (error instanceof RunLost) end = { status: "cancelled" };
      else if (error instanceof AppError && !error.retryable) end = { status: "failed", error: error.detail };
      else if (lastAttempt) {
        app.log.error("an import or export failed", { run_id: id, error });
        const text = error instanceof AppError
          ? error.detail
          : "Something went wrong on the server. Its log says what.";
        end = { status: "failed", error: text };
      } else throw error;
    }
    await finish(app, run, end);
    return true;
  } finally {
    inHand.delete(id);
  }
}

async function finish(app: App, run: RunRow, end: RunEnd): Promise<void> {
  const ctx: Ctx = {
    app,
    actor: systemActor(run.organization_id),
    requestId: run.id,
    ip: null,
    userAgent: null,
    log: app.log,
  };
  await app.db.withTx(async (tx: Queryable) => {
    if (!await endRun(tx, run.id, app.now(), end)) return;
    const counts = (end.report as ImportReport | undefined)?.counts;
    const details = { status: end.status, ...(run.dry_run ? { dry_run: true } : {}), ...(counts ? { counts } : {}) };
    await writeAudit(tx, ctx, { action: `${run.kind}.finished`, subject_type: run.kind, subject_id: run.id, details });
  });
  if (run.path) await removeReceived(app, run.path);
  tellProgress(app, run, { phase: "done", done: 1, total: 1 }, end.status);
}

/** Runs (more of) an import. @returns false when there is more to do */
export function workOnImport(
  app: App,
  id: string,
  lastAttempt: boolean,
  onProgress?: (p: Progress) => void,
): Promise<boolean> {
  return workOnRun(app, id, async (run) => {
    const report = await runImport(app, run, onProgress);
    return report && { status: "done", report };
  }, lastAttempt);
}
