// What instances say to each other over the bus, apart from pushes: notes to all or to one, and questions with an answer. What is
// for one goes to that one alone.
// Invariants:
//  - a question never waits longer than its time, and ends at once when whom it went to is known to be gone;
//  - an instance takes each question at most once, whatever the bus does (the last ids are remembered);
//  - nothing is sent twice: what the bus loses is lost, and whoever asked learns it by the time.
import { AppError } from "../kernel/errors.ts";
import { newId, SYSTEM_ORGANIZATION } from "../kernel/ids.ts";
import type { Logger } from "../kernel/log.ts";
import type { Bytes } from "../protocol/wire/binary.ts";
import type { Broker, BusMessage } from "./broker.ts";

const CHANNEL = "_instances";
/** Questions of this instance that may be open; one more is refused. */
const MAX_OPEN = 10_000;
/** Ids of questions that were taken. */
const MAX_REMEMBERED = 10_000;

interface Envelope {
  kind: string;
  from: string;
  /** Of a question and of its answer. */
  question?: string;
  data: unknown;
}

type Handler = (data: unknown, from: string) => unknown;

/** The topic of the bus on which an instance gets what is for it alone. */
const topicOf = (instance: string) => `#${instance}`;

interface Open {
  to: string | undefined;
  about: string | undefined;
  settle: (answer: unknown) => void;
}

export class InstanceBus {
  /** This instance, until it stops. */
  readonly self: string;
  private readonly handlers = new Map<string, Handler>();
  private readonly open = new Map<string, Open>();
  private readonly taken = new Set<string>();

  constructor(private readonly broker: Broker, private readonly log: Logger) {
    this.self = broker.id;
  }

  /** Resolves when notes to this instance come. */
  start(): Promise<void> {
    return this.broker.follow(topicOf(this.self));
  }

  /**
   * Takes notes and questions of a kind. What it returns answers a question; undefined is no answer (somebody else may know).
   * It must not throw: what can go wrong is part of the answer.
   */
  on<T>(kind: string, handler: (data: T, from: string) => unknown): void {
    this.handlers.set(kind, handler as Handler);
  }

  send(kind: string, data: unknown, to?: string): void {
    this.post({ kind, from: this.self, data }, to);
  }

  /**
   * Asks one instance, or all of which the first answer counts.
   * @param about what has to be there for an answer (`lost`)
   * @returns undefined when no answer came in time, or the instance or what the question is about has gone
   * @throws AppError `unavailable` when too many questions are open
   */
  async ask<T>(
    kind: string,
    data: unknown,
    to: string | undefined,
    timeoutMs: number,
    about?: string,
  ): Promise<T | undefined> {
    if (this.open.size >= MAX_OPEN) throw new AppError("unavailable", "Too many questions between servers are open.");
    const question = newId();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const timer = setTimeout(resolve, timeoutMs);
    this.open.set(question, { to, about, settle: resolve });
    this.post({ kind, from: this.self, question, data }, to);
    try {
      return await promise as T | undefined;
    } finally {
      clearTimeout(timer);
      this.open.delete(question);
    }
  }

  /** Ends the questions to an instance that will not answer any more, all of them or those about one thing. */
  lost(instance: string, about?: string): void {
    for (const open of this.open.values()) {
      if (open.to === instance && (about === undefined || open.about === about)) open.settle(undefined);
    }
  }

  /** Takes a message to all off the bus if it is one between instances. */
  take(message: BusMessage): boolean {
    if (message.channel !== CHANNEL) return false;
    this.receive((JSON.parse(message.body) as { data: Envelope }).data);
    return true;
  }

  /** The same for one to this instance alone. */
  takeOwn(topic: string, bytes: Bytes): boolean {
    if (topic !== topicOf(this.self)) return false;
    this.receive(JSON.parse(new TextDecoder().decode(bytes)));
    return true;
  }

  private receive({ kind, from, question, data }: Envelope): void {
    if (kind === "answer") this.open.get(question!)?.settle(data);
    else void this.handle(kind, data, from, question);
  }

  private async handle(kind: string, data: unknown, from: string, question: string | undefined): Promise<void> {
    if (question !== undefined && !this.remember(question)) return;
    try {
      const answer = await this.handlers.get(kind)?.(data, from);
      if (question === undefined || answer === undefined) return;
      this.post({ kind: "answer", from: this.self, question, data: answer }, from);
    } catch (error) {
      this.log.error("a note of another instance could not be handled", { kind, error });
    }
  }

  /** @returns false when it was taken before */
  private remember(question: string): boolean {
    if (this.taken.has(question)) return false;
    this.taken.add(question);
    if (this.taken.size > MAX_REMEMBERED) this.taken.delete(this.taken.values().next().value!);
    return true;
  }

  private post(envelope: Envelope, to: string | undefined): void {
    if (to !== undefined) {
      return this.broker.send(topicOf(to), new TextEncoder().encode(JSON.stringify(envelope)), [to]);
    }
    const body = JSON.stringify({ type: "instances", data: envelope });
    this.broker.publish([{ organizationId: SYSTEM_ORGANIZATION, channel: CHANNEL, epoch: "", offset: 0, body }]);
  }
}
