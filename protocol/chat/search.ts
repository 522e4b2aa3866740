// Search in messages and the quick switcher on the wire. A found message is a message with something added, so that a
// program that knows messages can show it.
import { z } from "zod";
import { channelType, chatUser, message } from "./chat.ts";
import { pageQuery, uuid } from "../common.ts";

/** Longest query, in UTF-16 units. */
export const MAX_QUERY = 500;
/** Terms and operators in one query. */
export const MAX_TERMS = 20;
/** Matches that are counted and ranked; there may be more. */
export const MAX_RANKED = 1000;

export const searchQuery = z.object({
  q: z.string().max(MAX_QUERY).refine((v) => v.trim() !== "", { message: "must not be empty" })
    .refine((v) => v.isWellFormed() && !v.includes("\0"), { message: "must not contain NUL or lone surrogates" })
    .meta({
      description: "Words, phrases and operators; see docs/search.md",
      example: 'deploy "blue green" from:@ana',
    }),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: pageQuery.shape.cursor,
  sort: z.enum(["relevance", "recent"]).default("relevance"),
  channel_id: uuid.optional().meta({ description: "Only in this channel" }),
  tz: z.string().min(1).max(64).default("UTC").meta({
    description: "Time zone of the caller's dates, as IANA names it",
    example: "Europe/Madrid",
  }),
});
export type SearchInput = z.infer<typeof searchQuery>;

export const textRange = z.object({
  start: z.number().int().meta({ description: "First UTF-16 unit" }),
  end: z.number().int().meta({ description: "The unit after the last" }),
}).meta({ id: "TextRange" });
export type TextRange = z.infer<typeof textRange>;

const channelRef = z.object({ id: uuid, name: z.string().nullable(), type: channelType });

export const foundMessage = z.object({
  ...message.shape,
  channel: channelRef,
  highlights: z.array(textRange).meta({ description: "What matched in `content`; at most 100" }),
  excerpt: z.object({ text: z.string(), highlights: z.array(textRange) }).meta({
    description: "At most 240 units of the content around the first match; plain text, never HTML",
  }),
  score: z.number(),
}).meta({ id: "FoundMessage" });
export type FoundMessage = z.infer<typeof foundMessage>;

export const searchNote = z.object({
  ...textRange.shape,
  code: z.enum(["unknown_person", "unknown_channel", "parts_of_words", "common_words"]),
  message: z.string(),
}).meta({ id: "SearchNote" });
export type SearchNote = z.infer<typeof searchNote>;

export const searchPage = z.object({
  items: z.array(foundMessage),
  next_cursor: z.string().nullable(),
  total: z.object({
    count: z.number().int().meta({ description: `Exact up to ${MAX_RANKED}` }),
    more: z.boolean().meta({ description: "There are more than `count`, or not everything old was looked at yet" }),
  }),
  notes: z.array(searchNote).meta({ description: "How the query was understood, where that may surprise" }),
});
export type SearchPage = z.infer<typeof searchPage>;

export const suggestQuery = z.object({
  q: z.string().max(80).default(""),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});
export type SuggestInput = z.infer<typeof suggestQuery>;

export const suggestion = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("channel"),
    channel: channelRef,
    is_member: z.boolean(),
    members: z.array(chatUser).meta({ description: "Direct channels only: the other people in it" }),
  }),
  z.object({
    kind: z.literal("user"),
    user: chatUser,
    channel_id: uuid.nullable().meta({ description: "The direct channel with this person, if there is one" }),
  }),
]).meta({ id: "Suggestion" });
export type Suggestion = z.infer<typeof suggestion>;
export const suggestAnswer = z.object({ items: z.array(suggestion) });
