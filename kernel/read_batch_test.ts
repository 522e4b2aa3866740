import assert from "node:assert/strict";
import { ReadBatch } from "./read_batch.ts";

/** A batch whose reads wait until the test answers them. */
function held(maxWeight: number, maxRunning: number) {
  const reads: { asks: number[]; answer: (answers: (string | Error)[]) => void; fail: (error: Error) => void }[] = [];
  const batch = new ReadBatch<number, string>({
    read: (asks) => new Promise((answer, fail) => reads.push({ asks, answer, fail })),
    weight: (n) => n,
    maxWeight,
    maxRunning,
  });
  return { batch, reads };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("what is asked in one moment is one read; what comes while reads run waits and goes together", async () => {
  const { batch, reads } = held(10, 1);
  const first = [1, 2].map((n) => batch.ask(n));
  await settled();
  const later = [3, 4].map((n) => batch.ask(n));
  await settled();
  assert.deepEqual(reads.map((r) => r.asks), [[1, 2]]);
  reads[0]!.answer(["a", "b"]);
  assert.deepEqual(await Promise.all(first), ["a", "b"]);
  await settled();
  assert.deepEqual(reads.map((r) => r.asks), [[1, 2], [3, 4]]);
  reads[1]!.answer(["c", "d"]);
  assert.deepEqual(await Promise.all(later), ["c", "d"]);
});

Deno.test("reads are bounded in weight and number; what is too heavy goes alone", async () => {
  const { batch, reads } = held(10, 2);
  const asked = [4, 6, 11, 5].map((n) => batch.ask(n));
  await settled();
  assert.deepEqual(reads.map((r) => r.asks), [[4, 6], [11]]);
  reads[1]!.answer(["heavy"]);
  await settled();
  assert.deepEqual(reads.map((r) => r.asks), [[4, 6], [11], [5]]);
  reads[0]!.answer(["a", "b"]);
  reads[2]!.answer(["c"]);
  assert.deepEqual(await Promise.all(asked), ["a", "b", "heavy", "c"]);
});

Deno.test("one error is one caller's; a read that fails is that of those who asked in it", async () => {
  const { batch, reads } = held(3, 1);
  const asked = [1, 2, 3].map((n) => batch.ask(n));
  const results = Promise.allSettled(asked);
  await settled();
  reads[0]!.answer([new Error("only this one"), "b"]);
  await settled();
  reads[1]!.fail(new Error("away"));
  const [one, two, three] = await results;
  assert.equal((one as PromiseRejectedResult).reason.message, "only this one");
  assert.equal((two as PromiseFulfilledResult<string>).value, "b");
  assert.equal((three as PromiseRejectedResult).reason.message, "away");
});
