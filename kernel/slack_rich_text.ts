// Slack's `rich_text` blocks, tables and text objects → Markdown. Source: Slack's Block Kit reference ("rich text block",
// "table block", "composition objects"). Pure; see slack_values.ts for what is forgiven.
import { emojiOf, withEmoji } from "./emoji_names.ts";
import { clean, escapeMarkdown, escapeParts, markdownCode, markdownFence, markdownLink } from "./markdown_text.ts";
import { PLAIN_NAMES, slackDate, slackMarkdown, slackPlain, type SlackTextOptions } from "./slack_text.ts";
import { bool, isObject, type Json, list, objects, str } from "./slack_values.ts";

/** A text object (`plain_text`, `mrkdwn`) or a bare text → Markdown. */
export function textObject(value: unknown, options: SlackTextOptions): string {
  if (isObject(value) && value.type === "plain_text") return escapeMarkdown(withEmoji(str(value)));
  return slackMarkdown(str(value), options);
}

/** The same → plain text. */
export function plainObject(value: unknown, options: SlackTextOptions): string {
  if (isObject(value) && value.type === "plain_text") return withEmoji(clean(str(value))).trim();
  return slackPlain(str(value), options);
}

/** A `rich_text` block, or its elements. */
export function richText(block: unknown, options: SlackTextOptions): string {
  const parts: string[] = [];
  let count: number[] = [];
  for (const element of objects(isObject(block) ? block.elements : block)) {
    const isList = element.type === "rich_text_list";
    if (!isList) count = [];
    const text = part(element, options, count);
    if (text.trim() === "") continue;
    // Lists that stand directly below each other are levels of one list.
    const last = parts.length - 1;
    if (isList && last >= 0 && parts[last]!.startsWith("\u0000")) parts[last] += `\n${text}`;
    else parts.push(isList ? `\u0000${text}` : text);
  }
  return parts.map((text) => text.replace("\u0000", "").replace(/^\n+|\s+$/g, "")).join("\n\n");
}

function part(element: Json, options: SlackTextOptions, count: number[]): string {
  switch (element.type) {
    case "rich_text_list": {
      const indent = Math.min(8, Math.max(0, Number(element.indent) || 0));
      const ordered = element.style === "ordered";
      count.length = Math.min(count.length, indent + 1);
      let number = (count[indent] ?? Math.max(0, Number(element.offset) || 0)) + 1;
      const lines = objects(element.elements).map((item) => {
        const text = item.type === "rich_text_section" ? inline(item.elements, options) : part(item, options, []);
        const lead = "   ".repeat(indent);
        return `${lead}${ordered ? `${number++}.` : "-"} ${text.trim().replaceAll("\n", `\n${lead}  `)}`;
      });
      count[indent] = number - 1;
      return lines.join("\n");
    }
    case "rich_text_quote":
      return inline(element.elements, options).split("\n").map((line) => `> ${line}`).join("\n");
    case "rich_text_preformatted":
      return markdownFence(objects(element.elements).map((item) => words(item, options)).join(""));
    case "rich_text_section":
      return inline(element.elements, options);
    default:
      return element.elements === undefined ? inline([element], options) : inline(element.elements, options);
  }
}

interface Run {
  text: string;
  style: string;
  /** Raw text that is escaped and styled; otherwise finished Markdown. */
  raw: boolean;
}

const STYLES = ["bold", "italic", "strike"] as const;

function inline(elements: unknown, options: SlackTextOptions): string {
  const runs: Run[] = [];
  for (const item of list(elements)) {
    if (!isObject(item)) {
      runs.push({ text: str(item), style: "", raw: true });
      continue;
    }
    if (item.elements !== undefined) {
      runs.push({ text: inline(item.elements, options), style: "", raw: false });
      continue;
    }
    const style = isObject(item.style) ? item.style : {};
    const names = STYLES.filter((name) => bool(style[name])).join();
    const run: Run = { ...one(item, bool(style.code), options), style: names };
    const last = runs.at(-1);
    if (last && last.raw && run.raw && last.style === run.style) last.text += run.text;
    else runs.push(run);
  }
  let out = "";
  for (const { text, style, raw } of runs) {
    const shown = raw ? escapeParts(text, {}) : text;
    out += style ? shown.split("\n").map((line) => styled(line, style)).join("\n") : shown;
  }
  // What stands at the beginning of a line means nothing either.
  return out.replace(/^(\s{0,3})(#{1,6}(?=\s)|>|[-+](?=\s|$)|=+$|-+$)/gm, "$1\\$2").replace(
    /^(\s{0,3}\d{1,9})([.)])(?=\s)/gm,
    "$1\\$2",
  );
}

/** Marks enclose no blank at their ends. */
function styled(line: string, style: string): string {
  const [, before = "", text = "", after = ""] = /^(\s*)(.*?)(\s*)$/su.exec(line) ?? [];
  if (text === "") return line;
  const marks = (style.includes("strike") ? "~~" : "") + (style.includes("bold") ? "**" : "") +
    (style.includes("italic") ? "*" : "");
  return `${before}${marks}${text}${[...marks].reverse().join("")}${after}`;
}

const KINDS = ["text", "link", "user", "usergroup", "channel", "broadcast", "emoji", "date", "team", "color"];

/** The kind of an element; of one without, what it looks like. */
function kindOf(item: Json): string {
  const type = str(item.type);
  if (KINDS.includes(type)) return type;
  if (item.url) return "link";
  for (const kind of ["user", "usergroup", "channel", "team"]) if (item[`${kind}_id`]) return kind;
  return item.range ? "broadcast" : item.unicode ? "emoji" : item.timestamp ? "date" : "text";
}

function one(item: Json, code: boolean, options: SlackTextOptions): Omit<Run, "style"> {
  const done = (text: string) => ({ text, raw: false });
  switch (kindOf(item)) {
    case "link": {
      const url = str(item.url);
      const label = str(item.text);
      if (!/^(?:https?|mailto|tel):/i.test(url)) return { text: clean(label || url), raw: true };
      if (code) {
        return done(`[${markdownCode(clean(label || url)).replaceAll("]", "\\]")}](${url.replace(/[()\s]/g, "")})`);
      }
      const bare = url.replace(/^mailto:/i, "");
      return done(!label || label === url || label === bare ? bare : markdownLink(url, withEmoji(clean(label))));
    }
    case "user":
    case "usergroup":
    case "channel":
    case "broadcast":
    case "emoji":
    case "date":
    case "team":
      return done(words(item, options));
    default: {
      const text = clean(str(item.text ?? item.value ?? item));
      return code && text.trim() ? done(text.split("\n").map((line) => line ? markdownCode(line) : "").join("\n")) : {
        text,
        raw: true,
      };
    }
  }
}

/** An element as plain words. */
function words(item: Json, { names = PLAIN_NAMES }: SlackTextOptions): string {
  switch (kindOf(item)) {
    case "user":
      return names.user(str(item.user_id), "");
    case "usergroup":
      return names.group(str(item.usergroup_id), "");
    case "channel":
      return names.channel(str(item.channel_id), "");
    case "team":
      return str(item.team_id);
    case "broadcast": {
      const range = str(item.range);
      return names.everybody(range === "here" || range === "everyone" ? range : "channel");
    }
    case "emoji":
      return emoji(item);
    case "date":
      return slackDate(Number(item.timestamp), str(item.format), str(item.fallback));
    case "link":
      return clean(str(item.text) || str(item.url));
    default:
      return clean(str(item.text ?? item.value ?? item));
  }
}

function emoji(item: Json): string {
  const name = str(item.name), tone = Number(item.skin_tone);
  const unicode = str(item.unicode).split("-").map((part) => parseInt(part, 16));
  const known = emojiOf(tone >= 2 && tone <= 6 ? `${name}::skin-tone-${tone}` : name);
  if (known) return known;
  return unicode.length && unicode.every((point) => point > 0 && point <= 0x10ffff)
    ? String.fromCodePoint(...unicode)
    : `:${clean(name)}:`;
}

/** A `table` block → a Markdown table. */
export function table(block: Json, options: SlackTextOptions): string {
  const rows = list(block.rows).map((row) => list(row).map((cell) => cellText(cell, options)));
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (width === 0) return "";
  const settings = list(block.column_settings);
  const line = (cells: string[]) => `| ${Array.from({ length: width }, (_, i) => cells[i] ?? "").join(" | ")} |`;
  const rule = Array.from({ length: width }, (_, i) => {
    const setting = settings[i], align = isObject(setting) ? setting.align : "";
    return align === "right" ? "--:" : align === "center" ? ":-:" : "---";
  });
  return [line(rows[0]!), `| ${rule.join(" | ")} |`, ...rows.slice(1).map(line)].join("\n");
}

function cellText(cell: unknown, options: SlackTextOptions): string {
  const text = isObject(cell) && (cell.type === "rich_text" || cell.elements !== undefined)
    ? richText(cell, options)
    : isObject(cell) && cell.type === "mrkdwn"
    ? slackMarkdown(str(cell), options)
    : escapeMarkdown(withEmoji(str(cell)));
  return text.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ").trim();
}
