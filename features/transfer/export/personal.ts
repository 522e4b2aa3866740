// Everything of one person as an archive (the right to data portability): a person asks for the own one, the work is a run
// like an organisation's export, one at a time for each person, and the archive goes after seven days. Nobody else may ask
// for it or open it, administrators included. API tokens may not: a leaked one must not carry a whole life away.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { isUniqueViolation, sql, type Tx } from "../../../db/sql.ts";
import type { Page } from "../../../protocol/common.ts";
import type { PersonalExport } from "../../../protocol/accounts/personal_data.ts";
import { VERSION } from "../../../kernel/version.ts";
import { writeAudit } from "../../audit/mod.ts";
import { readableChannels } from "../../chat/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { readMedia } from "../../media/mod.ts";
import { buildArchive, cursor, openArchive, type OpenExport, removeArchive, requireArchive } from "./archive.ts";
import { cancelRun, enqueue, workOnRun } from "../import/imports.ts";
import { personalFiles } from "./personal_rows.ts";
import { insertRun, type ProgressKeeper, runById, type RunEnd, runPage, type RunRow } from "../run_store.ts";
import type { WriteWorker } from "../worker/client.ts";

export const PERSONAL_JOB = "transfer.personal";
const SHOWN = 20;
const MAX_PER_DAY = 5;
const DAY_MS = 24 * 3600_000;

/** The person who asks, in an own session. @throws AppError forbidden */
function ownerOf(ctx: Ctx): string {
  authorize(ctx.actor, "profile.manage");
  if (ctx.actor.kind !== "person") {
    throw new AppError("forbidden", "Only the person can do this, signed in, not with an API token.");
  }
  return requireUser(ctx.actor);
}

/** @throws AppError forbidden, conflict (one of this person is under way) */
export async function startPersonalExport(ctx: Ctx): Promise<PersonalExport> {
  const { app, actor } = ctx;
  const userId = ownerOf(ctx);
  try {
    const run = await app.db.withTx(async (tx) => {
      await refuseTooMany(tx, ctx, userId);
      const row = await insertRun(tx, {
        id: newId(),
        organization_id: actor.organizationId,
        kind: "personal",
        source: "pulpo",
        dry_run: false,
        options: {},
        media_id: null,
        path: null,
        created_by: userId,
        created_by_name: actor.username,
        created_at: app.now(),
      });
      await writeAudit(tx, ctx, { action: "personal.started", subject_type: "personal", subject_id: row.id });
      return row;
    });
    await enqueue(app, PERSONAL_JOB, run.id);
    return toPersonal(run);
  } catch (error) {
    if (!isUniqueViolation(error, "transfer_runs_one_personal")) throw error;
    throw new AppError("conflict", "An export of your data is under way already. Wait until it is done.");
  }
}

/** Each one reads everything that the person ever wrote: a few a day are enough. */
async function refuseTooMany(tx: Tx, { app, actor }: Ctx, userId: string): Promise<void> {
  const since = new Date(app.now().getTime() - DAY_MS);
  const { recent } = await tx.one<{ recent: number }>(sql`select count(*)::int as recent from transfer_runs
    where organization_id = ${actor.organizationId} and kind = 'personal' and created_by = ${userId}
      and created_at > ${since}`);
  if (recent < MAX_PER_DAY) return;
  throw new AppError("rate_limited", `At most ${MAX_PER_DAY} exports a day. Try again tomorrow.`, {
    retryAfterSeconds: DAY_MS / 1000,
  });
}

/** The caller's exports, the newest first. */
export async function listPersonalExports(ctx: Ctx): Promise<Page<PersonalExport>> {
  const userId = ownerOf(ctx);
  const rows = await runPage(ctx.app.db, ctx.actor.organizationId, "personal", SHOWN, undefined, userId);
  return { items: rows.map(toPersonal), next_cursor: null };
}

async function ownRun(ctx: Ctx, id: string): Promise<RunRow> {
  const userId = ownerOf(ctx);
  const row = await runById(ctx.app.db, ctx.actor.organizationId, "personal", id);
  if (!row || row.created_by !== userId) throw notFound("export");
  return row;
}

/** Stops one that runs, removes the archive of one that is done. @throws AppError not_found */
export async function deletePersonalExport(ctx: Ctx, id: string): Promise<void> {
  const { app } = ctx;
  const row = await ownRun(ctx, id);
  if (row.status === "queued" || row.status === "running") {
    return await cancelRun(ctx, "personal", id);
  }
  if (row.expires_at === null) return;
  await removeArchive(app, row);
  await writeAudit(app.db, ctx, { action: "personal.deleted", subject_type: "personal", subject_id: id });
}

/** @param first false: a further part of the same download is not audited again @throws AppError not_found, gone, conflict */
export async function openPersonalExport(ctx: Ctx, id: string, first: boolean): Promise<OpenExport> {
  const { app } = ctx;
  const row = await ownRun(ctx, id);
  requireArchive(app, row);
  if (first) {
    await writeAudit(app.db, ctx, { action: "personal.downloaded", subject_type: "personal", subject_id: id });
  }
  return openArchive(app, row, "pulpo-my-data");
}

function toPersonal(row: RunRow): PersonalExport {
  return {
    id: row.id,
    status: row.status,
    phase: row.phase,
    done: row.done,
    total: row.total,
    error: row.error,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    size: row.size,
    expires_at: row.expires_at?.toISOString() ?? null,
  };
}

/** Runs the export from its beginning. @returns false when another process has it */
export function workOnPersonalExport(app: App, id: string, lastAttempt: boolean): Promise<boolean> {
  return workOnRun(app, id, (run) => writePersonal(app, run), lastAttempt);
}

async function writePersonal(app: App, run: RunRow): Promise<RunEnd> {
  // The account was deleted meanwhile.
  if (!run.created_by) return { status: "cancelled" };
  const userId = run.created_by;
  return await buildArchive(app, run, undefined, (worker, progress) => writeFiles(app, run, userId, worker, progress));
}

/** The JSON files, in one moment's view of the data, then the person's own files. */
async function writeFiles(app: App, run: RunRow, userId: string, worker: WriteWorker, progress: ProgressKeeper) {
  const org = run.organization_id, time = run.created_at.getTime();
  const files = personalFiles(org, userId, readableChannels(org, userId, app.now()));
  const counts: Record<string, number> = {};
  let media: { id: string; filename: string; size: number }[] = [];
  await app.snapshot(async (view) => {
    for (const [at, file] of files.entries()) {
      progress.set({ phase: "records", done: at, total: files.length });
      await worker.ask({ kind: "entry", name: `${file.name}.json`, time, compress: true });
      let rows = 0;
      for await (const lines of cursor(view, file.rows)) {
        const text = lines.map((line) => line.trimEnd()).join(",\n");
        await worker.ask({ kind: "write", data: `${rows === 0 ? "[\n" : ",\n"}${text}` });
        rows += lines.length;
      }
      await worker.ask({ kind: "write", data: rows === 0 ? "[]\n" : "\n]\n" });
      await worker.ask({ kind: "end" });
      counts[file.name] = rows;
    }
    media = await view.rows(sql`select id, filename, size from media
      where organization_id = ${org} and owner_id = ${userId} order by id`);
  });
  const total = media.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const { id, filename, size } of media) {
    progress.set({ phase: "files", done, total });
    const found = await readMedia(app, org, id).catch((error) => {
      if (error instanceof AppError && error.code === "not_found") return undefined; // removed since the snapshot
      throw error;
    });
    if (!found) continue;
    await worker.ask({ kind: "entry", name: `files/${id}${endingOf(filename)}`, time, compress: false });
    for await (const part of found.stream) await worker.ask({ kind: "write", data: part });
    await worker.ask({ kind: "end" });
    done += size;
  }
  const about = { format: "pulpo-personal-data", version: 1, server: VERSION, user_id: userId, counts };
  await worker.ask({ kind: "entry", name: "about.json", time, compress: true });
  await worker.ask({ kind: "write", data: JSON.stringify(about, null, 2) + "\n" });
  await worker.ask({ kind: "end" });
  return counts;
}

/** `.png`: so that the file opens; anything unusual is left out, a name from outside never becomes a path. */
function endingOf(filename: string): string {
  return /\.[a-z0-9]{1,8}$/i.exec(filename)?.[0].toLowerCase() ?? "";
}
