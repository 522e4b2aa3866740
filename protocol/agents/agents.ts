// Agents on the wire (CONTRACT section 6): join tokens, enrolment, the agents of an organisation, and how one signs in on its socket.
import { z } from "zod";
import { page, timestamp, uuid } from "../common.ts";
import { frameId } from "../wire/frames.ts";
import { shownName } from "../names.ts";

export const AGENT_CAPABILITIES = ["fleet", "desk"] as const;

const capabilities = z.array(z.enum(AGENT_CAPABILITIES)).min(1).max(AGENT_CAPABILITIES.length)
  .transform((all) => AGENT_CAPABILITIES.filter((one) => all.includes(one)));

const labels = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/i, "letters, digits, _ . - only, at most 63"),
  z.string().max(200),
).refine((all) => Object.keys(all).length <= 32, "at most 32 labels");

export const joinTokenBody = z.strictObject({
  name: shownName(100).optional(),
  labels: labels.default({}).meta({ description: "What every agent gets that comes with it" }),
  capabilities: capabilities.default([...AGENT_CAPABILITIES]).meta({
    description: "What these agents may be used for",
  }),
  uses: z.number().int().min(1).max(1000).default(1),
  expires_in: z.number().int().min(60).max(30 * 86_400).default(3600).meta({
    description:
      "Seconds; a token that is made with an API token ends with that at the latest, also when it is deleted",
  }),
});
export type JoinTokenInput = z.infer<typeof joinTokenBody>;
/** `POST /agents`: for one agent. */
export const registerAgentBody = joinTokenBody.omit({ uses: true });

export const newJoinToken = z.object({
  id: uuid,
  token: z.string().meta({ description: "Shown this once" }),
  command: z.string().meta({ description: "What to start on the machine" }),
  expires_at: timestamp,
}).meta({ id: "NewJoinToken" });
export type NewJoinToken = z.infer<typeof newJoinToken>;

export const joinToken = z.object({
  id: uuid,
  name: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  capabilities: z.array(z.enum(AGENT_CAPABILITIES)),
  uses: z.number().int(),
  uses_left: z.number().int(),
  created_by: z.object({ id: uuid, username: z.string(), display_name: z.string() }),
  created_at: timestamp,
  expires_at: timestamp,
  state: z.enum(["open", "used_up", "over"]),
}).meta({ id: "JoinToken" });
export type JoinToken = z.infer<typeof joinToken>;
export const joinTokenPage = page(joinToken);

const base64Of = (bytes: number) =>
  z.string().max(2 * bytes).refine((text) => decoded(text)?.length === bytes, `base64 of ${bytes} bytes`);

/** The bytes of base64 in either alphabet, with or without padding; undefined: it is none. */
export function decoded(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text.replaceAll("+", "-").replaceAll("/", "_"), { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

/** A word that a program says about itself. */
const word = shownName(64);
const bytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const enrollBody = z.strictObject({
  join_token: z.string().min(1).max(200),
  public_key: base64Of(32).meta({ description: "Ed25519 (RFC 8032), base64" }),
  name: shownName(100).optional().meta({ description: "Otherwise that of a token with one use, or the hostname" }),
  hostname: shownName(253),
  os: word,
  arch: word,
  version: word,
  cpu_cores: z.number().int().min(1).max(65_536),
  memory_total_bytes: bytes,
  disk_total_bytes: bytes,
});
export type EnrollInput = z.infer<typeof enrollBody>;
export const enrolled = z.object({ agent_id: uuid }).meta({ id: "EnrolledAgent" });

export const agent = z.object({
  id: uuid,
  name: z.string(),
  hostname: z.string(),
  os: z.string(),
  arch: z.string(),
  version: z.string(),
  labels: z.record(z.string(), z.string()),
  capabilities: z.array(z.enum(AGENT_CAPABILITIES)),
  status: z.enum(["online", "offline"]),
  ip: z.string().nullable(),
  last_seen_at: timestamp.nullable(),
  created_at: timestamp,
  cpu_cores: z.number().int(),
  memory_total_bytes: z.number().int(),
  disk_total_bytes: z.number().int(),
}).meta({ id: "Agent" });
export type Agent = z.infer<typeof agent>;
export const agentPage = page(agent);

export const updateAgentBody = z.strictObject({ name: shownName(100), labels }).partial();
export type UpdateAgentInput = z.infer<typeof updateAgentBody>;

// ---- the socket: /ws/agent

export const helloFrame = z.object({ type: z.literal("hello"), id: frameId, agent_id: uuid });
export const agentAuthFrame = z.object({
  type: z.literal("auth"),
  id: frameId,
  agent_id: uuid,
  signature: base64Of(64),
});

export { challengeText } from "./challenge.ts";

/** Pushed on the channel of agents. */
export const agentStatusPush = z.object({
  agent_id: uuid,
  status: agent.shape.status,
  last_seen_at: timestamp,
});
