// Commands to somebody who is connected, on whichever instance: `command {id, name, data}` down the link, `result {id, ok, data |
// error}` back. At most once: a command goes down one link, once, and is never sent again; whoever asked gets an answer or, at the
// end of the time at the latest, an error that says what is known. What must survive a broken link is stored by features.
import type { Identity } from "../kernel/actor.ts";
import { AppError, toAppError } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import type { Answer, AskOptions, Command } from "../kernel/ports.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import type { ResultFrame } from "../protocol/wire/frames.ts";
import type { Connection } from "./connection.ts";
import type { Identities } from "./identities.ts";

/** Characters of a command's or a result's JSON: it has to fit into one message of every bus. */
const MAX_CHARACTERS = 256 * 1024;
/** Commands of one link that may be open. */
const MAX_OPEN_PER_LINK = 100;

interface RemoteAsk {
  identity: Identity;
  command: Command;
  timeout_ms: number;
}
/** What crosses the bus back. */
type Reply = { answer: Answer } | { failure: { code: ErrorCode; detail: string } };

interface Open {
  answer: (answer: Answer) => void;
  fail: (error: AppError) => void;
}

export class Asks {
  private readonly open = new Map<Connection, Map<string, Open>>();

  constructor(private readonly identities: Identities) {
    identities.bus.on("ask", (ask: RemoteAsk) => this.askedFor(ask));
    identities.onLeft = (connection) => this.left(connection);
  }

  /**
   * Sends a command and waits for its result.
   * @returns what the other side said, its own error too
   * @throws AppError `agent_offline` when nobody is connected or the link broke before the result, `timeout`, `too_large`,
   *   `unavailable` when too many commands are open. After `timeout`, and `agent_offline` in the middle, nobody knows whether the
   *   command was carried out.
   */
  async ask(identity: Identity, command: Command, { timeoutMs }: AskOptions): Promise<Answer> {
    if (JSON.stringify(command).length > MAX_CHARACTERS) {
      throw new AppError("too_large", `A command holds at most ${MAX_CHARACTERS / 1024} KiB.`);
    }
    const end = Date.now() + timeoutMs;
    const here = this.identities.here(identity);
    if (here) return await this.deliver(here, command, timeoutMs);
    const holder = await this.identities.find(identity, timeoutMs);
    const left = end - Date.now();
    if (!holder || left <= 0) throw offline("Nobody of this identity is connected.");
    const ask: RemoteAsk = { identity, command, timeout_ms: left };
    const reply = await this.identities.bus.ask<Reply>("ask", ask, holder, left, identity);
    if (!reply) throw Date.now() < end ? broken() : late();
    if ("failure" in reply) throw new AppError(reply.failure.code, reply.failure.detail);
    return reply.answer;
  }

  private async askedFor({ identity, command, timeout_ms }: RemoteAsk): Promise<Reply> {
    try {
      const connection = this.identities.here(identity);
      if (!connection) throw offline("The link is not here any more.");
      return { answer: await this.deliver(connection, command, timeout_ms) };
    } catch (error) {
      const { code, detail } = toAppError(error);
      return { failure: { code, detail } };
    }
  }

  private async deliver(connection: Connection, command: Command, timeoutMs: number): Promise<Answer> {
    let open = this.open.get(connection);
    if (!open) this.open.set(connection, open = new Map());
    if (open.size >= MAX_OPEN_PER_LINK) {
      throw new AppError("unavailable", "Too many commands to this agent are waiting for their results.");
    }
    const { id = newId(), name, data } = command;
    if (open.has(id)) throw new AppError("unavailable", "This command is waiting for its result already.");
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => reject(late()), timeoutMs);
    open.set(id, { answer: resolve, fail: reject });
    try {
      connection.send({ type: "command", id, name, data });
      if (connection.closed) reject(broken()); // sending closed it, or it was closed before
      return await promise;
    } finally {
      clearTimeout(timer);
      open.delete(id);
      if (open.size === 0) this.open.delete(connection);
    }
  }

  /** Takes a result; one that nobody waits for (any more) is dropped. */
  answered(connection: Connection, { id, ok, data, error }: ResultFrame): void {
    const waiting = this.open.get(connection)?.get(id);
    if (!waiting) return;
    const answer: Answer = ok
      ? { ok, data }
      : { ok, error: error ?? { code: "failed", message: "The agent did not say why." } };
    const fits = JSON.stringify(answer).length <= MAX_CHARACTERS;
    if (fits) waiting.answer(answer);
    else waiting.fail(new AppError("too_large", `The result is longer than ${MAX_CHARACTERS / 1024} KiB.`));
  }

  private left(connection: Connection): void {
    for (const { fail } of this.open.get(connection)?.values() ?? []) fail(broken());
  }
}

const offline = (detail: string) => new AppError("agent_offline", detail);
const broken = () =>
  offline("The link broke before the result came; whether the command was carried out is not known.");
const late = () => new AppError("timeout", "No result came in time; whether the command was carried out is not known.");
