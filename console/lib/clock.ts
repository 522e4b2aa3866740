// The present moment for "3 minutes ago": one timer for all of them.
import { signal } from "@preact/signals";

export const now = signal(Date.now());

/** Ticks every `ms`; the returned function ends it. */
export function startClock(ms = 10_000): () => void {
  const timer = setInterval(() => now.value = Date.now(), ms);
  return () => clearInterval(timer);
}
