import assert from "node:assert/strict";
import { report, shakyFailures } from "./test_report.ts";

const result = (label: string, passed: number, failed: number) => ({ label, passed, failed, skipped: [], seconds: 1 });

Deno.test("files that pass only alone: two are forgiven, more are failures in CI", () => {
  assert.equal(shakyFailures([], true), 0);
  assert.equal(shakyFailures(["a", "b"], true), 0);
  assert.equal(shakyFailures(["a", "b", "c"], true), 3);
  assert.equal(shakyFailures(["a", "b", "c"], false), 0, "a person at a busy machine only reads of them");
});

Deno.test("the report sums up what ran, and counts shaky files", () => {
  const said = console.log;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  try {
    const results = [result("a", 3, 0), result("b", 2, 1), result("c", 1, 0)];
    const missing = report(results, [], true).failed - 1; // what this machine does not have
    assert.deepEqual(report(results, ["a", "c"], true), { passed: 6, failed: 1 + missing });
    assert.deepEqual(report(results, ["a", "b", "c"], true), { passed: 6, failed: 4 + missing });
  } finally {
    console.log = said;
  }
  assert.ok(lines.some((line) => line === "FAILED b"));
  assert.ok(lines.some((line) => line.startsWith("SHAKY  c")));
});
