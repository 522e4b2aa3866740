// How an agent comes in: with a join token it brings its public key and gets an id. Nothing else ever authenticates it afterwards.
// Invariants:
//  - a use of the token is taken in the transaction that makes the agent: of two at once on the last use one wins, and an
//    enrolment that fails takes none;
//  - whatever is wrong with a token, the answer is the same;
//  - the same key and token again is the same agent: the answer was lost. A key belongs to one agent.
import { may } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { newId, sha256Hex } from "../../kernel/ids.ts";
import type { Tx } from "../../db/sql.ts";
import { decoded, type EnrollInput } from "../../protocol/agents/agents.ts";
import { personActor } from "../accounts/mod.ts";
import { writeAudit } from "../audit/mod.ts";
import type { GuestCtx } from "../context.ts";
import { agentOfEnrolment, countAgents, insertAgent } from "./agent_store.ts";
import { importAgentKey } from "./agent_key.ts";
import { storeCommand } from "./commands.ts";
import { type JoinTokenRow, takeJoinToken } from "./join_token_store.ts";

/** Agents of one organisation. */
const MAX_AGENTS = 10_000;

/** @throws AppError `join_token_invalid`, `conflict` when the key is another agent's, `validation_failed` */
export async function enroll(ctx: GuestCtx, input: EnrollInput): Promise<{ agent_id: string }> {
  const { app } = ctx;
  const key = decoded(input.public_key)!;
  if (!await importAgentKey(key)) {
    const message = "no Ed25519 public key";
    throw new AppError("validation_failed", `public_key: ${message}`, { errors: [{ path: "public_key", message }] });
  }
  const hash = await sha256Hex(input.join_token);
  return await app.db.withTx(async (tx) => {
    const known = await agentOfEnrolment(tx, key, hash);
    if (known) return { agent_id: known.id };
    const token = await redeem(ctx, tx, hash);
    if (await countAgents(tx, token.organization_id) >= MAX_AGENTS) {
      throw new AppError("conflict", `An organisation has at most ${MAX_AGENTS} agents. Remove some of them first.`);
    }
    const { join_token: _, public_key: __, name, ...machine } = input;
    const id = newId();
    const agent = {
      id,
      organization_id: token.organization_id,
      join_token_id: token.id,
      ...machine,
      name: name ?? (token.uses === 1 ? token.name : null) ?? input.hostname.slice(0, 100),
      labels: token.labels,
      capabilities: token.capabilities,
      ip: ctx.ip,
      created_at: app.now(),
      last_seen_at: null,
    };
    if (!await insertAgent(tx, agent, key)) throw new AppError("conflict", "An agent has this public key already.");
    await storeCommand(app, tx, {
      organizationId: agent.organization_id,
      agentId: id,
      name: "configure",
      data: { name: agent.name, labels: agent.labels },
    });
    const as = { organizationId: agent.organization_id, id, name: agent.name, kind: "agent" as const };
    const details = { name: agent.name, hostname: agent.hostname, ...(token.name ? { join_token: token.name } : {}) };
    await writeAudit(tx, ctx, { action: "agent.enrolled", subject_type: "agent", subject_id: id, details }, as);
    return { agent_id: id };
  });
}

/** The token still holds: its author is there and may manage agents. */
async function redeem(ctx: GuestCtx, tx: Tx, hash: string): Promise<JoinTokenRow> {
  const token = await takeJoinToken(tx, hash, ctx.app.now());
  const author = token && await personActor(ctx.app, token.organization_id, token.created_by, tx);
  if (!author || !may(author, "agents.manage")) {
    throw new AppError("join_token_invalid", "This join token does not hold (any more). Ask for a new one.");
  }
  return token;
}
