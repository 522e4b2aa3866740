// Slack's mrkdwn → our Markdown. Pure. Slack writes `<@U1>`, `<#C1|name>`, `<!here>`, `<https://…|text>`, `&lt;` and one
// character where Markdown has two (`*bold*`, `~gone~`). Inside of code only names, links and entities are resolved.
import { withEmoji } from "../../kernel/emoji_names.ts";
import type { Names, NeutralMessage } from "./neutral.ts";

export interface ConvertedText {
  text: string;
  mentions: NeutralMessage["mentions"];
}

const CODE = /```[\s\S]*?```|`[^`\n]+`/g;
const ANGLE = /<([^<>\n]{1,4000})>/g;
const ENTITY: Record<string, string> = { amp: "&", lt: "<", gt: ">" };
const unescape = (text: string) =>
  text.includes("&") ? text.replace(/&(amp|lt|gt);/g, (_, name) => ENTITY[name]!) : text;
// A mark opens after a space or punctuation, closes before one, and encloses no blank at its ends.
const mark = (c: string) =>
  new RegExp(`(^|[\\s([{"'_*~.,;:!?/-])\\${c}(?=\\S)([^${c}\\n]*?\\S)\\${c}(?=$|[\\s)\\]}"'_*~.,;:!?/-])`, "gm");
const BOLD = mark("*"), STRIKE = mark("~");

export function slackText(source: string, names: Names): ConvertedText {
  const mentions: NeutralMessage["mentions"] = [];
  let text = "", at = 0;
  for (const code of source.matchAll(CODE)) {
    text += prose(source.slice(at, code.index), names, mentions) + inCode(code[0], names);
    at = code.index + code[0].length;
  }
  text += prose(source.slice(at), names, mentions);
  return { text: text.trim(), mentions };
}

function inCode(code: string, names: Names): string {
  const inner = unescape(code.replace(ANGLE, (_, body: string) => resolve(body, names, [], true)));
  // Slack lets a block begin on the line of its fence; Markdown takes that word for a language.
  return inner.startsWith("```") && !inner.startsWith("```\n")
    ? "```\n" + inner.slice(3).replace(/\n?```$/, "\n```")
    : inner;
}

/** Converted parts are put aside, so that marks and emoji are looked for in the words of the writer only. */
function prose(source: string, names: Names, mentions: NeutralMessage["mentions"]): string {
  if (source === "") return "";
  const kept: string[] = [];
  let text = source.replace(ANGLE, (_, body: string) => {
    kept.push(resolve(body, names, mentions, false));
    return `\u0001${kept.length - 1}\u0001`;
  });
  if (text.includes("*")) text = text.replace(BOLD, "$1**$2**");
  if (text.includes("~")) text = text.replace(STRIKE, "$1~~$2~~");
  text = text.replace(/^([ \t]*)[•◦▪]\s+/gm, "$1- ");
  text = unescape(withEmoji(text));
  // deno-lint-ignore no-control-regex
  return kept.length ? text.replace(/\u0001(\d+)\u0001/g, (_, i) => kept[Number(i)] ?? "") : text;
}

function resolve(body: string, names: Names, mentions: NeutralMessage["mentions"], plain: boolean): string {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? "" : unescape(body.slice(bar + 1)).replaceAll("\u0001", "");
  if (target[0] === "@") {
    const key = target.slice(1), user = names.user(key);
    if (!user) return label ? `@${label.replace(/^@/, "")}` : names.plainName(key) ?? "@unknown";
    if (!mentions.some((m) => m.type === "user" && m.key === key)) mentions.push({ type: "user", key });
    return `@${user.username}`;
  }
  if (target[0] === "#") return `#${names.channel(target.slice(1))?.name ?? (label || "unknown-channel")}`;
  if (target[0] === "!") {
    const [word = ""] = target.slice(1).split("^");
    if (word === "here") mentions.push({ type: "here" });
    else if (word === "channel" || word === "everyone" || word === "group") mentions.push({ type: "channel" });
    else return label || `@${word.replace(/^subteam$/, "group")}`; // groups and dates bring their text along
    return word === "here" ? "@here" : "@channel";
  }
  const url = unescape(target);
  if (!/^(https?|mailto|tel|ftp):/i.test(url)) return unescape(body);
  const shown = /^mailto:/i.test(url) ? url.slice(7) : url;
  if (plain) return label || shown;
  if (!label || label === url || label === shown || label === url.replace(/^https?:\/\//, "")) return shown;
  return `[${label.replace(/([[\]\\])/g, "\\$1")}](${
    url.replace(/[()\s]/g, encodeURIComponent).replaceAll("(", "%28").replaceAll(")", "%29")
  })`;
}
