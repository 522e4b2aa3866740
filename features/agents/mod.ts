// Agents: programs on managed machines with identities of their own. How they come in (join tokens, enrolment), how they sign in on
// a socket, who sees and manages them. What they are for is said by the features above: `app.realtime.ask` gives them commands.
import { agentIdentity, authorize, identityOf } from "../../kernel/actor.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { defineFeature } from "../define.ts";
import { agentHandshake } from "./handshake.ts";
import { deleteOldJoinTokens } from "./join_token_store.ts";
import { noteLink, seenJob } from "./links.ts";

export { deleteAgent, getAgent, listAgents, updateAgent } from "./agents.ts";
export { enroll } from "./enroll.ts";
export { refreshAgent } from "./handshake.ts";
export { createJoinToken, deleteJoinToken, listJoinTokens } from "./join_tokens.ts";

export const agentsFeature = defineFeature({
  name: "agents",
  routes: () => import("../../routes/agents/mod.ts").then((m) => m.routes),
  permissions: { "agents.read": "admin", "agents.manage": "admin" },
  handshakes: { agent: agentHandshake },
  channels: [{
    channel: channels.agents,
    authorize(ctx) {
      authorize(ctx.actor, "channels.subscribe");
      authorize(ctx.actor, "agents.read");
    },
  }],
  start(app) {
    app.realtime.onLink((change) => noteLink(app, change));
    return () => {};
  },
  figures: (app, organizationId) => ({ agents_online: app.realtime.linkedOf(organizationId) }),
  onControl(app, event) {
    if (event.kind !== "agent_revoked") return;
    const identity = agentIdentity(event.agent_id);
    app.realtime.endConnections((actor) => identityOf(actor) === identity, "the agent was revoked");
  },
  jobs: [
    seenJob,
    {
      name: "agents.delete_old_tokens",
      retryLimit: 2,
      cron: "41 * * * *",
      handle: (app) => deleteOldJoinTokens(app.db, app.now()),
    },
  ],
});
