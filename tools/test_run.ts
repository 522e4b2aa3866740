// One `deno test` process of `deno task test`: its time limit, its counts, its output where something failed.
import { parseJunit, type TestCounts } from "./junit.ts";

const ROOT = new URL("../", import.meta.url);

export interface Result extends TestCounts {
  /** The file, or what the files of this process are together. */
  label: string;
  seconds: number;
}

export interface RunOptions {
  limitMinutes: number;
  /** What the process is told besides the environment of this one. */
  env?: Record<string, string>;
  /** Folder that gets a report in lcov form of the lines that this process and its children ran. */
  coverage?: string;
  /** Called when the process has ended. */
  ended?: (pid: number) => Promise<void>;
}

/**
 * The embedded database is WebAssembly. V8 would compile it anew with all optimisations, which takes more than any test
 * gains from that: half of the processor time of a short test. A server is started with a budget that does the same.
 */
const V8_FLAGS = "--v8-flags=--liftoff-only";

/** One `deno test` process. Its output is shown only when something failed. */
export async function run(label: string, files: string[], options: RunOptions): Promise<Result> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const started = performance.now();
  const counted = options.coverage && `${options.coverage}/${crypto.randomUUID()}`;
  const flags = ["-A", "--no-check", "--no-prompt", V8_FLAGS, `--junit-path=${report}`];
  if (counted) flags.push(`--coverage=${counted}`, "--coverage-raw-data-only");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...flags, ...files],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...options.env, ...(counted ? { DENO_COVERAGE_DIR: counted } : {}) },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, options.limitMinutes * 60_000);
  const { success, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const seconds = (performance.now() - started) / 1000;
  const result: Result = { label, seconds, ...parseJunit(await Deno.readTextFile(report)) };
  await Promise.all([Deno.remove(report), options.ended?.(child.pid), counted && reportCoverage(counted)]);
  // An uncaught error, a crash or the time limit leaves no failed test behind, but it is one.
  if (!success && result.failed === 0) result.failed = 1;
  const left = result.skipped.length ? `, ${result.skipped.length} left out` : "";
  const counts = `${result.passed} passed, ${result.failed} failed${left}`;
  console.log(`${success ? "ok    " : "FAILED"} ${label}: ${counts} (${seconds.toFixed(1)} s)`);
  if (!success) {
    const decoder = new TextDecoder();
    console.log(decoder.decode(stdout) + decoder.decode(stderr));
    if (late) console.log(`${label} was stopped after ${options.limitMinutes} minutes`);
  }
  return result;
}

/** Turns what one process and its children counted (tens of megabytes) into `<folder>.lcov`. */
async function reportCoverage(folder: string): Promise<void> {
  await new Deno.Command(Deno.execPath(), {
    args: ["coverage", folder, "--lcov", `--output=${folder}.lcov`],
    cwd: ROOT,
    stdout: "null",
    stderr: "null",
  }).output();
  await Deno.remove(folder, { recursive: true });
}
