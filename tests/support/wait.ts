// Waiting on conditions: tests never sleep a fixed time.

/**
 * Resolves with the first truthy value of `condition`, asked every `everyMs`. @throws Error after `timeoutMs`, with `what` and
 * the last error of the condition.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  options: { timeoutMs?: number; everyMs?: number; what?: string } = {},
): Promise<NonNullable<T>> {
  const { timeoutMs = 10_000, everyMs = 10, what = condition.toString().slice(0, 200) } = options;
  const end = performance.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await condition();
      if (value) return value as NonNullable<T>;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > end) throw new Error(`Still not after ${timeoutMs} ms: ${what}`, { cause: failure });
    await new Promise((done) => setTimeout(done, everyMs));
  }
}
