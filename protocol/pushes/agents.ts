// Pushes about agents.
import { agentStatusPush } from "../agents/agents.ts";
import { EXAMPLE_ID, EXAMPLE_TIME } from "./examples.ts";
import { agentAlertPush } from "../agents/link.ts";
import { durable, ephemeral } from "./push.ts";

export const agentsPushes = {
  alert: durable(
    "An agent is away or answers too slowly (`firing`), or is back (`resolved`). Once for each absence.",
    agentAlertPush,
    { agent_id: EXAMPLE_ID, name: "rack-3", state: "firing", reason: "missed", since: EXAMPLE_TIME },
  ),
  agent_status: ephemeral(
    "An agent's link came or went, or its answers are slow or prompt again.",
    agentStatusPush,
    { agent_id: EXAMPLE_ID, status: "online", last_seen_at: EXAMPLE_TIME },
  ),
};
