// Runs an import, phase by phase: the archive to this machine's disk, people, channels, messages, files. Everything that is
// written is written together with the note of how far it is, so the work goes on exactly there after a crash. Unpacking,
// parsing and converting happen in a worker; the event loop here only passes strings on to the database. A job may run for
// 15 minutes at most: after eight the rest is a new job.
import { AppError } from "../../../kernel/errors.ts";
import { json, type Queryable, sql } from "../../../db/sql.ts";
import { type ImportOptions, importOptions, type ImportReport } from "../../../protocol/operation/transfer.ts";
import { finishHistory, insertHistory } from "../../chat/mod.ts";
import { readMedia } from "../../media/mod.ts";
import type { App } from "../../context.ts";
import { countWaiting, fetchSome, insertFiles } from "./files.ts";
import { planChannels, type PlannedChannel, writeChannels } from "./channel_plan.ts";
import { Findings } from "../archives/neutral.ts";
import { type PlannedPerson, planPeople, writePeople } from "./people.ts";
import { addBatch, emptyReport, mergeFindings, reportPlans } from "./report.ts";
import { type Progress, type RunRow, saveProgress, tellProgress } from "../run_store.ts";
import { ReadWorker } from "../worker/client.ts";
import type { NextBatch, Position } from "../worker/messages.ts";

const SLICE_MS = 8 * 60_000;
const TELL_MS = 500;

interface Checkpoint {
  position: Position;
  /** Without the lists of people and channels: those are in the row's `report` from the start. */
  report: Omit<ImportReport, "people" | "channels">;
  /** All messages are in. */
  written?: boolean;
}

/** Everything of one slice of work. */
interface Work {
  app: App;
  run: RunRow;
  options: ImportOptions;
  worker: ReadWorker;
  folder: string;
  report: ImportReport;
  conflicts: Findings;
  until: number;
  tell(p: Progress): void;
}

/** @returns the report, or undefined when there is more to do. @throws RunLost, AppError `unsupported_file` */
export async function runImport(
  app: App,
  run: RunRow,
  onProgress: (p: Progress) => void = () => {},
): Promise<ImportReport | undefined> {
  const folder = `${app.config.dataDir}/transfer/${run.id}`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const worker = new ReadWorker();
  let told = 0;
  const checkpoint = run.checkpoint as Checkpoint | null;
  const work: Work = {
    app,
    run,
    options: importOptions.parse(run.options),
    worker,
    folder,
    report: structuredClone({ ...(run.report ?? emptyReport()), ...checkpoint?.report }),
    conflicts: new Findings(),
    until: performance.now() + SLICE_MS,
    tell(p) {
      if (performance.now() - told < TELL_MS) return;
      told = performance.now();
      tellProgress(app, run, p);
      onProgress(p);
    },
  };
  try {
    const complete = await importAll(work, checkpoint);
    if (complete) await Deno.remove(folder, { recursive: true }).catch(() => {});
    return complete ? work.report : undefined;
  } finally {
    worker.close();
  }
}

async function importAll(work: Work, checkpoint: Checkpoint | null): Promise<boolean> {
  const { app, run, options, worker } = work;
  await note(work, { phase: "reading", done: 0, total: 0 });
  const path = run.path ?? await localCopy(work);
  if (!await Deno.stat(path).then((info) => info.isFile, () => false)) {
    throw new AppError("not_found", `${path} cannot be read here. Give the command again, or upload the archive.`);
  }
  const directory = await worker.ask({
    kind: "open",
    path,
    scratch: `${work.folder}/lines`,
    source: run.source,
    joinLeave: options.join_leave,
  });
  const { organization_id: organizationId, source } = run;
  const people = await planPeople(app.db, organizationId, source, directory.users, options, work.conflicts);
  const ids = new Map(people.flatMap((p) => p.id ? [[p.user.key, p.id]] : []));
  const channels = await planChannels(app.db, organizationId, source, directory.channels, ids, options, work.conflicts);
  if (!run.report) {
    reportPlans(work.report, people, channels);
    mergeFindings(work.report.conflicts, work.conflicts.list());
    await app.db.run(sql`update transfer_runs set report = ${json(work.report)}
      where id = ${run.id} and organization_id = ${organizationId}`);
  }
  if (!run.dry_run) {
    const step = (phase: string, total: number) => (tx: Queryable, done: number) =>
      save(tx, work, { phase, done, total });
    await writePeople(app, organizationId, source, people, options, step("people", people.length));
    await writeChannels(app, organizationId, source, channels, ids, step("channels", channels.length));
  }
  if (!checkpoint?.written && !await writeMessages(work, people, channels, directory.bytes, checkpoint)) return false;
  if (!run.dry_run && options.files === "download" && !await writeFiles(work)) return false;
  return true;
}

async function localCopy({ app, run, folder }: Work): Promise<string> {
  const path = `${folder}/archive`;
  const { row, stream } = await readMedia(app, run.organization_id, run.media_id!);
  const there = await Deno.stat(path).catch(() => undefined);
  if (there?.size === row.size) await stream.cancel();
  else {
    const file = await Deno.open(`${path}.part`, { write: true, create: true, truncate: true, mode: 0o600 });
    await stream.pipeTo(file.writable);
    await Deno.rename(`${path}.part`, path);
  }
  return path;
}

async function writeMessages(
  work: Work,
  people: readonly PlannedPerson[],
  channels: readonly PlannedChannel[],
  total: number,
  checkpoint: Checkpoint | null,
): Promise<boolean> {
  const { app, run, worker, report } = work;
  const earlier = structuredClone(report.unsupported);
  await worker.ask({
    kind: "start",
    input: {
      scope: `${run.organization_id} ${run.source}`,
      people: people.flatMap((p) => p.id ? [[p.user.key, { id: p.id, username: p.username }]] : []),
      channels: channels.map((c) => c.action === "skipped" ? null : { id: c.id, name: c.name ?? "" }),
      from: checkpoint?.position ?? { channel: 0, n: 0 },
      links: work.options.files === "link",
      // The embedded database has one connection: others wait for a transaction, so it is a short one.
      batchSize: app.db.kind === "embedded" ? 200 : 1000,
      dryRun: run.dry_run,
    },
  });
  let next = worker.ask({ kind: "next" });
  next.catch(() => {});
  for (;;) {
    const batch = await next;
    if (!batch) break;
    // The worker prepares the next batch while the database writes this one.
    next = worker.ask({ kind: "next" });
    next.catch(() => {});
    report.unsupported = mergeFindings(structuredClone(earlier), batch.findings);
    addBatch(report, batch);
    const progress = { phase: "messages", done: batch.bytesRead, total };
    if (run.dry_run) await note(work, progress);
    else await writeBatch(work, batch, channels, progress);
    work.tell(progress);
    if (performance.now() > work.until) return false;
  }
  const written: Checkpoint = { position: { channel: channels.length, n: 0 }, report: slim(report), written: true };
  await note(work, { phase: "messages", done: total, total, checkpoint: run.dry_run ? undefined : written });
  return true;
}

async function writeBatch(
  work: Work,
  batch: NextBatch,
  channels: readonly PlannedChannel[],
  progress: Progress,
): Promise<void> {
  const { app, run, report } = work;
  const now = app.now(), organizationId = run.organization_id;
  const online = new Set(app.realtime.onlineUsers(organizationId));
  const ended = batch.ended.map((i) => channels[i]!);
  await app.db.withTx(async (tx) => {
    if (batch.counts.messages) await insertHistory(tx, organizationId, batch, now);
    await insertFiles(tx, organizationId, run.id, batch.files);
    await finishHistory(
      tx,
      organizationId,
      ended.map((c) => c.id),
      ended.flatMap((c) => c.members.map(({ settings, ...m }) => ({ ...settings, ...m, channel_id: c.id }))),
      online,
      now,
    );
    const checkpoint: Checkpoint = { position: batch.position, report: slim(report) };
    await saveProgress(tx, app, run.id, { ...progress, checkpoint });
  }, { timeoutMs: 60_000 });
}

async function writeFiles(work: Work): Promise<boolean> {
  const { app, run, worker, report } = work;
  const total = await countWaiting(app.db, run.organization_id, run.id);
  let done = 0;
  for (;;) {
    const progress = {
      phase: "files",
      done,
      total,
      checkpoint: { position: { channel: 0, n: 0 }, report: slim(report), written: true },
    };
    await note(work, progress);
    work.tell(progress);
    const some = await fetchSome(app, run.organization_id, run.id, worker, work.folder);
    if (!some) return true;
    done += some.stored + some.failed.length;
    report.counts.files_stored += some.stored;
    const failed = new Findings();
    for (const { name, error } of some.failed) failed.add("file_not_stored", `${name}: ${error}`);
    mergeFindings(report.unsupported, failed.list());
    if (performance.now() > work.until) {
      await note(work, { ...progress, done });
      return false;
    }
  }
}

function slim({ people: _, channels: __, ...rest }: ImportReport): Checkpoint["report"] {
  return rest;
}

const save = (tx: Queryable, { app, run }: Work, p: Progress) => saveProgress(tx, app, run.id, p);
const note = (work: Work, p: Progress) => work.app.db.withTx((tx) => save(tx, work, p));
