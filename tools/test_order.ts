// In which order the files of tests/ run: the longest first, so that none of them is still running alone when all others
// are done. tools/test_seconds.json says how long files took; `deno task test --record` writes it after a whole run.
import recorded from "./test_seconds.json" with { type: "json" };

const SECONDS = new URL("./test_seconds.json", import.meta.url);
/** What a file takes that the record does not name: it is new, or one of the many short ones. */
const USUAL_SECONDS = 8;

/** The files, longest first; of equal ones in the given order. */
export function longestFirst(files: readonly string[], seconds: Record<string, number> = recorded): string[] {
  const of = (file: string) => seconds[file] ?? USUAL_SECONDS;
  return [...files].sort((a, b) => of(b) - of(a));
}

/** Keeps what takes longer than usual, in whole seconds. */
export async function recordSeconds(results: readonly { label: string; seconds: number }[]): Promise<void> {
  const long = results.filter((r) => r.seconds > USUAL_SECONDS).sort((a, b) => b.seconds - a.seconds);
  const entries = long.map((r) => [r.label, Math.round(r.seconds)]);
  await Deno.writeTextFile(SECONDS, JSON.stringify(Object.fromEntries(entries), null, 2) + "\n");
}
