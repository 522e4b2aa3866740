// Patterns of the automatic filter, in RE2 syntax: matching takes time linear in the text, whatever the pattern. Since
// "linear" can still be long for a text of 16 KiB, what could take more than a few milliseconds runs in a Web Worker, so
// that no pattern and no text holds up the sockets. A text that cannot be checked in time is refused, never let through.
import { RE2JS } from "re2js";
import { AppError } from "../../../kernel/errors.ts";
import { WorkerQueue } from "../../../kernel/worker_queue.ts";
import { plainText } from "./fold.ts";
import type { PatternJob } from "./worker.ts";

/** Instructions of one compiled pattern, and of all of an organisation. A usual pattern has 10 to 30. */
const MAX_PROGRAM = 200;
const MAX_PROGRAMS = 1000;
/** Instructions times characters that may be run on the event loop; at worst one takes 0.15 µs. */
const INLINE_STEPS = 60_000;
const DEADLINE_MS = 4000;
const MAX_WAITING = 64;
const IDLE_MS = 30_000;

export interface PatternMatcher {
  /** Folded sources, as the worker gets them. */
  sources: string[];
  programs: RE2JS[];
  size: number;
}

function compilePattern(pattern: string): RE2JS {
  return RE2JS.compile(plainText(pattern), RE2JS.CASE_INSENSITIVE);
}

/** What is wrong with patterns for the settings, by position. */
export function patternProblems(patterns: readonly string[]): Map<number, string> {
  const problems = new Map<number, string>();
  let total = 0;
  patterns.forEach((pattern, i) => {
    try {
      const program = compilePattern(pattern);
      const size = program.programSize();
      total += size;
      if (program.test("")) problems.set(i, "matches every message, also an empty one");
      else if (size > MAX_PROGRAM) problems.set(i, "too large: use fewer or smaller repetitions");
      else if (total > MAX_PROGRAMS) problems.set(i, "all patterns together are too large: use fewer or smaller ones");
    } catch (error) {
      problems.set(i, error instanceof Error ? error.message.slice(0, 200) : "not a valid pattern");
    }
  });
  return problems;
}

export function patternMatcher(patterns: readonly string[]): PatternMatcher {
  const programs = patterns.map(compilePattern);
  return {
    sources: patterns.map((pattern) => plainText(pattern)),
    programs,
    size: programs.reduce((sum, program) => sum + program.programSize(), 0),
  };
}

/** Positions of the patterns that the text matches. @throws AppError `unavailable` when it cannot be checked in time */
export async function matchPatterns(matcher: PatternMatcher, content: string): Promise<number[]> {
  if (matcher.programs.length === 0) return [];
  const text = plainText(content);
  if (text.length * matcher.size > INLINE_STEPS) return await queue.run({ sources: matcher.sources, text }, "texts");
  return matcher.programs.flatMap((program, i) => program.test(text) ? [i] : []);
}

/** One for the whole process: it knows nothing of an App. */
const queue = new WorkerQueue<PatternJob, number[]>({
  name: "filter",
  start: () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "filter" }),
  maxWaiting: MAX_WAITING,
  hangsAfterMs: DEADLINE_MS,
  idleMs: IDLE_MS,
  full: overloaded,
  failed: overloaded,
});

function overloaded(): AppError {
  return new AppError("unavailable", "The message could not be checked in time. Try again, or send a shorter one.");
}
