import assert from "node:assert/strict";
import { percentile, slotOf } from "./histogram.ts";

Deno.test("percentiles from slots are at most 5 % off, over the whole range", () => {
  for (const scale of [2, 40, 900, 30_000]) {
    const values = Array.from({ length: 1000 }, (_, i) => scale * (1 + i / 100));
    const counts = new Map<number, number>();
    for (const v of values) counts.set(slotOf(v), (counts.get(slotOf(v)) ?? 0) + 1);
    const slots = [...counts].sort(([a], [b]) => a - b).map(([slot, count]) => ({ slot, count }));
    for (const share of [0.5, 0.95, 0.99]) {
      const exact = values[Math.ceil(1000 * share) - 1]!;
      const found = percentile(slots, share)!;
      assert.ok(Math.abs(found - exact) / exact < 0.05, `${share} of ${scale}: ${found} instead of ${exact}`);
    }
  }
  assert.equal(percentile([], 0.5), null);
  assert.equal(slotOf(0), 0);
  assert.equal(slotOf(1e9), slotOf(600_000));
});
