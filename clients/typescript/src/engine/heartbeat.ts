// Notices a peer that is gone though nobody said so. A connection that is silent too long is asked, and dead when it stays
// silent. A clock that has jumped means that the machine slept: then the answer had no time to come, and it is asked again,
// once: timers of a hidden page come up to a minute late every time, which would look like a sleep for ever.
import type { Timers } from "./platform.ts";

export interface HeartbeatOptions {
  /** Milliseconds of silence after which the peer is asked. */
  quietMs: number;
  /** Milliseconds that it has for its answer. */
  answerMs: number;
}

export class Heartbeat {
  readonly #timers: Timers;
  readonly #options: HeartbeatOptions;
  readonly #ask: () => void;
  readonly #dead: () => void;
  #timer: unknown;
  #isRunning = false;
  #heardAt = 0;
  /** 0: nothing is asked. */
  #askedAt = 0;
  /** It was asked a second time. */
  #again = false;

  constructor(timers: Timers, options: HeartbeatOptions, ask: () => void, dead: () => void) {
    this.#timers = timers;
    this.#options = options;
    this.#ask = ask;
    this.#dead = dead;
  }

  /** The peer has said something; the first time it begins to be watched. */
  heard(): void {
    this.#heardAt = this.#timers.now();
    this.#askedAt = 0;
    this.#again = false;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#later(this.#options.quietMs);
  }

  /** The machine may have slept: a peer that was silent too long is asked now. */
  check(): void {
    if (this.#isRunning && !this.#askedAt && this.#silence() >= this.#options.quietMs) this.#askNow();
  }

  stop(): void {
    this.#isRunning = false;
    this.#askedAt = 0;
    this.#again = false;
    this.#timers.clear(this.#timer);
  }

  #later(ms: number): void {
    this.#timers.clear(this.#timer);
    this.#timer = this.#timers.set(() => this.#tick(), ms);
  }

  #silence(): number {
    const now = this.#timers.now();
    // A clock that was set back says nothing about the past.
    if (now < this.#heardAt) this.#heardAt = now;
    return now - this.#heardAt;
  }

  #tick(): void {
    const { quietMs, answerMs } = this.#options;
    if (this.#askedAt) {
      const isInTime = this.#timers.now() - this.#askedAt < 2 * answerMs;
      if (this.#again || isInTime) return this.#dead();
      this.#again = true;
      return this.#askNow();
    }
    const silence = this.#silence();
    if (silence < quietMs) this.#later(quietMs - silence);
    else this.#askNow();
  }

  #askNow(): void {
    this.#askedAt = this.#timers.now();
    this.#later(this.#options.answerMs);
    this.#ask();
  }
}
