// Signing in as an agent: `hello {agent_id}` → `challenge {nonce}` → `auth {agent_id, signature}` → `welcome`. The server never
// speaks first. Invariants:
//  - a nonce is of this socket, used once, and good for 5 s; a signature is of nothing else, so none can be used again;
//  - agents that do not exist, that were revoked and wrong signatures get the same answer by the same work: the row is looked for
//    and a signature is checked in each case.
import type { AgentActor } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import type { Handshake, HandshakeFrame } from "../../kernel/handshake.ts";
import { randomToken } from "../../kernel/ids.ts";
import { agentAuthFrame, challengeText, decoded, helloFrame } from "../../protocol/agents/agents.ts";
import type { App } from "../context.ts";
import { importAgentKey, signedBy } from "./agent_key.ts";
import { agentCame, type AgentRow, signingAgent } from "./agent_store.ts";

const NONCE_MS = 5000;

/** What agents may do is in no role: frames that are made for agents look at the kind of the actor. */
const NO_PERMISSIONS: ReadonlySet<string> = new Set();

export function agentHandshake(app: App, ip: string | null): Handshake {
  let challenge: { agentId: string; nonce: string; until: number } | undefined;

  function hello(frame: unknown): HandshakeFrame {
    const { id, agent_id } = read(helloFrame, frame);
    // One at a time: a socket that asks for more of them guesses.
    if (challenge) throw refused();
    challenge = { agentId: agent_id.toLowerCase(), nonce: randomToken(32), until: Date.now() + NONCE_MS };
    return { type: "challenge", ...(id === undefined ? {} : { id }), nonce: challenge.nonce };
  }

  async function auth(frame: unknown): Promise<{ actor: AgentActor; welcome: HandshakeFrame }> {
    const { id, agent_id, signature } = read(agentAuthFrame, frame);
    const asked = challenge;
    challenge = undefined;
    const agentId = agent_id.toLowerCase();
    if (!asked || asked.agentId !== agentId || Date.now() > asked.until) throw refused();
    const row = await signingAgent(app.db, agentId);
    const key = await importAgentKey(new Uint8Array(row?.public_key ?? await nobodysKey()));
    const good = key !== undefined && await signedBy(key, decoded(signature)!, challengeText(agent_id, asked.nonce));
    if (!row || !good) throw refused();
    await agentCame(app.db, row.organization_id, row.id, ip, app.now());
    const welcome = {
      type: "welcome",
      ...(id === undefined ? {} : { id }),
      agent_id: row.id,
      heartbeat_seconds: app.config.agentHeartbeatSeconds,
      capabilities: row.capabilities,
    };
    return { actor: agentActor(row), welcome };
  }

  return {
    types: new Set(["hello", "auth"]),
    expected: 'The first frame must be: {"type": "hello", "agent_id": …}',
    async take(frame) {
      return isHello(frame) ? { question: hello(frame) } : await auth(frame);
    },
  };
}

const isHello = (frame: unknown) => helloFrame.pick({ type: true }).safeParse(frame).success;

function read<T>(schema: { safeParse(frame: unknown): { success: boolean; data?: T } }, frame: unknown): T {
  const { success, data } = schema.safeParse(frame);
  if (!success) throw new AppError("validation_failed", "This is no frame with which an agent signs in.");
  return data!;
}

const refused = () => new AppError("unauthenticated", "This agent is not known, or the signature is not its own.");

/** The public half of a key that nobody keeps. */
let nobody: Promise<Uint8Array<ArrayBuffer>> | undefined;
function nobodysKey(): Promise<Uint8Array<ArrayBuffer>> {
  return nobody ??= (async () => {
    const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]) as CryptoKeyPair;
    return new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  })();
}

function agentActor(row: AgentRow): AgentActor {
  return {
    kind: "agent",
    organizationId: row.organization_id,
    userId: null,
    agentId: row.id,
    username: row.name,
    role: "guest",
    permissions: NO_PERMISSIONS,
  };
}

/** The agent as it is now. @throws AppError `unauthenticated` when it was revoked */
export async function refreshAgent(app: App, actor: AgentActor): Promise<AgentActor> {
  const row = await signingAgent(app.db, actor.agentId);
  if (!row) throw refused();
  return agentActor(row);
}
