// A payload in Slack's form (incoming webhooks, answers of custom commands) → a message's text and its cards. Sources:
// Slack's "Incoming webhooks", "Legacy secondary message attachments" and Block Kit reference. Rules of Slack's that hold here:
//  - with `blocks`, `text` is only what is shown when blocks cannot be;
//  - of an attachment, `fallback` is only that too;
//  - what is unknown, null or of another type loses nothing but itself.
// Attachment fields at the top level are taken as an attachment, as other receivers do.
import { cleanName } from "../protocol/names.ts";
import { cardsText } from "../protocol/chat/card_text.ts";
import {
  type Card,
  type CardAction,
  hasContent,
  MAX_CARD_ACTIONS,
  MAX_CARD_FIELDS,
  MAX_CARD_TEXT,
  MAX_CARDS,
  MAX_CARDS_BYTES,
  pictureAddress,
  webAddress,
} from "../protocol/chat/cards.ts";
import { isBlank } from "../protocol/texts.ts";
import { cutText } from "./cut_text.ts";
import { clean } from "./markdown_text.ts";
import { actionsOf, addBlocks, blocksText, CardBuilder } from "./slack_blocks.ts";
import { plainObject, textObject } from "./slack_rich_text.ts";
import { slackMarkdown, slackPlain, type SlackTextOptions } from "./slack_text.ts";
import { bool, isObject, type Json, list, objects, str, time } from "./slack_values.ts";

export interface SlackMessage {
  /** Markdown. */
  content: string;
  cards: Card[];
  username: string | null;
  icon_emoji: string | null;
  icon_url: string | null;
}

/** What is wrong with a payload, in Slack's own words. */
export type SlackProblem = "invalid_payload" | "no_text";

const MAX_DEPTH = 64;
const MAX_BLOCKS = 200;
/** Of one long text. */
const MAX_PIECES = 24;

/**
 * @param value the parsed JSON of the request
 * @param maxContentBytes what the message's text holds; a longer one goes on in cards
 */
export function readSlackMessage(
  value: unknown,
  maxContentBytes: number,
  options: SlackTextOptions = { lenient: true },
): SlackMessage | SlackProblem {
  if (!isObject(value) || tooDeep(value)) return "invalid_payload";
  const read = readBody(value, options);
  const cards = read.cards.filter(hasContent);
  const [content, ...rest] = pieces(read.content, maxContentBytes);
  const all = bounded([...rest.map((text) => ({ text })), ...cards]);
  if (isBlank(content ?? "") && all.length === 0) return "no_text";
  const name = cleanName(slackPlain(str(value.username), options), 80, "");
  return {
    content: clean(content ?? ""),
    cards: storable(all),
    username: name || null,
    icon_emoji: slackPlain(str(value.icon_emoji), options).slice(0, 80) || null,
    icon_url: pictureAddress(str(value.icon_url)) ?? null,
  };
}

function readBody(payload: Json, options: SlackTextOptions): Pick<SlackMessage, "content" | "cards"> {
  const cards: Card[] = [], before: string[] = [];
  const text = slackMarkdown(str(payload.text), options);
  const blocks = objects(payload.blocks).slice(0, MAX_BLOCKS);
  const asText = blocks.length ? blocksText(blocks, options) : undefined;
  if (asText) before.push(asText);
  else if (blocks.length) {
    const builder = new CardBuilder();
    addBlocks(builder, blocks, options);
    cards.push(...builder.cards.filter(hasContent));
  }
  if (before.length === 0 && cards.length === 0 && text) before.push(text);
  const { text: _, blocks: __, attachments: ___, fallback, color, ...rest } = payload;
  const top: Json = { ...rest, color };
  for (const attachment of [top, ...list(payload.attachments)]) {
    if (!isObject(attachment)) {
      const bare = slackMarkdown(str(attachment), options);
      if (bare) cards.push({ text: bare });
      continue;
    }
    const { pretext, own } = readAttachment(attachment, options);
    if (pretext) {
      if (cards.length === 0) before.push(pretext);
      else cards.push({ text: pretext });
    }
    cards.push(...own);
  }
  const content = before.join("\n\n");
  if (content.trim() || cards.some(hasContent)) return { content, cards };
  return { content: slackMarkdown(str(fallback), options), cards };
}

function readAttachment(a: Json, options: SlackTextOptions): { pretext: string; own: Card[] } {
  const color = colorOf(str(a.color));
  const into = new CardBuilder(color);
  const pretext = slackMarkdown(str(a.pretext), options);
  const author = [a.author_name ?? a.service_name, a.author_subname].map((part) => plainObject(part, options))
    .filter(Boolean).join(" ");
  const title = plainObject(a.title, options);
  if (author || title) {
    const link = webAddress(str(a.author_link) || str(a.service_url)), icon = pictureAddress(str(a.author_icon));
    // A title may hold its link in Slack's own form.
    const url = webAddress(str(a.title_link)) ?? webAddress(/<(https?:[^|>\s]+)/.exec(str(a.title))?.[1] ?? "");
    into.head({
      ...(author
        ? { author: { name: author, ...(link ? { url: link } : {}), ...(icon ? { icon_url: icon } : {}) } }
        : {}),
      ...(title ? { title, ...(url ? { title_url: url } : {}) } : {}),
    });
  }
  into.text(textObject(a.text, options));
  into.fields(
    list(a.fields).map((field) =>
      isObject(field)
        ? {
          title: plainObject(field.title, options),
          value: slackMarkdown(str(field.value), options),
          short: bool(field.short),
        }
        : { title: "", value: slackMarkdown(str(field), options), short: false }
    ).filter((field) => field.title || field.value),
  );
  const thumb = pictureAddress(str(a.thumb_url)), image = pictureAddress(str(a.image_url));
  if (thumb) into.thumb(thumb);
  if (image) into.image(image);
  into.actions(objects(a.actions).flatMap((item) => actionsOf(item, options)));
  into.footer(slackMarkdown(str(a.footer), options).replace(/\s*\n\s*/g, " "), time(a.ts));
  into.end();
  // A time alone says nothing.
  const own = into.cards.filter(hasContent);
  const blocks = objects(a.blocks).slice(0, MAX_BLOCKS);
  if (blocks.length) {
    const more = new CardBuilder(color);
    addBlocks(more, blocks, options);
    own.push(...more.cards.filter(hasContent));
  }
  if (own.length === 0 && !pretext) {
    const text = slackMarkdown(str(a.fallback), options);
    if (text) own.push({ text, ...(color ? { color } : {}) });
  }
  return { pretext, own };
}

/** `good`, `warning`, `danger` or `#rrggbb`. */
function colorOf(text: string): string | undefined {
  const name = text.trim().toLowerCase();
  if (/^(?:good|warning|danger)$/.test(name)) return name;
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})(?:[0-9a-f]{2})?$/.exec(name)?.[1];
  if (!hex) return undefined;
  return `#${hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex}`;
}

/** What the database takes, wherever a text came from: no NUL, no half of a surrogate pair. */
function storable<T>(value: T): T {
  if (typeof value === "string") return clean(value) as T;
  if (Array.isArray(value)) return value.map(storable) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, storable(part)])) as T;
}

/** A long text in pieces: the first of `first` bytes, the others as texts of cards. */
function pieces(text: string, first: number): string[] {
  const out: string[] = [];
  let rest = text;
  for (let bytes = first; rest && out.length < MAX_PIECES; bytes = MAX_CARD_TEXT / 4) {
    let piece = cutText(rest, bytes - 8);
    if (piece.length < rest.length) {
      const line = piece.lastIndexOf("\n") + 1;
      if (line > piece.length / 2) piece = piece.slice(0, line);
    }
    rest = rest.slice(piece.length);
    // A block of code that is cut goes on as one.
    const open = rest !== "" && (piece.match(/^```/gm)?.length ?? 0) % 2 === 1;
    out.push(open ? `${piece.replace(/\n$/, "")}\n\`\`\`` : piece);
    if (open) rest = `\`\`\`\n${rest}`;
  }
  if (rest) out[out.length - 1] += "…";
  return out;
}

/** Within the limits of a message: texts cut into further cards, ids made unique, the rest left out from the end. */
function bounded(cards: Card[]): Card[] {
  const ids = new Set<string>();
  const unique = (action: CardAction): CardAction => {
    const base = clean(action.id).slice(0, 240).toWellFormed() || "action";
    let id = base;
    for (let n = 2; ids.has(id); n++) id = `${base}-${n}`;
    ids.add(id);
    return {
      ...action,
      id,
      label: short(action.label, 500),
      ...(action.value === undefined ? {} : { value: short(action.value, 4000) }),
    };
  };
  const out: Card[] = [];
  let bytes = 2;
  for (const card of cards.flatMap(split)) {
    const one: Card = { ...card, ...(card.actions ? { actions: card.actions.map(unique) } : {}) };
    bytes += new TextEncoder().encode(JSON.stringify(one)).length + 1;
    if (out.length >= MAX_CARDS || bytes > MAX_CARDS_BYTES - 16) {
      out.push({ text: "…" });
      break;
    }
    out.push(one);
  }
  return out.slice(0, MAX_CARDS);
}

const short = (text: string, max: number) => text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;

/** A card that holds more than one may, as several. */
function split(card: Card): Card[] {
  const { text = "", title = "", fields = [], actions = [], footer } = card;
  const color = card.color ? { color: card.color } : {};
  const long = title.length > 4000 ? `${title}\n\n${text}` : text;
  const parts = pieces(long, MAX_CARD_TEXT / 4);
  const first: Card = {
    ...card,
    ...(title.length > 4000 ? { title: short(title, 200) } : {}),
    ...(parts.length ? { text: parts[0] } : {}),
    ...(card.author ? { author: { ...card.author, name: short(card.author.name, 1000) } } : {}),
    ...(fields.length
      ? {
        fields: fields.slice(0, MAX_CARD_FIELDS).map((field) => ({
          ...field,
          title: short(field.title, 4000),
          value: short(field.value, MAX_CARD_TEXT / 4),
        })),
      }
      : {}),
    ...(actions.length ? { actions: actions.slice(0, MAX_CARD_ACTIONS) } : {}),
    ...(footer ? { footer: short(footer, 8000) } : {}),
  };
  const more: Card[] = parts.slice(1).map((part) => ({ ...color, text: part }));
  for (let i = MAX_CARD_FIELDS; i < fields.length; i += MAX_CARD_FIELDS) {
    more.push({ ...color, fields: fields.slice(i, i + MAX_CARD_FIELDS) });
  }
  for (let i = MAX_CARD_ACTIONS; i < actions.length; i += MAX_CARD_ACTIONS) {
    more.push({ ...color, actions: actions.slice(i, i + MAX_CARD_ACTIONS) });
  }
  return [first, ...more];
}

/** Iterative: depth comes from outside. */
function tooDeep(value: unknown): boolean {
  const todo: [unknown, number][] = [[value, 1]];
  while (todo.length) {
    const [item, depth] = todo.pop()!;
    if (typeof item !== "object" || item === null) continue;
    if (depth > MAX_DEPTH) return true;
    for (const child of Object.values(item)) todo.push([child, depth + 1]);
  }
  return false;
}

/** The message as one text, for those who show no cards. */
export function slackMessageText(message: Pick<SlackMessage, "content" | "cards">): string {
  return [message.content, cardsText(message.cards)].filter(Boolean).join("\n\n");
}
