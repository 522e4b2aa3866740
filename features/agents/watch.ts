// Which agents are there: a link that is gone for three heartbeats, or three answers in a row that took longer than 5 s, are an alert, and
// so is the return. Invariants:
//  - people are told once of each absence, whichever instance sees it: the column `alerted` is the lock, and the event is committed
//    with it (alerts.ts tells people what the event says);
//  - an agent that was never there is not missed; after a start of the server agents have a minute to come back.
import { agentIdentity, idOf } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { perApp } from "../../kernel/per_app.ts";
import type { LinkChange } from "../../kernel/ports.ts";
import type { AgentAlert } from "../../protocol/agents/link.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { App } from "../context.ts";
import { agentsSeen, agentsToMiss, markAlerted, markBack, slowAgents } from "./agent_store.ts";

const MISSED = 3;
const SLOW_ANSWERS = 3;
const ANSWER_MS = 5000;
/** Parts of a heartbeat over which the asking is spread, each agent always in the same one. */
const PARTS = 16;
/** Questions that are open at a time. */
const MAX_ASKED = 500;
/** The longest wait of an agent between two attempts to connect. */
const RECONNECT_MS = 60_000;

interface Watch {
  /** When an agent with its link here was heard last, milliseconds since 1970. */
  heard: Map<string, number>;
  /** Answers in a row that were slow. */
  slow: Map<string, number>;
  /** Agents that are to be asked, and their organisations. */
  due: Map<string, string>;
  /** Agents that are being asked. */
  asked: Set<string>;
  /** Since when agents have no link. */
  gone: Map<string, { organizationId: string; since: number }>;
  /** Agents of all instances whose answers are slow. */
  slowEverywhere: { id: string; organization_id: string }[];
}

const watchOf = perApp((_app: App): Watch => ({
  heard: new Map(),
  slow: new Map(),
  due: new Map(),
  asked: new Set(),
  gone: new Map(),
  slowEverywhere: [],
}));

/** Agents of the organisation that have a link and answer. */
export function onlineAgents(app: App, organizationId: string): number {
  const slow = watchOf(app).slowEverywhere.filter((agent) =>
    agent.organization_id === organizationId && app.realtime.linked(agentIdentity(agent.id))
  );
  return Math.max(0, app.realtime.linkedOf(organizationId) - slow.length);
}

export function slowCount(app: App): number {
  return watchOf(app).slowEverywhere.length;
}

/** Something came from the agent. */
export function heardOf(app: App, agentId: string): void {
  watchOf(app).heard.set(agentId, app.now().getTime());
}

/** An agent's link came or went, on any instance: each tells its own readers, so that it also works when the other one has died. */
export function noteLink(app: App, { organizationId, identity, online, here }: LinkChange): void {
  const agentId = idOf(identity), { heard, slow, gone } = watchOf(app), now = app.now();
  const seen = online ? now : new Date(heard.get(agentId) ?? now.getTime());
  tellStatus(app, organizationId, agentId, online ? "online" : "offline", seen, "here");
  slow.delete(agentId);
  if (online) gone.delete(agentId);
  else gone.set(agentId, { organizationId, since: seen.getTime() });
  if (!here) return;
  heard.delete(agentId);
  const written = online ? back(app, organizationId, agentId, "missed") : agentsSeen(app.db, [agentId], seen);
  written.catch((error) => app.log.warn("the state of an agent was not written", { agent_id: agentId, error }));
}

function tellStatus(
  app: App,
  organizationId: string,
  agentId: string,
  status: "online" | "offline",
  seen: Date,
  where: "here" | "everywhere",
): void {
  const data = { agent_id: agentId, status, last_seen_at: seen.toISOString() };
  const publish = where === "here" ? "publishLocal" : "publishEphemeral";
  app.realtime[publish](organizationId, channels.agents(), "agent_status", data);
}

/** Looks after agents once in every heartbeat until the returned function is called. */
export function startWatch(app: App): () => void {
  const everyMs = app.config.agentHeartbeatSeconds * 1000;
  const { gone } = watchOf(app);
  agentsToMiss(app.db).then((rows) => {
    const since = app.now().getTime() + RECONNECT_MS;
    for (const { id, organization_id } of rows) {
      if (!app.realtime.linked(agentIdentity(id))) gone.set(id, { organizationId: organization_id, since });
    }
  }).catch((error) => app.log.warn("the agents that are away could not be read", { error }));
  const timer = setInterval(() => {
    void look(app, everyMs).catch((error) => app.log.warn("agents could not be looked after", { error }));
  }, everyMs);
  let part = 0;
  const asking = setInterval(() => askPart(app, part = (part + 1) % PARTS), everyMs / PARTS);
  return () => {
    clearInterval(timer);
    clearInterval(asking);
  };
}

async function look(app: App, everyMs: number): Promise<void> {
  const watch = watchOf(app);
  watch.slowEverywhere = await slowAgents(app.db);
  const limit = app.now().getTime() - MISSED * everyMs;
  for (const [id, absence] of watch.gone) {
    const { organizationId, since } = absence;
    const linked = () => app.realtime.linked(agentIdentity(id));
    if (!linked() && since > limit) continue;
    if (!linked()) {
      await alert(app, organizationId, id, "missed", new Date(since));
      // A link that came before this was committed found nothing to end.
      if (linked()) await back(app, organizationId, id, "missed");
    }
    // Not one that has begun meanwhile.
    if (watch.gone.get(id) === absence) watch.gone.delete(id);
  }
}

/** @returns milliseconds that an answer took; undefined: none came in time. @throws AppError `agent_offline` */
export async function latencyOf(app: App, agentId: string): Promise<number | undefined> {
  const began = performance.now();
  try {
    await app.realtime.ask(agentIdentity(agentId), { name: "health", data: null }, { timeoutMs: ANSWER_MS });
    return performance.now() - began;
  } catch (error) {
    if (error instanceof AppError && error.code === "timeout") return undefined;
    throw error;
  }
}

/** Asks the agents with their link here whose turn it is: the end of an id is random. */
function askPart(app: App, part: number): void {
  const { asked, due } = watchOf(app);
  for (const actor of app.realtime.actorsHere()) {
    if (actor.kind !== "agent" || parseInt(actor.agentId.slice(-4), 16) % PARTS !== part) continue;
    if (!asked.has(actor.agentId)) due.set(actor.agentId, actor.organizationId);
  }
  askDue(app);
}

function askDue(app: App): void {
  const { asked, due } = watchOf(app);
  for (const [agentId, organizationId] of due) {
    if (asked.size >= MAX_ASKED) return;
    due.delete(agentId);
    asked.add(agentId);
    void askOne(app, organizationId, agentId).finally(() => {
      asked.delete(agentId);
      askDue(app);
    });
  }
}

async function askOne(app: App, organizationId: string, agentId: string): Promise<void> {
  const { slow, slowEverywhere } = watchOf(app);
  try {
    if (await latencyOf(app, agentId) !== undefined) {
      slow.delete(agentId);
      if (slowEverywhere.some(({ id }) => id === agentId)) await back(app, organizationId, agentId, "slow");
      return;
    }
    const count = (slow.get(agentId) ?? 0) + 1;
    slow.set(agentId, count);
    // Again at each further one: the database may have failed, and people are told once all the same.
    if (count >= SLOW_ANSWERS) await alert(app, organizationId, agentId, "slow", app.now());
  } catch (error) {
    // Its link broke: that is told by the link.
    const level = error instanceof AppError && error.code === "agent_offline" ? "debug" : "warn";
    app.log[level]("an agent could not be looked after", { agent_id: agentId, error });
  }
}

async function alert(
  app: App,
  organizationId: string,
  agentId: string,
  reason: AgentAlert["reason"],
  since: Date,
): Promise<void> {
  const told = await app.db.withTx(async (tx) => {
    const agent = await markAlerted(tx, organizationId, agentId, reason, app.now());
    if (agent) emitAlert(tx, organizationId, { agent_id: agentId, name: agent.name, state: "firing", reason, since });
    return agent !== undefined;
  });
  if (told && reason === "slow") tellStatus(app, organizationId, agentId, "offline", since, "everywhere");
}

/** @param reason what has ended: a new link ends both */
async function back(app: App, organizationId: string, agentId: string, reason: AgentAlert["reason"]): Promise<void> {
  const now = app.now();
  const was = await app.db.withTx(async (tx) => {
    const before = await markBack(tx, organizationId, agentId);
    if (before?.alerted) {
      const { name, alerted } = before;
      emitAlert(tx, organizationId, { agent_id: agentId, name, state: "resolved", reason: alerted, since: now });
    }
    return before;
  });
  const { slowEverywhere } = watchOf(app);
  watchOf(app).slowEverywhere = slowEverywhere.filter(({ id }) => id !== agentId);
  if (was && reason === "slow") tellStatus(app, organizationId, agentId, "online", now, "everywhere");
}

type Emitter = { emit: Parameters<Parameters<App["db"]["withTx"]>[0]>[0]["emit"] };

function emitAlert(tx: Emitter, organizationId: string, alert: Omit<AgentAlert, "since"> & { since: Date }): void {
  const data = { ...alert, since: alert.since.toISOString() };
  tx.emit({ organizationId, channel: channels.agents(), type: "alert", data });
}
