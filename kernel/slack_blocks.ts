// Slack's Block Kit → cards, in the order in which Slack shows them. Source: Slack's Block Kit reference (blocks, block
// elements). A card has one order (title, text, fields, picture, actions, footer); what comes later in Slack than its place
// there begins a further card of the same colour. Nothing that a person would read is lost, also of unknown kinds.
import type { Card, CardAction, CardField } from "../protocol/chat/cards.ts";
import { pictureAddress, webAddress } from "../protocol/chat/cards.ts";
import { escapeMarkdown, markdownLink, plainText } from "./markdown_text.ts";
import { plainObject, richText, table, textObject } from "./slack_rich_text.ts";
import { slackMarkdown, type SlackTextOptions } from "./slack_text.ts";
import { bool, isObject, type Json, list, objects, readable, str } from "./slack_values.ts";

/** Choices of a menu that become actions of their own. */
const MAX_CHOICES = 25;

const enum Place {
  Title,
  Text,
  Fields,
  Image,
  Actions,
  Footer,
}

/** Collects parts into cards. */
export class CardBuilder {
  readonly cards: Card[] = [];
  #card: Card = {};
  #place = Place.Title;
  #empty = true;

  constructor(private readonly color?: string) {}

  /** The card that takes something of this place. */
  #at(place: Place, again = true): Card {
    if (!this.#empty && (place < this.#place || (place === this.#place && !again))) this.end();
    this.#place = Math.max(this.#place, place);
    this.#empty = false;
    return this.#card;
  }

  end(): void {
    if (!this.#empty) this.cards.push({ ...this.#card, ...(this.color ? { color: this.color } : {}) });
    this.#card = {};
    this.#place = Place.Title;
    this.#empty = true;
  }

  head(part: Pick<Card, "title" | "title_url" | "author">): void {
    Object.assign(this.#at(Place.Title, false), part);
  }

  text(markdown: string): void {
    if (markdown.trim() === "") return;
    const card = this.#at(Place.Text);
    card.text = card.text ? `${card.text}\n\n${markdown}` : markdown;
  }

  fields(fields: CardField[]): void {
    if (fields.length) (this.#at(Place.Fields).fields ??= []).push(...fields);
  }

  image(url: string, alt = ""): void {
    Object.assign(this.#at(Place.Image, false), { image_url: url, ...(alt ? { image_alt: alt.slice(0, 2000) } : {}) });
  }

  /** A small picture beside the card's text. */
  thumb(url: string, alt = ""): void {
    if (this.#card.thumb_url) return this.image(url, alt);
    this.#empty = false;
    Object.assign(this.#card, { thumb_url: url, ...(alt ? { thumb_alt: alt.slice(0, 2000) } : {}) });
  }

  actions(actions: CardAction[]): void {
    if (actions.length) (this.#at(Place.Actions).actions ??= []).push(...actions);
  }

  footer(markdown: string, timestamp?: string): void {
    if (markdown.trim() === "" && !timestamp) return;
    const card = this.#at(Place.Footer);
    if (markdown.trim()) card.footer = card.footer ? `${card.footer} · ${markdown}` : markdown;
    if (timestamp) card.timestamp = timestamp;
  }
}

/** Kinds that are nothing but text: a message of these alone needs no card. */
const TEXT_ONLY = new Set(["header", "divider", "context", "rich_text", "markdown", "table"]);

/** The blocks as one Markdown text, when that is all they are; undefined when they need cards. */
export function blocksText(blocks: readonly Json[], options: SlackTextOptions): string | undefined {
  const parts: string[] = [];
  for (const block of blocks) {
    const type = kindOf(block);
    if (type === "section" ? list(block.fields).length || isObject(block.accessory) : !TEXT_ONLY.has(type)) return;
    if (type === "context" && objects(block.elements).some((item) => item.type === "image" || item.image_url)) return;
    parts.push(
      type === "header"
        ? `### ${escapeMarkdown(plainObject(block.text, options)).replace(/\s+/g, " ")}`
        : type === "divider"
        ? "---"
        : type === "context"
        ? contextText(block, options)
        : bodyText(block, options),
    );
  }
  const shown = parts.filter((part) => part.trim() !== "" && part !== "### ");
  return shown.some((part) => part !== "---") ? shown.join("\n\n") : "";
}

/** The text of a block that is all text. */
function bodyText(block: Json, options: SlackTextOptions): string {
  switch (kindOf(block)) {
    case "rich_text":
      return richText(block, options);
    case "table":
      return table(block, options);
    case "markdown":
      return str(block.text).toWellFormed().replaceAll("\0", "");
    default:
      return textObject(block.text, options);
  }
}

const KINDS = new Set([
  "actions",
  "context",
  "context_actions",
  "divider",
  "header",
  "image",
  "input",
  "markdown",
  "rich_text",
  "section",
  "table",
  "video",
]);

/** The kind of a block; of one that has none, or an unknown one, what it looks like. */
function kindOf(block: Json): string {
  const type = str(block.type);
  if (KINDS.has(type)) return type;
  if (type !== "" && /^[a-z_]+$/.test(type) && !/^(?:true|false)$/.test(type)) return type;
  const elements = objects(block.elements);
  if (list(block.rows).length) return "table";
  if (block.video_url || block.thumbnail_url) return "video";
  if (block.image_url || block.slack_file) return "image";
  if (elements.some((item) => /^rich_text/.test(str(item.type)))) return "rich_text";
  if (elements.length && elements.every((item) => /^(?:image|mrkdwn|plain_text)$/.test(str(item.type)))) {
    return "context";
  }
  if (elements.length) return "actions";
  if (block.element || block.label) return "input";
  return block.text || block.fields || block.accessory ? "section" : type;
}

export function addBlocks(into: CardBuilder, blocks: readonly Json[], options: SlackTextOptions): void {
  for (const block of blocks) addBlock(into, block, options);
  into.end();
}

function addBlock(into: CardBuilder, block: Json, options: SlackTextOptions): void {
  switch (kindOf(block)) {
    case "header": {
      const title = plainObject(block.text, options);
      if (title) into.head({ title });
      return;
    }
    case "divider":
      return into.end();
    case "section":
      into.text(bodyText(block, options));
      into.fields(list(block.fields).map((field) => fieldOf(textObject(field, options))).filter(isFilled));
      for (const item of objects(block.accessory)) addAccessory(into, item, options);
      return;
    case "rich_text":
    case "markdown":
    case "table":
      return into.text(bodyText(block, options));
    case "context":
      return into.footer(contextText(block, options));
    case "image":
      return addImage(into, block, options);
    case "video":
      return addVideo(into, block, options);
    case "actions":
    case "context_actions":
      return into.actions(objects(block.elements).flatMap((item) => actionsOf(item, options)));
    case "input":
      into.text([textObject(block.label, options), textObject(block.hint, options)].filter(Boolean).join("\n"));
      return into.actions(objects(block.element).flatMap((item) => actionsOf(item, options)));
    default: {
      // A kind that is newer than this page, or none at all: its words.
      const words = readable(block).map((text) => slackMarkdown(text, options)).filter(Boolean);
      return into.text(words.join("\n"));
    }
  }
}

const isFilled = (field: CardField) => field.title !== "" || field.value !== "";

/** `*Name*\nvalue` is how programs write a field. */
function fieldOf(markdown: string): CardField {
  const found = /^\*\*([^*\n]+?):?\*\*:?[ \t]*(?:\n+|[ \t])([\s\S]+)$/.exec(markdown);
  return found
    ? { title: plainText(found[1]!), value: found[2]!.trim(), short: true }
    : { title: "", value: markdown, short: true };
}

function contextText(block: Json, options: SlackTextOptions): string {
  return objects(block.elements).map((item) => {
    if (item.type !== "image" && !item.image_url) return textObject(item, options);
    const alt = plainObject(item.alt_text, options), url = pictureOf(item);
    return url ? markdownLink(url, alt || "image") : escapeMarkdown(alt);
  }).filter((text) => text.trim() !== "").join(" · ");
}

function pictureOf(item: Json): string | undefined {
  const file = isObject(item.slack_file) ? item.slack_file.url : undefined;
  return pictureAddress(str(item.image_url) || str(file));
}

function addImage(into: CardBuilder, item: Json, options: SlackTextOptions): void {
  const title = textObject(item.title, options), alt = plainObject(item.alt_text, options), url = pictureOf(item);
  if (title) into.text(`**${title}**`);
  if (url) into.image(url, alt);
  else into.text(escapeMarkdown(alt));
}

function addVideo(into: CardBuilder, block: Json, options: SlackTextOptions): void {
  const title = plainObject(block.title, options), link = webAddress(str(block.title_url) || str(block.video_url));
  const author = [str(block.author_name), str(block.provider_name)].filter(Boolean).join(" · ");
  const head = { ...(title ? { title } : {}), ...(title && link ? { title_url: link } : {}) };
  if (title || author) into.head({ ...head, ...(author ? { author: { name: author } } : {}) });
  const alt = plainObject(block.alt_text, options), thumb = pictureAddress(str(block.thumbnail_url));
  into.text(textObject(block.description, options));
  if (!thumb && alt !== title) into.text(escapeMarkdown(alt));
  if (link && !title) into.text(link);
  if (thumb) into.image(thumb, alt);
}

function addAccessory(into: CardBuilder, item: Json, options: SlackTextOptions): void {
  if (item.type !== "image" && !item.image_url) return into.actions(actionsOf(item, options));
  const url = pictureOf(item), alt = plainObject(item.alt_text, options);
  // The picture stands beside the text; its words are for who cannot see it.
  if (url) into.thumb(url, alt);
  else into.text(escapeMarkdown(alt));
}

/** What a block element or an action of an attachment can be clicked for. */
export function actionsOf(item: Json, options: SlackTextOptions): CardAction[] {
  const choices = [...objects(item.options), ...objects(item.option_groups).flatMap((group) => objects(group.options))];
  const label = plainObject(item.text, options) || plainObject(item.placeholder, options) ||
    plainObject(item.label, options);
  const id = str(item.action_id) || str(item.id) || str(item.name) || "action";
  const menu = choices.slice(0, MAX_CHOICES).flatMap((choice): CardAction[] => {
    const words = [plainObject(choice.text, options), plainObject(choice.description, options)].filter(Boolean)
      .join(" – ") || str(choice.value);
    if (!words) return [];
    const url = webAddress(str(choice.url));
    const chosen = str(choice.value) || words;
    return [{ id: `${id}:${chosen}`, label: words, ...(url ? { url } : { value: chosen }) }];
  });
  if (menu.length) return label ? [{ id, label }, ...menu] : menu;
  const shown = label || plainObject(item.accessibility_label, options) || plainObject(item.alt_text, options);
  const pair = [item.positive_button, item.negative_button].filter(isObject).flatMap((one) => actionsOf(one, options));
  if (pair.length) return pair;
  if (!shown) return [];
  const url = webAddress(str(item.url)), style = str(item.style);
  const clickable = !item.type || /button$/.test(str(item.type)) || bool(item.clickable);
  return [{
    id,
    label: shown,
    ...(style === "primary" || style === "danger" ? { style } : {}),
    ...(url ? { url } : clickable ? { value: str(item.value) } : {}),
  }];
}
