// Cards as text, for those who only read text: search, notifications, mail, reports, and the console's lists. Without zod,
// because the console takes it along.
import type { Card } from "./cards.ts";

/** A card as Markdown text, for those who only read text: search, notifications, mail, reports. */
function cardText(one: Card): string {
  const fields = (one.fields ?? []).map(({ title, value }) => title && value ? `${title}: ${value}` : title || value);
  const actions = (one.actions ?? []).map((action) => action.label).join(" · ");
  const words = [one.author?.name, one.title, one.text, ...fields, one.thumb_alt, one.image_alt, one.footer, actions];
  return words.filter((part) => part?.trim())
    .join("\n");
}

export function cardsText(cards: readonly Card[] | undefined): string {
  return (cards ?? []).map(cardText).filter(Boolean).join("\n\n");
}

/** All that a message says, its cards as text. */
export function messageText(message: { content: string; cards?: readonly Card[] }): string {
  const cards = cardsText(message.cards);
  return cards ? message.content ? `${message.content}\n\n${cards}` : cards : message.content;
}
