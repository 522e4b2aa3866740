import assert from "node:assert/strict";
import { Turns } from "./turns.ts";

/** Keys that hold or held the turn, in order. */
function takes(turns: Turns<string>, keys: string[]): string[] {
  const begun: string[] = [];
  for (const key of keys) void turns.take(key).then(() => begun.push(key));
  return begun;
}
const settled = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("a turn begins when the one before it is over, in the order of asking", async () => {
  const turns = new Turns<string>(60_000);
  const begun = takes(turns, ["a", "b", "c"]);
  await settled();
  assert.deepEqual(begun, ["a"]);
  turns.over("a");
  turns.over("a");
  await settled();
  assert.deepEqual(begun, ["a", "b"]);
  turns.over("b");
  await settled();
  assert.deepEqual(begun, ["a", "b", "c"]);
  turns.over("c");
});

Deno.test("who is gone while it waits holds up nobody", async () => {
  const turns = new Turns<string>(60_000);
  const begun = takes(turns, ["a", "b", "c"]);
  turns.over("b");
  turns.over("a");
  await settled();
  assert.deepEqual(begun, ["a", "b", "c"]); // b was let go, c has its turn
  turns.over("c");
});

Deno.test("a holder that never ends its turn loses it", async () => {
  const turns = new Turns<string>(1);
  const begun: string[] = [];
  await Promise.all(["a", "b", "c"].map((key) => turns.take(key).then(() => begun.push(key))));
  assert.deepEqual(begun, ["a", "b", "c"]);
  turns.over("c");
});
