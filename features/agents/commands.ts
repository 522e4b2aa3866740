// Commands that an agent carries out once, whatever breaks: stored with what they are part of, told in order as soon as the agent is
// there, on whichever instance, and again until a result comes. The agent's journal makes sure that a repeat does nothing.
// Questions that are worth nothing later (`health`) are not stored: `app.realtime.ask` alone.
import { agentIdentity } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { perApp } from "../../kernel/per_app.ts";
import { DAY_MS } from "../../kernel/time_buckets.ts";
import type { Tx } from "../../db/sql.ts";
import type { App } from "../context.ts";
import type { JobRule } from "../define.ts";
import {
  agentsWithWaiting,
  countWaiting,
  deleteOldCommands,
  finishCommand,
  insertCommand,
  nextCommand,
  withdrawCommands,
} from "./command_store.ts";

/** After that nobody wants it any more. */
const KEEP_TRYING_MS = DAY_MS;
const ANSWER_MS = 30_000;
/** Of one agent; fewer than its journal holds. */
const MAX_WAITING = 500;

/** Agents whose commands are being told, and whether more came meanwhile. */
const busyOf = perApp((_app: App) => new Map<string, boolean>());

export interface NewCommand {
  organizationId: string;
  agentId: string;
  name: string;
  data: object;
  /** Takes the place of commands of this name that still wait: only the newest counts. */
  newest?: boolean;
}

/** Stores a command, in the transaction of what it is part of; afterwards `tellCommands`. @throws AppError `conflict` */
export async function storeCommand(app: App, tx: Tx, command: NewCommand): Promise<void> {
  if (command.newest) await withdrawCommands(tx, command.organizationId, command.agentId, command.name);
  const now = app.now();
  if (await countWaiting(tx, command.organizationId, command.agentId, now) >= MAX_WAITING) {
    throw new AppError("conflict", `${MAX_WAITING} commands wait for this agent. Wait until it is back.`);
  }
  await insertCommand(tx, { id: newId(), ...command }, now, new Date(now.getTime() + KEEP_TRYING_MS));
}

/** Tells an agent what waits for it, if it has a link. Returns at once. */
export function tellCommands(app: App, organizationId: string, agentId: string): void {
  const busy = busyOf(app);
  if (busy.has(agentId)) return void busy.set(agentId, true);
  busy.set(agentId, false);
  tellAll(app, organizationId, agentId).catch((error) => {
    const code = error instanceof AppError ? error.code : undefined;
    // They are told again when the agent is back, or by the job.
    if (code === "agent_offline" || code === "timeout") {
      return app.log.debug("a command waits", { agent_id: agentId, code });
    }
    app.log.warn("commands could not be told", { agent_id: agentId, error });
  }).finally(() => {
    const more = busy.get(agentId);
    busy.delete(agentId);
    if (more) tellCommands(app, organizationId, agentId);
  });
}

async function tellAll(app: App, organizationId: string, agentId: string): Promise<void> {
  const identity = agentIdentity(agentId);
  while (app.realtime.linked(identity)) {
    const command = await nextCommand(app.db, organizationId, agentId, app.now());
    if (!command) return;
    const answer = await app.realtime.ask(identity, command, { timeoutMs: ANSWER_MS });
    await finishCommand(app.db, organizationId, command.id, answer, app.now());
    if (!answer.ok) {
      app.log.warn("an agent could not carry a command out", { agent_id: agentId, command: command.name });
    }
  }
}

/** What a link that broke, or an instance that died, has left. */
export const commandsJob: JobRule = {
  name: "agents.commands",
  retryLimit: 0,
  cron: "* * * * *",
  async handle(app) {
    await deleteOldCommands(app.db, new Date(app.now().getTime() - 7 * DAY_MS));
    for (const { organization_id, agent_id } of await agentsWithWaiting(app.db, app.now())) {
      if (app.realtime.linked(agentIdentity(agent_id))) tellCommands(app, organization_id, agent_id);
    }
  },
};
