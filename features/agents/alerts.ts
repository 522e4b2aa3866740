// Tells people of agents that are away and back: reads the events that watch.ts commits, so that a crash in between loses none. To the
// inbox (and from there by mail and push, as each person wants it) of owners and administrators, and to outgoing webhooks that name
// the type `alert`.
import { sql } from "../../db/sql.ts";
import type { AgentAlert } from "../../protocol/agents/link.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { App } from "../context.ts";
import type { Consumer } from "../define.ts";
import { deliverEvents, sendAsSystem } from "../notifications/mod.ts";

const SENDER = "Pulpo";
const LANGUAGES = ["en", "es"] as const;

export const alertConsumer: Consumer = {
  name: "agents.alerts",
  async handle(app, events) {
    const alerts = events.filter(({ channel, type }) => channel === channels.agents() && type === "alert");
    for (const { id, organizationId, push } of alerts) {
      await tellPeople(app, organizationId, push.data as AgentAlert, `agent_alert:${id}`);
    }
    await deliverEvents(app, alerts, { named: true });
  },
};

async function tellPeople(app: App, organizationId: string, alert: AgentAlert, key: string): Promise<void> {
  const people = await app.db.rows<{ id: string; locale: string }>(sql`
    select id, locale from users where organization_id = ${organizationId} and is_active and role in ('owner', 'admin')
    order by id`);
  for (const language of LANGUAGES) {
    const ids = people.filter(({ locale }) => locale.startsWith("es") === (language === "es")).map(({ id }) => id);
    if (ids.length === 0) continue;
    await sendAsSystem(app, organizationId, SENDER, {
      type: "alert",
      message: agentAlertText(alert, language),
      data: alert,
      user_ids: ids,
      persist: true,
      dedupe_key: `${key}:${language}`,
    });
  }
}

function agentAlertText({ name, state, reason }: AgentAlert, language: "en" | "es"): string {
  const es = language === "es";
  if (state === "resolved") return es ? `El agente ${name} vuelve a responder` : `The agent ${name} answers again`;
  if (reason === "slow") return es ? `El agente ${name} responde con retraso` : `The agent ${name} answers too slowly`;
  return es ? `El agente ${name} no da señales de vida` : `The agent ${name} gives no sign of life`;
}
