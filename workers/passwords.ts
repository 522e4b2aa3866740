// The password hasher (kernel/passwords.ts) over one Web Worker with bcrypt. Invariants:
//  - no hashing on the event loop; at most 64 jobs wait per lane, whoever comes then gets `rate_limited` (WorkerQueue);
//  - checking against no hash costs what checking against a real one does.
// bcrypt reads 72 bytes and stops at a zero byte, so a password that is longer or has one is replaced by the base64 of
// its SHA-256 first. Passwords are compared in Unicode's composed form (NFC), however the keyboard sent them.
import { AppError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/log.ts";
import type { PasswordHasher, PasswordLane } from "../kernel/passwords.ts";
import { WorkerQueue } from "../kernel/worker_queue.ts";

export type PasswordJob =
  | { kind: "hash"; password: string; cost: number }
  | { kind: "verify"; password: string; hash: string };

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
  readonly #queue: WorkerQueue<PasswordJob, string | boolean, unknown, PasswordLane>;
  /** Well-formed, and the hash of nothing: checking against it costs what any other check does. */
  readonly #nobody: string;

  constructor(private readonly options: Required<PasswordHasherOptions>) {
    this.#nobody = `$2a$${String(options.cost).padStart(2, "0")}$abcdefghijklmnopqrstuu${"A".repeat(31)}`;
    this.#queue = new WorkerQueue({
      name: "password",
      start: options.startWorker,
      maxWaiting: options.maxWaiting,
      hangsAfterMs: HANGS_AFTER_MS,
      log: options.log,
      full(lane, waiting, lanes) {
        const retryAfterSeconds = Math.max(1, Math.ceil(waiting * lanes * USUAL_MS / 1000));
        return new AppError("rate_limited", TOO_MANY[lane], { retryAfterSeconds });
      },
      failed: () => new AppError("unavailable", "Signing in failed for a moment. Try again."),
    });
  }

  async hash(password: string, lane: PasswordLane): Promise<string> {
    const job = { kind: "hash" as const, password: await bcryptInput(password), cost: this.options.cost };
    return await this.#queue.run(job, lane) as string;
  }

  async verify(password: string, hash: string | null, lane: PasswordLane): Promise<boolean> {
    const job = { kind: "verify" as const, password: await bcryptInput(password), hash: hash ?? this.#nobody };
    const right = await this.#queue.run(job, lane);
    return hash !== null && right === true;
  }

  outdated(hash: string): boolean {
    return Number(/^\$2[aby]\$(\d\d)\$/.exec(hash)?.[1]) !== this.options.cost;
  }

  close(): void {
    this.#queue.close();
  }
}

async function bcryptInput(password: string): Promise<string> {
  const text = password.normalize("NFC");
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= BCRYPT_BYTES && !bytes.includes(0)) return text;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}
