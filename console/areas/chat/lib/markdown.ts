// Messages as HTML. Two walls: the Markdown renderer below never lets HTML of the writer through (it is shown as text) and
// makes no element outside of TAGS; DOMPurify then takes away whatever is not on the list all the same. Nothing is loaded
// from other hosts: a picture in Markdown becomes a link. Results are cached by text and by what it refers to.
//
// One text must not stop a page for everybody (docs/decisions/0015): the parser takes time in proportion to the length,
// what it makes is bounded in depth and number, and a text that is beyond it, or on which it fails, is shown as written.
import DOMPurify from "dompurify";
import MarkdownIt, { type Token } from "markdown-it";
import { DELETED_USERNAME } from "../../../../protocol/accounts/deleted_user.ts";
import { inner, outer } from "../../../lib/base.ts";
import { t } from "../../../lib/i18n.ts";
import { safeHref } from "./addresses.ts";
import { emojiOf } from "./emoji.ts";
import { contextOf, messageRules } from "./markdown_rules.ts";

export interface MarkdownContext {
  /** Username (lower case) → id, for the people that the message mentions. */
  people: ReadonlyMap<string, string>;
  /** Username (lower case) → name to be shown. */
  names?: ReadonlyMap<string, string>;
  /** Handle → whether the reader is in it, for the groups that the message mentions. */
  groups?: ReadonlyMap<string, boolean>;
  /** `@channel` and `@here` mean somebody. */
  everybody: boolean;
  /** Channel name (lower case) → id. */
  channels: ReadonlyMap<string, string>;
  me: string;
  /** Words of the copy button of code. */
  copy: string;
}

const TAGS = "p br strong em del code pre blockquote ul ol li a hr span div button table thead tbody tr th td".split(
  " ",
);
const ATTRIBUTES = "href title class target rel start type tabindex data-user data-channel data-lang".split(" ");

/** Blocks within blocks; a list inside a list counts as two. */
const MAX_NESTING = 40;
/** Emphasis within emphasis counts as well. */
const MAX_DEPTH = 60;
const MAX_ELEMENTS = 5_000;
/** Characters of all addresses that the links of one message lead to: one definition may be referred to many times. */
const MAX_HREFS = 100_000;
const CACHE_MAX = 2_000;
/** Characters of HTML, in all. */
const CACHE_SIZE = 8_000_000;

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** For the tests that count its steps. */
export const md = new MarkdownIt({ html: false, breaks: true, maxNesting: MAX_NESTING });
md.validateLink = (href) => safeHref(href) !== null;
md.normalizeLink = (href) => safeHref(href) ?? href;
md.normalizeLinkText = (text) => text;
messageRules(md);

const { rules } = md.renderer;
rules.softbreak = rules.hardbreak = () => "<br>";
// Not one of the page's headings: whoever jumps from one to the next wants channels, panels and dialogs.
rules.heading_open = () => '<p class="md-heading">';
rules.heading_close = () => "</p>\n";
rules.s_open = () => "<del>";
rules.s_close = () => "</del>";
rules.table_open = () => '<div class="md-table"><table>';
rules.table_close = () => "</table></div>";
rules.th_open = () => "<th>";
rules.td_open = () => "<td>";
rules.code_block = (tokens, i, _, env) => code(tokens[i]!.content, "", contextOf(env).copy);
rules.fence = (tokens, i, _, env) => code(tokens[i]!.content, tokens[i]!.info.trim(), contextOf(env).copy);
rules.link_open = (tokens, i) => {
  const href = String(tokens[i]!.attrGet("href"));
  const inside = ownPath(href);
  return inside
    ? `<a href="${escape(inside)}">`
    : `<a href="${escape(href)}" target="_blank" rel="noopener noreferrer nofollow">`;
};

function code(text: string, info: string, copy: string): string {
  const name = /^[\w+#-]{1,20}/.exec(info)?.[0];
  const label = name ? `<span class="md-lang">${escape(name)}</span>` : "";
  const lang = name ? ` data-lang="${escape(name.toLowerCase())}"` : "";
  return `<div class="md-code"><div class="md-code-head">${label}<button type="button" class="md-copy">${
    escape(copy)
  }</button></div><pre tabindex="0"><code${lang}>${escape(text.replace(/\n$/, ""))}</code></pre></div>`;
}

/** The path of a link to a channel or message of this console, which opens in it; null for all others. */
function ownPath(href: string): string | null {
  const url = globalThis.location && URL.parse(href);
  return url && url.origin === location.origin && /^\/chat\/[0-9a-f-]{36}(\/[0-9a-f-]{36})?$/.test(inner(url.pathname))
    ? url.pathname
    : null;
}

/** The text as it was written. */
const asWritten = (text: string): string => `<div class="md-raw">${escape(text)}</div>`;

/** Whether what was made of a text is more than a page should be asked to hold. */
function tooMuch(tokens: readonly Token[]): boolean {
  let depth = 0, elements = 0, hrefs = 0, deepest = 0;
  const count = (list: readonly Token[]) => {
    for (const token of list) {
      depth += token.nesting;
      deepest = Math.max(deepest, depth);
      if (token.nesting >= 0 && token.tag) elements++;
      // What is nested deeper than the parser goes is left out by it.
      if (token.block && token.level >= MAX_NESTING - 1) deepest = Infinity;
      if (token.type === "link_open") hrefs += String(token.attrGet("href")).length;
      if (token.children) count(token.children);
    }
  };
  count(tokens);
  return deepest > MAX_DEPTH || elements > MAX_ELEMENTS || hrefs > MAX_HREFS;
}

/** The first wall alone, for tests without a document. Never throws. */
export function markdownToHtml(text: string, given: MarkdownContext): string {
  try {
    const env = { message: given };
    const tokens = md.parse(text, env);
    return tooMuch(tokens) ? asWritten(text) : md.renderer.render(tokens, md.options, env);
  } catch {
    return asWritten(text);
  }
}

const cache = new Map<string, string>();
let cached = 0;

/** Where the chat stands on this host: what may be linked to besides whole addresses. */
const CHAT = outer("/chat");
const ALLOWED_HREF = new RegExp(`^(?:https?:|mailto:|tel:|${CHAT.replace(/[^\w/-]/g, "\\$&")}[/?])`, "i");

DOMPurify.addHook?.("afterSanitizeAttributes", (node) => {
  // Whatever the first wall made: what leads out of the console opens outside of it, and cannot reach back.
  const href = node.nodeName === "A" ? node.getAttribute("href") : null;
  if (href && !href.startsWith(CHAT)) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

/** HTML that may be put into the page; never throws. `version` changes when the emoji table has come. */
export function renderMarkdown(text: string, given: MarkdownContext, version = 0): string {
  const key = `${version}|${given.me}|${given.copy}|${given.everybody}|${[...given.people].join()}|${
    [...given.names ?? []].join()
  }|${[...given.groups ?? []].join()}|${given.channels.size}|${text}`;
  const known = cache.get(key);
  if (known !== undefined) {
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const html = sanitized(markdownToHtml(text, given)) ?? sanitized(asWritten(text)) ?? "";
  cache.set(key, html);
  cached += html.length;
  for (const [oldest, old] of cache) {
    if (cache.size <= CACHE_MAX && cached <= CACHE_SIZE) break;
    cache.delete(oldest);
    cached -= old.length;
  }
  return html;
}

function sanitized(html: string): string | null {
  try {
    return DOMPurify.sanitize(html, {
      ALLOWED_TAGS: TAGS,
      ALLOWED_ATTR: ATTRIBUTES,
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      ALLOWED_URI_REGEXP: ALLOWED_HREF,
      // The expression above is held against every attribute that is not named here.
      ADD_URI_SAFE_ATTR: ATTRIBUTES.filter((name) => name !== "href"),
    });
  } catch {
    return null;
  }
}

const PLAIN_MAX = 1_000;

/** One line without Markdown, for lists and notifications. */
export function plainText(text: string): string {
  // So much is more than any list shows; the expressions below are not made for more.
  return text.slice(0, 2 * PLAIN_MAX).toWellFormed().replace(/```[\s\S]*?(```|$)/g, " … ")
    .replace(/!?\[([^[\]]{0,300})\]\([^()\s]{0,2000}\)/g, "$1")
    .replace(/(?<!\\)(\*\*|__|~~|`)/g, "").replace(/^[>#]+\s?/gm, "")
    // Lists, tasks and tables as one reads them aloud.
    .replace(/^\s*[-*+] \[([ x])\] /gim, (_, done: string) => done === " " ? "☐ " : "☑ ").replace(/^\s*[-*+] /gm, "• ")
    .replace(/^\s*\|?[ :|-]{3,}\|[ :|-]*$/gm, "").replace(/^\s*\|(.{0,500})\|\s*$/gm, "$1").replace(/ \| /g, " · ")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replaceAll(`@${DELETED_USERNAME}`, () => `@${t("person.deleted")}`)
    .replace(/:([a-z0-9_+-]{1,60}):/g, (whole, code: string) => emojiOf(code) ?? whole)
    .replace(/\s+/g, " ").trim().slice(0, PLAIN_MAX);
}
