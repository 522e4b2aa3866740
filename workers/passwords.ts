// The password hasher (kernel/passwords.ts) over one Web Worker with bcrypt. Invariants:
//  - no hashing on the event loop; at most 64 jobs wait per lane, whoever comes then gets `rate_limited`; the lanes take
//    turns, so that a full one makes the others wait for one job at most;
//  - a worker that dies or hangs fails the job it had, is replaced, and the waiting jobs go on;
//  - checking against no hash costs what checking against a real one does.
// bcrypt reads 72 bytes and stops at a zero byte, so a password that is longer or has one is replaced by the base64 of
// its SHA-256 first. Passwords are compared in Unicode's composed form (NFC), however the keyboard sent them.
import { AppError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/log.ts";
import type { PasswordHasher, PasswordLane } from "../kernel/passwords.ts";

export type PasswordJob =
  | { id: number; kind: "hash"; password: string; cost: number }
  | { id: number; kind: "verify"; password: string; hash: string };

export type PasswordAnswer = { id: number; ok: true; result: string | boolean } | {
  id: number;
  ok: false;
  error: string;
};

type NewJob = PasswordJob extends infer J ? J extends PasswordJob ? Omit<J, "id"> : never : never;

interface Waiting {
  job: NewJob;
  resolve(result: string | boolean): void;
  reject(error: unknown): void;
}

const BCRYPT_BYTES = 72;
const MAX_WAITING = 64;
const HANGS_AFTER_MS = 30_000;
/** About what a hash takes, to say when to come back. */
const USUAL_MS = 200;

const SIGNING_IN = "Too many people are signing in at this moment. Try again shortly.";
const TOO_MANY: Record<PasswordLane, string> = {
  sign_in: SIGNING_IN,
  known: SIGNING_IN,
  register: "Too many people are registering at this moment. Try again shortly.",
  account: "Too many passwords are being changed at this moment. Try again shortly.",
};

export interface PasswordHasherOptions {
  log: Logger;
  /** log2 of the rounds. Tests take 4, the least there is. */
  cost?: number;
  /** Jobs that may wait per lane. */
  maxWaiting?: number;
  /** Tests give one that dies. */
  startWorker?: () => Worker;
}

function startWorker(): Worker {
  return new Worker(new URL("./password_worker.ts", import.meta.url), { type: "module", name: "passwords" });
}

/** The worker is started with the first job. */
export function createPasswordHasher(options: PasswordHasherOptions): PasswordHasher {
  return new WorkerHasher({
    log: options.log,
    cost: options.cost ?? 12,
    maxWaiting: options.maxWaiting ?? MAX_WAITING,
    startWorker: options.startWorker ?? startWorker,
  });
}

class WorkerHasher implements PasswordHasher {
  #worker: Worker | undefined;
  /** The lane at the front has its turn next. Empty lanes are not kept. */
  #lanes = new Map<PasswordLane, Waiting[]>();
  #running: (Waiting & { id: number; timer: ReturnType<typeof setTimeout> }) | undefined;
  #nextId = 1;
  #closed = false;
  /** Well-formed, and the hash of nothing: checking against it costs what any other check does. */
  readonly #nobody: string;

  constructor(private readonly options: Required<PasswordHasherOptions>) {
    this.#nobody = `$2a$${String(options.cost).padStart(2, "0")}$abcdefghijklmnopqrstuu${"A".repeat(31)}`;
  }

  async hash(password: string, lane: PasswordLane): Promise<string> {
    const job = { kind: "hash" as const, password: await bcryptInput(password), cost: this.options.cost };
    return await this.#run(job, lane) as string;
  }

  async verify(password: string, hash: string | null, lane: PasswordLane): Promise<boolean> {
    const job = { kind: "verify" as const, password: await bcryptInput(password), hash: hash ?? this.#nobody };
    const right = await this.#run(job, lane);
    return hash !== null && right === true;
  }

  outdated(hash: string): boolean {
    return Number(/^\$2[aby]\$(\d\d)\$/.exec(hash)?.[1]) !== this.options.cost;
  }

  close(): void {
    this.#closed = true;
    this.#stopWorker();
    const error = new AppError("unavailable", "The server is stopping.");
    if (this.#running) this.#settle().reject(error);
    const waiting = [...this.#lanes.values()].flat();
    this.#lanes.clear();
    for (const job of waiting) job.reject(error);
  }

  #run(job: NewJob, lane: PasswordLane): Promise<string | boolean> {
    if (this.#closed) throw new AppError("unavailable", "The server is stopping.");
    const waiting = this.#lanes.get(lane) ?? [];
    if (waiting.length >= this.options.maxWaiting) {
      const retryAfterSeconds = Math.max(1, Math.ceil(waiting.length * this.#lanes.size * USUAL_MS / 1000));
      throw new AppError("rate_limited", TOO_MANY[lane], { retryAfterSeconds });
    }
    const { promise, resolve, reject } = Promise.withResolvers<string | boolean>();
    waiting.push({ job, resolve, reject });
    this.#lanes.set(lane, waiting);
    this.#next();
    return promise;
  }

  #next(): void {
    if (this.#running || this.#closed) return;
    const waiting = this.#take();
    if (!waiting) return;
    const id = this.#nextId++;
    const timer = setTimeout(() => this.#fail("it took too long"), HANGS_AFTER_MS);
    this.#running = { ...waiting, id, timer };
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage({ ...waiting.job, id });
  }

  /** The first job of the lane whose turn it is; the lane goes to the end. */
  #take(): Waiting | undefined {
    const [turn] = this.#lanes;
    if (!turn) return undefined;
    const [lane, jobs] = turn;
    const job = jobs.shift();
    this.#lanes.delete(lane);
    if (jobs.length > 0) this.#lanes.set(lane, jobs);
    return job;
  }

  #startWorker(): Worker {
    const worker = this.options.startWorker();
    worker.onmessage = ({ data }: MessageEvent<PasswordAnswer>) => this.#answer(data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.#worker === worker) this.#fail(event.message);
    };
    worker.onmessageerror = () => {
      if (this.#worker === worker) this.#fail("an answer could not be read");
    };
    return worker;
  }

  #answer(answer: PasswordAnswer): void {
    if (this.#running?.id !== answer.id) return;
    const { resolve, reject } = this.#settle();
    if (answer.ok) resolve(answer.result);
    else reject(new Error(`password worker: ${answer.error}`));
    this.#next();
  }

  /** The worker is of no use any more: its job fails, a new worker takes the next one. */
  #fail(reason: string): void {
    this.options.log.error("the password worker failed and is started again", { reason });
    this.#stopWorker();
    if (this.#running) this.#settle().reject(new AppError("unavailable", "Signing in failed for a moment. Try again."));
    this.#next();
  }

  #settle(): Waiting {
    const running = this.#running!;
    clearTimeout(running.timer);
    this.#running = undefined;
    return running;
  }

  #stopWorker(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

async function bcryptInput(password: string): Promise<string> {
  const text = password.normalize("NFC");
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= BCRYPT_BYTES && !bytes.includes(0)) return text;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}
