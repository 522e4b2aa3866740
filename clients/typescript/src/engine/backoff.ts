// Waits between attempts: exponential with full jitter, so that a thousand readers of a restarted server do not come
// back in the same moment.

export interface BackoffOptions {
  /** Ceiling of the first wait in milliseconds. Default 500. */
  base?: number;
  /** Ceiling of every wait in milliseconds. Default 30 000. */
  cap?: number;
}

/** Milliseconds to wait after failed attempt number `attempt` (1, 2, …). */
export function backoffDelay(
  attempt: number,
  { base = 500, cap = 30_000 }: BackoffOptions = {},
  random: () => number = Math.random,
): number {
  return random() *
    Math.min(cap, base * 2 ** Math.min(Math.max(0, attempt - 1), 30));
}

/** Resolves after `ms`, or rejects with the signal's reason when it is aborted first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const aborted = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }, ms);
    signal?.addEventListener("abort", aborted, { once: true });
  });
}
