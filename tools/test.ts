// Everything that must hold: builds the console, then runs the tests beside the code in one process and every file of
// tests/ in a process of its own with a time limit, two at a time (they wait more than they work). The last line is `N passed, N failed`.
//   deno task test [part of a path …]
// A file that failed runs up to twice more, alone, when all others are done: real servers and browsers on a machine that is
// taken away for seconds run into limits that mean nothing. What fails alone too has failed; what does not is named at the end.
// What a machine lacks (PostgreSQL, Redis, Chromium, Python) leaves its tests out, loudly; with CI=true a test that is
// left out is a failure. Types are not checked here: `deno task check` does that.
import { buildConsole } from "./build_console.ts";
import { buildTemplate } from "./build_template.ts";
import { parseJunit, type TestCounts } from "./junit.ts";
import { REQUIREMENTS } from "./requirements.ts";

/** Minutes one process may take before it counts as failed. */
const FILE_LIMIT_MIN = 12;
const UNIT_LIMIT_MIN = 10;
/** Files of tests/ that run at the same time; each starts servers of its own on free ports. */
const LANES = 2;
/** With more failed files than this none runs again: then something is broken. */
const MAX_AGAIN = 8;
/** Runs alone that a failed file gets. */
const ATTEMPTS_ALONE = 2;
const SKIP = new Set(["node_modules", "dist", "data", "docs", ".git", ".ci", "python"]);
const ROOT = new URL("../", import.meta.url);

interface Result extends TestCounts {
  label: string;
}

async function testFiles(folder = ROOT, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory && !SKIP.has(entry.name)) {
      found.push(...await testFiles(new URL(`${entry.name}/`, folder), `${prefix}${entry.name}/`));
    } else if (/_test\.tsx?$/.test(entry.name)) found.push(prefix + entry.name);
  }
  return found.sort();
}

/** One `deno test` process. Its output is shown only when something failed. */
async function run(label: string, files: string[], limitMinutes: number): Promise<Result> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const started = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--no-prompt", `--junit-path=${report}`, ...files],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limitMinutes * 60_000);
  const { success, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const result: Result = { label, ...parseJunit(await Deno.readTextFile(report)) };
  await Deno.remove(report);
  // An uncaught error, a crash or the time limit leaves no failed test behind, but it is one.
  if (!success && result.failed === 0) result.failed = 1;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const left = result.skipped.length ? `, ${result.skipped.length} left out` : "";
  console.log(
    `${success ? "ok    " : "FAILED"} ${label}: ${result.passed} passed, ${result.failed} failed${left} (${seconds} s)`,
  );
  if (!success) {
    const decoder = new TextDecoder();
    console.log(decoder.decode(stdout) + decoder.decode(stderr));
    if (late) console.log(`${label} was stopped after ${limitMinutes} minutes`);
  }
  return result;
}

/** Says what was left out and why; returns how many failures that makes. */
function reportLeftOut(results: Result[]): number {
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
  if (Deno.env.get("CI") !== "true") return 0;
  console.log("CI leaves nothing out: each of these counts as a failure.");
  return Math.max(total, missing.length);
}

/** Runs files of tests/ that failed again, one at a time. Returns those that passed then; their results count. */
async function again(results: Result[]): Promise<string[]> {
  const failed = results.filter((r) => r.failed && r.label.startsWith("tests/"));
  if (failed.length > MAX_AGAIN) return [];
  const shaky: string[] = [];
  for (const { label } of failed) {
    for (let attempt = 1; attempt <= ATTEMPTS_ALONE; attempt++) {
      console.log(`again, alone: ${label}`);
      const result = await run(label, [label], FILE_LIMIT_MIN);
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
  try {
    await buildTemplate();
    await buildConsole();
  } catch (error) {
    console.log("FAILED the console does not build:", error);
    results.push({ label: "console build", passed: 0, failed: 1, skipped: [] });
  }
  if (units.length) results.push(await run("beside the code", units, UNIT_LIMIT_MIN));
  const waiting = [...crossing];
  const lane = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      results.push(await run(file, [file], FILE_LIMIT_MIN));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const shaky = await again(results);
  let failed = results.reduce((sum, r) => sum + r.failed, 0);
  const passed = results.reduce((sum, r) => sum + r.passed, 0);
  failed += reportLeftOut(results);
  for (const r of results) if (r.failed) console.log(`FAILED ${r.label}`);
  for (const label of shaky) {
    console.log(`SHAKY  ${label}: failed beside others and passed alone; its first output is above`);
  }
  if (!files.length) console.log(`no test file matches ${filters.join(" ")}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  Deno.exit(failed || !passed ? 1 : 0);
}
