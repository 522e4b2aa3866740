// Text into Markdown and back. `escapeMarkdown` makes Markdown that shows a plain text as it stands; it escapes what would be
// read as formatting and nothing else, because the source is searched, quoted and edited too. `plainText` takes the
// formatting away again. The grammar is that of the console's renderer: GFM with hard line breaks.

/** What a text may not hold: NUL and lone surrogates. */
export const clean = (text: string): string => text.toWellFormed().replaceAll("\0", "");

export interface EscapeOptions {
  /** `**bold**`, `[a](b)`, tables and `* lists` are left as they are: many programs write them, whatever the receiver. */
  lenient?: boolean;
}

// Characters of the converters (features of slack_text.ts) that stand for what is put in later are no letters here.
const PUNCTUATION = /\\(?=[!-/:-@[-`{-~]|$)/gm;
const ENTITY = /&(?=[a-z][a-z0-9]{1,31};|#\d{1,7};|#x[0-9a-f]{1,6};)/gi;

/** Escapes inside of lines. */
function escapeInline(text: string, { lenient = false }: EscapeOptions): string {
  let out = text.replace(PUNCTUATION, "\\\\").replaceAll("`", "\\`").replace(/<(?=[A-Za-z/!?])/g, "\\<")
    .replace(ENTITY, "\\&");
  if (!lenient) out = out.replace(/\[(?=[^[\]\n]{0,999}\]\()/g, "\\[");
  out = escapeSign(out, "*", /(?<!\\)\*(?=\S)|(?<=\S)(?<!\\)\*/g);
  out = escapeSign(out, "_", /(?<![\p{L}\p{N}\\])_(?=\S)|(?<=\S)(?<!\\)_(?![\p{L}\p{N}])/gu);
  return escapeSign(out, "~", /(?<!\\)~(?=\S)|(?<=\S)(?<!\\)~/g);
}

/** One sign alone in a paragraph begins nothing. */
function escapeSign(text: string, sign: string, where: RegExp): string {
  const first = text.indexOf(sign);
  return first < 0 || text.indexOf(sign, first + 1) < 0 ? text : text.replace(where, `\\${sign}`);
}

/** Escapes what has a meaning at the beginning of a line. `fresh`: nothing stands directly above it. */
function escapeLine(line: string, fresh: boolean, { lenient = false }: EscapeOptions): string {
  if (/^\s{0,3}#{1,6}(?:\s|$)/.test(line)) return line.replace("#", "\\#");
  if (/^\s{0,3}(?:-[-\s]*|=[=\s]*|(?:_\s*){3,}|(?:\*\s*){3,})$/.test(line)) return line.replace(/[-=_*]/, "\\$&");
  if (/^\s{0,3}\[[^\]]{1,999}\]:/.test(line)) return line.replace("[", "\\[");
  if (!lenient && /^\s{0,3}[+*]\s/.test(line)) return line.replace(/[+*]/, "\\$&");
  if (!lenient && /^[\s|:-]*-[\s|:-]*$/.test(line)) return line.replace("-", "\\-");
  if (fresh && /^(?: {4}|\t)/.test(line)) return line.replace(/^[ \t]+/, (w) => "\u00a0".repeat(w.length));
  return line;
}

const LIST = /^\s*(?:[-+*]|\d{1,9}[.)])\s+\S/;

/**
 * The lines of a text whose inline formatting is done, so that each stands where its writer put it: quotes end with their last
 * line, lists too.
 */
export function settleLines(text: string, options: EscapeOptions & { quotes?: boolean } = {}): string {
  if (!text.includes("\n")) return settleOne(text, options);
  // A quote in a quote is a sign.
  const out: string[] = [], inner = { ...options, quotes: false };
  let before: "blank" | "text" | "list" | "quote" = "blank", restIsQuote = false;
  for (const source of text.split("\n")) {
    const mark = options.quotes ? /^(?:>>>|>)\s?/.exec(source) : null;
    if (restIsQuote || mark) {
      restIsQuote ||= mark?.[0].startsWith(">>>") ?? false;
      if (before === "text" || before === "list") out.push("");
      out.push(`> ${settleOne(mark ? source.slice(mark[0].length) : source, inner)}`);
      before = "quote";
      continue;
    }
    const line = options.quotes ? source : source.replace(/^(\s{0,3})>/, "$1\\>");
    if (line.trim() === "") {
      out.push("");
      before = "blank";
      continue;
    }
    const isList = LIST.test(line) && (options.lenient || !/^\s*[+*]/.test(line));
    if (before === "quote" || (before === "list" && !isList && !/^\s/.test(line))) out.push("");
    out.push(isList ? line : escapeLine(line, before === "blank", options));
    before = isList ? "list" : before === "list" && /^\s/.test(line) ? "list" : "text";
  }
  return out.join("\n");
}

function settleOne(line: string, options: EscapeOptions & { quotes?: boolean }): string {
  if (options.quotes) {
    const mark = /^(?:>>>|>)\s?/.exec(line);
    if (mark) return `> ${settleOne(line.slice(mark[0].length), { ...options, quotes: false })}`;
  } else line = line.replace(/^(\s{0,3})>/, "$1\\>");
  return LIST.test(line) && (options.lenient || !/^\s*[+*]/.test(line)) ? line : escapeLine(line, true, options);
}

/** Inline escapes for converters that settle the lines themselves. */
export const escapeParts = escapeInline;

/** Markdown that shows this plain text. */
export function escapeMarkdown(text: string): string {
  return settleLines(escapeInline(clean(text), {}));
}

/** A link; its words are plain text. */
export function markdownLink(url: string, words: string): string {
  const target = url.replace(
    /[()\s<>\\]/g,
    (c) => ({ "(": "%28", ")": "%29", "\\": "%5C" })[c] ?? encodeURIComponent(c),
  );
  const shown = words.replace(/\s+/g, " ").trim().replace(/[[\]\\*_~`<]/g, "\\$&");
  return `[${shown || target}](${target})`;
}

/** Code in a line. */
export function markdownCode(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = "`".repeat(longest + 1);
  const pad = /^`|`$|^ .* $/.test(text) ? " " : "";
  return `${ticks}${pad}${text}${pad}${ticks}`;
}

/** A block of code. */
export function markdownFence(text: string): string {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map((run) => run.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}\n${text.replace(/^\n|\n$/g, "")}\n${ticks}`;
}

/** Markdown as people read it: without its signs, with the addresses of links behind their words. */
export function plainText(markdown: string, options: { addresses?: boolean } = {}): string {
  const out: string[] = [];
  let at = 0;
  // Code and addresses keep their signs.
  for (
    const code of markdown.matchAll(
      /^(`{3,})[\w+#-]*\n([\s\S]*?)\n?\1[ \t]*$|(?<![`\\])(`+)(?!`)([^`\n]+)\3(?!`)|(?<!\]\()(https?:\/\/[^\s)\]<>*]+)/gm,
    )
  ) {
    out.push(plainProse(markdown.slice(at, code.index), options), code[2] ?? code[4] ?? code[5] ?? "");
    at = code.index + code[0].length;
  }
  out.push(plainProse(markdown.slice(at), options));
  return out.join("");
}

function plainProse(text: string, { addresses = false }: { addresses?: boolean }): string {
  return text
    .replace(
      /!?(?<!\\)\[((?:[^[\]\\\n]|\\.){0,1000})\]\(([^()\s]{0,3000})\)/g,
      (_, words, url) => addresses && words !== url ? `${words} (${url})` : words,
    )
    .replace(/^[ \t]{0,3}(?:#{1,6}|>+)[ \t]+/gm, "")
    .replace(/(?<!\\)(?:\*\*|~~|__)/g, "")
    .replace(/(?<![\p{L}\p{N}\\])([_*])(?=\S)([^_*\n]*?\S)\1(?![\p{L}\p{N}])/gu, "$2")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1");
}
