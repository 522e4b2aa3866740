import assert from "node:assert/strict";
import { HeightIndex } from "./heights.ts";

Deno.test("heights: tops, total and the row at a place agree with plain sums, also after measurements", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const heights = Array.from({ length: 1000 }, () => 20 + Math.floor(random() * 300));
  const index = new HeightIndex(heights);
  for (let round = 0; round < 300; round++) {
    const row = Math.floor(random() * heights.length), height = 10 + Math.floor(random() * 500);
    assert.equal(index.set(row, height), height - heights[row]!);
    heights[row] = height;
  }
  let y = 0;
  heights.forEach((height, row) => {
    assert.equal(index.top(row), y);
    assert.equal(index.height(row), height);
    assert.equal(index.at(y), row);
    assert.equal(index.at(y + height - 1), row);
    y += height;
  });
  assert.equal(index.total, y);
  assert.equal(index.top(heights.length), y);
  assert.equal(index.at(-50), 0);
  assert.equal(index.at(y + 999), heights.length - 1);
});

Deno.test("heights: an empty list, one row, and rows that are not there", () => {
  const none = new HeightIndex([]);
  assert.deepEqual([none.size, none.total, none.at(10), none.top(3)], [0, 0, 0, 0]);
  assert.equal(none.set(0, 10), 0);
  const one = new HeightIndex([40]);
  assert.equal(one.at(39), 0);
  assert.equal(one.set(5, 10), 0);
  assert.equal(one.set(0, -5), -40);
  assert.equal(one.total, 0);
});
