// Work of the same key runs one after the other, work of different keys side by side. The queue of a key is bounded.
import { AppError } from "./errors.ts";

export class KeyedQueue {
  #queues = new Map<string, { tail: Promise<unknown>; length: number }>();

  /** @param limit how many may wait per key. */
  constructor(private readonly limit: number) {}

  /** @throws AppError `rate_limited` when too many are waiting. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? { tail: Promise.resolve(), length: 0 };
    if (queue.length > this.limit) {
      throw new AppError("rate_limited", "Too many attempts at the same time. Wait a moment.", {
        retryAfterSeconds: 10,
      });
    }
    this.#queues.set(key, queue);
    queue.length++;
    const result = queue.tail.then(work);
    queue.tail = result.catch(() => {});
    try {
      return await result;
    } finally {
      if (--queue.length === 0) this.#queues.delete(key);
    }
  }
}
