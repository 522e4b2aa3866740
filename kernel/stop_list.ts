// Takes the parts of a process down in reverse of the order in which they were added, under one deadline. Invariants:
//  - the whole stop ends by the deadline, whatever the parts do;
//  - a part gets all the time that is left but for what the parts behind it are owed: the last one, the database, always
//    has its share;
//  - a part that fails or does not end is named in the log, and the next one is taken down.
import type { Logger } from "./log.ts";

/** For the whole stop. Orchestrators kill after 10 s (Docker) or more. */
const STOP_MS = 10_000;

/** What a part is owed that says nothing else. The sum of all that is owed must stay under the deadline. */
const OWED_MS = 100;
/** Parts are told a little less than they get, so that one with a limit of its own ends by that. */
const TOLD_SHARE = 0.9;

/** Ends a part. @param ms what it may take; a promise that lasts longer is not waited for */
export type Stop = (ms: number) => unknown;

interface Part {
  name: string;
  stop: Stop;
  owedMs: number;
}

export class StopList {
  #parts = new Map<string, Part>();
  #running: Promise<void> | undefined;
  #deadline = Infinity;
  /** Sets the timer of the part that is being stopped anew. */
  #again = () => {};
  /** Of the part that is being stopped and those behind it. */
  #owed = 0;

  /** @param name for the log; a part that is added once more under its name is stopped at its new place */
  add(name: string, stop: Stop, owedMs = OWED_MS): void {
    this.#parts.delete(name);
    this.#parts.set(name, { name, stop, owedMs });
  }

  /** Stops all parts, the last one first; never rejects. A second call waits for the first one. */
  run(log: Logger, limitMs = STOP_MS): Promise<void> {
    return this.#running ??= this.#run(log, limitMs);
  }

  /** While it runs: from now on every part gets only what it is owed. */
  hurry(): void {
    this.#deadline = Math.min(this.#deadline, performance.now() + this.#owed);
    this.#again();
  }

  async #run(log: Logger, limitMs: number): Promise<void> {
    this.#deadline = performance.now() + limitMs;
    const parts = [...this.#parts.values()].reverse();
    this.#owed = parts.reduce((sum, part) => sum + part.owedMs, 0);
    for (const part of parts) {
      const started = performance.now();
      const done = await this.#stop(part, log);
      this.#owed -= part.owedMs;
      const ms = Math.round(performance.now() - started);
      if (done) log.debug("stopped a part", { part: part.name, ms });
      else log.warn("a part did not stop in time; going on without it", { part: part.name, ms });
    }
  }

  /** @returns whether it ended, well or not, in time */
  #stop(part: Part, log: Logger): Promise<boolean> {
    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const end = (done: boolean) => {
        clearTimeout(timer);
        this.#again = () => {};
        resolve(done);
      };
      const arm = () => {
        clearTimeout(timer);
        timer = setTimeout(() => end(false), this.#left(part));
      };
      arm();
      this.#again = arm;
      Promise.try(part.stop, this.#left(part) * TOLD_SHARE).then(() => end(true), (error) => {
        log.warn("a part did not stop cleanly", { part: part.name, error });
        end(true);
      });
    });
  }

  #left(part: Part): number {
    return Math.max(0, this.#deadline - performance.now() - (this.#owed - part.owedMs));
  }
}
