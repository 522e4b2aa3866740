// Clicks on the actions of cards. A click is a person's, in a message that the person may read and react to; the program that
// sent the message is told by a job, signed and tried again as outgoing webhooks are. Invariants:
//  - only what stands in the message now can be clicked, and only where its program takes clicks;
//  - a second click a moment later, or while the first is still on its way, is the first one again;
//  - how often a person clicks is bounded, and what is old is removed.
// Signature: X-Pulpo-Signature: sha256=<hex HMAC-SHA-256 of "<X-Pulpo-Timestamp>.<body>" with the webhook's secret as key>.
import { perApp } from "../../../kernel/per_app.ts";
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { sql } from "../../../db/sql.ts";
import type { CardAction } from "../../../protocol/chat/cards.ts";
import type { ActionAnswer } from "../../../protocol/chat/chat.ts";
import type { App, Ctx } from "../../context.ts";
import type { JobRule } from "../../define.ts";
import { actionReceiver, outgoingCalls } from "../../notifications/mod.ts";
import { messageWith } from "../messages/store.ts";
import { chatUsers, type MessageRow, toChatUser } from "../messages/views.ts";

const ACTION_JOB = "chat.card_action";
const ACTION_EVENT = "message_action";
const CLICKS_PER_MINUTE = 60;
/** A double click is one click. */
const TWICE_MS = 3_000;
const KEEP_DAYS = 30;

const limiterOf = perApp((app: App) =>
  app.limits.limiter({ name: "card_actions", points: CLICKS_PER_MINUTE, windowSeconds: 60, shared: false })
);

/**
 * Tells the program that sent the message of a click.
 * @returns after COMMIT; the program is told behind it
 * @throws AppError not_found (message or action), forbidden, muted, channel_archived, conflict (nothing to click), rate_limited
 */
export async function clickAction(ctx: Ctx, messageId: string, actionId: string): Promise<ActionAnswer> {
  const { app, actor } = ctx;
  authorize(actor, "chat.send");
  const userId = requireUser(actor);
  await limiterOf(app).consume(userId, "Too many clicks in a minute; wait a little.");
  const { row: seen } = await messageWith(app.db, actor, messageId, "react", app.now());
  findAction(seen, actionId);
  const receiver = seen.props.hook ? await actionReceiver(app, seen.organization_id, seen.props.hook) : undefined;
  if (!receiver) throw new AppError("conflict", "The program that sent this message does not take clicks.");
  const { id, fresh } = await app.db.withTx(async (tx) => {
    // Locks the message: two clicks at once follow each other.
    const { row } = await messageWith(tx, actor, messageId, "react", app.now());
    const action = findAction(row, actionId);
    const since = new Date(app.now().getTime() - TWICE_MS);
    const before = await tx.maybe<{ id: string }>(sql`
      select id from message_actions where message_id = ${messageId} and user_id = ${userId} and action_id = ${actionId}
        and organization_id = ${row.organization_id}
        and (created_at > ${since} or (status = 'pending' and attempts = 0)) order by created_at desc limit 1`);
    if (before) return { id: before.id, fresh: false };
    const person = (await chatUsers(tx, row.organization_id, [userId])).get(userId);
    if (!person) throw new AppError("forbidden", "Only a person can do this.");
    const body = JSON.stringify({
      action_id: actionId,
      value: action.value ?? "",
      user: toChatUser(person, actor.kind === "token"),
      message_id: messageId,
      channel_id: row.channel_id,
    });
    const id = newId();
    await tx.run(sql`
      insert into message_actions
        (id, organization_id, message_id, action_id, user_id, webhook_id, body, status, created_at)
      values (${id}, ${row.organization_id}, ${messageId}, ${actionId}, ${userId}, ${row.props
      .hook!}, ${body}, 'pending',
        ${app.now()})`);
    return { id, fresh: true };
  });
  // A crash before this leaves the row; the sweep enqueues it.
  if (fresh) await app.jobs.enqueue(ACTION_JOB, { id, organization_id: actor.organizationId }, { singletonKey: id });
  return { id, message_id: messageId, action_id: actionId, status: "accepted" };
}

/** @throws AppError not_found, conflict */
function findAction(row: MessageRow, actionId: string): CardAction {
  const action = (row.props.cards ?? []).flatMap((card) => card.actions ?? []).find(({ id }) => id === actionId);
  if (!action) throw notFound("action");
  if (action.url !== undefined) throw new AppError("conflict", "This action is a link: open its address.");
  if (action.value === undefined) throw new AppError("conflict", "This action cannot be clicked.");
  return action;
}

interface DueAction {
  id: string;
  organization_id: string;
  webhook_id: string;
  body: string;
}

export const actionJob: JobRule<{ id: string; organization_id: string }> = {
  name: ACTION_JOB,
  retryLimit: 7,
  retryDelaySeconds: 15,
  async handle(app, { id, organization_id }, { lastAttempt }) {
    const due = await app.db.maybe<DueAction>(sql`
      select id, organization_id, webhook_id, body from message_actions
      where id = ${id} and organization_id = ${organization_id} and status = 'pending'`);
    if (!due) return;
    const receiver = await actionReceiver(app, organization_id, due.webhook_id);
    const outcome = receiver
      ? await outgoingCalls.signedPost(app, { id, event: ACTION_EVENT, body: due.body, ...receiver })
      : { verdict: "refused" as const, status: null, error: "The webhook takes no clicks any more." };
    const again = outcome.verdict === "again" && !lastAttempt;
    const status = outcome.verdict === "delivered" ? "delivered" : again ? "pending" : "failed";
    await app.db.run(sql`
      update message_actions set status = ${status}, attempts = attempts + 1, response_status = ${outcome.status},
        error = ${outcome.error}, last_attempt_at = ${app.now()}
      where id = ${id} and organization_id = ${organization_id}`);
    if (again) throw new Error(`click ${id}: ${outcome.error ?? `status ${outcome.status}`}`);
  },
};

/** Enqueues what a crash left, and removes what is old. */
export const actionSweepJob: JobRule = {
  name: "chat.card_actions_sweep",
  retryLimit: 0,
  cron: "23 * * * *",
  async handle(app) {
    const now = app.now().getTime();
    const left = await app.db.rows<{ id: string; organization_id: string }>(sql`
      select id, organization_id from message_actions
      where status = 'pending' and attempts = 0 and created_at < ${new Date(
      now - 600_000,
    )} order by created_at limit 500`);
    for (const row of left) await app.jobs.enqueue(ACTION_JOB, row, { singletonKey: row.id });
    const old = new Date(now - KEEP_DAYS * 86_400_000);
    for (;;) {
      const gone = await app.db.run(sql`
        delete from message_actions where id in (select id from message_actions where created_at < ${old} limit 1000)`);
      if (gone < 1000) return;
    }
  },
};
