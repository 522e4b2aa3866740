// Mattermost's message attachments → cards. They have the form of Slack's, with Mattermost's Markdown in it. Source:
// Mattermost's developer documentation, "Message attachments".
import {
  type Card,
  hasContent,
  MAX_CARD_ACTIONS,
  MAX_CARD_FIELDS,
  MAX_CARD_TEXT,
  MAX_CARDS,
  MAX_CARDS_BYTES,
  pictureAddress,
  webAddress,
} from "../../../protocol/chat/cards.ts";
import { cutText } from "../../../kernel/cut_text.ts";
import { plainText } from "../../../kernel/markdown_text.ts";
import { bool, list, objects, str, time } from "../../../kernel/slack_values.ts";
import { storableText } from "./neutral.ts";

/** @param convert Mattermost's Markdown → ours @returns what stands before the cards, and the cards */
export function mattermostCards(
  attachments: unknown,
  convert: (markdown: string) => string,
): { before: string; cards: Card[] } {
  const before: string[] = [], cards: Card[] = [];
  let bytes = 2;
  for (const a of objects(attachments)) {
    const text = (value: unknown) => cutText(convert(storableText(str(value))), MAX_CARD_TEXT / 4);
    const plain = (value: unknown, max: number) =>
      plainText(text(value)).replace(/\s+/g, " ").slice(0, max).toWellFormed();
    const author = plain(a.author_name, 1000), title = plain(a.title, 4000), pretext = text(a.pretext);
    const authorUrl = webAddress(str(a.author_link)), icon = pictureAddress(str(a.author_icon));
    const url = webAddress(str(a.title_link)), color = colorOf(str(a.color)), at = time(a.ts);
    const image = pictureAddress(str(a.image_url)), thumb = pictureAddress(str(a.thumb_url));
    const fields = list(a.fields).flatMap((field) => {
      const one = objects([field])[0] ?? { value: field };
      const made = { title: plain(one.title, 4000), value: text(one.value), short: bool(one.short) };
      return made.title || made.value ? [made] : [];
    }).slice(0, MAX_CARD_FIELDS);
    // What a click told Mattermost leads nowhere any more: the words stay.
    const actions = objects(a.actions).flatMap((action, i) => {
      const label = plain(action.name ?? action.text, 500), link = webAddress(str(action.url));
      return label ? [{ id: `${cards.length}-${i}`, label, ...(link ? { url: link } : {}) }] : [];
    }).slice(0, MAX_CARD_ACTIONS);
    const said = text(a.text), footer = text(a.footer).replace(/\s*\n\s*/g, " ").slice(0, 8000).toWellFormed();
    const one: Card = {
      ...(title ? { title, ...(url ? { title_url: url } : {}) } : {}),
      ...(said ? { text: said } : {}),
      ...(fields.length ? { fields } : {}),
      ...(color ? { color } : {}),
      ...(author
        ? { author: { name: author, ...(authorUrl ? { url: authorUrl } : {}), ...(icon ? { icon_url: icon } : {}) } }
        : {}),
      ...(image ? { image_url: image } : {}),
      ...(thumb ? { thumb_url: thumb } : {}),
      ...(footer ? { footer } : {}),
      ...(actions.length ? { actions } : {}),
      ...(at ? { timestamp: at } : {}),
    };
    const shown = hasContent(one) ? one : pretext ? undefined : { ...one, text: text(a.fallback) };
    if (pretext) {
      if (cards.length === 0) before.push(pretext);
      else cards.push({ text: pretext });
    }
    if (!shown || !hasContent(shown)) continue;
    bytes += new TextEncoder().encode(JSON.stringify(shown)).length + 1;
    if (cards.length >= MAX_CARDS || bytes > MAX_CARDS_BYTES) break;
    cards.push(shown);
  }
  return { before: before.join("\n\n"), cards };
}

function colorOf(text: string): string | undefined {
  const color = text.trim().toLowerCase();
  return /^(?:good|warning|danger|#[0-9a-f]{6})$/.test(color) ? color : undefined;
}
