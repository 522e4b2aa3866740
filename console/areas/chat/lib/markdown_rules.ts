// What messages have beyond Markdown, as rules of markdown-it: people, channels, emoji, bare addresses, lists of tasks.
// Every rule looks a bounded number of characters ahead and back, so that the whole stays linear in the length of the
// text. What a rule needs to know of the message comes in `env.message`.
import type { Env, MarkdownIt, StateCore, StateInline, Token } from "markdown-it";
import { DELETED_USERNAME } from "../../../../protocol/accounts/deleted_user.ts";
import { outer } from "../../../lib/base.ts";
import { addressEnd, leadsTo, safeHref } from "./addresses.ts";
import { emojiOf } from "./emoji.ts";
import type { MarkdownContext } from "./markdown.ts";

const MAX_NAME = 100;

export const contextOf = (env: Env | undefined): MarkdownContext => env!.message as MarkdownContext;

const before = (state: StateInline, from = state.pos) => state.src.slice(Math.max(0, from - 2), from);
const ahead = (state: StateInline) => state.src.slice(state.pos, Math.min(state.posMax, state.pos + MAX_NAME));

function element(state: StateInline, tag: string, attrs: [string, string][], text: string): void {
  state.push(`${tag}_open`, tag, 1).attrs = attrs;
  state.push("text", "", 0).content = text;
  state.push(`${tag}_close`, tag, -1);
}

/** `@ana`, whole names of people who are meant, and words that call everybody. */
function mention(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== "@" || state.linkLevel > 0) return false;
  // Not within a word or an address; a `_` in front may be the beginning of an emphasis.
  if (/[a-z0-9@.]_?$/i.test(before(state))) return false;
  const word = /^@([a-z0-9][a-z0-9_.-]{0,63})/i.exec(ahead(state))?.[1];
  if (!word) return false;
  const { people, names, groups, everybody, me } = contextOf(state.env);
  for (let length = word.length; length > 0; length--) {
    const name = word.slice(0, length).toLowerCase();
    const all = ["channel", "here", "all", "everyone"].includes(name);
    const id = all ? undefined : people.get(name);
    const group = all || id ? undefined : groups?.get(name);
    if (all ? everybody : id || group !== undefined) {
      if (!silent) {
        const mine = all || group || id === me;
        const look: [string, string] = ["class", mine ? "md-mention md-mention-me" : "md-mention"];
        const shown = `@${names?.get(name) ?? word.slice(0, length)}`;
        if (!id || name === DELETED_USERNAME) element(state, "span", [look], shown);
        else element(state, "a", [look, ["href", outer(`/chat?dm=${id}`)], ["data-user", id]], shown);
      }
      state.pos += 1 + length;
      return true;
    }
    if (all || !/[_.-]$/.test(name)) return false;
  }
  return false;
}

/** `#general`, for channels that the reader knows. */
function channel(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== "#" || state.linkLevel > 0 || /[\w&#/]$/.test(before(state))) return false;
  const word = /^#([\p{L}\p{N}][\p{L}\p{N}_.-]{0,90})/u.exec(ahead(state))?.[1];
  if (!word) return false;
  for (let length = word.length; length > 0; length--) {
    const name = word.slice(0, length);
    const id = contextOf(state.env).channels.get(name.toLowerCase());
    if (id) {
      const attrs: [string, string][] = [["class", "md-channel"], ["href", outer(`/chat/${id}`)], ["data-channel", id]];
      if (!silent) element(state, "a", attrs, `#${name}`);
      state.pos += 1 + length;
      return true;
    }
    if (!/[_.-]$/.test(name)) return false;
  }
  return false;
}

function emoji(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== ":") return false;
  const code = /^:([a-z0-9_+-]{1,60}):/.exec(ahead(state))?.[1];
  const char = code ? emojiOf(code) : null;
  if (!char) return false;
  if (!silent) element(state, "span", [["class", "md-emoji"], ["title", `:${code}:`]], char);
  state.pos += code!.length + 2;
  return true;
}

/** Whether more emphasis of this kind was opened here than closed. */
function opened(state: StateInline, mark: string): boolean {
  const code = mark.charCodeAt(0);
  let open = 0;
  for (const one of state.delimiters) {
    if (one.marker !== code) continue;
    if (one.open && !one.close) open++;
    else if (one.close && !one.open && open > 0) open--;
    else if (one.open && one.close) open += open > 0 ? -1 : 1;
  }
  return open > 0;
}

function link(state: StateInline, start: number, end: number, href: string): void {
  // The beginning of the address is already on its way as text.
  state.pending = state.pending.slice(0, state.pending.length - (state.pos - start));
  const open = state.push("link_open", "a", 1);
  open.attrs = [["href", href]];
  open.info = "auto";
  state.push("text", "", 0).content = state.src.slice(start, end);
  state.push("link_close", "a", -1).info = "auto";
}

/** `https://…` without any marks around it. */
function address(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (!src.startsWith("://", pos) || state.linkLevel > 0) return false;
  const scheme = /(?:^|[^a-z0-9+.-])(https?)$/i.exec(src.slice(Math.max(0, pos - 7), pos))?.[1];
  if (!scheme || !silent && !state.pending.endsWith(scheme)) return false;
  const start = pos - scheme.length;
  const end = addressEnd(src, start, state.posMax, (mark) => opened(state, mark));
  const href = end > pos + 3 ? safeHref(src.slice(start, end)) : null;
  if (!href) return false;
  if (!silent) link(state, start, end, href);
  state.pos = end;
  return true;
}

/** `ana@example.org`. */
function mail(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src[pos] !== "@" || state.linkLevel > 0) return false;
  const local = /(?:^|[^\p{L}\p{N}_.+/@:-])([\w.+-]{1,64})$/u.exec(src.slice(Math.max(0, pos - 66), pos))?.[1];
  if (!local || !silent && !state.pending.endsWith(local)) return false;
  const host = /^@([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}\.[a-z]{2,24})(?![\w@-])/i.exec(
    src.slice(pos, Math.min(state.posMax, pos + 320)),
  )?.[1];
  const href = host ? safeHref(`mailto:${local}@${host}`) : null;
  if (!href) return false;
  if (!silent) link(state, pos - local.length, pos + 1 + host!.length, href);
  state.pos = pos + 1 + host!.length;
  return true;
}

/** After everything else: `www.…`, what links say of where they lead, the boxes of tasks. */
function finish(state: StateCore): void {
  const { tokens } = state;
  tokens.forEach((token, i) => {
    if (!token.children) return;
    const item = tokens[i - 2];
    if (item?.type === "list_item_open" && tokens[i - 1]?.type === "paragraph_open") task(state, item, token.children);
    token.children = links(state, token.children);
  });
}

function task(state: StateCore, item: Token, children: Token[]): void {
  const text = children[0]?.type === "text" ? children[0] : undefined;
  const box = text && /^\[([ x])\](?=\s|$)/i.exec(text.content);
  if (!box) return;
  item.attrJoin("class", "md-task");
  text.content = text.content.slice(box[0].length);
  const sign = new state.Token("text", "", 0);
  sign.content = box[1] === " " ? "☐" : "☑";
  const open = new state.Token("span_open", "span", 1), close = new state.Token("span_close", "span", -1);
  open.attrs = [["class", "md-box"]];
  children.unshift(open, sign, close);
}

const WWW = /(?<![\p{L}\p{N}_./@-])www\.(?=[\p{L}\p{N}])/giu;

function links(state: StateCore, children: Token[]): Token[] {
  const out: Token[] = [];
  let inside: { href: string; text: string } | undefined, plainLink = false;
  for (const token of children) {
    if (token.type === "link_open") inside = { href: String(token.attrGet("href") ?? ""), text: "" };
    else if (token.tag === "a") plainLink = token.nesting === 1;
    if (inside && (token.nesting === 0)) inside.text += token.content || " ";
    if (token.type === "text" && !inside && !plainLink) out.push(...withWww(state, token));
    else out.push(token);
    if (token.type !== "link_close" || !inside) continue;
    const place = leadsTo(inside.text, inside.href);
    inside = undefined;
    if (!place) continue;
    const open = new state.Token("span_open", "span", 1), text = new state.Token("text", "", 0);
    open.attrs = [["class", "md-leads"]];
    text.content = ` (${place})`;
    out.push(open, text, new state.Token("span_close", "span", -1));
  }
  return out;
}

function withWww(state: StateCore, token: Token): Token[] {
  const { content } = token;
  const out: Token[] = [];
  let done = 0;
  const text = (to: number) => {
    if (to <= done) return;
    const part = new state.Token("text", "", 0);
    part.content = content.slice(done, to);
    out.push(part);
  };
  for (const { index } of content.matchAll(WWW)) {
    if (index < done) continue;
    const end = addressEnd(content, index, content.length, () => false);
    const href = end > index + 4 ? safeHref(`https://${content.slice(index, end)}`) : null;
    if (!href) continue;
    text(index);
    const open = new state.Token("link_open", "a", 1);
    open.attrs = [["href", href]];
    done = index;
    out.push(open);
    text(end);
    out.push(new state.Token("link_close", "a", -1));
    done = end;
  }
  if (!out.length) return [token];
  text(content.length);
  return out;
}

export function messageRules(md: MarkdownIt): void {
  const { fn: linkRule } = md.inline.ruler.__rules__.find((rule) => rule.name === "link")!;
  // A picture is shown as a link: nothing is loaded from other hosts. Inside a link only its words are.
  md.inline.ruler.at("image", (state, silent) => {
    if (!state.src.startsWith("![", state.pos)) return false;
    const start = state.pos++;
    if (state.linkLevel === 0 && linkRule(state, silent)) return true;
    const label = state.linkLevel > 0 ? md.helpers.parseLinkLabel(state, state.pos, true) : -1;
    if (label >= 0 && linkRule(state, true)) {
      if (!silent) state.push("text", "", 0).content = state.src.slice(start + 2, label);
      return true;
    }
    state.pos = start;
    return false;
  });
  md.inline.ruler.before("linkify", "address", address);
  md.inline.ruler.before("linkify", "mail", mail);
  md.inline.ruler.before("linkify", "mention", mention);
  md.inline.ruler.before("linkify", "channel", channel);
  md.inline.ruler.before("linkify", "emoji", emoji);
  md.core.ruler.push("finish", finish);
}
