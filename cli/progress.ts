// How far a command is, for the person who waits for it.

export interface Step {
  /** What is being done, or counted. */
  phase: string;
  done: number;
  total: number;
}

const WIDTH = 30;

const REDRAW_MS = 100;

let shown = "", drawn = 0;

/** `[██████░░░░] 62 %  messages` on stderr. */
export function showProgress(run: Step, end = false): void {
  if (!end && run.phase === shown && performance.now() - drawn < REDRAW_MS) return;
  drawn = performance.now();
  const part = run.total > 0 ? Math.min(1, run.done / run.total) : 0;
  if (Deno.stderr.isTerminal()) {
    const full = Math.round(part * WIDTH);
    const text = `[${"█".repeat(full)}${"░".repeat(WIDTH - full)}] ${
      String(Math.floor(part * 100)).padStart(3)
    } %  ${run.phase}`;
    Deno.stderr.writeSync(new TextEncoder().encode(`\r${text.padEnd(60)}${end ? "\n" : ""}`));
  } else if (run.phase !== shown) console.error(run.phase);
  shown = run.phase;
}
