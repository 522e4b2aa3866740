// Order on the one connection of the embedded database. Single statements share it (the driver sends them one behind the
// other without waiting); a transaction has it alone. First come, first served, so nobody starves. Bounded in length and
// in time: a database that is stuck must not collect callers for ever.
import { unavailable } from "./driver.ts";

interface Waiter {
  exclusive: boolean;
  since: number;
  grant(): void;
  refuse(error: Error): void;
}

const MAX_WAITERS = 10_000;
const MAX_WAIT_MS = 10_000;
/** Statements on the wire at once. */
const MAX_SHARED = 64;

export class FifoLock {
  #waiters: Waiter[] = [];
  #head = 0;
  #shared = 0;
  #exclusive = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Resolves when the caller may use the connection. @throws AppError `unavailable` after 10 s or 10,000 waiting. */
  acquire(exclusive: boolean): Promise<void> {
    if (this.#length() === 0 && this.#fits(exclusive)) {
      this.#take(exclusive);
      return Promise.resolve();
    }
    if (this.#length() >= MAX_WAITERS) return Promise.reject(unavailable());
    return new Promise((grant, refuse) => {
      this.#waiters.push({ exclusive, since: performance.now(), grant, refuse });
      this.#timer ??= setInterval(() => this.#refuseOld(), 500);
    });
  }

  release(exclusive: boolean): void {
    if (exclusive) this.#exclusive = false;
    else this.#shared--;
    this.#grantNext();
  }

  /** Nobody uses the connection or waits for it. */
  get idle(): boolean {
    return !this.#exclusive && this.#shared === 0 && this.#length() === 0;
  }

  /** Everyone who waits gets `error`. */
  refuseAll(error: Error): void {
    const waiting = this.#waiters.slice(this.#head);
    this.#clear();
    for (const waiter of waiting) waiter.refuse(error);
  }

  #length(): number {
    return this.#waiters.length - this.#head;
  }

  #fits(exclusive: boolean): boolean {
    return !this.#exclusive && (exclusive ? this.#shared === 0 : this.#shared < MAX_SHARED);
  }

  #take(exclusive: boolean): void {
    if (exclusive) this.#exclusive = true;
    else this.#shared++;
  }

  #grantNext(): void {
    while (this.#head < this.#waiters.length && this.#fits(this.#waiters[this.#head]!.exclusive)) {
      const waiter = this.#waiters[this.#head++]!;
      this.#take(waiter.exclusive);
      waiter.grant();
    }
    if (this.#length() === 0) this.#clear();
    else if (this.#head > 1000) {
      this.#waiters.splice(0, this.#head);
      this.#head = 0;
    }
  }

  #refuseOld(): void {
    const limit = performance.now() - MAX_WAIT_MS;
    while (this.#head < this.#waiters.length && this.#waiters[this.#head]!.since < limit) {
      this.#waiters[this.#head++]!.refuse(unavailable());
    }
    this.#grantNext();
  }

  #clear(): void {
    this.#waiters = [];
    this.#head = 0;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
