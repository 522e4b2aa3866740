// Removes what is older than its time: notifications with all that hangs on them after PULPO_NOTIFICATION_RETENTION_DAYS,
// delivery logs after 30 days, dedupe keys after 24 hours. In small statements, so that nobody waits behind them.
import { sql } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import type { JobRule } from "../../define.ts";
import { floorId } from "./ids.ts";
import { DEDUPE_HOURS } from "../send/write.ts";

const BATCH = 1000;
const DELIVERY_LOG_DAYS = 30;
const DAY_MS = 86_400_000;

export const retentionJob: JobRule = {
  name: "notifications.retention",
  retryLimit: 2,
  cron: "17 * * * *",
  async handle(app) {
    await removeOld(app);
  },
};

/** Runs until nothing old is left; answers how many rows of notifications went. */
export async function removeOld(app: App): Promise<number> {
  const now = app.now().getTime();
  const notifications = floorId(new Date(now - app.config.notificationRetentionDays * DAY_MS));
  const removed = await inBatches(async () => {
    const { count } = await app.db.one<{ count: number }>(sql`
      with gone as (
        delete from notifications where id in (
          select id from notifications where id < ${notifications} order by id limit ${BATCH}
        ) returning id
      ), recipients as (
        delete from notification_recipients where notification_id in (select id from gone)
      ), reads as (
        delete from notification_reads where notification_id in (select id from gone)
      ), mails as (
        delete from notification_mails where notification_id in (select id from gone)
      )
      select count(*)::int as count from gone`);
    return count;
  });
  const keys = new Date(now - DEDUPE_HOURS * 3_600_000);
  await inBatches(() =>
    app.db.run(sql`
      delete from notification_dedupe where (organization_id, scope, dedupe_key) in (
        select organization_id, scope, dedupe_key from notification_dedupe where created_at <= ${keys} limit ${BATCH}
      ) and created_at <= ${keys}`)
  );
  const deliveries = floorId(new Date(now - DELIVERY_LOG_DAYS * DAY_MS));
  await inBatches(() =>
    app.db.run(sql`
      delete from webhook_deliveries where id in (
        select id from webhook_deliveries where id < ${deliveries} order by id limit ${BATCH})`)
  );
  return removed;
}

async function inBatches(remove: () => Promise<number>): Promise<number> {
  for (let total = 0;;) {
    const removed = await remove();
    total += removed;
    if (removed < BATCH) return total;
  }
}
