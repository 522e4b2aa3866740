// Emoji: the table (one file per language, fetched when it is first needed), search by name and short code, the codes in
// texts, the person's last ones and skin tone.
import { outer } from "../../../lib/base.ts";
import { signal } from "@preact/signals";
import type { Language } from "../../../messages/texts.ts";
import { language } from "../../../lib/i18n.ts";
import { readJson, readStored, writeStored } from "../../../lib/storage.ts";
import { plain } from "./text.ts";

/** Language → address as JSON, by tools/build_console.ts. */
declare const EMOJI_TABLES: string;

export interface Emoji {
  char: string;
  category: number;
  codes: string[];
  name: string;
  /** Light to dark; empty when it has no skin. */
  tones: string[];
  /** Everything it is found by, without accents. */
  words: string;
}

export const CATEGORIES = 9;
const RECENT_MAX = 27;

export const emojis = signal<readonly Emoji[]>([]);
/** Grows when the table has come: texts with codes are drawn again. */
export const emojiVersion = signal(0);
/** 0: without; 1–5: light to dark. */
export const tone = signal(Number(readStored("emoji_tone")) || 0);
export const recent = signal<readonly string[]>(readJson<string[]>("emoji_recent", []));

let byCode = new Map<string, string>();
let loading: Promise<void> | null = null;
let loadedFor: Language | null = null;

export function loadEmoji(): Promise<void> {
  const wanted = language.peek();
  if (loadedFor === wanted) return Promise.resolve();
  loading ??= fetchTable(wanted).finally(() => loading = null);
  return loading;
}

async function fetchTable(wanted: Language): Promise<void> {
  const answer = await fetch(outer((JSON.parse(EMOJI_TABLES) as Record<Language, string>)[wanted]));
  if (!answer.ok) throw new Error(`emoji table: ${answer.status}`);
  const rows: [string, number, string, string, string, string][] = await answer.json();
  loadedFor = wanted;
  setEmoji(rows);
}

/** Takes the rows of tools/emoji_table.ts. */
export function setEmoji(rows: readonly [string, number, string, string, string, string][]): void {
  const list = rows.map(([char, category, codes, name, words, tones]): Emoji => ({
    char,
    category,
    codes: codes.split(" ").filter(Boolean),
    name,
    tones: tones.split(" ").filter(Boolean),
    words: plain(`${name} ${words} ${codes.replaceAll("_", " ")} ${codes}`),
  }));
  byCode = new Map(list.flatMap((emoji) => emoji.codes.map((code) => [code, emoji.char] as const)));
  emojis.value = list;
  emojiVersion.value++;
}

/** The emoji of a short code; the table is fetched when it is missing. */
export function emojiOf(code: string): string | null {
  if (!byCode.size && typeof EMOJI_TABLES !== "undefined") loadEmoji().catch(() => {});
  return byCode.get(code) ?? null;
}

/** Best first: code or name begins with the text, then a word of it. */
export function searchEmoji(query: string, limit: number): Emoji[] {
  const wanted = plain(query.replaceAll(":", "").trim());
  if (!wanted) return [];
  const parts = wanted.split(/[\s_]+/);
  const found: [number, number, Emoji][] = [];
  emojis.value.forEach((emoji, order) => {
    const first = emoji.codes[0] ?? "";
    const rank = emoji.codes.includes(wanted)
      ? 0
      : first.startsWith(wanted)
      ? 1
      : plain(emoji.name).startsWith(wanted)
      ? 2
      : parts.every((part) => ` ${emoji.words}`.includes(` ${part}`))
      ? 3
      : emoji.words.includes(wanted)
      ? 4
      : -1;
    if (rank >= 0) found.push([rank, order, emoji]);
  });
  return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, limit).map(([, , emoji]) => emoji);
}

/** With the person's skin tone. */
export function toned(emoji: Emoji, choice = tone.value): string {
  return choice > 0 ? emoji.tones[choice - 1] ?? emoji.char : emoji.char;
}

export function setTone(value: number): void {
  tone.value = value;
  writeStored("emoji_tone", String(value));
}

export function usedEmoji(char: string): void {
  recent.value = [char, ...recent.peek().filter((other) => other !== char)].slice(0, RECENT_MAX);
  writeStored("emoji_recent", JSON.stringify(recent.peek()));
}

/** What stands first in toolbars. */
export function quickEmoji(count: number): string[] {
  return [...new Set([...recent.value, "👍", "🎉", "❤️", "😂", "👀", "✅"])].slice(0, count);
}

const ONE_EMOJI = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}\uFE0F?)$/v;

/** A message of one to six emoji and nothing else is shown large. */
export function isJumbo(text: string): boolean {
  if (text.length > 80) return false;
  // Character by character: one expression over the whole text has two ways to read each heart, and tries all of them.
  const signs = [...new Intl.Segmenter().segment(text.replace(/\s+/g, ""))];
  return signs.length >= 1 && signs.length <= 6 && signs.every(({ segment }) => ONE_EMOJI.test(segment));
}
