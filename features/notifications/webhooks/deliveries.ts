// What is to be sent to outgoing webhooks: one row per event and webhook, made by the consumer of the event log, and the log
// of what became of it. A repeat of the consumer finds its rows there already and only enqueues them again.
import { authorize } from "../../../kernel/actor.ts";
import { toPage } from "../../../kernel/cursor.ts";
import { notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { json, rawSql, sql } from "../../../db/sql.ts";
import type { Page } from "../../../protocol/common.ts";
import { channels, notifyChannel } from "../../../protocol/wire/channels.ts";
import type { DeliveriesQuery, DeliveryItem } from "../../../protocol/notifications/webhooks.ts";
import type { App, Ctx } from "../../context.ts";
import type { ConsumedEvent, Consumer } from "../../define.ts";
import { cursorId } from "../inbox/inbox.ts";
import { findOutgoing } from "./outgoing.ts";

export const DELIVER_JOB = "webhooks.deliver";
const TEST_EVENT = "webhook_test";

interface NewDelivery {
  id: string;
  organization_id: string;
  webhook_id: string;
  event_id: number | null;
  event: string;
  body: string;
  resend_of: string | null;
  created_at: Date;
}

/** Personal channels are read by their owner alone, so their events are never handed to a webhook. */
const isForWebhooks = (event: ConsumedEvent) => notifyChannel(event.channel) !== null;

export const outgoingConsumer: Consumer = {
  name: "webhooks.outgoing",
  handle: (app, events) => deliverEvents(app, events.filter(isForWebhooks)),
};

/**
 * Hands events to the webhooks that want their types. For consumers of higher features, which know what may leave the house;
 * handing over an event again does no harm.
 * @param options.named only webhooks that name the type, not those that take everything (`*`)
 */
export async function deliverEvents(
  app: App,
  sendable: readonly ConsumedEvent[],
  options: { named?: boolean } = {},
): Promise<void> {
  if (sendable.length === 0) return;
  const hooks = await app.db.rows<{ id: string; organization_id: string; events: string[]; created_at: Date }>(sql`
      select h.id, h.organization_id, h.events, h.created_at from outgoing_webhooks h
      join organizations o on o.id = h.organization_id and coalesce((o.settings #>> '{features,webhooks}')::boolean, true)
      where h.enabled and h.organization_id = any(${[...new Set(sendable.map((e) => e.organizationId))]}::uuid[])`);
  if (hooks.length === 0) return;
  const deliveries = sendable.flatMap((event) =>
    hooks.filter((hook) =>
      hook.organization_id === event.organizationId &&
      (hook.events.includes(event.type) || (!options.named && hook.events.includes("*"))) &&
      hook.created_at.getTime() <= Date.parse(String(event.push.timestamp))
    ).map((hook): NewDelivery => ({
      id: newId(),
      organization_id: event.organizationId,
      webhook_id: hook.id,
      event_id: event.id,
      event: event.type,
      body: JSON.stringify({ ...event.push, channel: event.channel }),
      resend_of: null,
      created_at: app.now(),
    }))
  );
  for (let i = 0; i < deliveries.length; i += 200) await addDeliveries(app, deliveries.slice(i, i + 200));
}

async function addDeliveries(app: App, deliveries: NewDelivery[]): Promise<void> {
  // "do update" with no change makes the rows of a repeat come back too, so that they are enqueued for certain.
  const rows = await app.db.rows<{ id: string; organization_id: string }>(sql`
    insert into webhook_deliveries
      (id, organization_id, webhook_id, event_id, event, body, status, resend_of, created_at)
    select id, organization_id, webhook_id, event_id, event, body, 'pending', resend_of, created_at
    from jsonb_to_recordset(${json(deliveries)}) as d (id uuid, organization_id uuid, webhook_id uuid, event_id bigint,
      event text, body text, resend_of uuid, created_at timestamptz)
    where exists (select 1 from outgoing_webhooks w where w.id = d.webhook_id)
    on conflict (webhook_id, event_id) do update set event = excluded.event where webhook_deliveries.status = 'pending'
    returning id, organization_id`);
  for (const row of rows) {
    await app.jobs.enqueue(DELIVER_JOB, { delivery_id: row.id, organization_id: row.organization_id }, {
      singletonKey: row.id,
    });
  }
}

/** Sends an event made up for the purpose, whatever the webhook listens to. Needs `webhooks.manage`. */
export async function sendTest(ctx: Ctx, webhookId: string): Promise<DeliveryItem> {
  authorize(ctx.actor, "webhooks.manage");
  const webhook = await findOutgoing(ctx, webhookId);
  const now = ctx.app.now();
  const body = {
    type: TEST_EVENT,
    message: `Test of the webhook ${webhook.name}`,
    data: { webhook_id: webhook.id, sent_by: ctx.actor.username },
    id: newId(),
    channel: channels.broadcast(),
    timestamp: now.toISOString(),
  };
  return await addOne(ctx, webhookId, TEST_EVENT, JSON.stringify(body), null);
}

/** Sends the same body once more, as a new delivery. Needs `webhooks.manage`. */
export async function resend(ctx: Ctx, deliveryId: string): Promise<DeliveryItem> {
  authorize(ctx.actor, "webhooks.manage");
  const row = await ctx.app.db.maybe<{ webhook_id: string; event: string; body: string }>(sql`
    select webhook_id, event, body from webhook_deliveries
    where id = ${deliveryId} and organization_id = ${ctx.actor.organizationId}`);
  if (!row) throw notFound("delivery");
  return await addOne(ctx, row.webhook_id, row.event, row.body, deliveryId);
}

async function addOne(ctx: Ctx, webhookId: string, event: string, body: string, resendOf: string | null) {
  const delivery: NewDelivery = {
    id: newId(),
    organization_id: ctx.actor.organizationId,
    webhook_id: webhookId,
    event_id: null,
    event,
    body,
    resend_of: resendOf,
    created_at: ctx.app.now(),
  };
  await addDeliveries(ctx.app, [delivery]);
  return toItem(await findDelivery(ctx, delivery.id));
}

async function findDelivery(ctx: Ctx, id: string): Promise<DeliveryRow> {
  const row = await ctx.app.db.maybe<DeliveryRow>(sql`
    select ${COLUMNS} from webhook_deliveries where id = ${id} and organization_id = ${ctx.actor.organizationId}`);
  if (!row) throw notFound("delivery");
  return row;
}

interface DeliveryRow extends Omit<DeliveryItem, "created_at" | "last_attempt_at" | "request_body"> {
  body: string;
  created_at: Date;
  last_attempt_at: Date | null;
}

const COLUMNS = rawSql(
  `id, webhook_id, event, status, attempts, response_status, response_body, error, duration_ms, body,
  resend_of, created_at, last_attempt_at`,
);

const toItem = ({ body, created_at, last_attempt_at, ...row }: DeliveryRow): DeliveryItem => ({
  ...row,
  request_body: body,
  created_at: created_at.toISOString(),
  last_attempt_at: last_attempt_at?.toISOString() ?? null,
});

/** The log of one webhook, newest first. Needs `webhooks.manage`. */
export async function listDeliveries(ctx: Ctx, webhookId: string, query: DeliveriesQuery): Promise<Page<DeliveryItem>> {
  authorize(ctx.actor, "webhooks.manage");
  await findOutgoing(ctx, webhookId);
  const before = query.cursor === undefined ? null : cursorId(query.cursor);
  const rows = await ctx.app.db.rows<DeliveryRow>(sql`
    select ${COLUMNS} from webhook_deliveries
    where webhook_id = ${webhookId} and organization_id = ${ctx.actor.organizationId}
      and (${before}::uuid is null or id < ${before}) and (${query.status}::text is null or status = ${query.status})
    order by id desc limit ${query.limit + 1}`);
  return toPage(rows, query.limit, (row) => [row.id], toItem);
}
