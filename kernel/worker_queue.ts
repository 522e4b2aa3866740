// Work that is given to a Web Worker, so that it never runs on the event loop that serves sockets. Invariants:
//  - one job at a time; what waits is bounded per lane, and the lanes take turns, so that a full one makes the others wait for
//    one job at most;
//  - a job has a deadline from its start. A worker that passes it, dies or sends what cannot be read fails the job that it had
//    and is replaced; the jobs that wait go on;
//  - only the answer to the job that runs counts: one that comes late, or from a worker that was given up, is nobody's;
//  - the worker is started by the first job and ended when it has had nothing to do for a while.
// A client says its numbers and its errors, nothing else. The worker gets `{...job, id}` and sends a `WorkerAnswer`.
import { AppError } from "./errors.ts";
import type { Logger } from "./log.ts";

/** `Refusal`: what the worker tells besides the text when a job cannot be done. */
export type WorkerAnswer<Result, Refusal = unknown> =
  | { id: number; ok: true; result: Result }
  | { id: number; ok: false; error: string } & Refusal;

/** Why a worker was given up. */
export type WorkerFault = { kind: "late" | "dead"; message: string };

export interface WorkerQueueOptions<Result, Refusal, Lane> {
  /** In logs: "the … worker". */
  name: string;
  start: () => Worker;
  /** Jobs that may wait in one lane; the one that runs is not counted. */
  maxWaiting: number;
  /** How long a job may take. */
  hangsAfterMs: number;
  /** How long a worker without work is kept; absent: until `close`. */
  idleMs?: number;
  /** False for a worker that remembers earlier jobs: nothing can be asked of another one. Usual is true. */
  restarts?: boolean;
  log?: Logger;
  /** For who comes when the lane is full. @param waiting in the lane; @param lanes in which somebody waits */
  full(lane: Lane, waiting: number, lanes: number): Error;
  /** For the job that a worker had when it was given up. */
  failed(fault: WorkerFault): Error;
  /** For a job that the worker could not do. Absent: a mistake of the program. */
  refused?(answer: { error: string } & Refusal): Error;
  /** After this answer the worker is of no use any more, or holds too much memory. */
  spent?(answer: WorkerAnswer<Result, Refusal>): boolean;
  /** For all that was asked when the queue is closed, and afterwards. */
  closed?(): Error;
}

interface Waiting<Job, Result> {
  job: Job;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export class WorkerQueue<Job extends object, Result, Refusal = unknown, Lane extends string = string> {
  readonly #options: WorkerQueueOptions<Result, Refusal, Lane>;
  #worker: Worker | undefined;
  /** The lane at the front has its turn next. Empty lanes are not kept. */
  #lanes = new Map<Lane, Waiting<Job, Result>[]>();
  #running: (Waiting<Job, Result> & { id: number; timer: ReturnType<typeof setTimeout> }) | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #nextId = 1;
  /** Why nothing is taken any more. */
  #over: Error | undefined;

  constructor(options: WorkerQueueOptions<Result, Refusal, Lane>) {
    this.#options = options;
  }

  /** @throws at once what `full` or `closed` make; the promise is rejected with what `failed` or `refused` make */
  run(job: Job, lane: Lane): Promise<Result> {
    if (this.#over) throw this.#over;
    const waiting = this.#lanes.get(lane) ?? [];
    if (waiting.length >= this.#options.maxWaiting) throw this.#options.full(lane, waiting.length, this.#lanes.size);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    waiting.push({ job, resolve, reject });
    this.#lanes.set(lane, waiting);
    this.#next();
    return promise;
  }

  /** Ends the worker; whoever waits is told. */
  close(): void {
    this.#end(this.#options.closed?.() ?? new AppError("unavailable", "The server is stopping."));
  }

  #end(error: Error): void {
    this.#over ??= error;
    this.#stopWorker();
    if (this.#running) this.#settle().reject(error);
    const waiting = [...this.#lanes.values()].flat();
    this.#lanes.clear();
    for (const { reject } of waiting) reject(error);
  }

  #next(): void {
    if (this.#running || this.#over) return;
    clearTimeout(this.#idle);
    const waiting = this.#take();
    if (!waiting) return this.#rest();
    const id = this.#nextId++;
    const timer = setTimeout(
      () => this.#fail({ kind: "late", message: "it took too long" }),
      this.#options.hangsAfterMs,
    );
    this.#running = { ...waiting, id, timer };
    this.#worker ??= this.#start();
    this.#worker.postMessage({ ...waiting.job, id });
  }

  /** Nothing to do: the worker stays for a while, without keeping the process alive. */
  #rest(): void {
    if (!this.#worker || this.#options.idleMs === undefined) return;
    this.#idle = setTimeout(() => this.#stopWorker(), this.#options.idleMs);
    Deno.unrefTimer(this.#idle);
  }

  /** The first job of the lane whose turn it is; the lane goes to the end. */
  #take(): Waiting<Job, Result> | undefined {
    const [turn] = this.#lanes;
    if (!turn) return undefined;
    const [lane, jobs] = turn;
    const job = jobs.shift();
    this.#lanes.delete(lane);
    if (jobs.length > 0) this.#lanes.set(lane, jobs);
    return job;
  }

  #start(): Worker {
    const worker = this.#options.start();
    const dead = (message: string) => {
      if (this.#worker === worker) this.#fail({ kind: "dead", message });
    };
    worker.onmessage = ({ data }: MessageEvent<WorkerAnswer<Result, Refusal>>) => {
      if (this.#worker === worker) this.#answer(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      dead(event.message);
    };
    worker.onmessageerror = () => dead("an answer could not be read");
    return worker;
  }

  #answer(answer: WorkerAnswer<Result, Refusal>): void {
    if (this.#running?.id !== answer.id) return;
    const { name, refused, spent } = this.#options;
    if (spent?.(answer)) this.#stopWorker();
    const { resolve, reject } = this.#settle();
    if (answer.ok) resolve(answer.result);
    else reject(refused?.(answer) ?? new Error(`${name} worker: ${answer.error}`));
    this.#next();
  }

  #fail(fault: WorkerFault): void {
    const { name, restarts = true, failed, log } = this.#options;
    if (!restarts) return this.#end(failed(fault));
    log?.error(`the ${name} worker failed and is started again`, { reason: fault.message });
    this.#stopWorker();
    if (this.#running) this.#settle().reject(failed(fault));
    this.#next();
  }

  #settle(): Waiting<Job, Result> {
    const running = this.#running!;
    clearTimeout(running.timer);
    this.#running = undefined;
    return running;
  }

  #stopWorker(): void {
    clearTimeout(this.#idle);
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
