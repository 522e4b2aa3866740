// Writes kernel/emoji_names.json, the table behind kernel/emoji_names.ts, from the package `emojibase-data`. The table is
// kept with the sources, so that the compiled file carries 70 KB instead of a package of 47 MB:
//   deno run -A tools/emoji_names.ts
import github from "emojibase-data/en/shortcodes/github.json" with { type: "json" };
import iamcal from "emojibase-data/en/shortcodes/iamcal.json" with { type: "json" };
import { qualifiedEmoji } from "../protocol/chat/emoji.ts";

const TONES = ["1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"];

/** Short names of GitHub and Slack (the package calls Slack's after their author) → fully qualified emoji, without skin tones. */
export function emojiNames(): Record<string, string> {
  const names = new Map<string, string>();
  for (const table of [github, iamcal] as Record<string, string | string[]>[]) {
    for (const [hexcode, codes] of Object.entries(table)) {
      if (TONES.some((tone) => hexcode.includes(tone))) continue;
      const points = hexcode.split("-").map((part) => parseInt(part, 16));
      for (const name of [codes].flat()) names.set(name, qualifiedEmoji(String.fromCodePoint(...points)));
    }
  }
  for (const [name, same] of [["thumbsup", "+1"], ["thumbsdown", "-1"], ["simple_smile", "slightly_smiling_face"]]) {
    const found = names.get(same!);
    if (found && !names.has(name!)) names.set(name!, found);
  }
  return Object.fromEntries([...names].sort(([a], [b]) => a < b ? -1 : 1));
}

if (import.meta.main) {
  const file = new URL("../kernel/emoji_names.json", import.meta.url);
  await Deno.writeTextFile(file, JSON.stringify(emojiNames(), null, 0) + "\n");
}
