// Rows of commands to agents.
import { json, type Queryable, sql } from "../../db/sql.ts";
import type { Answer, Command } from "../../kernel/ports.ts";

export async function insertCommand(
  q: Queryable,
  c: { id: string; organizationId: string; agentId: string; name: string; data: object },
  now: Date,
  expiresAt: Date,
): Promise<void> {
  await q.run(sql`insert into agent_commands (id, organization_id, agent_id, name, data, created_at, expires_at)
    values (${c.id}, ${c.organizationId}, ${c.agentId}, ${c.name}, ${json(c.data)}, ${now}, ${expiresAt})`);
}

export async function countWaiting(
  q: Queryable,
  organizationId: string,
  agentId: string,
  now: Date,
): Promise<number> {
  const { count } = await q.one<{ count: number }>(sql`select count(*)::int as count from agent_commands
    where organization_id = ${organizationId} and agent_id = ${agentId} and finished_at is null and expires_at > ${now}`);
  return count;
}

/** Commands of this name that were not finished are not told any more. */
export async function withdrawCommands(
  q: Queryable,
  organizationId: string,
  agentId: string,
  name: string,
): Promise<void> {
  await q.run(sql`delete from agent_commands where organization_id = ${organizationId} and agent_id = ${agentId}
    and name = ${name} and finished_at is null`);
}

/** The oldest that waits. */
export function nextCommand(
  q: Queryable,
  organizationId: string,
  agentId: string,
  now: Date,
): Promise<Command & { id: string } | undefined> {
  return q.maybe<Command & { id: string }>(sql`select id, name, data from agent_commands
    where organization_id = ${organizationId} and agent_id = ${agentId} and finished_at is null and expires_at > ${now}
    order by id limit 1`);
}

export async function finishCommand(
  q: Queryable,
  organizationId: string,
  id: string,
  result: Answer,
  now: Date,
): Promise<void> {
  await q.run(sql`update agent_commands set finished_at = ${now}, result = ${json(result)}
    where organization_id = ${organizationId} and id = ${id} and finished_at is null`);
}

/** Of all organisations. */
export function agentsWithWaiting(q: Queryable, now: Date): Promise<{ organization_id: string; agent_id: string }[]> {
  return q.rows(sql`select distinct organization_id, agent_id from agent_commands
    where finished_at is null and expires_at > ${now}`);
}

/** Of all organisations: finished or not. */
export async function deleteOldCommands(q: Queryable, expiredBefore: Date): Promise<void> {
  await q.run(sql`delete from agent_commands where expires_at < ${expiredBefore}`);
}

/** Of all organisations. */
export async function countAllWaiting(q: Queryable, now: Date): Promise<number> {
  const { count } = await q.one<{ count: number }>(sql`select count(*)::int as count from agent_commands
    where finished_at is null and expires_at > ${now}`);
  return count;
}
