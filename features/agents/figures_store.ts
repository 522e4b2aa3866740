// Rows of figures.
import { json, type Queryable, rawSql, sql } from "../../db/sql.ts";
import type { AgentFigures } from "../../protocol/agents/link.ts";

/** A row: sums of the samples. */
export interface Sums extends Omit<AgentFigures, "timestamp"> {
  organization_id: string;
  agent_id: string;
  resolution: "minute" | "hour";
  start_at: Date;
  samples: number;
}

const BATCH = 5000;
const SUMMED = [
  "samples",
  "cpu_percent",
  "memory_used_bytes",
  "disk_used_bytes",
  "load_1",
  "network_rx_bps",
  "network_tx_bps",
] as const;

/** Adds to what is there already. Rows of agents that are gone are dropped. In the order of the key, so that writers do not block each other. */
export async function addSums(q: Queryable, rows: readonly Sums[]): Promise<void> {
  const added = SUMMED.map((name) => `${name} = m.${name} + excluded.${name}`).join(", ");
  for (let i = 0; i < rows.length; i += BATCH) {
    await q.run(sql`
      insert into agent_metrics as m (organization_id, agent_id, resolution, start_at, ${rawSql(SUMMED.join(", "))})
      select a.organization_id, a.id, n.resolution, n.start_at, ${rawSql(SUMMED.map((name) => `n.${name}`).join(", "))}
      from jsonb_to_recordset(${
      json(rows.slice(i, i + BATCH))
    }) as n (organization_id uuid, agent_id uuid, resolution text,
        start_at timestamptz, samples int, cpu_percent float8, memory_used_bytes float8, disk_used_bytes float8,
        load_1 float8, network_rx_bps float8, network_tx_bps float8)
      join agents a on a.id = n.agent_id and a.organization_id = n.organization_id
      order by a.id, n.resolution, n.start_at
      on conflict (agent_id, resolution, start_at) do update set ${rawSql(added)}`);
  }
}

/** Averages, the oldest first; days are those of UTC. */
export async function metricsRows(
  q: Queryable,
  organizationId: string,
  agentId: string,
  bucket: "minute" | "hour" | "day",
  from: Date,
  to: Date,
): Promise<AgentFigures[]> {
  const start = bucket === "day" ? "date_trunc('day', start_at, 'UTC')" : "start_at";
  const average = (name: string, digits: number) =>
    `round((sum(${name}) / sum(samples))::numeric, ${digits})::float8 as ${name}`;
  const columns = [
    average("cpu_percent", 1),
    average("memory_used_bytes", 0),
    average("disk_used_bytes", 0),
    average("load_1", 2),
    average("network_rx_bps", 0),
    average("network_tx_bps", 0),
  ];
  const rows = await q.rows<Omit<AgentFigures, "timestamp"> & { start: Date }>(sql`
    select ${rawSql(start)} as start, ${rawSql(columns.join(", "))} from agent_metrics
    where organization_id = ${organizationId} and agent_id = ${agentId}
      and resolution = ${bucket === "minute" ? "minute" : "hour"} and start_at >= ${from} and start_at < ${to}
    group by 1 order by 1`);
  return rows.map(({ start, ...figures }) => ({ timestamp: start.toISOString(), ...figures }));
}

/** Removes what began before, in small statements. */
export async function trimMetrics(q: Queryable, resolution: Sums["resolution"], before: Date): Promise<void> {
  while (
    await q.run(sql`
      delete from agent_metrics where ctid = any(array(
        select ctid from agent_metrics where resolution = ${resolution} and start_at < ${before} limit ${BATCH}))`) ===
      BATCH
  );
}
