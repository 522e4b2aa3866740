// What an agent says of its machine on its link, and what is kept of it: figures, its real state, commands.
import { z } from "zod";
import { timeInput, timestamp, uuid } from "../common.ts";
import { enrollBody } from "./agents.ts";
import { frameId } from "../wire/frames.ts";

/** What a machine is. */
export const machine = enrollBody.pick({
  hostname: true,
  os: true,
  arch: true,
  version: true,
  cpu_cores: true,
  memory_total_bytes: true,
  disk_total_bytes: true,
});
export type Machine = z.infer<typeof machine>;

const bytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const figures = {
  cpu_percent: z.number().min(0).max(100),
  memory_used_bytes: bytes,
  disk_used_bytes: bytes.meta({ description: "Of the disk that the agent's folder is on" }),
  load_1: z.number().min(0).max(1e6).meta({ description: "Load average of one minute" }),
  network_rx_bps: bytes.meta({ description: "Bits a second, of all interfaces but the machine's own" }),
  network_tx_bps: bytes,
};
/** How the machine does. */
export const agentFigures = z.object({ timestamp, ...figures }).meta({ id: "AgentFigures" });
export type AgentFigures = z.infer<typeof agentFigures>;

/** Figures in one frame. */
export const MAX_FIGURES = 60;

export const heartbeatFrame = z.object({
  type: z.literal("heartbeat"),
  id: frameId,
  /** The newest last, which is of now: the others are as much older as their times say. The agent's clock need not be right. */
  metrics: z.array(z.object({ timestamp: timeInput, ...figures })).min(1).max(MAX_FIGURES),
});
export const reportFrame = z.object({ type: z.literal("agent_report"), id: frameId, machine });

// ---- over HTTP

export const agentHealth = z.object({
  status: z.enum(["online", "offline"]),
  latency_ms: z.number().nullable().meta({ description: "How long the answer took; null: there was none within 5 s" }),
  last_seen_at: timestamp.nullable(),
  missed: z.number().int().meta({ description: "Heartbeats that did not come since `last_seen_at`" }),
}).meta({ id: "AgentHealth" });
export type AgentHealth = z.infer<typeof agentHealth>;

export const agentMetricsQuery = z.object({
  from: timeInput.optional(),
  to: timeInput.optional(),
  bucket: z.enum(["minute", "hour", "day"]).default("minute").meta({
    description: "Minutes are kept for a week, hours and days (UTC) for 400 days. At most 1500 of them",
  }),
});
export type AgentMetricsQuery = z.infer<typeof agentMetricsQuery>;

export const agentMetrics = z.object({
  items: z.array(agentFigures).meta({ description: "Averages; a bucket without figures is left out" }),
  next_cursor: z.null(),
}).meta({ id: "AgentMetrics" });
export type AgentMetrics = z.infer<typeof agentMetrics>;

// ---- pushed on the channel of agents

export const agentAlertPush = z.object({
  agent_id: uuid,
  name: z.string(),
  state: z.enum(["firing", "resolved"]),
  /** `missed`: three heartbeats did not come; `slow`: three answers took longer than 5 s. */
  reason: z.enum(["missed", "slow"]),
  /** When it was heard last, or since when it answers again. */
  since: timestamp,
});
export type AgentAlert = z.infer<typeof agentAlertPush>;
