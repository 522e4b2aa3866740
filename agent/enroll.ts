// Coming in: the join token and the public key to the server, the agent's id back. Asked for again as long as nobody answers.
import { backoffDelay, sleep } from "../clients/typescript/src/engine/backoff.ts";
import type { Logger } from "../kernel/log.ts";
import type { Machine } from "../protocol/agents/link.ts";
import { Refused } from "./errors.ts";
import type { Identity } from "./identity.ts";

const TIMEOUT_MS = 30_000;
const RETRY = { base: 1000, cap: 60_000 };

export interface Enrolment {
  identity: Identity;
  joinToken: string;
  name?: string;
  machine: Machine;
}

/** @returns the agent's id @throws Refused, the signal's reason */
export async function enroll(
  { identity, joinToken, name, machine }: Enrolment,
  log: Logger,
  signal: AbortSignal,
): Promise<string> {
  const body = JSON.stringify({ join_token: joinToken, public_key: identity.public_key, name, ...machine });
  for (let attempt = 1;; attempt++) {
    const answer = await ask(`${identity.server}/api/v1/agents/enroll`, body, signal);
    if ("id" in answer) return answer.id;
    if (answer.final) throw new Refused(answer.reason);
    log.warn("the server did not take the enrolment; it is tried again", { reason: answer.reason });
    await sleep(backoffDelay(attempt, RETRY), signal);
  }
}

async function ask(
  address: string,
  body: string,
  signal: AbortSignal,
): Promise<{ id: string } | { reason: string; final: boolean }> {
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const answer = await response.json().catch(() => undefined);
    if (response.status === 201 && typeof answer?.agent_id === "string") return { id: answer.agent_id };
    const busy = response.status === 429 || response.status >= 500;
    const reason = answer?.detail ?? `${address} answered ${response.status}, which is no answer of a Pulpo server.`;
    return { reason, final: !busy };
  } catch (error) {
    signal.throwIfAborted();
    return { reason: error instanceof Error ? error.message : String(error), final: false };
  }
}
