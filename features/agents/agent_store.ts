// Rows of agents.
import { json, type Queryable, rawSql, sql } from "../../db/sql.ts";
import type { Agent, UpdateAgentInput } from "../../protocol/agents/agents.ts";
import type { AgentAlert, Machine } from "../../protocol/agents/link.ts";

export interface AgentRow {
  id: string;
  organization_id: string;
  join_token_id: string | null;
  name: string;
  hostname: string;
  os: string;
  arch: string;
  version: string;
  labels: Record<string, string>;
  capabilities: Agent["capabilities"];
  cpu_cores: number;
  memory_total_bytes: number;
  disk_total_bytes: number;
  ip: string | null;
  created_at: Date;
  last_seen_at: Date | null;
  /** Its answers are slow; undefined while it is being made. */
  slow_since?: Date | null;
}

const COLUMNS = rawSql(`a.id, a.organization_id, a.join_token_id, a.name, a.hostname, a.os, a.arch, a.version, a.labels,
  a.capabilities, a.cpu_cores, a.memory_total_bytes, a.disk_total_bytes, a.ip, a.created_at, a.last_seen_at,
  a.slow_since`);

/** @returns false when the key is another agent's already */
export async function insertAgent(q: Queryable, a: AgentRow, publicKey: Uint8Array): Promise<boolean> {
  const made = await q.maybe(sql`insert into agents (id, organization_id, join_token_id, public_key, name, hostname, os,
      arch, version, labels, capabilities, cpu_cores, memory_total_bytes, disk_total_bytes, ip, created_at)
    values (${a.id}, ${a.organization_id}, ${a.join_token_id}, ${publicKey}, ${a.name}, ${a.hostname}, ${a.os}, ${a.arch},
      ${a.version}, ${json(a.labels)}, ${a.capabilities}::text[], ${a.cpu_cores}, ${a.memory_total_bytes},
      ${a.disk_total_bytes}, ${a.ip}, ${a.created_at})
    on conflict (public_key) do nothing returning id`);
  return made !== undefined;
}

/** The agent that has come with this key and this token already. */
export function agentOfEnrolment(
  q: Queryable,
  publicKey: Uint8Array,
  hash: string,
): Promise<{ id: string } | undefined> {
  return q.maybe<{ id: string }>(sql`select a.id from agents a join agent_join_tokens t on t.id = a.join_token_id
    where a.public_key = ${publicKey} and t.token_hash = ${hash}`);
}

export async function countAgents(q: Queryable, organizationId: string): Promise<number> {
  const row = await q.one<{ count: number }>(sql`
    select count(*)::int as count from agents where organization_id = ${organizationId}`);
  return row.count;
}

/** By its id alone: an agent that signs in says no organisation. Only of organisations that are active. */
export function signingAgent(q: Queryable, id: string): Promise<AgentRow & { public_key: Uint8Array } | undefined> {
  return q.maybe<AgentRow & { public_key: Uint8Array }>(sql`
    select ${COLUMNS}, a.public_key from agents a join organizations o on o.id = a.organization_id
    where a.id = ${id} and o.is_active`);
}

/** The newest first. */
export function agentRows(
  q: Queryable,
  organizationId: string,
  page: { before?: string; limit: number },
): Promise<AgentRow[]> {
  return q.rows<AgentRow>(sql`select ${COLUMNS} from agents a where a.organization_id = ${organizationId}
      and (${page.before ?? null}::uuid is null or a.id < ${page.before ?? null}::uuid)
    order by a.id desc limit ${page.limit}`);
}

export function agentById(
  q: Queryable,
  organizationId: string,
  id: string,
  options: { lock?: boolean } = {},
): Promise<AgentRow | undefined> {
  return q.maybe<AgentRow>(sql`select ${COLUMNS} from agents a
    where a.organization_id = ${organizationId} and a.id = ${id} ${rawSql(options.lock ? "for update" : "")}`);
}

export async function updateAgentRow(
  q: Queryable,
  organizationId: string,
  id: string,
  { name, labels }: UpdateAgentInput,
): Promise<void> {
  await q.run(sql`update agents set name = coalesce(${name ?? null}, name),
      labels = coalesce(${labels ? json(labels) : null}, labels)
    where organization_id = ${organizationId} and id = ${id}`);
}

export async function deleteAgentRow(q: Queryable, organizationId: string, id: string): Promise<void> {
  await q.run(sql`delete from agents where organization_id = ${organizationId} and id = ${id}`);
}

/** It has signed in. */
export async function agentCame(q: Queryable, organizationId: string, id: string, ip: string | null, now: Date) {
  await q.run(sql`update agents set last_seen_at = ${now}, ip = ${ip}
    where organization_id = ${organizationId} and id = ${id}`);
}

/** These of all organisations are, or were until now, connected. */
export async function agentsSeen(q: Queryable, ids: string[], now: Date): Promise<void> {
  await q.run(sql`update agents set last_seen_at = ${now} where id = any(${ids}::uuid[])`);
}

/** What the machine is now, as the agent says. */
export async function updateMachine(q: Queryable, organizationId: string, id: string, m: Machine): Promise<void> {
  await q.run(sql`update agents set hostname = ${m.hostname}, os = ${m.os}, arch = ${m.arch}, version = ${m.version},
      cpu_cores = ${m.cpu_cores}, memory_total_bytes = ${m.memory_total_bytes}, disk_total_bytes = ${m.disk_total_bytes}
    where organization_id = ${organizationId} and id = ${id}`);
}

/** @returns undefined when people were told of this absence already, or it is gone */
export function markAlerted(
  q: Queryable,
  organizationId: string,
  id: string,
  reason: AgentAlert["reason"],
  now: Date,
): Promise<{ name: string } | undefined> {
  return q.maybe<{ name: string }>(sql`update agents
    set alerted = ${reason}, slow_since = ${reason === "slow" ? now : null}::timestamptz
    where organization_id = ${organizationId} and id = ${id} and alerted is null returning name`);
}

/** It is there and answers. @returns what it was before; undefined when nothing was the matter */
export function markBack(
  q: Queryable,
  organizationId: string,
  id: string,
): Promise<{ name: string; alerted: AgentAlert["reason"] | null } | undefined> {
  return q.maybe(sql`with before as (
      select id, alerted from agents where organization_id = ${organizationId} and id = ${id}
        and (alerted is not null or slow_since is not null) for update
    ) update agents a set alerted = null, slow_since = null from before where a.id = before.id
    returning a.name, before.alerted`);
}

/** Of all organisations: agents that were there once and of whose absence nobody was told. */
export function agentsToMiss(q: Queryable): Promise<{ id: string; organization_id: string }[]> {
  return q.rows(sql`select id, organization_id from agents where last_seen_at is not null and alerted is null`);
}

/** Of all organisations: agents whose answers are slow. */
export function slowAgents(q: Queryable): Promise<{ id: string; organization_id: string }[]> {
  return q.rows(sql`select id, organization_id from agents where slow_since is not null`);
}
