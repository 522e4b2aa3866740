// Rows of transfer_runs: who works on which run, and how far it is. A run belongs to the process that holds its lease; when
// that process dies, another one takes over where the last transaction ended.
import { json, type Queryable, rawSql, type Sql, sql } from "../../db/sql.ts";
import { newId } from "../../kernel/ids.ts";
import type { ImportSource, TransferProgress, TransferStatus } from "../../protocol/operation/transfer.ts";
import type { App } from "../context.ts";
import { channels } from "../../protocol/wire/channels.ts";

export interface RunRow {
  id: string;
  organization_id: string;
  kind: "import" | "export" | "personal";
  source: ImportSource;
  status: TransferStatus;
  dry_run: boolean;
  phase: string;
  done: number;
  total: number;
  // deno-lint-ignore no-explicit-any
  options: any;
  // deno-lint-ignore no-explicit-any
  report: any;
  error: string | null;
  media_id: string | null;
  path: string | null;
  // deno-lint-ignore no-explicit-any
  checkpoint: any;
  cancel_requested: boolean;
  created_by: string | null;
  created_by_name: string;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  size: number | null;
  sha256: string | null;
  expires_at: Date | null;
}

const COLUMNS: Sql = rawSql(
  `id, organization_id, kind, source, status, dry_run, phase, done, total, options, report, error,
  media_id, path, checkpoint, cancel_requested, created_by, created_by_name, created_at, started_at, finished_at, size,
  sha256, expires_at`,
);
const LEASE_SECONDS = 30;
/** This process, as the holder of leases. */
const INSTANCE = newId();

export type NewRun = Pick<
  RunRow,
  | "id"
  | "organization_id"
  | "kind"
  | "source"
  | "dry_run"
  | "options"
  | "media_id"
  | "path"
  | "created_by"
  | "created_by_name"
  | "created_at"
>;

/** @throws SqlError 23505 `transfer_runs_one` when one of this kind is under way */
export async function insertRun(tx: Queryable, run: NewRun): Promise<RunRow> {
  return await tx.one<RunRow>(sql`
    insert into transfer_runs (id, organization_id, kind, source, status, dry_run, options, media_id, path, created_by,
      created_by_name, created_at)
    values (${run.id}, ${run.organization_id}, ${run.kind}, ${run.source}, 'queued', ${run.dry_run}, ${
    json(run.options)
  },
      ${run.media_id}, ${run.path}, ${run.created_by}, ${run.created_by_name}, ${run.created_at})
    returning ${COLUMNS}`);
}

export async function runById(
  db: Queryable,
  organizationId: string,
  kind: RunRow["kind"],
  id: string,
): Promise<RunRow | undefined> {
  return await db.maybe<RunRow>(sql`select ${COLUMNS} from transfer_runs
    where id = ${id} and organization_id = ${organizationId} and kind = ${kind}`);
}

/** The newest first. */
export async function runPage(
  db: Queryable,
  organizationId: string,
  kind: RunRow["kind"],
  limit: number,
  before?: string,
  createdBy?: string,
): Promise<RunRow[]> {
  return await db.rows<RunRow>(sql`select ${COLUMNS} from transfer_runs
    where organization_id = ${organizationId} and kind = ${kind} and (${before ?? null}::uuid is null or id < ${
    before ?? null
  })
      and (${createdBy ?? null}::uuid is null or created_by = ${createdBy ?? null})
    order by id desc limit ${limit}`);
}

/** Takes the run for this process; undefined when it is over or another live process has it. */
export async function claimRun(app: App, id: string): Promise<RunRow | undefined> {
  const now = app.now(), until = leaseEnd(now);
  // The embedded database belongs to this process alone: whoever held the lease is dead.
  const mine = app.db.kind === "embedded" ? rawSql("true") : sql`leased_by = ${INSTANCE}`;
  return await app.db.maybe<RunRow>(sql`
    update transfer_runs set status = 'running', leased_by = ${INSTANCE}, leased_until = ${until},
      started_at = coalesce(started_at, ${now})
    where id = ${id} and status in ('queued', 'running')
      and (leased_until is null or leased_until < ${now} or ${mine})
    returning ${COLUMNS}`);
}

const leaseEnd = (now: Date) => new Date(now.getTime() + LEASE_SECONDS * 1000);

export interface Progress {
  phase: string;
  done: number;
  total: number;
  checkpoint?: unknown;
}

/** Thrown when the run was cancelled or another process has taken it over. */
export class RunLost extends Error {
  constructor(readonly cancelled: boolean) {
    super(cancelled ? "cancelled" : "taken over by another process");
  }
}

/** Notes the progress and renews the lease, in the transaction of what was done. @throws RunLost */
export async function saveProgress(tx: Queryable, app: App, id: string, p: Progress): Promise<void> {
  const row = await tx.maybe<{ cancel_requested: boolean }>(sql`
    update transfer_runs set phase = ${p.phase}, done = ${Math.round(p.done)}, total = ${Math.round(p.total)},
      leased_until = ${leaseEnd(app.now())}, checkpoint = coalesce(nullif(${
    json(p.checkpoint ?? null)
  }, 'null'::jsonb), checkpoint)
    where id = ${id} and status = 'running' and leased_by = ${INSTANCE} returning cancel_requested`);
  if (!row || row.cancel_requested) throw new RunLost(row?.cancel_requested ?? false);
}

export interface RunEnd {
  status: "done" | "failed" | "cancelled";
  error?: string;
  report?: unknown;
  size?: number;
  sha256?: string;
  expiresAt?: Date;
}

/** @returns false when it was over already */
export async function endRun(tx: Queryable, id: string, now: Date, end: RunEnd): Promise<boolean> {
  return await tx.run(sql`
    update transfer_runs set status = ${end.status}, error = ${
    end.error ?? null
  }, finished_at = ${now}, leased_until = null,
      phase = case when ${end.status} = 'done' then 'done' else phase end,
      done = case when ${end.status} = 'done' then total else done end,
      report = coalesce(nullif(${json(end.report ?? null)}, 'null'::jsonb), report), size = ${
    end.size ?? null
  }, sha256 = ${end.sha256 ?? null},
      expires_at = ${end.expiresAt ?? null}
    where id = ${id} and status in ('queued', 'running')`) > 0;
}

/** Says to open consoles how far it is; worth nothing a second later. */
export function tellProgress(app: App, run: RunRow, p: Progress, status: TransferStatus = "running"): void {
  // What one person does with the own data is nobody else's business.
  if (run.kind === "personal") return;
  const data: TransferProgress = {
    id: run.id,
    kind: run.kind,
    status,
    phase: p.phase,
    done: Math.round(p.done),
    total: Math.round(p.total),
  };
  app.realtime.publishEphemeral(run.organization_id, channels.transfers(), "transfer_progress", data);
}

/**
 * Saves and tells a run's progress once a second by itself: for work that cannot use the database (inside a snapshot) or
 * has long steps. `check` throws RunLost once the run was cancelled or taken over.
 */
export class ProgressKeeper {
  #progress: Progress = { phase: "queued", done: 0, total: 0 };
  #timer: ReturnType<typeof setInterval>;
  #saving: Promise<void> = Promise.resolve();
  #lost: unknown;

  constructor(
    private readonly app: App,
    private readonly run: RunRow,
    private readonly onProgress: (p: Progress) => void,
  ) {
    this.#timer = setInterval(() => this.#saving = this.#save(), 1000);
  }

  async #save(): Promise<void> {
    const progress = this.#progress;
    try {
      await this.app.db.withTx((tx) => saveProgress(tx, this.app, this.run.id, progress));
      tellProgress(this.app, this.run, progress);
      this.onProgress(progress);
    } catch (error) {
      if (error instanceof RunLost) this.#lost = error;
      else this.app.log.debug("progress could not be saved", { error });
    }
  }

  /** @throws RunLost */
  set(progress: Progress): void {
    if (this.#lost) throw this.#lost;
    this.#progress = progress;
  }

  /** After it nothing is saved any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#saving;
  }
}
