// What `deno task test` says at its end, and what of it counts as a failure.
import { REQUIREMENTS } from "./requirements.ts";
import type { Result } from "./test_run.ts";

/** Files that may pass only when they run again. With more of them no run proves anything any more. */
const SHAKY_ALLOWED = 2;
/** Files named at the end with the time that they took. */
const SLOWEST = 12;

/** @returns how many failures files make that failed beside others and passed alone: all of them, when they are too many in CI */
export function shakyFailures(shaky: readonly string[], ci: boolean): number {
  return ci && shaky.length > SHAKY_ALLOWED ? shaky.length : 0;
}

/** Says what was left out and why. @returns how many failures that makes */
function reportLeftOut(results: readonly Result[], ci: boolean): number {
  const missing = REQUIREMENTS.filter((r) => !r.found());
  const left = results.filter((r) => r.skipped.length);
  const total = left.reduce((sum, r) => sum + r.skipped.length, 0);
  if (!total && !missing.length) return 0;
  const bar = "!".repeat(80);
  console.log(`\n${bar}`);
  for (const m of missing) console.log(`NOT INSTALLED: ${m.name} (Debian: apt-get install ${m.debian})`);
  console.log(`LEFT OUT: ${total} tests${total ? ":" : ""}`);
  for (const r of left) for (const name of r.skipped) console.log(`  ${r.label}: ${name}`);
  console.log(bar);
  if (!ci) return 0;
  console.log("CI leaves nothing out: each of these counts as a failure.");
  return Math.max(total, missing.length);
}

/** Says what failed, what passed only alone, and where the time went. @returns how many tests passed and failed */
export function report(
  results: readonly Result[],
  shaky: readonly string[],
  ci: boolean,
): { passed: number; failed: number } {
  const sum = (count: (r: Result) => number) => results.reduce((total, r) => total + count(r), 0);
  const slow = [...results].sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  console.log(`\nslowest: ${slow.map((r) => `${r.label} ${r.seconds.toFixed(0)} s`).join(", ")}`);
  const leftOut = reportLeftOut(results, ci), unproven = shakyFailures(shaky, ci);
  for (const r of results) if (r.failed) console.log(`FAILED ${r.label}`);
  for (const label of shaky) {
    console.log(`SHAKY  ${label}: failed beside others and passed alone; its first output is above`);
  }
  if (unproven) console.log(`More than ${SHAKY_ALLOWED} files passed only alone: each of them counts as a failure.`);
  return { passed: sum((r) => r.passed), failed: sum((r) => r.failed) + leftOut + unproven };
}
