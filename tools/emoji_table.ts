// The emoji table of the chat's picker, made from the `emojibase-data` package while the console is built: one file per
// language, fetched by the page when somebody opens the picker (console/areas/chat/lib/emoji.ts). A row is kept as short as
// possible: [emoji, category 0–8, short codes, name, search words, skin tones (light to dark) or ""].
import en from "emojibase-data/en/compact.json" with { type: "json" };
import github from "emojibase-data/en/shortcodes/github.json" with { type: "json" };
import usual from "emojibase-data/en/shortcodes/emojibase.json" with { type: "json" };
import es from "emojibase-data/es/compact.json" with { type: "json" };

/** Emoji, category, short codes, name, search words, skin tones; words and tones are joined by spaces. */
export type EmojiRow = [string, number, string, string, string, string];

interface Entry {
  hexcode: string;
  unicode: string;
  label: string;
  group?: number;
  tags?: string[];
  skins?: { unicode: string }[];
}
type Codes = Record<string, string | string[]>;

/** Groups of the package without skin tones alone (2), in the order of the package. */
const CATEGORY: Record<number, number> = { 0: 0, 1: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 7, 9: 8 };

/** Tables by language tag. */
export function emojiTables(): Record<"en" | "es", EmojiRow[]> {
  return { en: table(en as Entry[]), es: table(es as Entry[]) };
}

function table(entries: Entry[]): EmojiRow[] {
  return entries.flatMap((entry): EmojiRow[] => {
    const category = CATEGORY[entry.group ?? -1];
    if (category === undefined) return [];
    const codes = new Set([github, usual].flatMap((list) => (list as Codes)[entry.hexcode] ?? []));
    const tones = (entry.skins ?? []).slice(0, 5).map((skin) => skin.unicode).join(" ");
    return [[entry.unicode, category, [...codes].join(" "), entry.label, (entry.tags ?? []).join(" "), tones]];
  });
}
