// How long messages and files are kept: the organisation's rules, and what they would remove. Needs `retention.manage`.
import { authorize } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { type Queryable, type Sql, sql } from "../../db/sql.ts";
import type { RetentionPreview, RetentionRules, RetentionState } from "../../protocol/operation/analytics.ts";
import { writeAudit } from "../audit/mod.ts";
import type { Ctx } from "../context.ts";
import { DAY_MS } from "../../kernel/time_buckets.ts";

interface StoredRow {
  messages_days: number | null;
  files_days: number | null;
  ran_at: Date | null;
  removed_messages: number;
  removed_files: number;
  freed_bytes: number;
}

/** A channel in which something is to go: everything from before that time. */
export interface ChannelLimit {
  channel_id: string;
  before: Date;
}

export const beforeOf = (days: number, now: Date): Date => new Date(now.getTime() - days * DAY_MS);

export async function storedRules(db: Queryable, organizationId: string): Promise<StoredRow & RetentionRules> {
  const row = await db.maybe<StoredRow>(sql`
    select messages_days, files_days, ran_at, removed_messages, removed_files, freed_bytes
    from chat_retention where organization_id = ${organizationId}`);
  const per_channel = await db.rows<RetentionRules["per_channel"][number]>(sql`
    select channel_id, days from chat_retention_channels where organization_id = ${organizationId} order by channel_id`);
  const none = { messages_days: null, files_days: null, ran_at: null };
  return { ...(row ?? { ...none, removed_messages: 0, removed_files: 0, freed_bytes: 0 }), per_channel };
}

async function stateOf(ctx: Ctx): Promise<RetentionState> {
  const { organizationId, userId } = ctx.actor;
  const rules = await storedRules(ctx.app.db, organizationId);
  const names = await ctx.app.db.rows<{ id: string; name: string | null }>(sql`
    select c.id, case when c.type = 'public' or exists (
      select 1 from channel_members m where m.channel_id = c.id and m.user_id = ${userId}::uuid) then c.name end as name
    from channels c
    where c.organization_id = ${organizationId} and c.id = any(${rules.per_channel.map((c) => c.channel_id)}::uuid[])`);
  const nameOf = new Map(names.map((n) => [n.id, n.name]));
  return {
    messages_days: rules.messages_days,
    files_days: rules.files_days,
    per_channel: rules.per_channel.map((c) => ({ ...c, name: nameOf.get(c.channel_id) ?? null })),
    last_run: rules.ran_at && {
      at: rules.ran_at.toISOString(),
      messages: rules.removed_messages,
      files: rules.removed_files,
      bytes: rules.freed_bytes,
    },
  };
}

export async function getRetention(ctx: Ctx): Promise<RetentionState> {
  authorize(ctx.actor, "retention.manage");
  return await stateOf(ctx);
}

/** Nothing is removed before the next nightly run. @throws AppError `validation_failed`: a channel that is not there */
export async function putRetention(ctx: Ctx, rules: RetentionRules): Promise<RetentionState> {
  authorize(ctx.actor, "retention.manage");
  const { app, actor: { organizationId, userId } } = ctx;
  await checkChannels(ctx, rules);
  await app.db.withTx(async (tx) => {
    const before = await storedRules(tx, organizationId);
    await tx.run(sql`
      insert into chat_retention as r (organization_id, messages_days, files_days, updated_at, updated_by)
      values (${organizationId}, ${rules.messages_days}, ${rules.files_days}, ${app.now()}, ${userId})
      on conflict (organization_id) do update set messages_days = excluded.messages_days,
        files_days = excluded.files_days, updated_at = excluded.updated_at, updated_by = excluded.updated_by`);
    await tx.run(sql`delete from chat_retention_channels where organization_id = ${organizationId}`);
    await tx.run(sql`
      insert into chat_retention_channels (channel_id, organization_id, days)
      select channel_id, ${organizationId}::uuid, days
      from unnest(${rules.per_channel.map((c) => c.channel_id)}::uuid[], ${rules.per_channel.map((c) => c.days)}::int[])
        as n (channel_id, days)`);
    await writeAudit(tx, ctx, {
      action: "retention.changed",
      details: {
        messages_days: { from: before.messages_days, to: rules.messages_days },
        files_days: { from: before.files_days, to: rules.files_days },
        per_channel: rules.per_channel,
      },
    });
  });
  return await stateOf(ctx);
}

async function checkChannels(ctx: Ctx, rules: RetentionRules): Promise<void> {
  const ids = rules.per_channel.map((c) => c.channel_id);
  const found = new Set(
    (await ctx.app.db.rows<{ id: string }>(sql`
      select id from channels where organization_id = ${ctx.actor.organizationId} and id = any(${ids}::uuid[])`))
      .map((c) => c.id),
  );
  const errors = ids.flatMap((id, i) =>
    !found.has(id) || ids.indexOf(id) < i
      ? [{ path: `per_channel.${i}.channel_id`, message: found.has(id) ? "stands there twice" : "no such channel" }]
      : []
  );
  if (errors.length) throw new AppError("validation_failed", "Some of the channels cannot be set.", { errors });
}

/** Channels with something to remove under these rules. */
export function limitsSql(organizationId: string, rules: RetentionRules, now: Date): Sql {
  const own = rules.per_channel;
  return sql`(
    select c.id as channel_id, ${now}::timestamptz - make_interval(days =>
      case when o.channel_id is null then ${rules.messages_days}::int else o.days end) as before
    from channels c
    left join unnest(${own.map((c) => c.channel_id)}::uuid[], ${own.map((c) => c.days)}::int[]) as o (channel_id, days)
      on o.channel_id = c.id
    where c.organization_id = ${organizationId}
      and case when o.channel_id is null then ${rules.messages_days}::int else o.days end is not null
  )`;
}

/** What these rules would remove now. Changes nothing. */
export async function previewRetention(ctx: Ctx, rules: RetentionRules): Promise<RetentionPreview> {
  authorize(ctx.actor, "retention.manage");
  await checkChannels(ctx, rules);
  const { app, actor: { organizationId } } = ctx;
  const now = app.now();
  const limits = limitsSql(organizationId, rules, now);
  const messages = await app.db.one<{ count: number; oldest: Date | null }>(sql`
    select coalesce(sum(n.count), 0)::int8 as count, min(n.oldest) as oldest from ${limits} l
    cross join lateral (select count(*) as count, min(created_at) as oldest from messages x
      where x.channel_id = l.channel_id and x.created_at < l.before and x.organization_id = ${organizationId}) n`);
  const filesBefore = rules.files_days === null ? null : beforeOf(rules.files_days, now);
  const files = await app.db.one<{ count: number; bytes: number }>(sql`
    with shown as (
      select a.media_id, bool_and(coalesce(x.created_at < l.before, false)) as expires
      from message_attachments a join messages x on x.id = a.message_id
      left join ${limits} l on l.channel_id = a.channel_id
      where a.organization_id = ${organizationId} group by 1
    )
    select count(*)::int8 as count, coalesce(sum(m.size), 0)::int8 as bytes
    from shown s join media m on m.id = s.media_id and m.organization_id = ${organizationId}
    where s.expires or m.created_at < ${filesBefore}::timestamptz`);
  return {
    messages: messages.count,
    files: files.count,
    bytes: files.bytes,
    oldest: messages.oldest?.toISOString() ?? null,
  };
}
