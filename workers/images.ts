// The picture tool (kernel/images.ts) over one Web Worker. Invariants: no picture is decoded on the event loop; one at a
// time; at most 32 wait, whoever comes then gets `rate_limited`; a job that takes longer than 30 s, or a worker that dies,
// fails that job only and the worker is started anew. The memory of decoders never shrinks, so the worker is ended after a
// large picture, after a failure and when it has had nothing to do for 20 s.
import { AppError } from "../kernel/errors.ts";
import type { ImageJob, ImageResult, ImageTool } from "../kernel/images.ts";
import type { Logger } from "../kernel/log.ts";

export type ImageAnswer =
  | { id: number; ok: true; result: ImageResult }
  /** `refused`: the picture is to blame, and the text is for people. */
  | { id: number; ok: false; refused: boolean; error: string };

interface Waiting {
  job: ImageJob;
  resolve(result: ImageResult): void;
  reject(error: unknown): void;
}

const MAX_WAITING = 32;
const HANGS_AFTER_MS = 30_000;
const IDLE_MS = 20_000;
const LARGE_PIXELS = 8_000_000;

export interface ImageToolOptions {
  log: Logger;
  maxWaiting?: number;
  hangsAfterMs?: number;
  idleMs?: number;
  /** Tests give one that hangs or dies. */
  startWorker?: () => Worker;
}

function startWorker(): Worker {
  return new Worker(new URL("./image_worker.ts", import.meta.url), { type: "module", name: "images" });
}

/** The worker is started with the first picture. */
export function createImageTool(options: ImageToolOptions): ImageTool {
  return new WorkerImages({
    maxWaiting: MAX_WAITING,
    hangsAfterMs: HANGS_AFTER_MS,
    idleMs: IDLE_MS,
    startWorker,
    ...options,
  });
}

class WorkerImages implements ImageTool {
  #worker: Worker | undefined;
  #waiting: Waiting[] = [];
  #running: (Waiting & { id: number; timer: ReturnType<typeof setTimeout> }) | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #nextId = 1;
  #closed = false;

  constructor(private readonly options: Required<ImageToolOptions>) {}

  process(job: ImageJob): Promise<ImageResult> {
    if (this.#closed) throw new AppError("unavailable", "The server is stopping.");
    if (this.#waiting.length >= this.options.maxWaiting) {
      throw new AppError("rate_limited", "Too many pictures are being worked on at this moment. Try again shortly.", {
        retryAfterSeconds: 5,
      });
    }
    const { promise, resolve, reject } = Promise.withResolvers<ImageResult>();
    this.#waiting.push({ job, resolve, reject });
    this.#next();
    return promise;
  }

  close(): void {
    this.#closed = true;
    this.#stopWorker();
    const error = new AppError("unavailable", "The server is stopping.");
    if (this.#running) this.#settle().reject(error);
    for (const job of this.#waiting.splice(0)) job.reject(error);
  }

  #next(): void {
    if (this.#running || this.#closed) return;
    const waiting = this.#waiting.shift();
    if (!waiting) {
      if (this.#worker) this.#idle = setTimeout(() => this.#stopWorker(), this.options.idleMs);
      return;
    }
    clearTimeout(this.#idle);
    const id = this.#nextId++;
    const late = new AppError("timeout", "The picture takes too long to read. Send a smaller one, or try again.");
    const timer = setTimeout(() => this.#fail("it took too long", late), this.options.hangsAfterMs);
    this.#running = { ...waiting, id, timer };
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage({ ...waiting.job, id });
  }

  #startWorker(): Worker {
    const worker = this.options.startWorker();
    worker.onmessage = ({ data }: MessageEvent<ImageAnswer>) => this.#answer(data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.#worker === worker) this.#fail(event.message, unreadable());
    };
    worker.onmessageerror = () => {
      if (this.#worker === worker) this.#fail("an answer could not be read", unreadable());
    };
    return worker;
  }

  #answer(answer: ImageAnswer): void {
    if (this.#running?.id !== answer.id) return;
    if (answer.ok) {
      const { width, height } = answer.result;
      if (width * height > LARGE_PIXELS) this.#stopWorker();
      this.#settle().resolve(answer.result);
    } else {
      this.#stopWorker(); // a decoder that gave up is in no known state
      if (!answer.refused) this.options.log.warn("a picture could not be read", { reason: answer.error });
      this.#settle().reject(answer.refused ? new AppError("unsupported_file", answer.error) : unreadable());
    }
    this.#next();
  }

  #fail(reason: string, error: AppError): void {
    this.options.log.error("the picture worker failed and is started again", { reason });
    this.#stopWorker();
    if (this.#running) this.#settle().reject(error);
    this.#next();
  }

  #settle(): Waiting {
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

function unreadable(): AppError {
  return new AppError("unsupported_file", "The picture is damaged and cannot be read.");
}
