// Agents that come and go: the status that people see follows the links, which every instance knows (realtime/identities.ts).
import { idOf } from "../../kernel/actor.ts";
import type { LinkChange } from "../../kernel/ports.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { App } from "../context.ts";
import type { JobRule } from "../define.ts";
import { agentsSeen } from "./agent_store.ts";

/** An agent's link came or went, on any instance: each tells its own readers, so that it also works when the other one has died. */
export function noteLink(app: App, { organizationId, identity, online, here }: LinkChange): void {
  const now = app.now();
  const agentId = idOf(identity);
  app.realtime.publishLocal(organizationId, channels.agents(), "agent_status", {
    agent_id: agentId,
    status: online ? "online" : "offline",
    last_seen_at: now.toISOString(),
  });
  if (online || !here) return;
  agentsSeen(app.db, [agentId], now).catch((error) => {
    app.log.debug("when an agent was seen last was not written", { error });
  });
}

/** An instance that dies cannot write when its agents were seen last. */
export const seenJob: JobRule = {
  name: "agents.seen",
  retryLimit: 0,
  cron: "* * * * *",
  async handle(app) {
    const ids = app.realtime.allLinked().map(idOf);
    if (ids.length) await agentsSeen(app.db, ids, app.now());
  },
};
