// The organisation's alert rules and what came of them. The list is put as a whole; a rule that stays (by its id) keeps
// its state unless what it watches for changed. A rule that goes ends its alert.
import { authorize } from "../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../kernel/cursor.ts";
import { AppError } from "../../kernel/errors.ts";
import { isUuid, newId } from "../../kernel/ids.ts";
import { json, type Queryable, sql, type Tx } from "../../db/sql.ts";
import type { AlertIncident, AlertRule, AlertState } from "../../protocol/operation/analytics.ts";
import type { Page, PageQuery } from "../../protocol/common.ts";
import { writeAudit } from "../audit/mod.ts";
import type { Ctx } from "../context.ts";
import { outgoingCalls } from "../notifications/mod.ts";

export interface RuleRow {
  id: string;
  organization_id: string;
  rule: Omit<AlertRule, "id">;
  pending_since: Date | null;
  firing_id: string | null;
  last_value: number | null;
  checked_at: Date | null;
}

export interface IncidentRow {
  id: string;
  organization_id: string;
  rule_id: string;
  rule: Omit<AlertRule, "id">;
  value: number;
  fired_at: Date;
  resolved_at: Date | null;
  resolved_value: number | null;
  told_fired: boolean;
  told_resolved: boolean;
}

const toState = (row: RuleRow): AlertState => ({
  ...row.rule,
  id: row.id,
  state: row.firing_id ? "firing" : row.pending_since ? "pending" : row.last_value === null ? "unknown" : "ok",
  last_value: row.last_value,
  checked_at: row.checked_at?.toISOString() ?? null,
});

async function ruleRows(db: Queryable, organizationId: string): Promise<RuleRow[]> {
  return await db.rows<RuleRow>(sql`
    select id, organization_id, rule, pending_since, firing_id, last_value, checked_at from alert_rules
    where organization_id = ${organizationId} order by position`);
}

/** Needs `alerts.manage`. */
export async function getAlerts(ctx: Ctx): Promise<{ rules: AlertState[] }> {
  authorize(ctx.actor, "alerts.manage");
  return { rules: (await ruleRows(ctx.app.db, ctx.actor.organizationId)).map(toState) };
}

/** Replaces all rules. Needs `alerts.manage`. @throws AppError `validation_failed`: unknown people, rule or address */
export async function putAlerts(ctx: Ctx, rules: readonly AlertRule[]): Promise<{ rules: AlertState[] }> {
  authorize(ctx.actor, "alerts.manage");
  const { app, actor: { organizationId } } = ctx;
  for (const rule of rules) if (rule.webhook) await outgoingCalls.checkUrl(app, rule.webhook);
  return await app.db.withTx(async (tx) => {
    // One change at a time, and none while the rules are being looked at.
    await tx.run(sql`select id from alert_rules where organization_id = ${organizationId} order by id for update`);
    const known = new Map((await ruleRows(tx, organizationId)).map((row) => [row.id, row]));
    await checkRules(tx, organizationId, rules, known);
    const kept = rules.map((rule) => ({
      rule,
      before: rule.id ? known.get(rule.id) : undefined,
      id: rule.id ?? newId(),
    }));
    const ended = [...known.values()].filter((row) => {
      const now = kept.find((k) => k.id === row.id)?.rule;
      return row.firing_id && (!now || !now.enabled || !sameWatch(row.rule, now));
    });
    await tx.run(sql`
      update alert_history set resolved_at = ${app.now()}, told_resolved = true
      where organization_id = ${organizationId} and id = any(${ended.map((r) => r.firing_id)}::uuid[])`);
    await tx.run(sql`delete from alert_rules where organization_id = ${organizationId}`);
    for (const [position, { rule, before, id }] of kept.entries()) {
      const { id: _, ...body } = rule;
      const stays = before && rule.enabled && sameWatch(before.rule, rule) ? before : undefined;
      await tx.run(sql`
        insert into alert_rules (id, organization_id, position, rule, pending_since, firing_id, last_value, checked_at)
        values (${id}, ${organizationId}, ${position}, ${json(body)}, ${stays?.pending_since ?? null},
          ${stays?.firing_id ?? null}, ${stays?.last_value ?? null}, ${stays?.checked_at ?? null})`);
    }
    const details = { rules: rules.map(({ metric, direction, value }) => `${metric} ${direction} ${value}`) };
    await writeAudit(tx, ctx, { action: "alerts.changed", details });
    return { rules: (await ruleRows(tx, organizationId)).map(toState) };
  });
}

function sameWatch(a: Omit<AlertRule, "id">, b: Omit<AlertRule, "id">): boolean {
  return a.metric === b.metric && a.direction === b.direction && a.value === b.value;
}

async function checkRules(
  tx: Tx,
  organizationId: string,
  rules: readonly AlertRule[],
  known: ReadonlyMap<string, RuleRow>,
): Promise<void> {
  const ids = [...new Set(rules.flatMap((r) => r.notify === "admins" ? [] : r.notify))];
  const people = new Set(
    (await tx.rows<{ id: string }>(sql`
      select id from users where organization_id = ${organizationId} and id = any(${ids}::uuid[])`)).map((u) => u.id),
  );
  const errors = rules.flatMap((rule, i) => [
    ...(rule.id && !known.has(rule.id) ? [{ path: `rules.${i}.id`, message: "no such rule" }] : []),
    ...(rule.id && rules.findIndex((r) => r.id === rule.id) < i
      ? [{ path: `rules.${i}.id`, message: "stands there twice" }]
      : []),
    ...(rule.notify === "admins" ? [] : rule.notify).flatMap((id, n) =>
      people.has(id) ? [] : [{ path: `rules.${i}.notify.${n}`, message: "no such user in this organisation" }]
    ),
  ]);
  if (errors.length) throw new AppError("validation_failed", "Some of the rules cannot be set.", { errors });
}

/** What fired, newest first. Needs `alerts.manage`. */
export async function listIncidents(ctx: Ctx, query: PageQuery): Promise<Page<AlertIncident>> {
  authorize(ctx.actor, "alerts.manage");
  const before = query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : null;
  if (before !== null && !isUuid(before)) {
    throw new AppError("validation_failed", "The cursor is not one that this server gave out.");
  }
  const rows = await ctx.app.db.rows<IncidentRow>(sql`
    select * from alert_history
    where organization_id = ${ctx.actor.organizationId} and (${before}::uuid is null or id < ${before})
    order by id desc limit ${query.limit + 1}`);
  return toPage(rows, query.limit, (row) => [row.id], toIncident);
}

export const toIncident = (row: IncidentRow): AlertIncident => ({
  id: row.id,
  rule_id: row.rule_id,
  metric: row.rule.metric,
  direction: row.rule.direction,
  limit: row.rule.value,
  value: row.value,
  fired_at: row.fired_at.toISOString(),
  resolved_at: row.resolved_at?.toISOString() ?? null,
  resolved_value: row.resolved_value,
});
