// The inbox in the database: fan-out on read. A person's inbox is the broadcasts since the account was made and what was
// sent to the person, without the types that the preferences switch off. Every query is a range over an index that ends
// in the id (UUIDv7: time order) and is bounded, so a million rows cost no more than a page.
import type { Role } from "../../../kernel/actor.ts";
import { joinSql, type Queryable, rawSql, type Sql, sql } from "../../../db/sql.ts";
import { DEFAULT_PREFERENCES, MAX_UNREAD, type Preferences } from "../../../protocol/notifications/notifications.ts";
import { MAX_ID, NIL_ID } from "./ids.ts";
import { ALWAYS_TOLD } from "../send/recipients.ts";

/** Unread notifications are counted among this many newest ones of each kind. */
const COUNT_WINDOW = 10_000;

/** Whose inbox, and where it begins. */
export interface Reader {
  organizationId: string;
  userId: string;
  createdAt: Date;
  guest: boolean;
  preferences: Preferences;
  /** Everything up to this id is read. */
  readAllId: string;
  readAllAt: Date | null;
}

export interface InboxRow {
  id: string;
  audience: string;
  channel: string;
  type: string;
  message: string;
  data: unknown;
  sender_id: string | null;
  sender_name: string;
  created_at: Date;
  read_at: Date | null;
}

/** Undefined when the person does not exist in the organisation. */
export async function findReader(db: Queryable, organizationId: string, userId: string): Promise<Reader | undefined> {
  const row = await db.maybe<
    { created_at: Date; role: Role; value: Preferences | null; read_all_id: string | null; read_all_at: Date | null }
  >(sql`
    select u.created_at, u.role, p.value, s.read_all_id, s.read_all_at
    from users u
    left join notification_preferences p on p.user_id = u.id
    left join notification_state s on s.user_id = u.id
    where u.id = ${userId} and u.organization_id = ${organizationId}`);
  return row && {
    organizationId,
    userId,
    createdAt: row.created_at,
    guest: row.role === "guest",
    preferences: row.value ?? DEFAULT_PREFERENCES,
    readAllId: row.read_all_id ?? NIL_ID,
    readAllAt: row.read_all_at,
  };
}

/** The types that the person sees. */
function shownTypes({ preferences }: Reader): Sql {
  const entries = Object.entries(preferences.types);
  if (preferences.default === "none") {
    const shown = [...ALWAYS_TOLD, ...entries.filter(([, d]) => d !== "none").map(([type]) => type)];
    return sql`n.type = any(${shown}::text[])`;
  }
  const hidden = entries.filter(([type, d]) => d === "none" && !ALWAYS_TOLD.has(type)).map(([type]) => type);
  return hidden.length ? sql`n.type <> all(${hidden}::text[])` : rawSql("true");
}

const unread = ({ userId, readAllId }: Reader): Sql =>
  sql`n.id > ${readAllId} and not exists (
    select 1 from notification_reads r where r.user_id = ${userId} and r.notification_id = n.id)`;

/** What goes to the whole organisation is nothing for guests. */
const isBroadcast = ({ organizationId, createdAt, guest }: Reader): Sql =>
  sql`not ${guest}::boolean and n.organization_id = ${organizationId} and n.audience = 'broadcast' and n.created_at >= ${createdAt}`;

const isMine = ({ organizationId, userId }: Reader): Sql =>
  sql`m.user_id = ${userId} and m.organization_id = ${organizationId}`;

const MINE = rawSql("notification_recipients m join notifications n on n.id = m.notification_id");

export interface InboxFilter {
  /** Only ids below this one. */
  before?: string;
  unread?: boolean;
  type?: string;
  limit: number;
}

/** Newest first. */
export function listInbox(db: Queryable, reader: Reader, filter: InboxFilter): Promise<InboxRow[]> {
  const conditions = [shownTypes(reader)];
  if (filter.type !== undefined) conditions.push(sql`n.type = ${filter.type}`);
  if (filter.unread) conditions.push(unread(reader));
  const where = joinSql(conditions, " and ");
  // Always a range, also for the first page: without statistics the planner otherwise prefers to sort everything.
  const before = filter.before ?? MAX_ID;
  const columns = rawSql(
    "n.id, n.audience, n.channel, n.type, n.message, n.data, n.sender_id, n.sender_name, n.created_at",
  );
  return db.rows<InboxRow>(sql`
    select n.*, coalesce(r.read_at, case when n.id <= ${reader.readAllId} then ${reader.readAllAt}::timestamptz end) as read_at
    from (
      (select ${columns} from notifications n where ${isBroadcast(reader)} and n.id < ${before} and ${where}
        order by n.id desc limit ${filter.limit})
      union all
      (select ${columns} from ${MINE} where ${isMine(reader)} and m.notification_id < ${before} and ${where}
        order by m.notification_id desc limit ${filter.limit})
      order by id desc limit ${filter.limit}
    ) n
    left join notification_reads r on r.user_id = ${reader.userId} and r.notification_id = n.id
    order by n.id desc`);
}

/** At most MAX_UNREAD, looking at no more than the newest 10,000 of each kind. */
export async function countUnread(db: Queryable, reader: Reader): Promise<number> {
  const { readAllId } = reader;
  const { count } = await db.one<{ count: number }>(sql`
    select count(*)::int as count from (
      select 1 from (
        (select n.id, n.type from notifications n where ${isBroadcast(reader)} and n.id > ${readAllId}
          order by n.id desc limit ${COUNT_WINDOW})
        union all
        (select n.id, n.type from ${MINE} where ${isMine(reader)} and m.notification_id > ${readAllId}
          order by m.notification_id desc limit ${COUNT_WINDOW})
      ) n
      where ${shownTypes(reader)} and ${unread(reader)}
      limit ${MAX_UNREAD}
    ) counted`);
  return count;
}

/** Marks one as read. False: there is no such notification in the person's inbox. */
export async function markRead(db: Queryable, reader: Reader, id: string, now: Date): Promise<boolean> {
  const found = await db.maybe(sql`
    select 1 from notifications n where n.id = ${id} and (
      (${isBroadcast(reader)}) or exists (
        select 1 from notification_recipients m where ${isMine(reader)} and m.notification_id = n.id))`);
  if (!found) return false;
  if (id.toLowerCase() > reader.readAllId) {
    await db.run(sql`
      insert into notification_reads (user_id, notification_id, organization_id, read_at)
      values (${reader.userId}, ${id}, ${reader.organizationId}, ${now}) on conflict do nothing`);
  }
  return true;
}

/** Everything that is in the inbox now becomes read; what is committed later stays unread. */
export async function markAllRead(db: Queryable, reader: Reader, now: Date): Promise<void> {
  await db.run(sql`
    insert into notification_state as s (user_id, organization_id, read_all_id, read_all_at)
    select ${reader.userId}, ${reader.organizationId}, newest.id, ${now} from (
      (select n.id from notifications n where ${isBroadcast(reader)} and n.id > ${reader.readAllId}
        order by n.id desc limit 1)
      union all
      (select m.notification_id from notification_recipients m where ${
    isMine(reader)
  } and m.notification_id > ${reader.readAllId}
        order by m.notification_id desc limit 1)
      order by id desc limit 1
    ) newest
    on conflict (user_id) do update set read_all_id = excluded.read_all_id, read_all_at = excluded.read_all_at
      where s.read_all_id < excluded.read_all_id`);
}
