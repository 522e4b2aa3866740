// The agent of a machine: comes in once, keeps a link to the server, says every few seconds how the machine does, and carries out what it
// is told, each command once. Invariants:
//  - one process per folder, one link per process; after a broken link the next one comes with full jitter, up to 60 s later;
//  - what the server refuses is not asked for again;
//  - after each sign-in it reports what the machine really is, before anything else.
import { backoffDelay, sleep } from "../clients/typescript/src/engine/backoff.ts";
import type { Logger } from "../kernel/log.ts";
import { commandTable, resultOf } from "./commands.ts";
import { enroll } from "./enroll.ts";
import { Refused } from "./errors.ts";
import { StatusFile } from "./folder.ts";
import { type Identity, saveIdentity, signerOf } from "./identity.ts";
import { Journal } from "./journal.ts";
import { type CommandFrame, Link, linkAddress, type LinkEnd } from "./link.ts";
import { machineOf, type Meter } from "./machine.ts";
import { Samples } from "./samples.ts";

export { readSettings } from "./commands.ts";
export { Refused } from "./errors.ts";
export { emptyFolder, FolderInUse, inUse, readStatus, takeFolder } from "./folder.ts";
export { newIdentity, readIdentity, saveIdentity } from "./identity.ts";
export { Meter } from "./machine.ts";
export { unitText } from "./unit.ts";

const RETRY = { base: 1000, cap: 60_000 };
/** A link that has lasted so long was a good one: the waits begin anew. */
const GOOD_MS = 30_000;

export interface AgentOptions {
  dir: string;
  identity: Identity;
  /** With which it comes in, when it has no id yet. */
  joinToken?: string;
  name?: string;
  meter: Meter;
  log: Logger;
  /** Ends the agent cleanly. */
  signal: AbortSignal;
}

/** Runs until the signal. @throws Refused when the server does not want it */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { dir, log, signal } = options, status = new StatusFile(dir);
  try {
    await live(options, status);
  } catch (error) {
    if (error instanceof Refused) await status.save({ state: "refused", reason: error.message });
    if (!signal.aborted) throw error;
  }
  await status.save({ state: "stopped" });
  log.info("the agent has stopped");
}

async function live(options: AgentOptions, status: StatusFile): Promise<void> {
  const { dir, log, signal, meter } = options;
  const agentId = await comeIn(options);
  const journal = await Journal.open(dir);
  const commands = commandTable(dir);
  const samples = new Samples();
  const sign = await signerOf(options.identity);
  /** The link that has come in, if there is one. */
  let current: Link | undefined;
  let beats: ReturnType<typeof setInterval> | undefined;
  let beatMs = 0;

  const carryOut = async (link: Link, { id, name, data }: CommandFrame) => {
    const deed = Object.hasOwn(commands.deeds, name) ? commands.deeds[name] : undefined;
    const question = Object.hasOwn(commands.questions, name) ? commands.questions[name] : undefined;
    const unknown = { ok: false, error: { code: "unknown_command", message: "This agent does not know the command." } };
    const result = deed
      ? await journal.once(id, () => resultOf(() => deed(data)))
      : question
      ? await resultOf(question)
      : unknown;
    link.send({ type: "result", id, ...result });
  };

  const beat = async () => {
    current?.beat();
    samples.add(await meter.read());
    samples.sendAll((metrics) => current?.send({ type: "heartbeat", id: "beat", metrics }) ?? false);
  };
  const tell = (error: unknown) => log.error("the agent's state could not be told", { error });

  const connect = async (): Promise<LinkEnd> => {
    const machine = await machineOf(dir);
    const link = new Link({
      address: linkAddress(options.identity.server),
      agentId,
      sign,
      onWelcome(link, seconds) {
        link.send({ type: "agent_report", machine });
        current = link;
        if (beatMs !== seconds * 1000) {
          clearInterval(beats);
          beatMs = seconds * 1000;
          beats = setInterval(() => void beat().catch(tell), beatMs);
        }
        status.save({ state: "connected" }).catch(tell);
        beat().catch(tell);
        log.info("connected", { server: options.identity.server, agent_id: agentId });
      },
      onCommand: (link, command) =>
        void carryOut(link, command).catch((error) => log.error("a command failed", { command: command.name, error })),
      onError: (message) => log.warn("the server refused a frame", { reason: message }),
    });
    const stop = () => link.close();
    signal.addEventListener("abort", stop);
    const end = await link.end;
    signal.removeEventListener("abort", stop);
    current = undefined;
    return end;
  };

  try {
    for (let failures = 0; !signal.aborted;) {
      const began = performance.now();
      const end = await connect();
      if (signal.aborted) return;
      if (end.why === "refused") throw new Refused(end.reason);
      if (end.why === "replaced") {
        throw new Refused(`Another program with this agent's identity is connected (${end.reason}).`);
      }
      failures = end.welcomed && performance.now() - began > GOOD_MS ? 1 : failures + 1;
      await status.save({ state: "waiting", reason: end.reason });
      log.warn("not connected; it is tried again", { reason: end.reason, attempt: failures });
      await sleep(backoffDelay(failures, RETRY), signal);
    }
  } finally {
    clearInterval(beats);
    await journal.close();
    meter.close();
  }
}

/** @returns the agent's id, which is on the disk then */
async function comeIn({ dir, identity, joinToken, name, log, signal }: AgentOptions): Promise<string> {
  if (identity.agent_id) return identity.agent_id;
  if (!joinToken) throw new Refused("This folder's agent has not come in yet: give --join-token.");
  const id = await enroll({ identity, joinToken, name, machine: await machineOf(dir) }, log, signal);
  await saveIdentity(dir, { ...identity, agent_id: id });
  log.info("enrolled", { server: identity.server, agent_id: id });
  return id;
}
