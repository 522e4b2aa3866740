// Messages as HTML. Two walls: the Markdown renderer below never lets HTML of the writer through (it is shown as text) and
// makes no element outside of TAGS; DOMPurify then takes away whatever is not on the list all the same. Nothing is loaded
// from other hosts: a picture in Markdown becomes a link. Results are cached by text and by what it refers to.
import { outer } from "../base.ts";
import DOMPurify from "dompurify";
import { Marked, type TokenizerExtension, type Tokens } from "marked";
import { emojiOf } from "./emoji.ts";

export interface MarkdownContext {
  /** Username (lower case) → id, for the people that the message mentions. */
  people: ReadonlyMap<string, string>;
  /** Username (lower case) → name to be shown. */
  names?: ReadonlyMap<string, string>;
  /** `@channel` and `@here` mean somebody. */
  everybody: boolean;
  /** Channel name (lower case) → id. */
  channels: ReadonlyMap<string, string>;
  me: string;
  /** Words of the copy button of code. */
  copy: string;
}

const TAGS = [
  "p",
  "br",
  "strong",
  "em",
  "del",
  "code",
  "pre",
  "blockquote",
  "ul",
  "ol",
  "li",
  "a",
  "hr",
  "span",
  "div",
  "button",
  "table",
  "thead",
  "tbody",
  "tr",
  "th",
  "td",
  "h4",
]; // deno-fmt-ignore
const ATTRIBUTES = ["href", "title", "class", "target", "rel", "start", "type", "align", "data-user", "data-channel"];
const CACHE_MAX = 2_000;

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Only these lead out of the page; everything else is shown as text. */
function safeHref(href: string): string | null {
  const url = URL.parse(href.trim(), "https://relative.invalid/");
  if (!url) return null;
  if (url.host === "relative.invalid") return null;
  return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
}

interface Found extends Tokens.Generic {
  href?: string;
  shown: string;
  className: string;
  data?: [name: string, value: string];
  /** Characters of the word that belong to the name. */
  taken: number;
}

/** The context of the text that is being rendered: marked has no other way to hand it to extensions. */
let context: MarkdownContext;

function inline(
  name: string,
  start: RegExp,
  match: RegExp,
  found: (word: string) => Omit<Found, "type" | "raw"> | null,
): TokenizerExtension & { renderer(token: Tokens.Generic): string } {
  return {
    name,
    level: "inline",
    start: (text) => start.exec(text)?.index,
    tokenizer(text): Found | undefined {
      const hit = match.exec(text);
      const made = hit ? found(hit[1]!) : null;
      // What follows the name in the match (a full stop for instance) stays outside.
      return made ? { type: name, raw: hit![0].slice(0, 1 + made.taken), ...made } as Found : undefined;
    },
    renderer(token) {
      const { href, shown, className, data } = token as Found;
      const attribute = data ? ` ${data[0]}="${escape(data[1])}"` : "";
      return href
        ? `<a class="${className}" href="${escape(href)}"${attribute}>${escape(shown)}</a>`
        : `<span class="${className}"${attribute}>${escape(shown)}</span>`;
    },
  };
}

const mention = inline("mention", /(?<![\w@.])@[a-z0-9]/i, /^@([a-z0-9][a-z0-9_.-]*)/i, (word) => {
  for (let name = word.toLowerCase(); name; name = name.replace(/[_.-]$|[^_.-]$/, "")) {
    if (name === "channel" || name === "here" || name === "all") {
      return context.everybody
        ? { shown: `@${word.slice(0, name.length)}`, className: "md-mention md-mention-me", taken: name.length }
        : null;
    }
    const id = context.people.get(name);
    if (id) {
      const className = id === context.me ? "md-mention md-mention-me" : "md-mention";
      const shown = `@${context.names?.get(name) ?? word.slice(0, name.length)}`;
      return { href: outer(`/chat?dm=${id}`), shown, className, data: ["data-user", id], taken: name.length };
    }
    if (!/[_.-]$/.test(name)) return null;
  }
  return null;
});

const channel = inline("channel", /(?<![\w&#/])#[\p{L}\p{N}]/u, /^#([\p{L}\p{N}][\p{L}\p{N}_.-]*)/u, (word) => {
  for (let name = word; name; name = name.slice(0, -1)) {
    const id = context.channels.get(name.toLowerCase());
    if (id) {
      const data: [string, string] = ["data-channel", id];
      return { href: outer(`/chat/${id}`), shown: `#${name}`, className: "md-channel", data, taken: name.length };
    }
    if (!/[_.-]$/.test(name)) return null;
  }
  return null;
});

const emoji: TokenizerExtension & { renderer(token: Tokens.Generic): string } = {
  name: "emoji",
  level: "inline",
  start: (text) => /:[a-z0-9_+-]+:/.exec(text)?.index,
  tokenizer(text) {
    const hit = /^:([a-z0-9_+-]{1,60}):/.exec(text);
    const char = hit ? emojiOf(hit[1]!) : null;
    return char ? { type: "emoji", raw: hit![0], char } : undefined;
  },
  renderer: (token) => `<span class="md-emoji" title="${escape(token.raw)}">${escape(token.char)}</span>`,
};

const marked = new Marked({ gfm: true, breaks: true, async: false }, { extensions: [mention, channel, emoji] }, {
  renderer: {
    html: ({ text }) => escape(text),
    image: ({ href, text }) => outside(href, escape(text || href)),
    link({ href, tokens }) {
      return outside(href, this.parser.parseInline(tokens));
    },
    heading({ tokens }) {
      return `<h4>${this.parser.parseInline(tokens)}</h4>`;
    },
    code({ text, lang }) {
      const name = /^[\w+#-]{1,20}/.exec(lang ?? "")?.[0];
      const label = name ? `<span class="md-lang">${escape(name)}</span>` : "";
      return `<div class="md-code"><div class="md-code-head">${label}<button type="button" class="md-copy">${
        escape(context.copy)
      }</button></div><pre><code>${escape(text)}</code></pre></div>`;
    },
    checkbox: ({ checked }) => checked ? "☑ " : "☐ ",
    table(token) {
      const row = (cells: Tokens.TableCell[], tag: "th" | "td") =>
        `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join("")}</tr>`;
      const body = token.rows.map((cells) => row(cells, "td")).join("");
      return `<div class="md-table"><table><thead>${
        row(token.header, "th")
      }</thead><tbody>${body}</tbody></table></div>`;
    },
  },
});

function outside(href: string, inner: string): string {
  const safe = safeHref(href);
  return safe ? `<a href="${escape(safe)}" target="_blank" rel="noopener noreferrer nofollow">${inner}</a>` : inner;
}

/** The first wall alone, for tests without a document. */
export function markdownToHtml(text: string, given: MarkdownContext): string {
  context = given;
  return marked.parse(text) as string;
}

const cache = new Map<string, string>();

/** HTML that may be put into the page. `version` changes when the emoji table has come. */
export function renderMarkdown(text: string, given: MarkdownContext, version = 0): string {
  const key = `${version}|${given.me}|${given.copy}|${given.everybody}|${
    [...given.people].join()
  }|${given.channels.size}|${text}`;
  const known = cache.get(key);
  if (known !== undefined) {
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const html = DOMPurify.sanitize(markdownToHtml(text, given), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|\/chat[/?])/i,
  });
  cache.set(key, html);
  if (cache.size > CACHE_MAX) cache.delete(cache.keys().next().value!);
  return html;
}

/** One line without Markdown, for lists and notifications. */
export function plainText(text: string): string {
  return text.replace(/```[\s\S]*?(```|$)/g, " … ").replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(?<!\\)(\*\*|__|~~|`)/g, "").replace(/^[>#]+\s?/gm, "").replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/:([a-z0-9_+-]{1,60}):/g, (whole, code: string) => emojiOf(code) ?? whole)
    .replace(/\s+/g, " ").trim();
}
