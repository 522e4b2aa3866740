// Rows of join tokens. A token is found by its SHA-256 only.
import { json, type Queryable, rawSql, sql } from "../../db/sql.ts";
import type { JoinToken } from "../../protocol/agents/agents.ts";

export interface JoinTokenRow {
  id: string;
  organization_id: string;
  created_by: string;
  name: string | null;
  labels: Record<string, string>;
  capabilities: JoinToken["capabilities"];
  uses: number;
  uses_left: number;
  created_at: Date;
  expires_at: Date;
}

export type ListedJoinToken = JoinTokenRow & { author_username: string; author_display_name: string };

const COLUMNS = rawSql(`t.id, t.organization_id, t.created_by, t.name, t.labels, t.capabilities, t.uses, t.uses_left,
  t.created_at, t.expires_at`);

/** @param apiTokenId the API token that makes it, if one does: it ends with that */
export async function insertJoinToken(
  q: Queryable,
  t: JoinTokenRow,
  hash: string,
  apiTokenId: string | null,
): Promise<void> {
  await q.run(
    sql`insert into agent_join_tokens (id, organization_id, created_by, token_hash, name, labels, capabilities,
      uses, uses_left, created_at, expires_at, api_token_id)
    values (${t.id}, ${t.organization_id}, ${t.created_by}, ${hash}, ${t.name}, ${json(t.labels)},
      ${t.capabilities}::text[], ${t.uses}, ${t.uses_left}, ${t.created_at}, ${t.expires_at},
      ${apiTokenId})`,
  );
}

/** Uses it once, of whatever organisation that is active; of two at once on the last use one gets undefined. */
export function takeJoinToken(q: Queryable, hash: string, now: Date): Promise<JoinTokenRow | undefined> {
  return q.maybe<JoinTokenRow>(sql`update agent_join_tokens t set uses_left = uses_left - 1 from organizations o
    where t.token_hash = ${hash} and t.uses_left > 0 and t.expires_at > ${now}
      and o.id = t.organization_id and o.is_active
    returning ${COLUMNS}`);
}

/** The newest first. */
export function joinTokenRows(
  q: Queryable,
  organizationId: string,
  page: { before?: string; limit: number },
): Promise<ListedJoinToken[]> {
  return q.rows<ListedJoinToken>(sql`
    select ${COLUMNS}, u.username as author_username, u.display_name as author_display_name
    from agent_join_tokens t join users u on u.id = t.created_by
    where t.organization_id = ${organizationId}
      and (${page.before ?? null}::uuid is null or t.id < ${page.before ?? null}::uuid)
    order by t.id desc limit ${page.limit}`);
}

export async function countOpenJoinTokens(q: Queryable, organizationId: string, now: Date): Promise<number> {
  const row = await q.one<{ open: number }>(sql`select count(*)::int as open from agent_join_tokens
    where organization_id = ${organizationId} and uses_left > 0 and expires_at > ${now}`);
  return row.open;
}

export function deleteJoinTokenRow(
  q: Queryable,
  organizationId: string,
  id: string,
): Promise<{ name: string | null; uses_left: number } | undefined> {
  return q.maybe(sql`delete from agent_join_tokens where organization_id = ${organizationId} and id = ${id}
    returning name, uses_left`);
}

/** Forgets what has been over for a week. */
export async function deleteOldJoinTokens(q: Queryable, now: Date): Promise<void> {
  const before = new Date(now.getTime() - 7 * 86_400_000);
  await q.run(sql`delete from agent_join_tokens where expires_at <= ${before}`);
}
