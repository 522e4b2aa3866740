// What the composer offers while somebody writes `@`, `#`, `:` or `/`: finding the word at the caret and putting the
// choice in its place. Pure, apart from reading the lists.
import type { CommandInfo } from "../../../../protocol/chat/extras.ts";
import type { ChatUser } from "../../../../protocol/chat/chat.ts";

export type Trigger = "@" | "#" | ":" | "/";
export interface Word {
  trigger: Trigger;
  /** What follows the sign. */
  query: string;
  start: number;
  end: number;
}

export interface Choice {
  key: string;
  /** What is put into the text. */
  insert: string;
  label: string;
  hint?: string;
  emoji?: string;
  user?: ChatUser;
  icon?: string;
}

/** The word that is being written at the caret; null when it is none that can be completed. */
export function wordAt(text: string, caret: number): Word | null {
  const before = text.slice(0, caret);
  const command = /^\/([a-z0-9_-]*)$/i.exec(before);
  if (command) return { trigger: "/", query: command[1]!, start: 0, end: caret };
  const match = /(^|[\s(])([@#:])([\p{L}\p{N}_.+-]*)$/u.exec(before);
  if (!match) return null;
  const trigger = match[2] as Trigger, query = match[3]!;
  // A lone colon is mostly punctuation.
  if (trigger === ":" && query.length < 2) return null;
  // Inside of code nothing is meant.
  if ((before.match(/```/g)?.length ?? 0) % 2 === 1) return null;
  return { trigger, query, start: caret - query.length - 1, end: caret };
}

/** @returns the new text and where the caret stands in it. */
export function putChoice(text: string, word: Word, insert: string): { text: string; caret: number } {
  const rest = text.slice(word.end);
  const space = rest.startsWith(" ") ? "" : " ";
  const made = text.slice(0, word.start) + insert + space + rest;
  return { text: made, caret: word.start + insert.length + 1 };
}

export function commandChoices(
  commands: readonly CommandInfo[],
  query: string,
  language: "en" | "es",
  limit: number,
): Choice[] {
  const wanted = query.toLowerCase();
  return commands.filter((command) => command.name.startsWith(wanted)).slice(0, limit).map((command) => ({
    key: command.name,
    insert: `/${command.name}`,
    label: `/${command.name} ${command.usage}`.trim(),
    hint: command.description[language] || command.description.en,
    icon: "terminal",
  }));
}

/** Puts signs around the selection, or takes them away. @returns text and the new selection. */
export function wrapSelection(
  text: string,
  start: number,
  end: number,
  sign: string,
): { text: string; start: number; end: number } {
  const inside = text.slice(start, end);
  if (text.slice(start - sign.length, start) === sign && text.slice(end, end + sign.length) === sign) {
    const made = text.slice(0, start - sign.length) + inside + text.slice(end + sign.length);
    return { text: made, start: start - sign.length, end: end - sign.length };
  }
  const made = text.slice(0, start) + sign + inside + sign + text.slice(end);
  return { text: made, start: start + sign.length, end: end + sign.length };
}

/** Puts a sign before every line of the selection. */
export function prefixLines(
  text: string,
  start: number,
  end: number,
  prefix: string,
): { text: string; start: number; end: number } {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const lines = text.slice(from, end).split("\n");
  const all = lines.every((line) => line.startsWith(prefix));
  const made = lines.map((line) => all ? line.slice(prefix.length) : prefix + line).join("\n");
  const change = made.length - (end - from);
  return {
    text: text.slice(0, from) + made + text.slice(end),
    start: Math.max(from, start + (all ? -prefix.length : prefix.length)),
    end: end + change,
  };
}
