import assert from "node:assert/strict";
import { AppError } from "./errors.ts";
import { GroupCommit } from "./group_commit.ts";

/** A database of one table whose transactions finish when the test says so. */
function table(options: { maxGroup?: number; maxWaiting?: number; weight?: (n: number) => number } = {}) {
  const written: number[][] = [];
  const gates: (() => void)[] = [];
  const state = { open: true, under: 0, most: 0 };
  const commit = new GroupCommit<number, number>({
    maxGroup: options.maxGroup ?? 100,
    maxWaiting: options.maxWaiting ?? 1000,
    weight: options.weight,
    isItemFault: (error) => error instanceof RangeError,
    async write(items) {
      state.most = Math.max(state.most, ++state.under);
      if (!state.open) await new Promise<void>((go) => gates.push(go));
      state.under--;
      if (items.includes(13)) throw new RangeError("13 is not storable");
      if (items.includes(666)) throw new Error("connection lost");
      written.push(items);
      return items.map((n) => n < 0 ? new AppError("validation_failed", "negative") : n * 2);
    },
  });
  return { commit, written, state, release: () => gates.shift()?.() };
}

Deno.test("group commit: what comes during a write goes together in the next, in order", async () => {
  const { commit, written, state, release } = table();
  state.open = false;
  const all = [1, 2, 3, 4].map((n) => commit.submit(n));
  let done = 0;
  all.forEach((p) => p.then(() => done++));
  await Promise.resolve();
  assert.equal(done, 0, "nobody hears before the write is over");
  state.open = true;
  release();
  assert.deepEqual(await Promise.all(all), [2, 4, 6, 8]);
  assert.deepEqual(written, [[1], [2, 3, 4]]);
  assert.equal(state.most, 1, "one write at a time");
});

Deno.test("group commit: a bad item fails alone, by answer and by throw", async () => {
  const { commit, written } = table();
  const all = await Promise.allSettled([0, 1, -5, 13, 2].map((n) => commit.submit(n)));
  assert.deepEqual(all.map((r) => r.status), ["fulfilled", "fulfilled", "rejected", "rejected", "fulfilled"]);
  assert.deepEqual(written, [[0], [1], [-5], [2]]);
});

Deno.test("group commit: another error fails the group and the next group still runs", async () => {
  const { commit, written } = table();
  const all = await Promise.allSettled([0, 1, 666].map((n) => commit.submit(n)));
  assert.deepEqual(all.map((r) => r.status), ["fulfilled", "rejected", "rejected"]);
  assert.equal(await commit.submit(7), 14);
  assert.deepEqual(written, [[0], [7]]);
});

Deno.test("group commit: groups and the queue are bounded by weight", async () => {
  const { commit, written, state, release } = table({ maxGroup: 10, maxWaiting: 12, weight: (n) => n });
  state.open = false;
  const first = commit.submit(1);
  const kept = [4, 5, 3].map((n) => commit.submit(n));
  await assert.rejects(commit.submit(1), (e: AppError) => e.code === "unavailable" && e.retryAfterSeconds === 1);
  state.open = true;
  release();
  await Promise.all([first, ...kept]);
  assert.deepEqual(written, [[1], [4, 5], [3]]);
  assert.equal(await commit.submit(50), 100, "a heavy item passes when nothing waits");
});
