// How far a command is, for the person who waits for it.
import type { Step } from "../server/commands/host.ts";

const WIDTH = 30;

const REDRAW_MS = 100;

let shown = "", drawn = 0;

/** A bar on a terminal, and a line for each new phase elsewhere. */
export function showProgress(step: Step, end = false): void {
  if (Deno.stderr.isTerminal()) return showBar(step, end);
  if (step.phase !== shown) console.error(step.phase);
  shown = step.phase;
}

/** `[██████░░░░] 62 %  messages` on a terminal; nothing elsewhere: who is told of every line does not want this one. */
export function showBar({ phase, done, total }: Step, end = false): void {
  if (!Deno.stderr.isTerminal() || (!end && phase === shown && performance.now() - drawn < REDRAW_MS)) return;
  [shown, drawn] = [phase, performance.now()];
  const part = total > 0 ? Math.min(1, done / total) : 0, full = Math.round(part * WIDTH);
  const percent = String(Math.floor(part * 100)).padStart(3);
  const text = `[${"█".repeat(full)}${"░".repeat(WIDTH - full)}] ${percent} %  ${phase}`;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r${text.padEnd(60)}${end ? "\n" : ""}`));
}
