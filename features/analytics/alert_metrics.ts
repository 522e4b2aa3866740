// The present value of what alerts watch. Figures of the process (memory, load) are those of the instance that looks.
import { sql } from "../../db/sql.ts";
import type { AlertMetric } from "../../protocol/operation/analytics.ts";
import type { App } from "../context.ts";
import { percentile, type SlotCount } from "../../kernel/histogram.ts";

/** Consoles report every few minutes: what they measured is looked at over so long. */
const WINDOW_MINUTES = 10;

/** Null: there is nothing to go by. */
export async function currentValue(app: App, organizationId: string, metric: AlertMetric): Promise<number | null> {
  const activity = app.realtime.organizationStats(organizationId);
  const since = new Date(app.now().getTime() - WINDOW_MINUTES * 60_000);
  switch (metric) {
    case "messages_per_minute":
      return activity.messages_per_minute;
    case "active_users":
      return activity.online_users;
    case "connections":
      return activity.connections;
    case "event_loop_lag_ms":
    case "memory_mb":
    case "cpu_percent":
      return app.load.read()[metric];
    case "delivery_latency_p95_ms":
      return percentile(
        await app.db.rows<SlotCount>(sql`
          select slot, sum(count)::int8 as count from stats_recent
          where organization_id = ${organizationId} and kind = 'latency' and minute > ${since}
          group by slot order by slot`),
        0.95,
      );
    case "connection_errors_per_minute": {
      const { count } = await app.db.one<{ count: number }>(sql`
        select coalesce(sum(count), 0)::int8 as count from stats_recent
        where organization_id = ${organizationId} and kind = 'connection_errors' and minute > ${since}`);
      return count / WINDOW_MINUTES;
    }
    case "reports_pending": {
      const { count } = await app.db.one<{ count: number }>(sql`
        select count(*)::int as count from moderation_reports
        where organization_id = ${organizationId} and status = 'pending' and case_id = id`);
      return count;
    }
  }
}
