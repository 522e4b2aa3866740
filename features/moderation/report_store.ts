// Rows of reports. Reports of one message while it is open are one case: the first one leads it (`case_id` = `id`), and only
// its status, note and so on count; those of the others follow. Beside them what a moderator needs to see beside them: names, what became of the message, its neighbours and
// how many other reports there are. A fixed number of statements, whatever the number of reports.
import { joinSql, json, type Queryable, type Sql, sql } from "../../db/sql.ts";
import { messageText } from "../../protocol/chat/card_text.ts";
import type { Card } from "../../protocol/chat/cards.ts";
import type { Message } from "../../protocol/chat/chat.ts";
import type { ContextMessage, Report, ReportQuery, ReportStatus } from "../../protocol/chat/moderation.ts";
import { NOBODY, peopleById } from "./people.ts";

export interface ReportRow {
  id: string;
  case_id: string;
  organization_id: string;
  message_id: string;
  channel_id: string;
  author_id: string | null;
  reporter_id: string | null;
  source: Report["source"];
  category: Report["category"];
  reason: string;
  rule: string | null;
  status: ReportStatus;
  snapshot: Message;
  note: string;
  assigned_to: string | null;
  created_at: Date;
  updated_at: Date;
  reviewed_by: string | null;
  reviewed_at: Date | null;
}

/** Of one case; how many there are in all is told, too. */
const SHOWN_REPORTS = 100;

const COLUMNS: Sql =
  sql`r.id, r.case_id, r.organization_id, r.message_id, r.channel_id, r.author_id, r.reporter_id, r.source,
  r.category, r.reason, r.rule, r.status, r.snapshot, r.note, r.assigned_to, r.created_at, r.updated_at, r.reviewed_by,
  r.reviewed_at`;

export type NewReport = Omit<
  ReportRow,
  "case_id" | "status" | "note" | "assigned_to" | "updated_at" | "reviewed_by" | "reviewed_at"
>;

/**
 * Adds a report to the open case of its message, or begins one.
 * @returns the new row; undefined when this person has an open report of the message
 */
export async function insertReport(tx: Queryable, n: NewReport): Promise<ReportRow | undefined> {
  // The second time when another report of the same message began the case at this moment, and is now seen.
  for (let attempt = 0; attempt < 2; attempt++) {
    const lead = await tx.maybe<{ id: string }>(sql`
      select id from moderation_reports where message_id = ${n.message_id} and organization_id = ${n.organization_id}
        and status = 'pending' and case_id = id for update`);
    const made = await tx.maybe<ReportRow>(sql`
      insert into moderation_reports as r (id, case_id, organization_id, message_id, channel_id, author_id, reporter_id,
        source, category, reason, rule, snapshot, created_at, updated_at)
      values (${n.id}, ${lead?.id ?? n.id}, ${n.organization_id}, ${n.message_id}, ${n.channel_id}, ${n.author_id},
        ${n.reporter_id}, ${n.source}, ${n.category}, ${n.reason}, ${n.rule}, ${json(n.snapshot)}, ${n.created_at},
        ${n.created_at})
      on conflict do nothing returning ${COLUMNS}`);
    if (made || lead) return made;
  }
  return undefined;
}

export async function openReport(
  db: Queryable,
  organizationId: string,
  messageId: string,
  reporterId: string,
): Promise<ReportRow | undefined> {
  return await db.maybe<ReportRow>(sql`
    select ${COLUMNS} from moderation_reports r where r.message_id = ${messageId} and r.reporter_id = ${reporterId}
      and r.organization_id = ${organizationId} and r.status = 'pending'`);
}

/** The report that leads the case to which the report `id` belongs. */
export async function leadingReport(
  tx: Queryable,
  organizationId: string,
  id: string,
  options: { lock?: boolean } = {},
): Promise<ReportRow | undefined> {
  return await tx.maybe<ReportRow>(sql`
    select ${COLUMNS} from moderation_reports r where r.organization_id = ${organizationId} and r.id =
      (select case_id from moderation_reports where id = ${id} and organization_id = ${organizationId})
    ${options.lock ? sql`for update` : sql``}`);
}

/** Writes what was decided to all reports of the case. @throws SqlError 23505 when the message was reported anew since */
export async function saveReport(tx: Queryable, row: ReportRow): Promise<void> {
  await tx.run(sql`
    update moderation_reports set status = ${row.status}, note = ${row.note}, assigned_to = ${row.assigned_to},
      updated_at = ${row.updated_at}, reviewed_by = ${row.reviewed_by}, reviewed_at = ${row.reviewed_at}
    where case_id = ${row.id} and organization_id = ${row.organization_id}`);
}

/** The reports that lead cases, newest first. */
export async function reportRows(
  db: Queryable,
  organizationId: string,
  query: ReportQuery,
  beforeId: string | undefined,
  limit: number,
): Promise<ReportRow[]> {
  const all = [sql`r.organization_id = ${organizationId}`, sql`r.case_id = r.id`];
  if (query.status) all.push(sql`r.status = ${query.status}`);
  if (query.assigned_to) all.push(sql`r.assigned_to = ${query.assigned_to}`);
  if (query.channel_id) all.push(sql`r.channel_id = ${query.channel_id}`);
  if (query.user_id) all.push(sql`r.author_id = ${query.user_id}`);
  if (beforeId) all.push(sql`r.id < ${beforeId}`);
  return await db.rows<ReportRow>(sql`
    select ${COLUMNS} from moderation_reports r where ${joinSql(all, " and ")} order by r.id desc limit ${limit}`);
}

type CaseReportRow =
  & Pick<ReportRow, "id" | "case_id" | "reporter_id" | "source" | "category" | "reason" | "rule" | "created_at">
  & {
    total: number;
  };

/** The first reports of each case, in their order. */
async function reportsOfCases(db: Queryable, organizationId: string, ids: readonly string[]): Promise<CaseReportRow[]> {
  return await db.rows<CaseReportRow>(sql`
    select * from (select id, case_id, reporter_id, source, category, reason, rule, created_at,
      row_number() over (partition by case_id order by id) as place, count(*) over (partition by case_id)::int as total
      from moderation_reports where organization_id = ${organizationId} and case_id = any(${ids}::uuid[])) r
    where place <= ${SHOWN_REPORTS} order by case_id, place`);
}

/**
 * Rows that lead cases, as moderators see the cases, in the same order.
 * @param hidden reports whose reporter is not named: the reader wrote the message, or might have
 */
export async function toReports(
  db: Queryable,
  organizationId: string,
  rows: readonly ReportRow[],
  hidden: (row: ReportRow) => boolean = () => false,
): Promise<Report[]> {
  if (rows.length === 0) return [];
  const messageIds = [...new Set(rows.map((row) => row.message_id))];
  const authorIds = [...new Set(rows.flatMap((row) => row.author_id ?? []))];
  const inCases = await reportsOfCases(db, organizationId, rows.map((row) => row.id));
  const byCase = Map.groupBy(inCases, (entry) => entry.case_id);
  const ids = rows.flatMap((r) => [r.author_id, r.assigned_to, r.reviewed_by]);
  const [personOf, channels, onMessage, onAuthor, now, around] = await Promise.all([
    peopleById(db, organizationId, [...ids, ...inCases.map((entry) => entry.reporter_id)]),
    channelsOf(db, organizationId, rows.map((row) => row.channel_id)),
    counts(db, organizationId, sql`message_id`, messageIds),
    counts(db, organizationId, sql`author_id`, authorIds),
    currentOf(db, organizationId, messageIds),
    neighbours(db, organizationId, rows),
  ]);
  const person = (id: string | null) => id === null ? null : personOf(id);
  return rows.map((row): Report => {
    const current = now.get(row.message_id);
    const edited = current && (current.edited_at?.toISOString() ?? null) !== row.snapshot.edited_at;
    const near = around.get(row.id) ?? [];
    const reporter = (id: string | null) => hidden(row) && id ? NOBODY : person(id);
    const reports = byCase.get(row.id) ?? [];
    return {
      id: row.id,
      status: row.status,
      source: row.source,
      category: row.category,
      reason: row.reason,
      rule: row.rule,
      reporter: reporter(row.reporter_id),
      reports: reports.map((entry) => ({
        id: entry.id,
        source: entry.source,
        category: entry.category,
        reason: entry.reason,
        rule: entry.rule,
        reporter: reporter(entry.reporter_id),
        created_at: entry.created_at.toISOString(),
      })),
      report_count: reports[0]?.total ?? 1,
      author: person(row.author_id) ?? { ...NOBODY, username: row.snapshot.user.username },
      channel: channels.get(row.channel_id) ?? { id: row.channel_id, name: null, type: "deleted" },
      message: row.snapshot,
      message_state: !current || current.deleted_at ? "deleted" : edited ? "edited" : "unchanged",
      before: near.filter((m) => m.seq < row.snapshot.seq).map((m) => m.message),
      after: near.filter((m) => m.seq > row.snapshot.seq).map((m) => m.message),
      reports_on_message: onMessage.get(row.message_id) ?? 1,
      reports_on_author: row.author_id ? onAuthor.get(row.author_id) ?? 1 : 0,
      note: row.note,
      assigned_to: person(row.assigned_to),
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      reviewed_by: person(row.reviewed_by),
      reviewed_at: row.reviewed_at?.toISOString() ?? null,
    };
  });
}

async function channelsOf(db: Queryable, organizationId: string, ids: readonly string[]) {
  const rows = await db.rows<{ id: string; name: string | null; type: string }>(sql`
    select id, name, type from channels where organization_id = ${organizationId} and id = any(${ids}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row]));
}

async function counts(db: Queryable, organizationId: string, column: Sql, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, number>();
  const rows = await db.rows<{ id: string; n: number }>(sql`
    select ${column} as id, count(*)::int as n from moderation_reports
    where organization_id = ${organizationId} and ${column} = any(${ids}::uuid[]) group by 1`);
  return new Map(rows.map((row) => [row.id, row.n]));
}

async function currentOf(db: Queryable, organizationId: string, ids: readonly string[]) {
  const rows = await db.rows<{ id: string; deleted_at: Date | null; edited_at: Date | null }>(sql`
    select id, deleted_at, edited_at from messages where organization_id = ${organizationId} and id = any(${ids}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row]));
}

interface NeighbourRow {
  report_id: string;
  id: string;
  seq: number;
  user_id: string | null;
  username: string | null;
  avatar_url: string | null;
  sender_name: string | null;
  content: string;
  props: { cards?: Card[] };
  created_at: Date;
  deleted_at: Date | null;
}

/** The two messages before and after, in the thread for a reply and among the channel's own messages otherwise. */
async function neighbours(db: Queryable, organizationId: string, rows: readonly ReportRow[]) {
  // Conditions on the report alone come first: of the four parts two are never run.
  const side = (inThread: boolean, before: boolean) =>
    sql`(select x.id, x.seq, x.user_id, x.sender_name, x.content, x.props, x.created_at, x.deleted_at from messages x
      where ${
      inThread
        ? sql`r.root_id is not null and x.root_id = r.root_id`
        : sql`r.root_id is null and x.channel_id = r.channel_id and x.root_id is null`
    } and ${before ? sql`x.seq < r.seq` : sql`x.seq > r.seq`} and x.message_type <> 'system'
        and x.organization_id = ${organizationId}
      order by x.seq ${before ? sql`desc` : sql`asc`} limit 2)`;
  const found = await db.rows<NeighbourRow>(sql`
    select r.report_id, x.*, u.username, u.avatar_url
    from unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.channel_id)}::uuid[],
      ${rows.map((row) => row.snapshot.root_id)}::uuid[], ${rows.map((row) => row.snapshot.seq)}::bigint[])
      as r (report_id, channel_id, root_id, seq)
    cross join lateral (${side(true, true)} union all ${side(true, false)} union all ${side(false, true)} union all ${
    side(false, false)
  }) x
    left join users u on u.id = x.user_id
    order by x.seq`);
  const out = new Map<string, { seq: number; message: ContextMessage }[]>();
  for (const row of found) {
    const message: ContextMessage = {
      id: row.id,
      user: { id: row.user_id, username: row.username ?? row.sender_name ?? "", avatar_url: row.avatar_url },
      content: row.deleted_at ? "" : messageText({ content: row.content, cards: row.props.cards }),
      created_at: row.created_at.toISOString(),
      is_deleted: row.deleted_at !== null,
    };
    const list = out.get(row.report_id);
    if (list) list.push({ seq: row.seq, message });
    else out.set(row.report_id, [{ seq: row.seq, message }]);
  }
  return out;
}
