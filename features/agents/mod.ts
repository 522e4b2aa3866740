// Agents: programs on managed machines with identities of their own. How they come in (join tokens, enrolment), how they sign in on
// a socket, who sees and manages them, whether they are there, how their machines do. What they are for is said by the features above:
// `app.realtime.ask` asks them, `storeCommand` has something carried out once.
import { agentIdentity, authorize, identityOf, idOf } from "../../kernel/actor.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { App } from "../context.ts";
import { defineFeature, type JobRule } from "../define.ts";
import { agentsSeen } from "./agent_store.ts";
import { alertConsumer } from "./alerts.ts";
import { countAllWaiting } from "./command_store.ts";
import { commandsJob } from "./commands.ts";
import { flushFigures, startFigures, trimJob } from "./figures.ts";
import { agentFrames } from "./frames.ts";
import { agentHandshake } from "./handshake.ts";
import { deleteOldJoinTokens } from "./join_token_store.ts";
import { noteLink, onlineAgents, slowCount, startWatch } from "./watch.ts";

export { agentHealth, deleteAgent, getAgent, listAgents, updateAgent } from "./agents.ts";
export { enroll } from "./enroll.ts";
export { agentMetrics } from "./figures.ts";
export { refreshAgent } from "./handshake.ts";
export { createJoinToken, deleteJoinToken, listJoinTokens } from "./join_tokens.ts";

/** An instance that dies cannot write when its agents were seen last. */
const seenJob: JobRule = {
  name: "agents.seen",
  retryLimit: 0,
  cron: "* * * * *",
  async handle(app) {
    const ids = app.realtime.allLinked().map(idOf);
    if (ids.length) await agentsSeen(app.db, ids, app.now());
  },
};

export const agentsFeature = defineFeature({
  name: "agents",
  routes: () => import("../../routes/agents/mod.ts").then((m) => m.routes),
  permissions: { "agents.read": "admin", "agents.manage": "admin" },
  handshakes: { agent: agentHandshake },
  frames: agentFrames,
  channels: [{
    channel: channels.agents,
    authorize(ctx) {
      authorize(ctx.actor, "channels.subscribe");
      authorize(ctx.actor, "agents.read");
    },
  }],
  start(app) {
    app.realtime.onLink((change) => noteLink(app, change));
    const ends = [startWatch(app), startFigures(app)];
    return () => ends.forEach((end) => end());
  },
  close: (app) => flushFigures(app),
  figures: (app, organizationId) => ({ agents_online: onlineAgents(app, organizationId) }),
  gauges,
  onControl(app, event) {
    if (event.kind !== "agent_revoked") return;
    const identity = agentIdentity(event.agent_id);
    app.realtime.endConnections((actor) => identityOf(actor) === identity, "the agent was revoked");
  },
  consumers: [alertConsumer],
  jobs: [
    seenJob,
    commandsJob,
    trimJob,
    {
      name: "agents.delete_old_tokens",
      retryLimit: 2,
      cron: "41 * * * *",
      handle: (app) => deleteOldJoinTokens(app.db, app.now()),
    },
  ],
});

async function gauges(app: App) {
  return [
    {
      name: "pulpo_agents_linked",
      help: "Agents that have a link, on any instance",
      value: app.realtime.allLinked().length,
    },
    { name: "pulpo_agents_slow", help: "Agents whose answers take longer than 5 s", value: slowCount(app) },
    {
      name: "pulpo_agent_commands_waiting",
      help: "Stored commands to agents that have no result yet",
      value: await countAllWaiting(app.db, app.now()),
    },
  ];
}
