// Cards: what programs say in a message besides its text (CONTRACT section 4): a title, a text, facts, a picture, actions.
// Texts, values of fields and footers are Pulpo's Markdown; titles, names and labels are plain. The same structure is stored,
// pushed, searched, exported and drawn.
import { z } from "zod";
import { isBlank } from "../texts.ts";
import { timeInput, timestamp, uuid } from "../common.ts";

export const MAX_CARDS = 200;
export const MAX_CARD_FIELDS = 200;
export const MAX_CARD_ACTIONS = 100;
/** Of all cards of a message, as JSON. */
export const MAX_CARDS_BYTES = 192 * 1024;
export const MAX_CARD_TEXT = 32 * 1024;

const storable = (text: string) => text.isWellFormed() && !text.includes("\0");
const text = (max: number) =>
  z.string().max(max).refine(storable, { message: "must not contain NUL characters or lone surrogates" });

/** Only these lead out of a page. */
export function webAddress(value: string): string | undefined {
  const url = value.length <= 3000 && storable(value) ? URL.parse(value) : null;
  return url && ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : undefined;
}
/** A picture's address. */
export function pictureAddress(value: string): string | undefined {
  const url = webAddress(value);
  return url && /^https?:/.test(url) ? url : undefined;
}
const link = z.string().max(3000).refine((v) => webAddress(v) !== undefined, {
  message: "an http, https, mailto or tel address",
});
const picture = z.string().max(3000).refine((v) => pictureAddress(v) !== undefined, {
  message: "an http or https address",
});

export const cardField = z.object({
  title: text(4000).default(""),
  value: text(MAX_CARD_TEXT).default("").meta({ description: "Markdown" }),
  short: z.boolean().default(false).meta({ description: "Narrow enough to stand beside another one" }),
});

const actionShape = {
  id: text(255).min(1).meta({ description: "Unique in the message", example: "approve" }),
  label: text(500).min(1),
  style: z.enum(["default", "primary", "danger"]).optional(),
};
export const cardAction = z.object({
  ...actionShape,
  url: link.optional().meta({ description: "A plain link" }),
  value: text(4000).optional().meta({ description: "A click tells it to the program that sent the message" }),
});
export type CardAction = z.infer<typeof cardAction>;

const shape = {
  title: text(4000).optional(),
  title_url: link.optional(),
  text: text(MAX_CARD_TEXT).optional().meta({ description: "Markdown" }),
  fields: z.array(cardField).max(MAX_CARD_FIELDS).optional(),
  color: z.string().regex(/^(good|warning|danger|#[0-9a-f]{6})$/i).optional().meta({
    description: "good, warning, danger or #rrggbb",
    example: "danger",
  }),
  author: z.object({ name: text(1000), url: link.optional(), icon_url: picture.optional() }).optional(),
  image_url: picture.optional(),
  image_alt: text(2000).optional().meta({ description: "What the picture shows, in words" }),
  thumb_url: picture.optional(),
  thumb_alt: text(2000).optional(),
  footer: text(8000).optional().meta({ description: "Markdown, one line" }),
  actions: z.array(cardAction).max(MAX_CARD_ACTIONS).optional(),
};

/** Copies of a card's pictures on this server; readers load nothing from outside. */
const copyId = uuid.optional().meta({ description: "A copy on this server: GET /media/:id" });

export const card = z.object({
  ...shape,
  timestamp: timestamp.optional(),
  image_id: copyId,
  thumb_id: copyId,
  author_icon_id: copyId,
}).meta({
  id: "Card",
  example: {
    title: "Pipeline #42 has failed",
    title_url: "https://ci.example/42",
    text: "**3 of 120** tests failed",
    fields: [{ title: "Branch", value: "main", short: true }],
    color: "danger",
    actions: [{ id: "retry", label: "Retry", value: "42" }],
  },
});
export type Card = z.infer<typeof card>;
export type CardField = z.infer<typeof cardField>;

/** As programs give them. */
export const cardsInput = z.array(z.object({ ...shape, timestamp: timeInput.optional() })).max(MAX_CARDS)
  .superRefine((cards, ctx) => {
    const problem = cardsProblem(cards);
    if (problem) ctx.addIssue({ code: "custom", message: problem });
  });
export type CardInput = z.infer<typeof cardsInput>[number];

/** What is wrong with cards that are each of the right form. */
function cardsProblem(cards: readonly Card[]): string | undefined {
  if (cards.some((one) => !hasContent(one))) return "a card shows something";
  const ids = cards.flatMap((one) => one.actions ?? []).map((action) => action.id);
  if (new Set(ids).size < ids.length) return "ids of actions are unique in the message";
  if (new TextEncoder().encode(JSON.stringify(cards)).length > MAX_CARDS_BYTES) {
    return `at most ${MAX_CARDS_BYTES} bytes as JSON`;
  }
}

/** For messages whose program takes no clicks: their buttons stay as words that nobody can press. Links stay links. */
export function withoutClicks(cards: readonly Card[]): Card[] {
  return cards.map((one) =>
    one.actions ? { ...one, actions: one.actions.map(({ value: _, ...action }) => action) } : one
  );
}

/** Whether the card shows anything. */
export function hasContent(one: Card): boolean {
  return Boolean(
    [one.title, one.text, one.author?.name, one.footer].some((words) => words !== undefined && !isBlank(words)) ||
      one.fields?.length || one.image_url || one.thumb_url || one.actions?.length,
  );
}
