// Pushes about agents.
import { agentStatusPush } from "../agents/agents.ts";
import { EXAMPLE_ID, EXAMPLE_TIME } from "./examples.ts";
import { ephemeral } from "./push.ts";

export const agentsPushes = {
  agent_status: ephemeral(
    "An agent's link came or went.",
    agentStatusPush,
    { agent_id: EXAMPLE_ID, status: "online", last_seen_at: EXAMPLE_TIME },
  ),
};
