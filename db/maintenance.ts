// What autovacuum and the checkpointer do on a server: PGlite has neither. Runs when nobody uses the database; if it is
// never quiet, it runs anyway after a while, because a log and dead rows that only grow are worse than a short wait.
import type { Logger } from "../kernel/log.ts";
import type { EmbeddedDb } from "./embedded.ts";

interface Task {
  statement: string;
  everyMs: number;
  due: number;
}

const LOOK_EVERY_MS = 5_000;
/** How long a due task waits for a quiet moment. */
const PATIENCE_MS = 10 * 60_000;

export function startMaintenance(db: EmbeddedDb, log: Logger): { stop(): void } {
  const now = performance.now();
  const tasks: Task[] = [
    // A checkpoint bounds what recovery has to replay after a crash.
    { statement: "checkpoint", everyMs: 5 * 60_000, due: now + 5 * 60_000 },
    { statement: "vacuum (analyze)", everyMs: 60 * 60_000, due: now + 10 * 60_000 },
  ];
  let quietLooks = 0;
  let running = false;
  const timer = setInterval(async () => {
    quietLooks = db.idle ? quietLooks + 1 : 0;
    const time = performance.now();
    const task = tasks.find((t) => time >= t.due && (quietLooks >= 2 || time >= t.due + PATIENCE_MS));
    if (!task || running) return;
    running = true;
    try {
      await db.exec(task.statement);
      log.debug("Maintenance done", { statement: task.statement, ms: Math.round(performance.now() - time) });
    } catch (error) {
      log.warn("Maintenance failed; it will be tried again", { statement: task.statement, error });
    } finally {
      task.due = performance.now() + task.everyMs;
      running = false;
    }
  }, LOOK_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
