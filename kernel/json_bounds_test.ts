import assert from "node:assert/strict";
import { checkJsonBounds, JSON_BOUNDS, overJsonBounds } from "./json_bounds.ts";

const bounds = { depth: 4, values: 10 };
const nested = (levels: number, inner = "1") => "[".repeat(levels) + inner + "]".repeat(levels);

Deno.test("what is within the bounds passes, whatever stands in strings", () => {
  const fine = [
    "",
    "null",
    nested(4),
    '{"a":{"b":{"c":{}}}}',
    JSON.stringify({ text: "[[[[[[[[,,,,,,,,,,,,,{{{{{{{{{" }),
    JSON.stringify({ text: '\\"[[[[[[[[[[[[[[[[[[' }),
    JSON.stringify({ text: "\\\\" }) + " ".repeat(100),
    JSON.stringify({ "[[[[[[[": '"', "]]]]{{{{": "\\" }),
    JSON.stringify([1, 2, 3, 4, 5, 6, 7, 8, 9]),
  ];
  for (const text of fine) assert.equal(overJsonBounds(text, bounds), undefined, text);
});

Deno.test("depth and number of values are bounded, in broken JSON too", () => {
  assert.equal(overJsonBounds(nested(5), bounds), "depth");
  assert.equal(overJsonBounds('{"a":'.repeat(5), bounds), "depth");
  assert.equal(overJsonBounds('{"\\"":[{"\\\\":[{"x":1}]}]}', bounds), "depth");
  assert.equal(overJsonBounds("[" + "[],".repeat(20), bounds), "values");
  assert.equal(overJsonBounds(JSON.stringify(Array(30).fill(0)), bounds), "values");
  assert.equal(overJsonBounds('"' + '\\"[['.repeat(50), bounds), undefined);
  for (const text of ["[".repeat(1_000_000), '{"a":'.repeat(200_000), "[" + "{},".repeat(300_000)]) {
    assert.throws(() => checkJsonBounds(text, JSON_BOUNDS), { code: "invalid_json" });
  }
});
