// One emoji has several spellings: with or without U+FE0F, the mark that asks for a picture. Keyboards and programs differ,
// so reactions are kept in one form, the "fully qualified" one of Unicode's emoji-test.txt (UTS #51, section 2.3).

const PICTURE = "\uFE0F", KEYCAP = "\u20E3";
/** U+FE0E asks for a sign of text, U+FE0F for a picture. */
const PRESENTATION = /[\uFE0E\uFE0F]/g;
/** Shown as text unless the mark follows; not the digits, which are emoji only under a key cap. */
const TEXT_BY_DEFAULT = /^(?=\p{Emoji})(?![\p{Emoji_Presentation}\p{ASCII}])/u;
const SKIN_TONE = /^\p{Emoji_Modifier}/u;

/** @param emoji any text; what is no emoji stays as it is */
export function qualifiedEmoji(emoji: string): string {
  const points = [...emoji.normalize("NFC").replace(PRESENTATION, "")];
  return points.map((point, i) => {
    const next = points[i + 1] ?? "";
    const marked = TEXT_BY_DEFAULT.test(point) ? !SKIN_TONE.test(next) : next === KEYCAP;
    return marked ? point + PICTURE : point;
  }).join("");
}

/** The emoji that Unicode recommends: flags of real countries, key caps, families, skin tones where there is skin. */
const RECOMMENDED = new RegExp("^\\p{RGI_Emoji}$", "v");
/**
 * One picture by the rules (UTS #51, definition ED-17), for emoji that are newer than this program: a base with skin or not,
 * joined to others or not. Flags of two letters and the like are not invented.
 */
const PICTURED =
  /^(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|(?!\p{Emoji_Modifier})\p{Extended_Pictographic}\uFE0F?)/u;
const JOINED = new RegExp(`${PICTURED.source}(?:\\u200D${PICTURED.source.slice(1)}){0,7}$`, "u");

const TONE_ALONE = /^\p{Emoji_Modifier}$/u;

/** The name of a custom emoji, as it is written between colons. */
const CUSTOM = /^:([a-z0-9][a-z0-9_+-]{0,62}):$/;

/**
 * A reaction in the form in which it is kept: one emoji, or the name of a custom one between colons.
 * @returns undefined for anything else: words, two emoji, a skin tone alone
 */
export function reactionOf(text: string): string | undefined {
  const emoji = qualifiedEmoji(text);
  if (TONE_ALONE.test(emoji)) return undefined;
  if (RECOMMENDED.test(emoji) || JOINED.test(emoji)) return emoji;
  return CUSTOM.test(emoji.toLowerCase()) ? emoji.toLowerCase() : undefined;
}
