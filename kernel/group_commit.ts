// Group commit: callers that come while a write is under way are collected and written together by the next one. On the
// embedded database a transaction costs some milliseconds whatever it carries, so this is what makes single writes fast.
// Invariants (group_commit_test.ts):
//  - at most one write is under way; items are written in the order of `submit`, so offsets follow it too;
//  - a caller hears its result only after `write` resolved, which is after COMMIT;
//  - the queue is bounded by weight; beyond that `submit` throws `unavailable` with Retry-After, before anything waits;
//  - a bad item fails alone: `write` answers an Error in its place, or throws an error that `isItemFault` knows, and then
//    every item of the group is written by itself. Any other error (database away) fails the whole group: nothing of it
//    was committed, or that is unknown, and trying 500 items one by one against a dead database helps nobody.
import { AppError } from "./errors.ts";

export interface GroupCommitOptions<Item, Result> {
  /** Writes all items in one transaction. Answers as many results, in order; an Error is thrown to that caller alone. */
  write(items: Item[]): Promise<(Result | Error)[]>;
  /** How much of a group an item takes. Default 1. */
  weight?(item: Item): number;
  /** The most weight in one write. A single heavier item is written alone. */
  maxGroup: number;
  /** The most weight that may wait. */
  maxWaiting: number;
  /** True: the error comes from an item's content, not from the database's state. */
  isItemFault(error: unknown): boolean;
}

interface Waiting<Item, Result> {
  item: Item;
  weight: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private waitingWeight = 0;
  private running = false;

  constructor(private readonly options: GroupCommitOptions<Item, Result>) {}

  /** @throws AppError `unavailable` when too much is waiting; else what `write` threw or answered for this item. */
  submit(item: Item): Promise<Result> {
    const weight = Math.max(1, this.options.weight?.(item) ?? 1);
    // Something may always wait when nothing does, else an item heavier than the bound could never be written.
    if (this.waiting.length > 0 && this.waitingWeight + weight > this.options.maxWaiting) {
      return Promise.reject(
        new AppError("unavailable", "Too many writes are waiting. Try again in a second.", { retryAfterSeconds: 1 }),
      );
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, weight, resolve, reject });
      this.waitingWeight += weight;
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) await this.writeGroup(this.takeGroup());
    this.running = false;
  }

  private takeGroup(): Waiting<Item, Result>[] {
    let weight = 0, count = 0;
    for (const entry of this.waiting) {
      if (count > 0 && weight + entry.weight > this.options.maxGroup) break;
      weight += entry.weight;
      count++;
    }
    this.waitingWeight -= weight;
    return this.waiting.splice(0, count);
  }

  private async writeGroup(group: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.options.write(group.map((entry) => entry.item));
      group.forEach((entry, i) => {
        const result = results[i];
        if (result instanceof Error) entry.reject(result);
        else entry.resolve(result as Result);
      });
    } catch (error) {
      if (group.length > 1 && this.options.isItemFault(error)) {
        for (const entry of group) await this.writeGroup([entry]);
      } else {
        for (const entry of group) entry.reject(error);
      }
    }
  }
}
