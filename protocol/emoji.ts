// One emoji has several spellings: with or without U+FE0F, the mark that asks for a picture. Keyboards and programs differ,
// so reactions are kept in one form, the "fully qualified" one of Unicode's emoji-test.txt (UTS #51, section 2.3).

const PICTURE = "\uFE0F", KEYCAP = "\u20E3";
/** Shown as text unless the mark follows; not the digits, which are emoji only under a key cap. */
const TEXT_BY_DEFAULT = /^(?=\p{Emoji})(?![\p{Emoji_Presentation}\p{ASCII}])/u;
const SKIN_TONE = /^\p{Emoji_Modifier}/u;

/** @param emoji an emoji, or the name of one, which stays as it is */
export function qualifiedEmoji(emoji: string): string {
  const points = [...emoji.normalize("NFC").replaceAll(PICTURE, "")];
  return points.map((point, i) => {
    const next = points[i + 1] ?? "";
    const marked = TEXT_BY_DEFAULT.test(point) ? !SKIN_TONE.test(next) : next === KEYCAP;
    return marked ? point + PICTURE : point;
  }).join("");
}
