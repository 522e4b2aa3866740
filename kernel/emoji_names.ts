// Names of emoji as Slack, GitHub and Mattermost write them (`:smile:`) → the characters. The table is written by
// tools/emoji_names.ts.
import names from "./emoji_names.json" with { type: "json" };
import { qualifiedEmoji } from "../protocol/chat/emoji.ts";

const known = new Map<string, string>(Object.entries(names));
/** Unicode's five skin tones, light to dark; Slack numbers them 2 to 6. */
const FIRST_TONE = 0x1f3fb;

/** Mattermost's names of the tones, in the same order. */
const TONES = ["light", "medium_light", "medium", "medium_dark", "dark"];

/**
 * `thumbsup`, `wave::skin-tone-3` (Slack), `wave_medium_light_skin_tone` (Mattermost) → the character; undefined when it is not
 * known (custom emoji).
 */
export function emojiOf(name: string): string | undefined {
  const lower = name.toLowerCase();
  const [, slack, number] = /^(.+)::skin-tone-([2-6])$/.exec(lower) ?? [];
  const [, mattermost, word] = /^(.+?)_((?:medium_)?(?:light|dark)|medium)_skin_tone$/.exec(lower) ?? [];
  const step = number ? Number(number) - 2 : TONES.indexOf(word ?? "");
  const found = known.get(slack ?? mattermost ?? lower.split("::")[0]!);
  if (!found || step < 0) return known.get(lower) ?? found;
  // The tone stands behind the person, before what the person does or holds.
  const [person = "", ...rest] = found;
  if (rest[0] === "\u{fe0f}") rest.shift();
  return qualifiedEmoji(person + String.fromCodePoint(FIRST_TONE + step) + rest.join(""));
}

/** `:smile:` in a text, outside of code, becomes its character; other names stay. */
export function withEmoji(text: string): string {
  if (!text.includes(":")) return text;
  return text.replace(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/gi, (all, name) => emojiOf(name) ?? all);
}
