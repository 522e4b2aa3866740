// What an organisation lets consoles report. Asked for with every report, so it is kept in memory for a few seconds; a
// change holds on other instances after that time.
import { perApp } from "../../kernel/per_app.ts";
import { authorize } from "../../kernel/actor.ts";
import { sql } from "../../db/sql.ts";
import type { AnalyticsSettings } from "../../protocol/operation/analytics.ts";
import { writeAudit } from "../audit/mod.ts";
import type { App, Ctx } from "../context.ts";

const KEEP_MS = 10_000;
const DEFAULTS: AnalyticsSettings = { telemetry: true, time_per_person: true };
const cacheOf = perApp((_app: App) => new Map<string, { at: number; settings: AnalyticsSettings }>());

export async function analyticsSettings(app: App, organizationId: string): Promise<AnalyticsSettings> {
  const cache = cacheOf(app), found = cache.get(organizationId);
  if (found && performance.now() - found.at < KEEP_MS) return found.settings;
  const row = await app.db.maybe<AnalyticsSettings>(sql`
    select telemetry, time_per_person from analytics_settings where organization_id = ${organizationId}`);
  const settings = row ?? DEFAULTS;
  if (cache.size > 10_000) cache.clear();
  cache.set(organizationId, { at: performance.now(), settings });
  return settings;
}

/** Needs `stats.read`. */
export async function getAnalyticsSettings(ctx: Ctx): Promise<AnalyticsSettings> {
  authorize(ctx.actor, "stats.read");
  return await analyticsSettings(ctx.app, ctx.actor.organizationId);
}

/** Needs `organization.manage`. Without time per person, what was kept for persons is forgotten. */
export async function updateAnalyticsSettings(ctx: Ctx, input: AnalyticsSettings): Promise<AnalyticsSettings> {
  authorize(ctx.actor, "organization.manage");
  const { app, actor: { organizationId, userId } } = ctx;
  await app.db.withTx(async (tx) => {
    await tx.run(sql`
      insert into analytics_settings (organization_id, telemetry, time_per_person, updated_at, updated_by)
      values (${organizationId}, ${input.telemetry}, ${input.time_per_person}, ${app.now()}, ${userId})
      on conflict (organization_id) do update set telemetry = excluded.telemetry,
        time_per_person = excluded.time_per_person, updated_at = excluded.updated_at, updated_by = excluded.updated_by`);
    if (!input.time_per_person) {
      await tx.run(sql`
        update stats_people set seconds = 0, second_hours = array_fill(0, array[24]), present = 0
        where organization_id = ${organizationId} and seconds > 0`);
    }
    await writeAudit(tx, ctx, { action: "analytics.settings_changed", details: { ...input } });
  });
  cacheOf(app).delete(organizationId);
  return input;
}
