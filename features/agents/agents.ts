// The agents of an organisation, as people see and change them.
import { agentIdentity, authorize } from "../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../kernel/cursor.ts";
import { AppError, notFound } from "../../kernel/errors.ts";
import { isUuid } from "../../kernel/ids.ts";
import type { Agent, UpdateAgentInput } from "../../protocol/agents/agents.ts";
import type { Page, PageQuery } from "../../protocol/common.ts";
import { emitControl } from "../accounts/mod.ts";
import { changesOf, writeAudit } from "../audit/mod.ts";
import type { App, Ctx } from "../context.ts";
import type { AgentHealth } from "../../protocol/agents/link.ts";
import { agentById, type AgentRow, agentRows, deleteAgentRow, updateAgentRow } from "./agent_store.ts";
import { storeCommand, tellCommands } from "./commands.ts";
import { latencyOf } from "./watch.ts";

function view(app: App, row: AgentRow): Agent {
  const linked = app.realtime.linked(agentIdentity(row.id)), online = linked && !row.slow_since;
  const lastSeen = linked ? app.now() : row.last_seen_at;
  return {
    id: row.id,
    name: row.name,
    hostname: row.hostname,
    os: row.os,
    arch: row.arch,
    version: row.version,
    labels: row.labels,
    capabilities: row.capabilities,
    status: online ? "online" : "offline",
    ip: row.ip,
    last_seen_at: lastSeen?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    cpu_cores: row.cpu_cores,
    memory_total_bytes: row.memory_total_bytes,
    disk_total_bytes: row.disk_total_bytes,
  };
}

/** The newest first. Needs `agents.read`. */
export async function listAgents(ctx: Ctx, query: PageQuery): Promise<Page<Agent>> {
  const { app, actor } = ctx;
  authorize(actor, "agents.read");
  const before = query.cursor ? String(decodeCursor(query.cursor, 1)[0]) : undefined;
  if (before !== undefined && !isUuid(before)) throw new AppError("validation_failed", "This cursor is not ours.");
  const rows = await agentRows(app.db, actor.organizationId, { before, limit: query.limit + 1 });
  return toPage(rows, query.limit, (row) => [row.id], (row) => view(app, row));
}

/** Needs `agents.read`. @throws AppError `not_found` */
export async function getAgent(ctx: Ctx, id: string): Promise<Agent> {
  authorize(ctx.actor, "agents.read");
  const row = await agentById(ctx.app.db, ctx.actor.organizationId, id);
  if (!row) throw notFound("agent");
  return view(ctx.app, row);
}

/** Asks the agent now. Needs `agents.read`. @throws AppError `not_found` */
export async function agentHealth(ctx: Ctx, id: string): Promise<AgentHealth> {
  const { app, actor } = ctx;
  authorize(actor, "agents.read");
  const row = await agentById(app.db, actor.organizationId, id);
  if (!row) throw notFound("agent");
  const latency = app.realtime.linked(agentIdentity(id)) ? await latencyOf(app, id).catch(() => undefined) : undefined;
  const { status } = view(app, await agentById(app.db, actor.organizationId, id) ?? row);
  const seen = latency === undefined ? row.last_seen_at : app.now();
  const silent = seen ? app.now().getTime() - seen.getTime() : 0;
  return {
    status,
    latency_ms: latency === undefined ? null : Math.round(latency * 10) / 10,
    last_seen_at: seen?.toISOString() ?? null,
    missed: Math.floor(Math.max(0, silent) / (app.config.agentHeartbeatSeconds * 1000)),
  };
}

/** Changes name and labels, here and in what the agent knows of itself; what is absent stays. Needs `agents.manage`. @throws AppError `not_found` */
export async function updateAgent(ctx: Ctx, id: string, input: UpdateAgentInput): Promise<Agent> {
  const { app, actor } = ctx;
  authorize(actor, "agents.manage");
  const row = await app.db.withTx(async (tx) => {
    const before = await agentById(tx, actor.organizationId, id, { lock: true });
    if (!before) throw notFound("agent");
    await updateAgentRow(tx, actor.organizationId, id, input);
    const details = { name: before.name, ...changesOf(before, input) };
    await writeAudit(tx, ctx, { action: "agent.updated", subject_type: "agent", subject_id: id, details });
    const after = { ...before, ...input };
    const data = { name: after.name, labels: after.labels };
    await storeCommand(app, tx, {
      organizationId: actor.organizationId,
      agentId: id,
      name: "configure",
      data,
      newest: true,
    });
    return after;
  });
  tellCommands(app, actor.organizationId, id);
  return view(app, row);
}

/** Revokes its identity: its link ends on every instance, and it never comes back. Needs `agents.manage`. @throws AppError `not_found` */
export async function deleteAgent(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "agents.manage");
  await app.db.withTx(async (tx) => {
    const row = await agentById(tx, actor.organizationId, id, { lock: true });
    if (!row) throw notFound("agent");
    await deleteAgentRow(tx, actor.organizationId, id);
    emitControl(app, tx, { kind: "agent_revoked", agent_id: id, organization_id: actor.organizationId });
    const details = { name: row.name, hostname: row.hostname };
    await writeAudit(tx, ctx, { action: "agent.revoked", subject_type: "agent", subject_id: id, details });
  });
}
