// Everything that must hold: builds the console, then runs the tests beside the code in one process and every file of
// tests/ in a process of its own with a time limit, side by side. The last line is `N passed, N failed`.
//   deno task test [part of a path …] [--record]
// A file that failed runs up to twice more, alone, when all others are done: real servers and browsers on a machine that is
// taken away for seconds run into limits that mean nothing. What fails alone too has failed; what does not is named at the
// end, and with CI=true more than two of them are failures (test_report.ts).
// What a machine lacks (PostgreSQL, Redis, Chromium, Python) leaves its tests out, loudly; with CI=true a test that is
// left out is a failure. Types are not checked here: `deno task check` does that.
import { buildConsole } from "./build_console.ts";
import { buildTemplate } from "./build_template.ts";
import { longestFirst, recordSeconds } from "./test_order.ts";
import { startTestPostgres, type TestPostgres } from "./test_postgres.ts";
import { report } from "./test_report.ts";
import { type Result, run } from "./test_run.ts";

/** Minutes one process may take before it counts as failed. */
const LIMIT_MIN = 12;
/** Processes at the same time, however busy they are; each starts servers of its own on free ports. */
const LANES = 2;
/** One more runs while the processors have nothing to do: many files wait more than they work. */
const WAITING_LANES = 1;
const LOOK_AT_LOAD_MS = 3_000;
/** With more failed files than this none runs again: then something is broken. */
const MAX_AGAIN = 8;
/** Runs alone that a failed file gets. */
const ATTEMPTS_ALONE = 2;
const SKIP = new Set(["node_modules", "dist", "data", "docs", ".git", ".ci", "python"]);
const ROOT = new URL("../", import.meta.url);
const UNITS = "beside the code";

async function testFiles(folder = ROOT, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory && !SKIP.has(entry.name)) {
      found.push(...await testFiles(new URL(`${entry.name}/`, folder), `${prefix}${entry.name}/`));
    } else if (/_test\.tsx?$/.test(entry.name)) found.push(prefix + entry.name);
  }
  return found.sort();
}

/** Share of one processor that was busy in the last minute. */
const load = () => Deno.loadavg()[0]! / navigator.hardwareConcurrency;

/** Runs one process after the other in each lane, the first ones first. */
async function runAll(labels: string[], runOne: (label: string) => Promise<Result>): Promise<Result[]> {
  const waiting = [...labels], results: Result[] = [];
  const lane = async (onlyWhenIdle: boolean) => {
    while (waiting.length) {
      if (onlyWhenIdle && load() >= 1) await new Promise((done) => setTimeout(done, LOOK_AT_LOAD_MS));
      else results.push(await runOne(waiting.shift()!));
    }
  };
  await Promise.all(Array.from({ length: LANES + WAITING_LANES }, (_, i) => lane(i >= LANES)));
  return results;
}

/** Runs files of tests/ that failed again, one at a time. Returns those that passed then; their results count. */
async function again(results: Result[], runOne: (label: string) => Promise<Result>): Promise<string[]> {
  const failed = results.filter((r) => r.failed && r.label.startsWith("tests/"));
  if (failed.length > MAX_AGAIN) return [];
  const shaky: string[] = [];
  for (const { label } of failed) {
    for (let attempt = 1; attempt <= ATTEMPTS_ALONE; attempt++) {
      console.log(`again, alone: ${label}`);
      const result = await runOne(label);
      results[results.findIndex((r) => r.label === label)] = result;
      if (result.failed) continue;
      shaky.push(label);
      break;
    }
  }
  return shaky;
}

if (import.meta.main) {
  const filters = Deno.args.filter((a) => !a.startsWith("-"));
  const files = (await testFiles()).filter((f) => !filters.length || filters.some((part) => f.includes(part)));
  const units = files.filter((f) => !f.startsWith("tests/"));
  const crossing = files.filter((f) => f.startsWith("tests/"));
  console.log(`${files.length} test files: ${units.length} beside the code, ${crossing.length} in tests/`);
  const results: Result[] = [];
  let postgres: TestPostgres | undefined;
  try {
    await buildTemplate();
    await buildConsole();
    if (crossing.length) postgres = await startTestPostgres();
  } catch (error) {
    console.log("FAILED before the first test:", error);
    results.push({ label: "preparation", passed: 0, failed: 1, skipped: [], seconds: 0 });
  }
  const coverage = Deno.args.find((a) => a.startsWith("--coverage="))?.slice("--coverage=".length); // tools/coverage.ts
  const options = { limitMinutes: LIMIT_MIN, env: postgres?.env, ended: postgres?.forget, coverage };
  const runOne = (label: string) => run(label, label === UNITS ? units : [label], options);
  results.push(...await runAll([...(units.length ? [UNITS] : []), ...longestFirst(crossing)], runOne));
  const shaky = await again(results, runOne);
  await postgres?.close();
  const { passed, failed } = report(results, shaky, Deno.env.get("CI") === "true");
  if (Deno.args.includes("--record") && !filters.length) {
    await recordSeconds(results.filter((r) => r.label.startsWith("tests/")));
  }
  if (!files.length) console.log(`no test file matches ${filters.join(" ")}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  Deno.exit(failed || !passed ? 1 : 0);
}
