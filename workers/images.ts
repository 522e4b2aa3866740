// The picture tool (kernel/images.ts) over one Web Worker. Invariants: no picture is decoded on the event loop; one at a
// time; at most 32 wait, whoever comes then gets `rate_limited`; a job that takes longer than 30 s, or a worker that dies,
// fails that job only and the worker is started anew. The memory of decoders never shrinks, so the worker is ended after a
// large picture, after a failure and when it has had nothing to do for 20 s.
import { AppError } from "../kernel/errors.ts";
import type { ImageJob, ImageResult, ImageTool } from "../kernel/images.ts";
import type { Logger } from "../kernel/log.ts";
import { WorkerQueue } from "../kernel/worker_queue.ts";

/** `refused`: the picture is to blame, and the text is for people. */
export type ImageRefusal = { refused: boolean };

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
  readonly #queue: WorkerQueue<ImageJob, ImageResult, ImageRefusal>;

  constructor({ log, maxWaiting, hangsAfterMs, idleMs, startWorker }: Required<ImageToolOptions>) {
    this.#queue = new WorkerQueue({
      name: "picture",
      start: startWorker,
      maxWaiting,
      hangsAfterMs,
      idleMs,
      log,
      full: () =>
        new AppError("rate_limited", "Too many pictures are being worked on at this moment. Try again shortly.", {
          retryAfterSeconds: 5,
        }),
      failed: ({ kind }) =>
        kind === "late"
          ? new AppError("timeout", "The picture takes too long to read. Send a smaller one, or try again.")
          : unreadable(),
      refused({ error, refused }) {
        if (refused) return new AppError("unsupported_file", error);
        log.warn("a picture could not be read", { reason: error });
        return unreadable();
      },
      // A decoder that gave up is in no known state.
      spent: (answer) => !answer.ok || answer.result.width * answer.result.height > LARGE_PIXELS,
    });
  }

  process(job: ImageJob): Promise<ImageResult> {
    return this.#queue.run(job, "pictures");
  }

  close(): void {
    this.#queue.close();
  }
}

function unreadable(): AppError {
  return new AppError("unsupported_file", "The picture is damaged and cannot be read.");
}
