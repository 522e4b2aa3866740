// What an agent proves itself with. Apart from the schemas: the agent itself loads none.

/** What an agent signs, as UTF-8. */
export function challengeText(agentId: string, nonce: string): string {
  return `pulpo-agent:${agentId}:${nonce}`;
}
