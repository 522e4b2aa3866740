// The password hasher (kernel/passwords.ts) over one Web Worker with bcrypt. Invariants:
//  - no hashing on the event loop; at most 64 jobs wait, whoever comes then gets `rate_limited`;
//  - a worker that dies or hangs fails the job it had, is replaced, and the waiting jobs go on;
//  - checking against no hash costs what checking against a real one does.
// bcrypt reads 72 bytes and stops at a zero byte, so a password that is longer or has one is replaced by the base64 of
// its SHA-256 first. Passwords are compared in Unicode's composed form (NFC), however the keyboard sent them.
import { AppError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/log.ts";
import type { PasswordHasher } from "../kernel/passwords.ts";

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

export interface PasswordHasherOptions {
  log: Logger;
  /** log2 of the rounds. Tests take 4, the least there is. */
  cost?: number;
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
  #waiting: Waiting[] = [];
  #running: (Waiting & { id: number; timer: ReturnType<typeof setTimeout> }) | undefined;
  #nextId = 1;
  #closed = false;
  /** Well-formed, and the hash of nothing: checking against it costs what any other check does. */
  readonly #nobody: string;

  constructor(private readonly options: Required<PasswordHasherOptions>) {
    this.#nobody = `$2a$${String(options.cost).padStart(2, "0")}$abcdefghijklmnopqrstuu${"A".repeat(31)}`;
  }

  async hash(password: string): Promise<string> {
    return await this.#run({ kind: "hash", password: await bcryptInput(password), cost: this.options.cost }) as string;
  }

  async verify(password: string, hash: string | null): Promise<boolean> {
    const right = await this.#run({
      kind: "verify",
      password: await bcryptInput(password),
      hash: hash ?? this.#nobody,
    });
    return hash !== null && right === true;
  }

  close(): void {
    this.#closed = true;
    this.#stopWorker();
    const error = new AppError("unavailable", "The server is stopping.");
    if (this.#running) this.#settle().reject(error);
    for (const job of this.#waiting.splice(0)) job.reject(error);
  }

  #run(job: NewJob): Promise<string | boolean> {
    if (this.#closed) throw new AppError("unavailable", "The server is stopping.");
    if (this.#waiting.length >= this.options.maxWaiting) {
      const retryAfterSeconds = Math.max(1, Math.ceil(this.#waiting.length * USUAL_MS / 1000));
      throw new AppError("rate_limited", "Too many people are signing in at this moment. Try again shortly.", {
        retryAfterSeconds,
      });
    }
    const { promise, resolve, reject } = Promise.withResolvers<string | boolean>();
    this.#waiting.push({ job, resolve, reject });
    this.#next();
    return promise;
  }

  #next(): void {
    if (this.#running || this.#closed) return;
    const waiting = this.#waiting.shift();
    if (!waiting) return;
    const id = this.#nextId++;
    const timer = setTimeout(() => this.#fail("it took too long"), HANGS_AFTER_MS);
    this.#running = { ...waiting, id, timer };
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage({ ...waiting.job, id });
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
