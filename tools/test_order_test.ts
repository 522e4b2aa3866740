import assert from "node:assert/strict";
import { longestFirst } from "./test_order.ts";

Deno.test("files that take long begin first; what is not known keeps its order behind them", () => {
  assert.deepEqual(longestFirst(["a", "b", "c", "d", "e"], { c: 30, d: 200, e: 1 }), ["d", "c", "a", "b", "e"]);
});
