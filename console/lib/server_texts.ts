// The server's sentences in the language of the console (messages/server_texts.ts). Where there is none, English keeps the
// server's own words and every other language says it in general: nobody reads a form in two languages.
import { SERVER_TEXTS } from "../messages/server_texts.ts";
import { type Language, language, t } from "./i18n.ts";

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Exact sentences by their words; those with parts that vary as patterns, in the order of the table. */
const exact = new Map(Object.entries(SERVER_TEXTS).filter(([from]) => !from.includes("{0}")));
const patterns = Object.entries(SERVER_TEXTS).filter(([from]) => from.includes("{0}")).map(([from, text]) => ({
  pattern: new RegExp(`^${escaped(from).replace(/\\\{\d\\\}/g, "(.*?)")}$`, "s"),
  text,
}));

/** The sentence in that language; undefined when it is not in the table. */
export function serverText(words: string, lang: Language = language.value): string | undefined {
  // A search says where it went wrong, a problem without a form names its field: neither says more to people.
  const bare = words.replace(/ \(at character \d+\)$/, "");
  const whole = exact.get(bare);
  if (whole) return whole[lang];
  for (const { pattern, text } of patterns) {
    const found = pattern.exec(bare);
    if (found) return text[lang].replace(/\{(\d)\}/g, (_, n: string) => shown(found[Number(n) + 1] ?? "", lang));
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
