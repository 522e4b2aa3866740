// Matches patterns off the event loop (patterns.ts). Programs are kept by their source, at most 500.
import { RE2JS } from "re2js";
import type { WorkerAnswer } from "../../../kernel/worker_queue.ts";

export interface PatternJob {
  sources: string[];
  text: string;
}

const MAX_KEPT = 500;
const programs = new Map<string, RE2JS>();

function programOf(source: string): RE2JS {
  let program = programs.get(source);
  if (!program) {
    if (programs.size >= MAX_KEPT) programs.clear();
    program = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE);
    programs.set(source, program);
  }
  return program;
}

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = ({ data: { id, sources, text } }: MessageEvent<PatternJob & { id: number }>) => {
  // Positions of the sources that match.
  const result = sources.flatMap((source, i) => programOf(source).test(text) ? [i] : []);
  scope.postMessage({ id, ok: true, result } satisfies WorkerAnswer<number[]>);
};
