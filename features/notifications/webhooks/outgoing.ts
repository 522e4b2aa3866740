// Outgoing webhooks: who may have which events sent where. Sending itself is in deliveries.ts and deliver.ts.
// The signing secret is not stored: it is derived from the server's key, the webhook's id and a random salt.
import { authorize } from "../../../kernel/actor.ts";
import { toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId, randomToken } from "../../../kernel/ids.ts";
import { RefusedAddress, resolveChecked } from "../../../kernel/outbound.ts";
import { sql } from "../../../db/sql.ts";
import type { Page, PageQuery } from "../../../protocol/common.ts";
import {
  MAX_WEBHOOKS,
  type OutgoingInput,
  type OutgoingItem,
  type OutgoingUpdate,
} from "../../../protocol/notifications/webhooks.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { cursorId } from "../inbox/inbox.ts";

export interface OutgoingRow {
  id: string;
  organization_id: string;
  name: string;
  url: string;
  events: string[];
  enabled: boolean;
  disabled_reason: string | null;
  secret_salt: string;
  created_at: Date;
  last_status: number | null;
}

const toItem = (row: OutgoingRow): OutgoingItem => ({
  id: row.id,
  name: row.name,
  url: row.url,
  events: row.events,
  enabled: row.enabled,
  disabled_reason: row.disabled_reason,
  created_at: row.created_at.toISOString(),
  last_status: row.last_status,
});

/** Outgoing requests to private addresses: as set, or unless strangers may register. */
export function mayCallPrivate(app: App): boolean {
  const { webhookPrivate, registration } = app.config;
  return webhookPrivate === "allow" || (webhookPrivate === "auto" && registration !== "open");
}

/** `whsec_…`, the key of the HMAC as UTF-8 text. */
export async function signingSecret(app: App, webhookId: string, salt: string): Promise<string> {
  return `whsec_${await app.keys.mac("outgoing_webhook", `${webhookId}.${salt}`)}`;
}

/** Refuses addresses that will never be called. A name that does not resolve now may do so later. */
export async function checkUrl(app: App, url: string, path = "url"): Promise<void> {
  try {
    await resolveChecked(new URL(url), mayCallPrivate(app));
  } catch (error) {
    if (!(error instanceof RefusedAddress)) return;
    throw new AppError("validation_failed", error.message, { errors: [{ path, message: error.message }] });
  }
}

/** The secret is in this answer and nowhere else. Needs `webhooks.manage`. */
export async function createOutgoing(ctx: Ctx, input: OutgoingInput): Promise<OutgoingItem & { secret: string }> {
  authorize(ctx.actor, "webhooks.manage");
  const { organizationId } = ctx.actor;
  await checkUrl(ctx.app, input.url);
  const row: OutgoingRow = {
    id: newId(),
    organization_id: organizationId,
    name: input.name,
    url: input.url,
    events: [...new Set(input.events)],
    enabled: input.enabled,
    disabled_reason: null,
    secret_salt: randomToken(16),
    created_at: ctx.app.now(),
    last_status: null,
  };
  await ctx.app.db.withTx(async (tx) => {
    const { count } = await tx.one<{ count: number }>(sql`
      select count(*)::int as count from outgoing_webhooks where organization_id = ${organizationId}`);
    if (count >= MAX_WEBHOOKS) throw new AppError("conflict", `An organisation has at most ${MAX_WEBHOOKS} of these.`);
    await tx.run(sql`
      insert into outgoing_webhooks (id, organization_id, name, url, events, enabled, secret_salt, created_by, created_at)
      values (${row.id}, ${organizationId}, ${row.name}, ${row.url}, ${row.events}::text[], ${row.enabled},
        ${row.secret_salt}, ${ctx.actor.userId}, ${row.created_at})`);
    await writeAudit(tx, ctx, {
      action: "webhook.outgoing_created",
      subject_type: "outgoing_webhook",
      subject_id: row.id,
      details: { name: row.name, host: new URL(row.url).host, events: row.events },
    });
  });
  return { ...toItem(row), secret: await signingSecret(ctx.app, row.id, row.secret_salt) };
}

/** Newest first. Needs `webhooks.manage`. */
export async function listOutgoing(ctx: Ctx, query: PageQuery): Promise<Page<OutgoingItem>> {
  authorize(ctx.actor, "webhooks.manage");
  const before = query.cursor === undefined ? null : cursorId(query.cursor);
  const rows = await ctx.app.db.rows<OutgoingRow>(sql`
    select * from outgoing_webhooks
    where organization_id = ${ctx.actor.organizationId} and (${before}::uuid is null or id < ${before})
    order by id desc limit ${query.limit + 1}`);
  return toPage(rows, query.limit, (row) => [row.id], toItem);
}

/** @throws AppError `not_found`; the caller has checked the permission */
export async function findOutgoing(ctx: Ctx, id: string): Promise<OutgoingRow> {
  const row = await ctx.app.db.maybe<OutgoingRow>(sql`
    select * from outgoing_webhooks where id = ${id} and organization_id = ${ctx.actor.organizationId}`);
  if (!row) throw notFound("webhook");
  return row;
}

export async function getOutgoing(ctx: Ctx, id: string): Promise<OutgoingItem> {
  authorize(ctx.actor, "webhooks.manage");
  return toItem(await findOutgoing(ctx, id));
}

/** Changes the given fields. Switching it on forgets earlier failures. Needs `webhooks.manage`. */
export async function updateOutgoing(ctx: Ctx, id: string, update: OutgoingUpdate): Promise<OutgoingItem> {
  authorize(ctx.actor, "webhooks.manage");
  if (update.url !== undefined) await checkUrl(ctx.app, update.url);
  const row = await ctx.app.db.withTx(async (tx) => {
    const before = await tx.maybe<OutgoingRow>(sql`select * from outgoing_webhooks
      where id = ${id} and organization_id = ${ctx.actor.organizationId} for update`);
    if (!before) throw notFound("webhook");
    const changed = await tx.maybe<OutgoingRow>(sql`
      update outgoing_webhooks set
        name = coalesce(${update.name}, name),
        url = coalesce(${update.url}, url),
        events = coalesce(${update.events}::text[], events),
        enabled = coalesce(${update.enabled}::boolean, enabled),
        disabled_reason = case when ${update.enabled ?? false}::boolean then null else disabled_reason end,
        failing_since = case when ${update.enabled ?? false}::boolean then null else failing_since end,
        dead_in_a_row = case when ${update.enabled ?? false}::boolean then 0 else dead_in_a_row end
      where id = ${id} and organization_id = ${ctx.actor.organizationId} returning *`);
    if (!changed) throw notFound("webhook");
    // An address may hold a secret: its host is enough.
    const shown = (row: OutgoingRow) => ({ ...row, host: new URL(row.url).host });
    await writeAudit(tx, ctx, {
      action: "webhook.outgoing_updated",
      subject_type: "outgoing_webhook",
      subject_id: id,
      details: changesOf(shown(before), shown(changed), ["name", "host", "events", "enabled"]),
    });
    return changed;
  });
  return toItem(row);
}

/** With its delivery log. Needs `webhooks.manage`. */
export async function deleteOutgoing(ctx: Ctx, id: string): Promise<void> {
  authorize(ctx.actor, "webhooks.manage");
  await ctx.app.db.withTx(async (tx) => {
    const row = await tx.maybe<{ name: string }>(sql`
      delete from outgoing_webhooks where id = ${id} and organization_id = ${ctx.actor.organizationId} returning name`);
    if (!row) throw notFound("webhook");
    await writeAudit(tx, ctx, {
      action: "webhook.outgoing_deleted",
      subject_type: "outgoing_webhook",
      subject_id: id,
      details: { name: row.name },
    });
  });
}
