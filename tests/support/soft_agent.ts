// An agent as far as the wire goes: a key, enrolment and signing in on the socket. For tests and for the process that plays one
// (agent_process.ts).
import { challengeText } from "../../protocol/agents/agents.ts";
import { type Frame, openSocket, type SocketClient } from "./socket_client.ts";

export interface AgentKey {
  /** base64 of the 32 bytes. */
  publicKey: string;
  /** base64 of the signature of a text as UTF-8. */
  sign(text: string): Promise<string>;
}

export async function newAgentKey(): Promise<AgentKey> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return {
    publicKey: raw.toBase64(),
    async sign(text) {
      const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, new TextEncoder().encode(text));
      return new Uint8Array(signature).toBase64();
    },
  };
}

const MACHINE = {
  hostname: "rack-3",
  os: "linux",
  arch: "x86_64",
  version: "1.0.0",
  cpu_cores: 8,
  memory_total_bytes: 32_000_000_000,
  disk_total_bytes: 500_000_000_000,
};

/** @returns the answer of POST /agents/enroll */
export async function enrollAgent(
  url: string,
  joinToken: string,
  key: AgentKey,
  more: Record<string, unknown> = {},
): Promise<{ status: number; body: Frame }> {
  const response = await fetch(`${url}/api/v1/agents/enroll`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ join_token: joinToken, public_key: key.publicKey, ...MACHINE, ...more }),
  });
  return { status: response.status, body: await response.json() };
}

/** Says hello and answers the challenge. @param sign what it answers, for those who do it wrong */
export async function signIn(
  socket: SocketClient,
  agentId: string,
  key: AgentKey,
  sign = (nonce: string) => key.sign(challengeText(agentId, nonce)),
): Promise<void> {
  const before = socket.frames.length;
  socket.send({ type: "hello", agent_id: agentId });
  const isNew = (frame: Frame, type: string) => frame.type === type && socket.frames.indexOf(frame) >= before;
  const { nonce } = await socket.wait((frame) => isNew(frame, "challenge"));
  socket.send({ type: "auth", agent_id: agentId, signature: await sign(nonce) });
}

/** Opens a link; its frames show `welcome`, or why there is none. @param sockets the address of the sockets */
export async function connectAgent(sockets: string, agentId: string, key: AgentKey): Promise<SocketClient> {
  const socket = await openSocket(`${sockets}/ws/agent`);
  await signIn(socket, agentId, key);
  return socket;
}
