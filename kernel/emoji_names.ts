// Names of emoji as Slack, GitHub and Mattermost write them (`:smile:`) → the characters. The table is written by
// tools/emoji_names.ts.
import names from "./emoji_names.json" with { type: "json" };
import { qualifiedEmoji } from "../protocol/emoji.ts";

const known = new Map<string, string>(Object.entries(names));
/** Unicode's five skin tones, light to dark; Slack numbers them 2 to 6. */
const FIRST_TONE = 0x1f3fb;

/** `thumbsup`, `wave::skin-tone-3` → the character; undefined when it is not known (custom emoji). */
export function emojiOf(name: string): string | undefined {
  const [base = "", tone] = name.split("::");
  const found = known.get(base.toLowerCase());
  const step = /^skin-tone-([2-6])$/.exec(tone ?? "")?.[1];
  if (!found || !step) return found;
  return qualifiedEmoji(found + String.fromCodePoint(FIRST_TONE + Number(step) - 2));
}

/** `:smile:` in a text, outside of code, becomes its character; other names stay. */
export function withEmoji(text: string): string {
  if (!text.includes(":")) return text;
  return text.replace(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/gi, (all, name) => emojiOf(name) ?? all);
}
