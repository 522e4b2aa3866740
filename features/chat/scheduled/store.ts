// Statements over scheduled messages. What a person asks names the organisation and the person; what is due is claimed for
// all organisations at once.
import { joinSql, json, type Queryable, type Sql, sql } from "../../../db/sql.ts";
import type { Scheduled } from "../../../protocol/chat/extras.ts";

export interface ScheduledRow {
  id: string;
  organization_id: string;
  user_id: string;
  kind: Scheduled["kind"];
  channel_id: string;
  reply_to_id: string | null;
  content: string;
  attachments: string[];
  program: boolean;
  send_at: Date;
  status: Scheduled["status"];
  attempts: number;
  failure_code: string | null;
  failure_reason: string | null;
  message_id: string | null;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS: Sql = sql`id, organization_id, user_id, kind, channel_id, reply_to_id, content, attachments, program,
  send_at, status, attempts, failure_code, failure_reason, message_id, created_at, updated_at`;

/** A claim older than this belongs to an instance that died. */
const CLAIM_SECONDS = 60;

export interface Owner {
  organizationId: string;
  userId: string;
}

const owned = (owner: Owner, id: string): Sql =>
  sql`id = ${id} and user_id = ${owner.userId} and organization_id = ${owner.organizationId}`;
const claimEnd = (now: Date) => new Date(now.getTime() - CLAIM_SECONDS * 1000);

export function toScheduled(row: ScheduledRow): Scheduled {
  return {
    id: row.id,
    kind: row.kind,
    channel_id: row.channel_id,
    reply_to_id: row.reply_to_id,
    content: row.content,
    attachments: row.attachments,
    send_at: row.send_at.toISOString(),
    status: row.status,
    failure: row.failure_code ? { code: row.failure_code, reason: row.failure_reason ?? "" } : null,
    message_id: row.message_id,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** Adds one unless the person has `max` that wait already; then undefined. The person's row is locked. */
export async function insertScheduled(
  tx: Queryable,
  row: ScheduledRow,
  max: number,
): Promise<ScheduledRow | undefined> {
  if (!await hasRoom(tx, { organizationId: row.organization_id, userId: row.user_id }, max)) return undefined;
  return await tx.one<ScheduledRow>(sql`
    insert into scheduled_messages (id, organization_id, user_id, kind, channel_id, reply_to_id, content, attachments,
      program, send_at, status, created_at, updated_at)
    values (${row.id}, ${row.organization_id}, ${row.user_id}, ${row.kind}, ${row.channel_id}, ${row.reply_to_id},
      ${row.content}, ${json(row.attachments)}, ${row.program}, ${row.send_at}, 'pending', ${row.created_at},
      ${row.updated_at})
    returning ${COLUMNS}`);
}

/** False when as many wait as may. Locks the person's row, so that simultaneous requests take turns. */
export async function hasRoom(tx: Queryable, owner: Owner, max: number): Promise<boolean> {
  await tx.rows(sql`
    select id from users where id = ${owner.userId} and organization_id = ${owner.organizationId} for no key update`);
  const { count } = await tx.one<{ count: number }>(sql`
    select count(*)::int as count from scheduled_messages
    where user_id = ${owner.userId} and organization_id = ${owner.organizationId} and status = 'pending'`);
  return count < max;
}

export async function scheduledPage(
  db: Queryable,
  owner: Owner,
  filter: { status: Scheduled["status"]; channelId?: string; after?: [at: Date, id: string]; limit: number },
): Promise<ScheduledRow[]> {
  const conditions = [
    sql`user_id = ${owner.userId}`,
    sql`organization_id = ${owner.organizationId}`,
    sql`status = ${filter.status}`,
  ];
  if (filter.channelId) conditions.push(sql`channel_id = ${filter.channelId}`);
  if (filter.after) conditions.push(sql`(send_at, id) > (${filter.after[0]}, ${filter.after[1]}::uuid)`);
  return await db.rows<ScheduledRow>(sql`
    select ${COLUMNS} from scheduled_messages where ${joinSql(conditions, " and ")}
    order by send_at, id limit ${filter.limit}`);
}

export async function scheduledById(
  db: Queryable,
  owner: Owner,
  id: string,
  forUpdate = false,
): Promise<(ScheduledRow & { claimed_at: Date | null }) | undefined> {
  return await db.maybe(sql`
    select ${COLUMNS}, claimed_at from scheduled_messages where ${owned(owner, id)}
    ${forUpdate ? sql`for update` : sql``}`);
}

/** True while an instance sends it. */
export function isClaimed(row: { claimed_at: Date | null }, now: Date): boolean {
  return row.claimed_at !== null && row.claimed_at > claimEnd(now);
}

/** Writes the changed parts; it waits again, as if it had never been tried. */
export async function changeScheduled(
  tx: Queryable,
  owner: Owner,
  id: string,
  change: { content: string; attachments: string[]; sendAt: Date },
  now: Date,
): Promise<ScheduledRow> {
  return await tx.one<ScheduledRow>(sql`
    update scheduled_messages set content = ${change.content}, attachments = ${json(change.attachments)},
      send_at = ${change.sendAt}, status = 'pending', claimed_at = null, retry_at = null, attempts = 0,
      failure_code = null, failure_reason = null, updated_at = ${now}
    where ${owned(owner, id)} returning ${COLUMNS}`);
}

export async function deleteScheduled(tx: Queryable, owner: Owner, id: string): Promise<void> {
  await tx.run(sql`delete from scheduled_messages where ${owned(owner, id)}`);
}

/** Takes what is due and nobody works on; other instances leave these alone for a minute. */
export async function claimDue(db: Queryable, now: Date, limit: number): Promise<ScheduledRow[]> {
  return await db.rows<ScheduledRow>(sql`
    update scheduled_messages set claimed_at = ${now}, attempts = attempts + 1
    where id in (
      select id from scheduled_messages
      where status = 'pending' and send_at <= ${now} and (retry_at is null or retry_at <= ${now})
        and (claimed_at is null or claimed_at <= ${claimEnd(now)})
      order by send_at limit ${limit} for update skip locked)
    returning ${COLUMNS}`);
}

/** Takes one, due or not; undefined when it does not wait or somebody sends it. */
export async function claimOne(db: Queryable, owner: Owner, id: string, now: Date): Promise<ScheduledRow | undefined> {
  return await db.maybe<ScheduledRow>(sql`
    update scheduled_messages set claimed_at = ${now}, attempts = attempts + 1
    where ${owned(owner, id)} and status <> 'sent' and (claimed_at is null or claimed_at <= ${claimEnd(now)})
    returning ${COLUMNS}`);
}

/** When the next one can be claimed; null: nothing waits. */
export async function nextDue(db: Queryable): Promise<Date | null> {
  const { at } = await db.one<{ at: Date | null }>(sql`
    select min(greatest(send_at, retry_at, claimed_at + make_interval(secs => ${CLAIM_SECONDS}))) as at
    from scheduled_messages where status = 'pending'`);
  return at;
}

export async function markSent(db: Queryable, row: ScheduledRow, messageId: string | null, now: Date): Promise<void> {
  await db.run(sql`
    update scheduled_messages set status = 'sent', message_id = ${messageId}, claimed_at = null, retry_at = null,
      failure_code = null, failure_reason = null, updated_at = ${now}
    where id = ${row.id} and organization_id = ${row.organization_id}`);
}

export async function markFailed(
  db: Queryable,
  row: ScheduledRow,
  failure: { code: string; reason: string },
  now: Date,
): Promise<void> {
  await db.run(sql`
    update scheduled_messages set status = 'failed', failure_code = ${failure.code}, failure_reason = ${failure.reason},
      claimed_at = null, retry_at = null, updated_at = ${now}
    where id = ${row.id} and organization_id = ${row.organization_id}`);
}

/** Gives the claim back. @param retryAt not before; null: as soon as it is due */
export async function releaseClaim(db: Queryable, row: ScheduledRow, retryAt: Date | null): Promise<void> {
  await db.run(sql`
    update scheduled_messages set claimed_at = null, retry_at = ${retryAt}
    where id = ${row.id} and organization_id = ${row.organization_id}`);
}

/** Removes what was done with long ago. */
export async function deleteOldScheduled(db: Queryable, sentBefore: Date, failedBefore: Date): Promise<void> {
  await db.run(sql`
    delete from scheduled_messages where (status = 'sent' and updated_at < ${sentBefore})
      or (status = 'failed' and updated_at < ${failedBefore})`);
}
