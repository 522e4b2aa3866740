// What agents say on their links besides results: heartbeats with figures, and what the machine really is after each sign-in.
import type { AgentActor } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { heartbeatFrame, reportFrame } from "../../protocol/agents/link.ts";
import type { Ctx } from "../context.ts";
import { type Feature, frame } from "../define.ts";
import { updateMachine } from "./agent_store.ts";
import { tellCommands } from "./commands.ts";
import { addFigures } from "./figures.ts";
import { heardOf } from "./watch.ts";

/** An agent that was away sends some heartbeats at once. */
const HEARTBEATS_PER_SECOND = 5;
const REPORTS_PER_SECOND = 1;

export const agentFrames: NonNullable<Feature["frames"]> = {
  heartbeat: frame({
    variant: "metrics",
    framesPerSecond: HEARTBEATS_PER_SECOND,
    schema: heartbeatFrame,
    handle(ctx, { metrics }) {
      const { app } = ctx, agent = agentOf(ctx);
      heardOf(app, agent.agentId);
      addFigures(app, agent, metrics);
      return Promise.resolve(undefined);
    },
  }),
  agent_report: frame({
    variant: "machine",
    framesPerSecond: REPORTS_PER_SECOND,
    schema: reportFrame,
    async handle(ctx, { machine }) {
      const { app } = ctx, { organizationId, agentId } = agentOf(ctx);
      await updateMachine(app.db, organizationId, agentId, machine);
      tellCommands(app, organizationId, agentId);
    },
  }),
};

/** @throws AppError `forbidden` for everybody else */
function agentOf({ actor }: Ctx): AgentActor {
  if (actor.kind === "agent") return actor;
  throw new AppError("forbidden", "Only an agent says this, on its own link.");
}
