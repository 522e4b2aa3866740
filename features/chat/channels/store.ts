// Statements over channels and their members. Every one names the organisation.
import { hot, joinSql, type Queryable, rawSql, type Sql, sql } from "../../../db/sql.ts";
import type { PersonRow } from "../messages/views.ts";
import type {
  ChannelPolicy,
  ChannelRole,
  ChannelType,
  MemberPermissions,
  NotifyLevel,
} from "../../../protocol/chat/chat.ts";

export interface ChannelRow {
  id: string;
  organization_id: string;
  type: ChannelType;
  name: string | null;
  description: string;
  topic: string;
  created_by: string | null;
  created_at: Date;
  archived_at: Date | null;
  history: "all" | "joined";
  policy: ChannelPolicy;
  is_default: boolean;
  auto_archive_days: number | null;
  last_seq: number;
  root_count: number;
  member_count: number;
  last_message_at: Date | null;
}

export interface MemberRow {
  channel_id: string;
  user_id: string;
  role: ChannelRole;
  permissions: MemberPermissions;
  joined_at: Date;
  visible_after_seq: number;
  read_seq: number;
  read_root_no: number;
  favorite: boolean;
  muted_until: Date | null;
  notify: NotifyLevel;
  hidden: boolean;
}

export interface AccessRow {
  channel: ChannelRow;
  member: MemberRow | null;
  banned: boolean;
  /** undefined: not muted; null: without end. */
  mutedUntil?: Date | null;
  /** Who was asked for, if that is a person of the organisation. */
  person?: PersonRow;
}

export interface AccessKey {
  organizationId: string;
  channelId: string;
  userId: string | null;
}

export const CHANNEL_COLUMNS: Sql = sql`c.id, c.organization_id, c.type, c.name, c.description, c.topic, c.created_by,
  c.created_at, c.archived_at, c.history, c.policy, c.is_default, c.auto_archive_days, c.last_seq, c.root_count,
  c.member_count, c.last_message_at`;
/** Of the member `m`, with names of their own, so that a row can hold channel and member side by side. */
const MEMBER_COLUMNS: Sql = sql`m.user_id as m_user_id, m.role as m_role, m.permissions as m_permissions,
  m.joined_at as m_joined_at, m.visible_after_seq as m_visible_after_seq, m.read_seq as m_read_seq,
  m.read_root_no as m_read_root_no, m.favorite as m_favorite, m.muted_until as m_muted_until, m.notify as m_notify,
  m.hidden as m_hidden`;

/** What moderation forbids the person `user` in channel `c` at `now`: columns `banned`, `muted`, `muted_until`. */
const restrictions = (user: Sql, now: Date): Sql =>
  sql`
  coalesce((select bool_or(r.kind = 'ban') from chat_restrictions r where r.user_id = ${user} and r.channel_id = c.id
    and r.kind = 'ban' and (r.expires_at is null or r.expires_at > ${now})), false) as banned,
  (select coalesce(max(r.expires_at) filter (where r.expires_at is not null), null) from chat_restrictions r
    where r.user_id = ${user} and r.kind = 'mute' and (r.channel_id is null or r.channel_id = c.id)
    and r.expires_at > ${now}) as muted_until,
  exists (select 1 from chat_restrictions r where r.user_id = ${user} and r.kind = 'mute'
    and (r.channel_id is null or r.channel_id = c.id) and r.expires_at is null) as muted_for_good`;

// deno-lint-ignore no-explicit-any
export function toAccessRow(row: Record<string, any>): AccessRow {
  const member: MemberRow | null = row.m_role
    ? {
      channel_id: row.id,
      user_id: row.m_user_id,
      role: row.m_role,
      permissions: row.m_permissions,
      joined_at: row.m_joined_at,
      visible_after_seq: row.m_visible_after_seq,
      read_seq: row.m_read_seq,
      read_root_no: row.m_read_root_no,
      favorite: row.m_favorite,
      muted_until: row.m_muted_until,
      notify: row.m_notify,
      hidden: row.m_hidden,
    }
    : null;
  return {
    channel: row as ChannelRow,
    member,
    banned: row.banned,
    ...(row.muted_for_good ? { mutedUntil: null } : row.muted_until ? { mutedUntil: row.muted_until } : {}),
    ...(row.p_username
      ? {
        person: {
          id: row.p_id,
          username: row.p_username,
          display_name: row.p_display_name,
          avatar_url: row.p_avatar_url,
        },
      }
      : {}),
  };
}

/**
 * Channels with their member and what is forbidden, for pairs of channel and person.
 * @returns one for each key, at its place; undefined where there is no such channel in the organisation
 */
export async function accessRows(
  db: Queryable,
  keys: readonly AccessKey[],
  now: Date,
): Promise<(AccessRow | undefined)[]> {
  const rows = await db.rows<{ position: number }>(hot(sql`
    select k.position::int - 1 as position, ${CHANNEL_COLUMNS}, ${MEMBER_COLUMNS}, ${restrictions(sql`k.user_id`, now)},
      p.id as p_id, p.username as p_username, p.display_name as p_display_name, p.avatar_url as p_avatar_url
    from unnest(${keys.map((k) => k.organizationId)}::uuid[], ${keys.map((k) => k.channelId)}::uuid[],
      ${keys.map((k) => k.userId)}::uuid[]) with ordinality as k (organization_id, channel_id, user_id, position)
    join channels c on c.id = k.channel_id and c.organization_id = k.organization_id
    left join channel_members m on m.channel_id = c.id and m.user_id = k.user_id
    left join users p on p.id = k.user_id and p.organization_id = k.organization_id`));
  const byKey: (AccessRow | undefined)[] = keys.map(() => undefined);
  for (const row of rows) byKey[row.position] = toAccessRow(row);
  return byKey;
}

/** The membership of this alias lets its person read: the right `read` of access.ts in the database. */
function lets(alias: string, now: Date): Sql {
  const m = rawSql(alias);
  return sql`coalesce((${m}.permissions ->> 'read')::boolean, true)
      and not exists (select 1 from chat_restrictions rr where rr.user_id = ${m}.user_id
        and rr.channel_id = ${m}.channel_id and rr.kind = 'ban' and (rr.expires_at is null or rr.expires_at > ${now}))`;
}

/** Positions (from 0) of those keys whose person may not read the channel: where all may, next to nothing comes back. */
export async function unreadableKeys(db: Queryable, keys: readonly AccessKey[], now: Date): Promise<number[]> {
  const rows = await db.rows<{ position: number }>(hot(sql`
    select k.position::int - 1 as position
    from unnest(${keys.map((k) => k.organizationId)}::uuid[], ${keys.map((k) => k.channelId)}::uuid[],
      ${keys.map((k) => k.userId)}::uuid[]) with ordinality as k (organization_id, channel_id, user_id, position)
    where not exists (select 1 from channel_members rm
      where rm.channel_id = k.channel_id and rm.user_id = k.user_id and rm.organization_id = k.organization_id
      and ${lets("rm", now)})
    order by k.position`));
  return rows.map((row) => row.position);
}

/**
 * The channels that a person may read, as a sub-select with `channel_id` and `visible_after_seq`: the permission filter
 * of every query over messages of several channels (search, threads, mentions). For `from readable_channels …`.
 */
export function readableChannels(organizationId: string, userId: string, now: Date): Sql {
  return sql`(
    select rm.channel_id, rm.visible_after_seq from channel_members rm
    where rm.user_id = ${userId} and rm.organization_id = ${organizationId} and ${lets("rm", now)}
  )`;
}

/** Ids of the people who are in a channel that this person reads. */
export async function acquaintances(
  db: Queryable,
  organizationId: string,
  userId: string,
  now: Date,
): Promise<string[]> {
  const rows = await db.rows<{ user_id: string }>(sql`
    select distinct t.user_id from ${readableChannels(organizationId, userId, now)} rc
    join channel_members t on t.channel_id = rc.channel_id and t.user_id <> ${userId}`);
  return rows.map((row) => row.user_id);
}

export interface ListFilter {
  organizationId: string;
  userId: string;
  now: Date;
  q?: string;
  type?: ChannelType;
  /** true: only the person's channels; false: only public ones to join; undefined: both. */
  member?: boolean;
  archived: boolean;
  /** Only the person's own channels, whatever else is asked for. */
  guest: boolean;
  /** After this sort key. */
  after?: [rank: number, name: string, id: string];
  limit: number;
}

/** Channels for a list: the person's own first, then public ones; by name. `sort_rank` and `sort_name` are the key. */
export async function channelList(db: Queryable, f: ListFilter) {
  const conditions = [sql`c.organization_id = ${f.organizationId}`];
  const isMember = sql`m.user_id is not null and coalesce((m.permissions ->> 'read')::boolean, true)`;
  if (f.member === undefined) conditions.push(sql`(c.type = 'public' or (${isMember}))`);
  else if (f.member) conditions.push(isMember);
  else conditions.push(sql`c.type = 'public' and m.user_id is null`);
  if (f.guest) conditions.push(isMember);
  if (f.type) conditions.push(sql`c.type = ${f.type}`);
  conditions.push(f.archived ? sql`c.archived_at is not null` : sql`c.archived_at is null`);
  if (f.q) {
    const like = `%${f.q.replace(/[\\%_]/g, "\\$&")}%`;
    conditions.push(sql`(unaccent(lower(coalesce(c.name, ''))) like unaccent(lower(${like}))
      or unaccent(lower(c.description)) like unaccent(lower(${like})))`);
  }
  if (f.after) conditions.push(sql`(k.sort_rank, k.sort_name, c.id) > (${f.after[0]}, ${f.after[1]}, ${f.after[2]})`);
  return await db.rows(sql`
    select ${CHANNEL_COLUMNS}, ${MEMBER_COLUMNS}, ${
    restrictions(sql`${f.userId}::uuid`, f.now)
  }, k.sort_rank, k.sort_name
    from channels c
    left join channel_members m on m.channel_id = c.id and m.user_id = ${f.userId}
    cross join lateral (select case when m.user_id is null then 1 else 0 end as sort_rank,
      lower(coalesce(c.name, '')) as sort_name) k
    where ${joinSql(conditions, " and ")}
    order by k.sort_rank, k.sort_name, c.id
    limit ${f.limit}`);
}

export async function lockChannel(tx: Queryable, organizationId: string, id: string): Promise<ChannelRow | undefined> {
  return await tx.maybe<ChannelRow>(sql`
    select ${CHANNEL_COLUMNS} from channels c where c.id = ${id} and c.organization_id = ${organizationId} for update`);
}

export interface NewMember {
  userId: string;
  role: ChannelRole;
  permissions?: MemberPermissions;
  /** Comes by a group and leaves with it. */
  byGroup?: boolean;
}

/** Makes people members; those who are already stay as they are. Returns the ids of the new ones. */
export async function insertMembers(
  tx: Queryable,
  channel: Pick<ChannelRow, "id" | "organization_id" | "history" | "last_seq" | "root_count">,
  members: readonly NewMember[],
  now: Date,
): Promise<string[]> {
  if (members.length === 0) return [];
  const rows = await tx.rows<{ user_id: string }>(sql`
    insert into channel_members
      (channel_id, user_id, organization_id, role, permissions, by_group, joined_at, visible_after_seq, read_seq,
        read_root_no)
    select ${channel.id}, u.id, u.organization_id, n.role, n.permissions, n.by_group, ${now},
      ${channel.history === "joined" ? channel.last_seq : 0}, ${channel.last_seq}, ${channel.root_count}
    from unnest(${members.map((m) => m.userId)}::uuid[], ${members.map((m) => m.role)}::text[],
      ${members.map((m) => JSON.stringify(m.permissions ?? {}))}::text[]::jsonb[],
      ${members.map((m) => m.byGroup ?? false)}::boolean[]) as n (user_id, role, permissions, by_group)
    join users u on u.id = n.user_id and u.organization_id = ${channel.organization_id} and u.is_active
    on conflict do nothing
    returning user_id`);
  return rows.map((row) => row.user_id);
}

/**
 * Makes an admin of the member who has been there longest by themselves, moderators first, when nobody administers the
 * channel any more. Whoever could not (the right `manage` of access.ts), is switched off or banned counts neither as admin nor
 * as heir; programs are no heirs. @param roles of the organisation that may manage a channel @returns the heir
 */
export async function appointHeir(
  tx: Queryable,
  channel: Pick<ChannelRow, "id" | "organization_id">,
  roles: readonly string[],
  now: Date,
): Promise<string | undefined> {
  const heir = await tx.maybe<{ user_id: string }>(sql`
    with able as (
      select m.user_id, m.role, m.by_group, m.joined_at, u.is_service
      from channel_members m join users u on u.id = m.user_id and u.organization_id = m.organization_id
      where m.channel_id = ${channel.id} and m.organization_id = ${channel.organization_id}
        and u.is_active and (u.banned_until is null or u.banned_until <= ${now}) and u.role = any(${roles}::text[])
        and coalesce((m.permissions ->> 'manage')::boolean, true) and ${lets("m", now)})
    update channel_members
    set role = 'admin', own_role = case when by_group or own_role is not null then 'admin' end
    where channel_id = ${channel.id} and not exists (select 1 from able where role = 'admin')
      and user_id = (select user_id from able where role <> 'viewer' and not is_service
        order by by_group, role = 'moderator' desc, joined_at, user_id limit 1)
    returning user_id`);
  return heir?.user_id;
}

/** Counts the members anew; call it in the transaction that changed them. */
export async function recountMembers(tx: Queryable, channelId: string): Promise<number> {
  const { member_count } = await tx.one<{ member_count: number }>(sql`
    update channels set member_count = (select count(*) from channel_members where channel_id = ${channelId})
    where id = ${channelId} returning member_count`);
  return member_count;
}
