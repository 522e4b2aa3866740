// Who is sending bytes to this instance now. Bounds: 8 streams per person, 200 in all. Of one upload there is one writer: who
// comes to continue it ends the one before, whose connection is most likely gone without a word.
import { perApp } from "../../kernel/per_app.ts";
import { AppError } from "../../kernel/errors.ts";
import type { Limiter } from "../../kernel/rate_limit.ts";
import type { App } from "../context.ts";

const STREAMS_PER_PERSON = 8;
const STREAMS = 200;
const UPLOADS_PER_MINUTE = 240;

class Slots {
  #total = 0;
  readonly #byPerson = new Map<string, number>();
  readonly #writers = new Map<string, { stop: AbortController; done: Promise<void> }>();
  readonly rate: Limiter;

  constructor(app: App) {
    this.rate = app.limits.limiter({
      name: "media-upload",
      points: UPLOADS_PER_MINUTE,
      windowSeconds: 60,
      shared: true,
    });
  }

  /** Runs `work` in one of the person's places. @throws AppError `rate_limited` */
  async stream<T>(userId: string, work: () => Promise<T>): Promise<T> {
    const mine = this.#byPerson.get(userId) ?? 0;
    if (mine >= STREAMS_PER_PERSON || this.#total >= STREAMS) {
      throw new AppError("rate_limited", "Too many files are being uploaded at once. Send the others afterwards.", {
        retryAfterSeconds: 2,
      });
    }
    this.#total++;
    this.#byPerson.set(userId, mine + 1);
    try {
      return await work();
    } finally {
      this.#total--;
      const left = this.#byPerson.get(userId)! - 1;
      if (left > 0) this.#byPerson.set(userId, left);
      else this.#byPerson.delete(userId);
    }
  }

  /** Runs `work` as the only writer of the upload. */
  async write<T>(uploadId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (let before = this.#writers.get(uploadId); before; before = this.#writers.get(uploadId)) {
      before.stop.abort(new AppError("conflict", "Another request continues this upload."));
      await before.done;
    }
    const stop = new AbortController();
    const running = work(stop.signal);
    const done = running.then(() => {}, () => {}).then(() => {
      this.#writers.delete(uploadId);
    });
    this.#writers.set(uploadId, { stop, done });
    return await running;
  }
}

export const slotsOf = perApp((app: App) => new Slots(app));
