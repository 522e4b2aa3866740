// Names of emoji as Slack and Mattermost write them (`:smile:`) → the characters. Loaded in the worker only.
import github from "emojibase-data/en/shortcodes/github.json" with { type: "json" };
import iamcal from "emojibase-data/en/shortcodes/iamcal.json" with { type: "json" };
import { qualifiedEmoji } from "../../protocol/emoji.ts";

const TONES = ["1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"];
const known = new Map<string, string>();

function character(hexcode: string): string {
  return qualifiedEmoji(String.fromCodePoint(...hexcode.split("-").map((part) => parseInt(part, 16))));
}
for (const table of [github, iamcal] as Record<string, string | string[]>[]) {
  for (const [hexcode, names] of Object.entries(table)) {
    if (TONES.some((tone) => hexcode.includes(tone))) continue;
    for (const name of [names].flat()) known.set(name, character(hexcode));
  }
}
for (const [name, same] of [["thumbsup", "+1"], ["thumbsdown", "-1"], ["simple_smile", "slightly_smiling_face"]]) {
  if (!known.has(name!) && known.has(same!)) known.set(name!, known.get(same!)!);
}

/** `thumbsup`, `wave::skin-tone-3` → the character; undefined when it is not known (custom emoji). */
export function emojiOf(name: string): string | undefined {
  const [base = "", tone] = name.split("::");
  const found = known.get(base.toLowerCase());
  const step = /^skin-tone-([2-6])$/.exec(tone ?? "")?.[1];
  if (!found || !step) return found;
  return qualifiedEmoji(found + character(TONES[Number(step) - 2]!));
}

/** `:smile:` in a text, outside of code, becomes its character; other names stay. */
export function withEmoji(text: string): string {
  if (!text.includes(":")) return text;
  return text.replace(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/gi, (all, name) => emojiOf(name) ?? all);
}
