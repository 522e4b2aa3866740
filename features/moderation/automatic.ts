// What the automatic filter leads to, behind the scenes: a report for each flagged message, and a mute for whoever runs
// into it again and again. Reads the event log, at least once: a report is one per open message, a mute one per cause.
import { newId } from "../../kernel/ids.ts";
import { sql, type Tx } from "../../db/sql.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { ModerationEvents } from "../../protocol/pushes/moderation.ts";
import { writeAudit } from "../audit/mod.ts";
import { messageById, toMessages } from "../chat/mod.ts";
import type { App, GuestCtx } from "../context.ts";
import type { ConsumedEvent, Consumer } from "../define.ts";
import { enact } from "./actions.ts";
import { settingsOf } from "./filters.ts";
import { insertReport } from "./report_store.ts";
import { tellCreated } from "./reports.ts";

export const automaticConsumer: Consumer = {
  name: "moderation.automatic",
  async handle(app, events) {
    for (const event of events) {
      if (event.channel !== channels.moderation()) continue;
      if (event.type === "message_flagged") await reportFlagged(app, event, dataOf<"message_flagged">(event));
      else if (event.type === "message_blocked") {
        await escalate(app, event.organizationId, dataOf<"message_blocked">(event));
      }
    }
  },
};

function dataOf<T extends keyof ModerationEvents>(event: ConsumedEvent): ModerationEvents[T] {
  return event.push.data as ModerationEvents[T];
}

async function reportFlagged(
  app: App,
  { organizationId }: ConsumedEvent,
  flag: ModerationEvents["message_flagged"],
): Promise<void> {
  await app.db.withTx(async (tx) => {
    const row = await messageById(tx, organizationId, flag.message_id);
    if (!row) return;
    // Also what was deleted at once is shown as it was.
    const [snapshot] = await toMessages(tx, organizationId, [{ ...row, deleted_at: null }]);
    const made = await insertReport(tx, {
      id: newId(),
      organization_id: organizationId,
      message_id: row.id,
      channel_id: row.channel_id,
      author_id: row.user_id,
      reporter_id: null,
      source: "filter",
      category: flag.rule === "flood" || flag.rule === "link" ? "spam" : "other",
      reason: flag.reason,
      rule: flag.rule,
      snapshot: snapshot!,
      created_at: app.now(),
    });
    if (made) await tellCreated(app, tx, made);
  });
}

async function escalate(app: App, organizationId: string, block: ModerationEvents["message_blocked"]): Promise<void> {
  const { escalation } = await settingsOf(app.db, organizationId);
  if (!escalation.enabled) return;
  await app.db.withTx(async (tx) => {
    const now = app.now();
    const person = await tx.maybe<{ username: string; role: string }>(sql`
      select username, role from users where id = ${block.user_id} and organization_id = ${organizationId} for update`);
    if (!person || person.role === "owner") return;
    if (await blocksSince(tx, organizationId, block.user_id, escalation.minutes, now) < escalation.blocks) return;
    const action = await enact(app, tx, {
      id: newId(),
      organization_id: organizationId,
      user_id: block.user_id,
      user_name: person.username,
      moderator_id: null,
      moderator_name: "filter",
      action_type: "mute",
      reason: `${escalation.blocks} messages in ${escalation.minutes} min were stopped by the automatic filter`,
      channel_id: null,
      report_id: null,
      created_at: now,
      expires_at: new Date(now.getTime() + escalation.mute_seconds * 1000),
      cause_id: block.id,
    }, now);
    if (!action) return;
    const ctx: GuestCtx = { app, requestId: newId(), ip: null, userAgent: null, log: app.log };
    await writeAudit(tx, ctx, {
      action: "moderation.muted",
      subject_type: "user",
      subject_id: block.user_id,
      details: { action_id: action.id, automatic: true, seconds: escalation.mute_seconds },
    }, { organizationId, id: null, name: "filter", kind: "system" });
  });
}

/** Blocked messages within the time, and since the last automatic mute: one series leads to one mute. */
async function blocksSince(tx: Tx, organizationId: string, userId: string, minutes: number, now: Date) {
  const { n } = await tx.one<{ n: number }>(sql`
    select count(*)::int as n from moderation_blocks
    where organization_id = ${organizationId} and user_id = ${userId}
      and created_at > ${new Date(now.getTime() - minutes * 60_000)}
      and created_at > coalesce((select max(created_at) from moderation_actions
        where organization_id = ${organizationId} and user_id = ${userId} and moderator_id is null
          and action_type = 'mute'), '-infinity')`);
  return n;
}
