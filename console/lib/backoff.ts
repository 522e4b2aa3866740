// Waiting time before try `attempt` (1, 2, …): doubles from 0.5 s to 15 s, then a random half of it is taken off, so that
// a thousand browsers do not return to a restarted server in the same moment.

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 15_000;

/** @returns milliseconds, at least half of the step and never above 15 s. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const step = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.max(0, attempt - 1));
  return Math.round(step / 2 + random() * step / 2);
}
