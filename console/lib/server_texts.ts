// The server's sentences in the language of the console (messages/server_texts.ts). Where there is none, English keeps the
// server's own words and every other language says it in general: nobody reads a form in two languages.
import type { Text } from "../messages/texts.ts";
import { type Language, language, t } from "./i18n.ts";

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Exact sentences by their words; those with parts that vary as patterns, in the order of the table. */
const exact = new Map<string, Partial<Text>>();
const patterns = new Map<string, { pattern: RegExp; text: Partial<Text> }>();

/** Adds sentences to those that are known, in the languages that they come in. */
export function addServerTexts(table: Record<string, Partial<Text>>): void {
  for (const [from, added] of Object.entries(table)) {
    if (!from.includes("{0}")) exact.set(from, { ...exact.get(from), ...added });
    else {
      const pattern = new RegExp(`^${escaped(from).replace(/\\\{\d\\\}/g, "(.*?)")}$`, "s");
      patterns.set(from, { pattern, text: { ...patterns.get(from)?.text, ...added } });
    }
  }
}

/** The sentence in that language; undefined when it is not in the table. */
export function serverText(words: string, lang: Language = language.value): string | undefined {
  // A search says where it went wrong, a problem without a form names its field: neither says more to people.
  const bare = words.replace(/ \(at character \d+\)$/, "");
  const whole = exact.get(bare);
  if (whole) return whole[lang];
  for (const { pattern, text } of patterns.values()) {
    const found = pattern.exec(bare);
    if (found) return text[lang]?.replace(/\{(\d)\}/g, (_, n: string) => shown(found[Number(n) + 1] ?? "", lang));
  }
  const [, path, rest] = /^([\w.]+): (.+)$/s.exec(bare) ?? [];
  return path && rest && rest !== bare ? serverText(rest, lang) : undefined;
}

/** Numbers as the language writes them: 16,384. */
const shown = (part: string, lang: Language) =>
  /^\d{4,15}$/.test(part) ? new Intl.NumberFormat(lang).format(Number(part)) : part;

/** What is wrong with a field, for people. */
export function fieldText(words: string): string {
  return serverText(words) ?? (language.value === "en" ? words : t("error.field"));
}
