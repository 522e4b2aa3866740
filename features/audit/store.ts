// Rows of the audit log. It is append-only: the database refuses UPDATE and DELETE (migrations/0002_accounts.sql).
import { joinSql, json, type Queryable, type Row, type Sql, sql } from "../../db/sql.ts";
import type { AuditEntry, AuditFilter } from "../../protocol/operation/audit.ts";

/** As it is stored; what its ids mean today is added (names.ts). */
export type StoredEntry = Omit<AuditEntry, "names" | "actor_avatar_url">;

export interface NewAuditRow {
  id: string;
  organizationId: string;
  actorId: string | null;
  actorName: string;
  actorKind: AuditEntry["actor_kind"];
  action: string;
  subjectType: string | null;
  subjectId: string | null;
  ip: string | null;
  details: Record<string, unknown>;
  createdAt: Date;
}

export async function insertAudit(q: Queryable, row: NewAuditRow): Promise<void> {
  await q.run(sql`insert into audit_log
    (id, organization_id, actor_id, actor_name, actor_kind, action, subject_type, subject_id, ip, details, created_at)
    values (${row.id}, ${row.organizationId}, ${row.actorId}, ${row.actorName}, ${row.actorKind}, ${row.action},
      ${row.subjectType}, ${row.subjectId}, ${row.ip}, ${json(row.details)}, ${row.createdAt})`);
}

function conditions(organizationId: string, filter: AuditFilter, beforeId?: string): Sql {
  const all = [sql`organization_id = ${organizationId}`];
  if (filter.actor_id) all.push(sql`actor_id = ${filter.actor_id}`);
  if (filter.action?.endsWith("*")) all.push(sql`starts_with(action, ${filter.action.slice(0, -1)})`);
  else if (filter.action) all.push(sql`action = ${filter.action}`);
  if (filter.subject_id) all.push(sql`subject_id = ${filter.subject_id}`);
  if (filter.from) all.push(sql`created_at >= ${new Date(filter.from)}`);
  if (filter.to) all.push(sql`created_at < ${new Date(filter.to)}`);
  if (beforeId) all.push(sql`id < ${beforeId}`);
  return joinSql(all, " and ");
}

/** The organisation's entries, newest first. */
export async function auditRows(
  q: Queryable,
  organizationId: string,
  filter: AuditFilter,
  limit: number,
  beforeId?: string,
): Promise<StoredEntry[]> {
  const rows = await q.rows(sql`select * from audit_log where ${conditions(organizationId, filter, beforeId)}
    order by id desc limit ${limit}`);
  return rows.map(entry);
}

function entry(row: Row): StoredEntry {
  return {
    id: row.id,
    actor_id: row.actor_id,
    actor_name: row.actor_name,
    actor_kind: row.actor_kind,
    action: row.action,
    subject_type: row.subject_type,
    subject_id: row.subject_id,
    ip: row.ip,
    details: row.details,
    created_at: row.created_at.toISOString(),
  };
}
