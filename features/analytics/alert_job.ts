// Looks at all alert rules once a minute. What turned is written in one transaction with the rule's state; who must know
// is told afterwards, and a crash in between is made good by the next look: notifications carry a key that keeps a second
// one from being sent, a webhook may get a repetition with the same id.
import { newId } from "../../kernel/ids.ts";
import { postOutbound } from "../../kernel/outbound.ts";
import { json, sql } from "../../db/sql.ts";
import type { AlertMetric } from "../../protocol/operation/analytics.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { App } from "../context.ts";
import type { JobRule } from "../define.ts";
import { outgoingCalls, sendAsSystem } from "../notifications/mod.ts";
import { currentValue } from "./alert_metrics.ts";
import { type IncidentRow, type RuleRow, toIncident } from "./alert_rules.ts";
import { nextState } from "./alert_state.ts";
import { alertText } from "./alert_text.ts";
import { flushTelemetry } from "./telemetry.ts";

const SENDER = "Pulpo";
const WEBHOOK_TIMEOUT_MS = 10_000;

export const alertJob: JobRule = {
  name: "analytics.alerts",
  retryLimit: 0,
  cron: "* * * * *",
  handle: checkAlerts,
};

/** One look at every rule of every organisation. */
export async function checkAlerts(app: App): Promise<void> {
  await flushTelemetry(app);
  const organizations = await app.db.rows<{ organization_id: string }>(sql`
    select distinct organization_id from alert_rules where (rule ->> 'enabled')::boolean`);
  for (const { organization_id } of organizations) await checkOrganization(app, organization_id);
  await tell(app);
}

async function checkOrganization(app: App, organizationId: string): Promise<void> {
  const rows = await app.db.rows<RuleRow>(sql`
    select * from alert_rules where organization_id = ${organizationId} and (rule ->> 'enabled')::boolean`);
  const values = new Map<AlertMetric, number | null>();
  for (const { rule: { metric } } of rows) {
    if (!values.has(metric)) values.set(metric, await currentValue(app, organizationId, metric));
  }
  const now = app.now();
  for (const { id, rule: { metric } } of rows) {
    const value = values.get(metric) ?? null;
    await app.db.withTx(async (tx) => {
      const row = await tx.maybe<RuleRow>(sql`select * from alert_rules where id = ${id} for update`);
      if (!row || row.rule.metric !== metric) return;
      const before = { firing: row.firing_id !== null, pendingSince: row.pending_since };
      const next = nextState(row.rule, before, value, now);
      let firingId = row.firing_id;
      if (next.turn === "fired") {
        firingId = newId();
        await tx.run(sql`
          insert into alert_history (id, organization_id, rule_id, rule, value, fired_at)
          values (${firingId}, ${organizationId}, ${id}, ${json(row.rule)}, ${value}, ${now})`);
      } else if (next.turn === "resolved") {
        await tx.run(sql`
          update alert_history set resolved_at = ${now}, resolved_value = ${value} where id = ${firingId}`);
        firingId = null;
      }
      await tx.run(sql`
        update alert_rules set pending_since = ${next.pendingSince}, firing_id = ${firingId},
          last_value = ${value}, checked_at = ${now} where id = ${id}`);
    });
  }
}

/** Sends what has not been told yet. */
async function tell(app: App): Promise<void> {
  const untold = await app.db.rows<IncidentRow>(sql`
    select * from alert_history where not told_fired or (resolved_at is not null and not told_resolved)
    order by id limit 200`);
  for (const incident of untold) {
    if (!incident.told_fired) await tellOne(app, incident, "firing");
    if (incident.resolved_at && !incident.told_resolved) await tellOne(app, incident, "resolved");
    await app.db.run(sql`
      update alert_history set told_fired = true, told_resolved = told_resolved or ${incident.resolved_at !== null}
      where id = ${incident.id}`);
  }
}

async function tellOne(app: App, incident: IncidentRow, state: "firing" | "resolved"): Promise<void> {
  const { organization_id: organizationId, rule } = incident;
  const data = { ...toIncident(incident), state };
  const key = `alert:${incident.id}:${state}`;
  const people = await recipients(app, organizationId, rule.notify);
  for (const [language, ids] of Map.groupBy(people, (p) => p.locale.startsWith("es") ? "es" as const : "en" as const)) {
    await sendAsSystem(app, organizationId, SENDER, {
      type: "alert",
      message: alertText(data, state, language),
      data,
      user_ids: ids.map((p) => p.id),
      persist: true,
      dedupe_key: `${key}:${language}`,
    });
  }
  if (rule.channel) {
    await sendAsSystem(app, organizationId, SENDER, {
      type: "alert",
      message: alertText(data, state, "en"),
      data,
      channel: channels.notify(rule.channel),
      persist: true,
      dedupe_key: `${key}:channel`,
    });
  }
  if (rule.webhook) {
    await app.jobs.enqueue(alertWebhookJob.name, { url: rule.webhook, data }, { singletonKey: key });
  }
}

async function recipients(app: App, organizationId: string, notify: RuleRow["rule"]["notify"]) {
  return await app.db.rows<{ id: string; locale: string }>(sql`
    select id, locale from users where organization_id = ${organizationId} and is_active
      and ${notify === "admins" ? sql`role in ('owner', 'admin')` : sql`id = any(${notify}::uuid[])`} order by id`);
}

export const alertWebhookJob: JobRule<{ url: string; data: Record<string, unknown> }> = {
  name: "analytics.alert_webhook",
  retryLimit: 6,
  retryDelaySeconds: 10,
  async handle(app, { url, data }) {
    const answer = await postOutbound({
      url,
      headers: { "content-type": "application/json", "user-agent": "Pulpo" },
      body: JSON.stringify({ type: "alert", text: alertText(data as never, data.state as never, "en"), data }),
      timeoutMs: WEBHOOK_TIMEOUT_MS,
      maxResponseBytes: 1024,
      allowPrivate: outgoingCalls.mayCallPrivate(app),
    });
    if (answer.status < 200 || answer.status > 299) throw new Error(`The address answered ${answer.status}.`);
  },
};
