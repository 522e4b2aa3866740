// Rows of what moderators did about people. Whether an action holds is computed from the time, so that nothing has to
// happen when it ends.
import { joinSql, type Queryable, type Sql, sql } from "../../db/sql.ts";
import type { ActionQuery, ActionType, ModerationAction } from "../../protocol/chat/moderation.ts";
import { peopleById } from "./people.ts";

export interface ActionRow {
  id: string;
  organization_id: string;
  user_id: string;
  user_name: string;
  moderator_id: string | null;
  moderator_name: string;
  action_type: ActionType;
  reason: string;
  channel_id: string | null;
  report_id: string | null;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  revoked_by: string | null;
  revoke_reason: string;
}

const COLUMNS: Sql = sql`a.id, a.organization_id, a.user_id, a.user_name, a.moderator_id, a.moderator_name,
  a.action_type, a.reason, a.channel_id, a.report_id, a.created_at, a.expires_at, a.revoked_at, a.revoked_by,
  a.revoke_reason`;

const active = (now: Date): Sql =>
  sql`(a.action_type <> 'warning' and a.revoked_at is null and (a.expires_at is null or a.expires_at > ${now}))`;

export type NewAction = Omit<ActionRow, "revoked_at" | "revoked_by" | "revoke_reason"> & { cause_id?: string };

/** @returns undefined when there is an action of the same cause already */
export async function insertAction(tx: Queryable, n: NewAction): Promise<ActionRow | undefined> {
  return await tx.maybe<ActionRow>(sql`
    insert into moderation_actions as a (id, organization_id, user_id, user_name, moderator_id, moderator_name,
      action_type, reason, channel_id, report_id, created_at, expires_at, cause_id)
    values (${n.id}, ${n.organization_id}, ${n.user_id}, ${n.user_name}, ${n.moderator_id}, ${n.moderator_name},
      ${n.action_type}, ${n.reason}, ${n.channel_id}, ${n.report_id}, ${n.created_at}, ${n.expires_at},
      ${n.cause_id ?? null})
    on conflict do nothing returning ${COLUMNS}`);
}

export async function actionRow(
  db: Queryable,
  organizationId: string,
  id: string,
  lock = false,
): Promise<ActionRow | undefined> {
  return await db.maybe<ActionRow>(sql`
    select ${COLUMNS} from moderation_actions a where a.id = ${id} and a.organization_id = ${organizationId}
    ${lock ? sql`for update` : sql``}`);
}

export async function revokeAction(tx: Queryable, row: ActionRow): Promise<void> {
  await tx.run(sql`
    update moderation_actions set revoked_at = ${row.revoked_at}, revoked_by = ${row.revoked_by},
      revoke_reason = ${row.revoke_reason}
    where id = ${row.id} and organization_id = ${row.organization_id}`);
}

/** The bans from the organisation that hold now, the longest first. */
export async function activeBans(
  db: Queryable,
  organizationId: string,
  userId: string,
  now: Date,
): Promise<ActionRow[]> {
  return await db.rows<ActionRow>(sql`
    select ${COLUMNS} from moderation_actions a
    where a.organization_id = ${organizationId} and a.user_id = ${userId} and a.action_type = 'ban'
      and a.channel_id is null and ${active(now)}
    order by a.expires_at desc nulls first`);
}

/** What holds against one person now: mutes, and bans from channels. */
export async function activeActions(
  db: Queryable,
  organizationId: string,
  userId: string,
  now: Date,
): Promise<ActionRow[]> {
  return await db.rows<ActionRow>(sql`
    select ${COLUMNS} from moderation_actions a
    where a.organization_id = ${organizationId} and a.user_id = ${userId} and ${active(now)}
    order by a.id desc limit 200`);
}

/** Newest first. */
export async function actionRows(
  db: Queryable,
  organizationId: string,
  query: ActionQuery,
  now: Date,
  beforeId: string | undefined,
  limit: number,
): Promise<ActionRow[]> {
  const all = [sql`a.organization_id = ${organizationId}`];
  if (query.user_id) all.push(sql`a.user_id = ${query.user_id}`);
  if (query.action_type) all.push(sql`a.action_type = ${query.action_type}`);
  if (query.active) all.push(query.active === "true" ? active(now) : sql`not ${active(now)}`);
  if (query.channel_id) all.push(sql`a.channel_id = ${query.channel_id}`);
  if (query.from) all.push(sql`a.created_at >= ${new Date(query.from)}`);
  if (query.to) all.push(sql`a.created_at < ${new Date(query.to)}`);
  if (beforeId) all.push(sql`a.id < ${beforeId}`);
  return await db.rows<ActionRow>(sql`
    select ${COLUMNS} from moderation_actions a where ${joinSql(all, " and ")} order by a.id desc limit ${limit}`);
}

/** Rows as moderators see them, in the same order. */
export async function toActions(
  db: Queryable,
  organizationId: string,
  rows: readonly ActionRow[],
  now: Date,
): Promise<ModerationAction[]> {
  if (rows.length === 0) return [];
  const channelIds = [...new Set(rows.flatMap((row) => row.channel_id ?? []))];
  const [person, channels] = await Promise.all([
    peopleById(db, organizationId, rows.flatMap((row) => [row.user_id, row.moderator_id, row.revoked_by])),
    channelIds.length === 0 ? [] : db.rows<{ id: string; name: string | null }>(sql`
      select id, name from channels where organization_id = ${organizationId} and id = any(${channelIds}::uuid[])`),
  ]);
  const channelNames = new Map(channels.map((channel) => [channel.id, channel.name]));
  return rows.map((row): ModerationAction => ({
    id: row.id,
    user: person(row.user_id, row.user_name),
    moderator: person(row.moderator_id, row.moderator_name),
    action_type: row.action_type,
    reason: row.reason,
    channel_id: row.channel_id,
    channel_name: row.channel_id ? channelNames.get(row.channel_id) ?? null : null,
    report_id: row.report_id,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    is_active: row.action_type !== "warning" && !row.revoked_at && (!row.expires_at || row.expires_at > now),
    revoked_at: row.revoked_at?.toISOString() ?? null,
    revoked_by: row.revoked_by ? person(row.revoked_by) : null,
    revoke_reason: row.revoke_reason,
  }));
}
