// Slack's mrkdwn → Pulpo's Markdown, for incoming webhooks, custom commands and imports. Pure. Source: Slack's "Formatting
// text for app surfaces". Slack writes `<@U1>`, `<#C1|name>`, `<!here>`, `<!date^…>`, `<https://…|text>`, `&lt;`, one
// character where Markdown has two (`*bold*`, `~gone~`), and fences wherever they please. Invariants:
//  - no word is lost: what is no token of Slack's stays as it was written (`load < 5 and mem > 3`);
//  - what is no formatting for Slack is none afterwards (`__init__.py`, `# x`, a line of dashes);
//  - work grows with the length of the text only.
import { withEmoji } from "./emoji_names.ts";
import { clean, escapeParts, markdownFence, markdownLink, settleLines } from "./markdown_text.ts";

/** How people, channels and groups are called here; the result is put into the text as it is. */
export interface SlackNames {
  user(id: string, label: string): string;
  channel(id: string, label: string): string;
  group(id: string, label: string): string;
  everybody(word: "here" | "channel" | "everyone"): string;
}

/** Nobody is known: labels, or the ids themselves. */
export const PLAIN_NAMES: SlackNames = {
  user: (id, label) => `@${label.replace(/^@/, "") || id}`,
  channel: (id, label) => `#${label.replace(/^#/, "") || id}`,
  group: (id, label) => `@${label.replace(/^@/, "") || id}`,
  everybody: (word) => word === "here" ? "@here" : "@channel",
};

export interface SlackTextOptions {
  names?: SlackNames;
  /** Markdown that programs write although it is none of Slack's (`**bold**`, `[a](b)`) means what it says. */
  lenient?: boolean;
}

const HOLD = "\u{e000}", END = "\u{e001}", BOLD = "\u{e002}", ITALIC = "\u{e003}", STRIKE = "\u{e004}";
const OWN = /[\u{e000}-\u{e004}]/gu;
const HELD = /\u{e000}(\d+)\u{e001}/gu;
const FENCE = /```([\s\S]+?)```/g;
const CODE = /`([^`\n]+)`/g;
// What stands in angle brackets is a token only when it begins like one.
const TOKEN = new RegExp(
  "<(" + [
    "[@#!][^<>\\n\\s|][^<>\\n]{0,3999}",
    "(?:https?|mailto|tel|ftp|slack):[^<>\\n]{1,3999}",
    "[a-z][a-z0-9+.-]{1,30}://[^<>\\n]{1,3999}",
    // Of a kind that leads nowhere: its label.
    "[a-z][a-z0-9+.-]{1,30}:[^<>\\n|\\s]{0,2999}\\|[^<>\\n]{1,999}",
  ].join("|") + ")>",
  "gi",
);
const ADDRESS = /\bhttps?:\/\/[^\s<>\u{e000}-\u{e004}]+/giu;

const unescape = (text: string) =>
  text.includes("&")
    ? text.replace(/&(amp|lt|gt);/g, (_, name: string) => name === "amp" ? "&" : name === "lt" ? "<" : ">")
    : text;

/** mrkdwn → Markdown. */
export function slackMarkdown(source: string, options: SlackTextOptions = {}): string {
  const text = clean(source).replace(/\r\n?/g, "\n").replace(OWN, "");
  const parts: string[] = [];
  let at = 0;
  for (const fence of text.matchAll(FENCE)) {
    parts.push(withoutEnd(prose(text.slice(at, fence.index), options), " \t"));
    parts.push(markdownFence(inCode(fence[1]!, options)));
    at = fence.index + fence[0].length;
  }
  parts.push(prose(text.slice(at), options));
  const out: string[] = [];
  let before = "\n";
  for (const [n, part] of parts.entries()) {
    const piece = n > 0 && n % 2 === 0 ? part.replace(/^[ \t]+/, "") : part;
    if (piece === "") continue;
    out.push(before.endsWith("\n") || piece.startsWith("\n") ? piece : `\n${piece}`);
    before = piece;
  }
  const joined = out.join("").trimEnd();
  return joined.trimStart() === "" ? "" : joined.replace(/^\n+/, "");
}

/** mrkdwn → one plain text, for titles and labels: tokens become their words, nothing is formatted. */
export function slackPlain(source: string, options: SlackTextOptions = {}): string {
  return withEmoji(unescape(clean(source).replace(TOKEN, (_, body: string) => words(body, options)))).trim();
}

/** Without these signs at its end. (A pattern for this would look at every run of them from each of its places.) */
function withoutEnd(text: string, signs: string): string {
  let end = text.length;
  while (end > 0 && signs.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

function inCode(code: string, options: SlackTextOptions): string {
  return unescape(code.replace(TOKEN, (_, body: string) => words(body, options)));
}

function prose(source: string, options: SlackTextOptions): string {
  if (source === "") return "";
  const kept: string[] = [];
  const hold = (text: string) => `${HOLD}${kept.push(text) - 1}${END}`;
  let text = source
    .replace(CODE, (_, code: string) => hold(`\`${inCode(code, options)}\``))
    .replace(TOKEN, (_, body: string) => hold(token(body, options)))
    .replace(ADDRESS, (found) => {
      const url = withoutEnd(found.replace(/&[gl]t;.*$/, ""), ".,;:!?'\")]}*_~|`");
      return hold(unescape(url)) + found.slice(url.length);
    });
  if (options.lenient && text.includes("](")) {
    // The address is held already: its brackets are what remains.
    text = text.replace(/(!?\[[^\]\n]{0,1000}\]\()(\u{e000}\d+\u{e001})\)/gu, (_, head, url) => hold(`${head}${url})`));
  }
  text = unescape(withEmoji(text));
  if (options.lenient) {
    text = text.replace(/(?<![\p{L}\p{N}*\\])\*\*(?=[^\s*])([^*\n]*?[^\s*])\*\*(?![\p{L}\p{N}*])/gu, `${BOLD}$1${BOLD}`)
      .replace(/(?<![\p{L}\p{N}~\\])~~(?=[^\s~])([^~\n]*?[^\s~])~~(?![\p{L}\p{N}~])/gu, `${STRIKE}$1${STRIKE}`);
  }
  if (text.includes("*")) text = text.replace(mark("*"), `${BOLD}$1${BOLD}`);
  if (text.includes("~")) text = text.replace(mark("~"), `${STRIKE}$1${STRIKE}`);
  if (text.includes("_")) text = text.replace(mark("_"), `${ITALIC}$1${ITALIC}`);
  text = text.replace(/^([ \t]*)[•◦▪▸●○‣][ \t]*/gm, "$1- ");
  text = settleLines(escapeParts(text, options), { ...options, quotes: true })
    .replaceAll(BOLD, "**").replaceAll(ITALIC, "_").replaceAll(STRIKE, "~~");
  // A label may hold code or an address.
  for (let depth = 0; depth < 4 && text.includes(HOLD); depth++) {
    text = text.replace(HELD, (_, n: string) => kept[Number(n)] ?? "");
  }
  return text;
}

const marks = new Map<string, RegExp>();
/** A mark opens behind no word and closes before none, encloses no blank at its ends, and ends with its line. */
function mark(sign: string): RegExp {
  let found = marks.get(sign);
  if (!found) {
    const s = sign === "*" ? "\\*" : sign;
    found = new RegExp(
      `(?<![\\p{L}\\p{N}${s}])${s}(?=[^\\s${s}])([^${s}\\n]*?[^\\s${s}])${s}(?![\\p{L}\\p{N}${s}])`,
      "gu",
    );
    marks.set(sign, found);
  }
  return found;
}

function split(body: string): [target: string, label: string] {
  const bar = body.indexOf("|");
  return bar < 0 ? [body, ""] : [body.slice(0, bar), unescape(body.slice(bar + 1))];
}

/** A token in Markdown. */
function token(body: string, options: SlackTextOptions): string {
  const [target, label] = split(body);
  if (/^[@#!]/.test(target)) {
    const date = dateToken(target, label);
    return date?.url ? markdownLink(date.url, date.text) : words(body, options);
  }
  const url = unescape(target);
  const shown = url.replace(/^mailto:/i, "");
  if (!/^(?:https?|mailto|tel):/i.test(url)) return escapeParts(label || shown, options);
  const held = label.match(HELD) ? label : withEmoji(label);
  if (!label || label === url || label === shown || label === url.replace(/^https?:\/\//i, "")) {
    return /^tel:/i.test(url) ? markdownLink(url, url.slice(4)) : shown;
  }
  return markdownLink(url, held);
}

/** A token as plain words. */
function words(body: string, { names = PLAIN_NAMES }: SlackTextOptions): string {
  const [target, label] = split(body);
  if (target[0] === "@") return names.user(target.slice(1), label);
  if (target[0] === "#") return names.channel(target.slice(1), label);
  if (target[0] === "!") {
    const [word = "", id = ""] = target.slice(1).split("^");
    if (word === "here" || word === "channel" || word === "everyone") return names.everybody(word);
    if (word === "group") return names.everybody("channel");
    if (word === "subteam") return names.group(id, label);
    return dateToken(target, label)?.text ?? (label || `@${word}`);
  }
  return label || unescape(target).replace(/^(?:mailto|tel):/i, "");
}

/** `!date^<seconds>^<format>^<link>` with its fallback as label. */
function dateToken(target: string, label: string): { text: string; url?: string } | undefined {
  if (!target.startsWith("!date^")) return undefined;
  const [, seconds = "", format = "", url = ""] = target.split("^");
  const link = /^https?:\/\//i.test(url) ? unescape(url) : undefined;
  return { text: slackDate(Number(seconds), unescape(format), label) || label, ...(link ? { url: link } : {}) };
}

/** Slack's date formats in UTC; `fallback` when the time is none. */
export function slackDate(seconds: number, format: string, fallback: string): string {
  const at = new Date(seconds * 1000);
  if (!Number.isFinite(seconds) || seconds === 0 || Number.isNaN(at.getTime())) return fallback;
  const iso = at.toISOString();
  const day = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(at);
  const short = () => day({ day: "numeric", month: "short", year: "numeric" });
  const long = () => day({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const kinds: Record<string, () => string> = {
    date_num: () => iso.slice(0, 10),
    date_slash: () => iso.slice(0, 10).replaceAll("-", "/"),
    date: () => day({ day: "numeric", month: "long", year: "numeric" }),
    date_pretty: () => day({ day: "numeric", month: "long", year: "numeric" }),
    date_short: short,
    date_short_pretty: short,
    date_long: long,
    date_long_pretty: long,
    day_divider_pretty: long,
    time: () => `${iso.slice(11, 16)} UTC`,
    time_secs: () => `${iso.slice(11, 19)} UTC`,
    ago: () => `${iso.slice(0, 16).replace("T", " ")} UTC`,
  };
  const made = format.replace(/\{([a-z_]+)\}/g, (all, name: string) => kinds[name]?.() ?? all);
  return made.trim() || fallback || `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
