// The two workers as the runners see them: questions as promises, one after the other. Each question builds on the earlier
// ones, so a worker that dies or hangs is not replaced: all that is asked of it fails, and the run is taken up again.
import { AppError } from "../../../kernel/errors.ts";
import { WorkerQueue } from "../../../kernel/worker_queue.ts";
import type { Answers, ArchiveRefusal, Question, WriteAnswers, WriteQuestion } from "./messages.ts";

/** No question takes that long: unpacking some 10 GB takes about five minutes. */
const HANGS_AFTER_MS = 30 * 60_000;
/** The runners ask one or two things at a time. */
const MAX_WAITING = 64;

class Client<Q extends { kind: string }, A> {
  readonly #queue: WorkerQueue<Q, unknown, ArchiveRefusal>;

  constructor(start: () => Worker) {
    this.#queue = new WorkerQueue({
      name: "transfer",
      start,
      maxWaiting: MAX_WAITING,
      hangsAfterMs: HANGS_AFTER_MS,
      restarts: false,
      full: () => new Error("transfer worker: too much was asked at once"),
      failed: ({ message }) => new Error(`transfer worker: ${message}`),
      // What is wrong with the archive is for people, anything else is a mistake of the program.
      refused: ({ archive, error }) =>
        archive ? new AppError("unsupported_file", error) : new Error(`transfer worker: ${error}`),
      closed: () => new AppError("unavailable", "The work was stopped."),
    });
  }

  /** @throws AppError `unsupported_file` with a text for people when the archive is not usable */
  async ask<One extends Q>(question: One): Promise<One["kind"] extends keyof A ? A[One["kind"]] : never> {
    return await this.#queue.run(question, "questions") as One["kind"] extends keyof A ? A[One["kind"]] : never;
  }

  close(): void {
    this.#queue.close();
  }
}

export class ReadWorker extends Client<Question, Answers> {
  constructor() {
    super(() => new Worker(new URL("./read.ts", import.meta.url), { type: "module", name: "transfer-read" }));
  }
}

export class WriteWorker extends Client<WriteQuestion, WriteAnswers> {
  constructor() {
    super(() => new Worker(new URL("./write.ts", import.meta.url), { type: "module", name: "transfer-write" }));
  }
}
