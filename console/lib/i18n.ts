// Language of the console: that of the account once the person has chosen one, the browser's before. `t` reads a signal, so
// that what it rendered changes with the language. Only the texts in use are there: those of the areas that were opened, in
// the language that is shown.
import { signal } from "@preact/signals";
import type { MessageKey } from "../messages.ts";
import { type Language, LANGUAGES, type Text, type Texts } from "../messages/texts.ts";
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

/** Shows another language, once its texts are there. @throws what the browser says when they are not to be had */
export async function setLanguage(value: Language): Promise<void> {
  writeStored("account_language", value);
  writeStored("language", null);
  wanted = value;
  try {
    await Promise.all([...sources].map(([source, add]) => loadIn(source, value, add)));
  } catch (error) {
    if (wanted === value) wanted = language.peek();
    throw error;
  }
  if (wanted === value) language.value = value;
}

/** The language that was asked for last: a slower one must not take its place. */
let wanted = language.peek();

/** Where a set of texts comes from, per language. The build leaves the other languages out of each. */
export type TextSource = Record<Language, () => Promise<{ default: Texts }>>;

type Add = (texts: Record<string, Partial<Text>>) => void;
const sources = new Map<TextSource, Add>();
const loaded: Record<string, Partial<Text>> = {};

/** Adds texts to those that `t` knows; what is there already stays as well. */
export function addTexts(texts: Record<string, Partial<Text>>): void {
  for (const [key, text] of Object.entries(texts)) loaded[key] = { ...loaded[key], ...text };
}

/**
 * Makes the texts of a source known, in the language that is shown, in one that is on its way, and in each that is chosen
 * later.
 * @throws what the browser says when they are not to be had
 */
export async function loadTexts(source: TextSource, add: Add = addTexts): Promise<void> {
  sources.set(source, add);
  await Promise.all([...new Set([language.peek(), wanted])].map((lang) => loadIn(source, lang, add)));
}

async function loadIn(source: TextSource, lang: Language, add: Add): Promise<void> {
  add((await source[lang]()).default);
}

/** Is there a text of this key, and in the language that is shown? */
const textOf = (key: string): string | undefined => loaded[key]?.[language.value];

/** The keys of all texts that are there. */
export const textKeys = (): string[] => Object.keys(loaded);

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
  const words = typeof text === "string" ? textOf(text) ?? text : text[language.value];
  return fillText(words, language.value, params);
}

/** The text of a key that may not exist (an error code for instance). */
export function tryT(key: string, params?: Params): string | null {
  const text = textOf(key);
  return text === undefined ? null : fillText(text, language.value, params);
}
