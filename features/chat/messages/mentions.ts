// Who is meant by a text. Pure: names are looked up elsewhere. What stands in code is not a mention.

import { NOT_BEFORE_MENTION } from "../../../protocol/operation/scripts.ts";

/** The most people that one message can name; further names stay plain text. */
const MAX_NAMED = 50;

export interface MentionWords {
  /** Names as they might be meant, lower case, longest first per place: `@ana.` gives `ana.` and `ana`. */
  names: string[];
  /** `@channel`, `@all`, `@everyone`. */
  channel: boolean;
  here: boolean;
}

const CODE = /```[\s\S]*?(?:```|$)|(`+)[^`][\s\S]*?\1/g;
// Not behind a letter, a digit or another @: an e-mail address names nobody. `_@ana_` is a mention in italics.
const MENTION = new RegExp(`${NOT_BEFORE_MENTION}@([a-z0-9][a-z0-9_.-]{0,31})`, "giu");
const EVERYBODY = new Set(["channel", "all", "everyone"]);

/** The text without its code, for everything that looks for words in it. */
export function withoutCode(content: string): string {
  return content.includes("`") ? content.replace(CODE, " ") : content;
}

export function findMentions(content: string): MentionWords {
  const names = new Set<string>();
  const found: MentionWords = { names: [], channel: false, here: false };
  if (!content.includes("@")) return found;
  for (const [, word] of withoutCode(content).matchAll(MENTION)) {
    for (const name of readings(word!.toLowerCase())) {
      if (EVERYBODY.has(name)) found.channel = true;
      else if (name === "here") found.here = true;
      else if (names.size < MAX_NAMED) names.add(name);
    }
  }
  found.names = [...names];
  return found;
}

/** `ana.` at the end of a sentence may be `ana`, or somebody who is called so. */
function readings(word: string): string[] {
  const out = [word];
  while (/[._-]$/.test(word)) out.push(word = word.slice(0, -1));
  return out;
}

const LINK = /\bhttps?:\/\/[^\s<>]+/i;

export function hasLink(content: string): boolean {
  return LINK.test(withoutCode(content));
}
