// Language of the console: that of the account once the person has chosen one, the browser's before. `t` reads a signal, so that what it rendered
// changes with the language.
import { signal } from "@preact/signals";
import { type Language, LANGUAGES, type MessageKey, messages } from "../messages.ts";
import type { Text } from "../messages/texts.ts";
import { readStored, writeStored } from "./storage.ts";

export type { Language };
export type Params = Record<string, string | number>;

/** The first of the wanted languages that the console speaks; English when there is none. */
export function pickLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0];
    const found = LANGUAGES.find((l) => l === base);
    if (found) return found;
  }
  return "en";
}

/** What the account that was signed in here last had chosen: the sign-in page speaks it too. */
const stored = readStored("account_language") ?? chosenHere();
export const language = signal<Language>(
  pickLanguage([...(stored ? [stored] : []), ...(globalThis.navigator?.languages ?? [])]),
);

export function setLanguage(value: Language): void {
  writeStored("account_language", value);
  writeStored("language", null);
  language.value = value;
}

/** A choice from when it was kept in the browser alone: the account has yet to hear of it. */
export function chosenHere(): Language | null {
  const old = readStored("language");
  return LANGUAGES.find((code) => code === old) ?? null;
}

/** The browser's own tag of the language in use (`es-MX`), for dates and numbers. */
export function locale(): string {
  const lang = language.value;
  return globalThis.navigator?.languages?.find((l) => l.toLowerCase().startsWith(lang)) ?? lang;
}

/**
 * Puts parameters into a text. `{name}` is replaced; a text "one|other" is chosen by the plural rule of parameter `n`.
 */
export function fillText(text: string, lang: Language, params: Params = {}): string {
  const forms = text.split("|");
  let chosen = text;
  if (forms.length === 2 && typeof params.n === "number") {
    chosen = new Intl.PluralRules(lang).select(params.n) === "one" ? forms[0]! : forms[1]!;
  }
  return chosen.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(lang).format(value) : value;
  });
}

/** The text of a key, or one that an area brings itself, in the language in use. */
export function t(text: MessageKey | Text, params?: Params): string {
  const all = typeof text === "string" ? messages[text] : text;
  return fillText(all[language.value], language.value, params);
}

/** The text of a key that may not exist (an error code for instance). */
export function tryT(key: string, params?: Params): string | null {
  return key in messages ? t(key as MessageKey, params) : null;
}
