// The job queue: pg-boss over our own SQL surface, so that jobs lie in the same database as everything else and need
// no further service. Invariants:
//  - at least once: a job that was enqueued runs, also after `kill -9`; handlers are idempotent;
//  - a job that fails is tried again with exponential back-off; after its last try it is a dead letter, kept 90 days, listed and
//    retried by hand;
//  - a handler that fails or hangs holds up only its own queue; stopping waits for running jobs, but not for ever.
// pg-boss keeps its tables in the schema `pgboss` and migrates them itself. Queue = name of the job rule.
import { PgBoss } from "pg-boss";
import type { JobResult, JobWithMetadata } from "pg-boss";
import type { Logger } from "../kernel/log.ts";
import type { EnqueueOptions, Jobs } from "../kernel/ports.ts";
import { type Db, type Row, Sql, sql } from "../db/sql.ts";

/** The same shape as in features/define.ts. */
export interface JobRule<App, T extends object = object> {
  /** `area.verb`, stored; never rename. */
  name: string;
  /** Tries after the first one, with exponential back-off; then the job is a dead letter. */
  retryLimit: number;
  /** Before the second try; doubles from then on, at most one hour. Default 5. */
  retryDelaySeconds?: number;
  /** Five-field cron in UTC for a job that runs by itself. */
  cron?: string;
  handle(app: App, data: T, job: { id: string; attempt: number; lastAttempt: boolean }): Promise<void>;
}

export interface DeadLetter {
  id: string;
  /** Name of the job rule. */
  name: string;
  data: Record<string, unknown>;
  /** Text of the last error. */
  error: string;
  /** Tries it had. */
  attempts: number;
  created_at: Date;
  failed_at: Date;
}

export interface JobQueue<App> extends Jobs {
  /** Begins to run jobs. `enqueue` works before. */
  start(app: App): Promise<void>;
  /** Puts a dead letter back into its queue, with all its tries. False when there is no such one. */
  retryDeadLetter(id: string): Promise<boolean>;
  /** Takes no new jobs, waits for running ones; what is still running then is named in the log and tried again later. */
  stop(ms?: number): Promise<void>;
}

const DEAD_LETTERS = "pulpo.dead_letters";
const DAY = 24 * 3600;
/** Jobs of one queue that run at the same time. */
const BATCH = 20;

/** Opens the queue and tells it the rules. @throws when the schema `pgboss` cannot be created. */
export async function openJobs<App>(
  { db, log }: { db: Db; log: Logger },
  // deno-lint-ignore no-explicit-any
  rules: JobRule<App, any>[],
): Promise<JobQueue<App>> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => executeSql(db, text, values) },
    backend: db.kind === "embedded" ? "pglite" : "postgres",
    schema: "pgboss",
  });
  boss.on("error", quietly(log));
  await boss.start();
  await boss.createQueue(DEAD_LETTERS);
  await boss.updateQueue(DEAD_LETTERS, { retentionSeconds: 90 * DAY });
  for (const rule of rules) await declare(boss, rule);
  await removeOldSchedules(boss, rules);
  const workers = new Map<string, string>();
  /** Job → name of its rule. */
  const running = new Map<string, string>();
  const known = new Set(rules.map((rule) => rule.name));

  const queue: JobQueue<App> = {
    async start(app) {
      // A single process: what is marked as running died with the process before this one.
      if (db.kind === "embedded") {
        await db.run(sql`update pgboss.job set state = 'retry', start_after = now() where state = 'active'`);
      }
      for (const rule of rules) workers.set(rule.name, await work(boss, app, rule, log, running));
    },
    async enqueue(name: string, data: object, options: EnqueueOptions = {}) {
      if (!known.has(name)) throw new Error(`There is no job rule "${name}".`);
      // The policy `short` allows one waiting job per key, so a job without a key of its own gets a random one.
      const singletonKey = options.singletonKey ?? crypto.randomUUID();
      await boss.send(name, data, { singletonKey, startAfter: options.delaySeconds ?? 0 });
      const worker = workers.get(name);
      if (worker && !options.delaySeconds) boss.notifyWorker(worker);
    },
    async retryDeadLetter(id) {
      const letter = await db.maybe<{ name: string; data: object }>(sql`
        select source_name as name, data from pgboss.job
        where name = ${DEAD_LETTERS} and id = ${id} and source_name is not null`);
      if (!letter || !known.has(letter.name)) return false;
      await queue.enqueue(letter.name, letter.data);
      await boss.deleteJob(DEAD_LETTERS, id);
      return true;
    },
    async stop(ms = 8_000) {
      // The rest of the time is for writing down which ones are to be tried again.
      const patience = ms * 0.8;
      const late = setTimeout(() => {
        if (running.size) log.warn("jobs did not end in time and will be tried again", { jobs: [...running.values()] });
      }, patience);
      await boss.stop({ graceful: true, timeout: patience, close: false }).finally(() => clearTimeout(late));
    },
  };
  return queue;
}

/** Opens the queue and runs it at once; for tests and small programs. */
export async function startJobs<App extends { db: Db; log: Logger }>(
  app: App,
  // deno-lint-ignore no-explicit-any
  rules: JobRule<App, any>[],
): Promise<JobQueue<App>> {
  const queue = await openJobs(app, rules);
  await queue.start(app);
  return queue;
}

async function declare<App>(boss: PgBoss, rule: JobRule<App>): Promise<void> {
  const settings = {
    retryLimit: rule.retryLimit,
    retryDelay: rule.retryDelaySeconds ?? 5,
    retryBackoff: true,
    expireInSeconds: 900,
    // On a server other instances take over the jobs of one that died within about two minutes.
    heartbeatSeconds: 60,
    retentionSeconds: 14 * DAY,
    deleteAfterSeconds: DAY,
    deadLetter: DEAD_LETTERS,
  };
  await boss.createQueue(rule.name, { ...settings, retryDelayMax: 3600, policy: "short" });
  const { heartbeatSeconds: _, ...changeable } = settings;
  await boss.updateQueue(rule.name, changeable);
  if (rule.cron) await boss.schedule(rule.name, rule.cron, {}, { tz: "UTC" });
}

/** Schedules of rules that no longer exist or no longer have a cron would enqueue for ever. */
async function removeOldSchedules<App>(boss: PgBoss, rules: JobRule<App>[]): Promise<void> {
  const wanted = new Set(rules.filter((rule) => rule.cron).map((rule) => rule.name));
  for (const { name } of await boss.getSchedules()) if (!wanted.has(name)) await boss.unschedule(name);
}

async function work<App>(
  boss: PgBoss,
  app: App,
  rule: JobRule<App>,
  log: Logger,
  running: Map<string, string>,
): Promise<string> {
  const run = async (job: JobWithMetadata<object>): Promise<JobResult> => {
    const attempt = job.retryCount + 1;
    const lastAttempt = job.retryCount >= job.retryLimit;
    running.set(job.id, rule.name);
    try {
      await rule.handle(app, job.data ?? {}, { id: job.id, attempt, lastAttempt });
      return { id: job.id, status: "completed" };
    } catch (error) {
      log.warn(lastAttempt ? "A job failed for the last time" : "A job failed and will be tried again", {
        job: rule.name,
        job_id: job.id,
        attempt,
        error,
      });
      return {
        id: job.id,
        status: "failed",
        output: { message: error instanceof Error ? error.message : String(error) },
      };
    } finally {
      running.delete(job.id);
    }
  };
  return await boss.work(
    rule.name,
    {
      includeMetadata: true,
      perJobResults: true,
      batchSize: BATCH,
      burstWhenBatchFull: true,
      // Every queue is asked by itself; for a schedule some seconds more or less do not matter.
      pollingIntervalSeconds: rule.cron ? SCHEDULE_POLL_S : POLL_S,
    },
    (jobs: JobWithMetadata<object>[]) => Promise.all(jobs.map(run)),
  );
}

const POLL_S = 2;
const SCHEDULE_POLL_S = 15;

/** pg-boss asks with parameters, or sends scripts of several statements without any. */
async function executeSql(db: Db, text: string, values: unknown[] = []): Promise<{ rows: Row[] }> {
  if (values.length === 0) {
    return { rows: /;\s*\S/.test(text) ? await db.exec(text) : await db.rows(new Sql(text, [])) };
  }
  const isPlainObject = (v: unknown) =>
    v !== null && typeof v === "object" && !Array.isArray(v) && !(v instanceof Date) && !(v instanceof Uint8Array);
  return { rows: await db.rows(new Sql(text, values.map((v) => isPlainObject(v) ? JSON.stringify(v) : v))) };
}

/** Logs errors of the queue itself, the same text at most every 30 s: it polls, and the database may be away for long. */
function quietly(log: Logger): (error: Error) => void {
  let last = "", at = -Infinity;
  return (error) => {
    const now = performance.now();
    if (error.message === last && now - at < 30_000) return;
    last = error.message;
    at = now;
    log.warn("The job queue had a problem", { error });
  };
}

/**
 * The newest dead letters first, at most `limit`; `before` continues after the last one shown. What went wrong stands in
 * `source_output`, for letters of pg-boss before 12.31 in `output`.
 */
export async function listDeadLetters(db: Db, limit = 50, before?: Date): Promise<DeadLetter[]> {
  return await db.rows<DeadLetter>(sql`
    select id, source_name as name, data, coalesce(source_output ->> 'message', output ->> 'message', source_output::text, output::text, '') as error,
      coalesce(source_retry_count, 0) + 1 as attempts, source_created_on as created_at, created_on as failed_at
    from pgboss.job
    where name = ${DEAD_LETTERS} and source_name is not null and (${
    before ?? null
  }::timestamptz is null or created_on < ${before ?? null})
    order by created_on desc, id limit ${limit}`);
}
