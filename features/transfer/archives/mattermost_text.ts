// Mattermost's Markdown → ours. Pure. Both are GFM: what changes are names of emoji, people and channels, and only where a
// reader sees them as such: not in code (in a line, fenced, indented), not in addresses.
import { withEmoji } from "../../../kernel/emoji_names.ts";
import { NOT_BEFORE_MENTION } from "../../../protocol/operation/scripts.ts";
import type { Names, NeutralMessage } from "./neutral.ts";

export interface ConvertedText {
  text: string;
  mentions: NeutralMessage["mentions"];
}

const MENTION = new RegExp(`${NOT_BEFORE_MENTION}@([a-z0-9][a-z0-9_.-]{0,63})`, "giu");
const CHANNEL = /(?<![\p{L}\p{N}_~/])~([a-z0-9][a-z0-9_-]{0,63})/giu;
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
const LIST = /^ {0,3}(?:[-+*]|\d{1,9}[.)])(?:\s|$)/;
/** Code in lines, targets of links and pictures, addresses. */
const VERBATIM =
  /(?<!`)(`+)(?!`)[\s\S]*?[^`]\1(?!`)|\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"\n]*")?\)|^ {0,3}\[[^\]\n]{1,200}\]:.*$|<[a-z][a-z0-9+.-]{1,30}:[^<>\s]*>|\b(?:https?|ftp|mattermost):\/\/[^\s<>)\]]+|\bwww\.[^\s<>)\]]+/gim;

/** @param channelOf the name there, without `~` → the name here */
export function mattermostText(
  source: string,
  names: Names,
  channelOf: (name: string) => string | undefined,
): ConvertedText {
  const mentions: NeutralMessage["mentions"] = [];
  const convert = (part: string) => inLines(part, (prose) => named(prose, names, channelOf, mentions));
  const out: string[] = [];
  let prose: string[] = [], fence = "", blank = true, code = false, list = false;
  const flush = () => {
    if (prose.length) out.push(convert(prose.join("\n")));
    prose = [];
  };
  for (const line of source.replaceAll("\r\n", "\n").split("\n")) {
    const mark = FENCE.exec(line), empty = line.trim() === "";
    if (fence) {
      out.push(line);
      if (mark && mark[1]!.startsWith(fence) && mark[2]!.trim() === "") fence = "";
      blank = false;
      continue;
    }
    const indented = /^(?: {4}| {0,3}\t)/.test(line);
    if (mark && !(mark[1]![0] === "`" && mark[2]!.includes("`"))) {
      flush();
      out.push(line);
      fence = mark[1]!;
      code = false;
    } else if (indented && !empty && !list && (blank || code)) {
      flush();
      out.push(line);
      code = true;
    } else {
      prose.push(line);
      if (!empty) {
        code = false;
        if (LIST.test(line)) list = true;
        else if (blank && !/^\s/.test(line)) list = false;
      }
    }
    blank = empty;
  }
  flush();
  return { text: out.join("\n").replace(/^\n+/, "").trimEnd(), mentions };
}

function inLines(text: string, convert: (prose: string) => string): string {
  let out = "", at = 0;
  for (const kept of text.matchAll(VERBATIM)) {
    out += convert(text.slice(at, kept.index)) + kept[0];
    at = kept.index + kept[0].length;
  }
  return out + convert(text.slice(at));
}

function named(
  part: string,
  names: Names,
  channelOf: (name: string) => string | undefined,
  mentions: NeutralMessage["mentions"],
): string {
  if (part === "") return "";
  const people = withEmoji(part).replace(MENTION, (all, word: string) => {
    const lower = word.toLowerCase();
    if (lower === "here") mentions.push({ type: "here" });
    else if (lower === "channel" || lower === "all") mentions.push({ type: "channel" });
    else {
      for (let name = lower; name; name = /[._-]$/.test(name) ? name.slice(0, -1) : "") {
        const user = names.user(name);
        if (!user) continue;
        if (!mentions.some((m) => m.type === "user" && m.key === name)) mentions.push({ type: "user", key: name });
        return `@${user.username}${word.slice(name.length)}`;
      }
    }
    return all;
  });
  return people.replace(CHANNEL, (all, word: string) => {
    const name = word.toLowerCase().replace(/[_-]+$/, ""), ours = channelOf(word.toLowerCase()) ?? channelOf(name);
    return ours === undefined ? all : `#${ours}${channelOf(word.toLowerCase()) ? "" : word.slice(name.length)}`;
  });
}
