// Whom mentions mean. Without schemas: the console reads it too.
import type { Mention } from "./chat.ts";

/** Whether the mention means everybody in the channel. */
export const callsEverybody = (mention: Mention): boolean => mention.type === "channel" || mention.type === "here";

/** Ids of the people whom mentions name, by themselves or by a group, each once. */
export const mentionedIds = (mentions: readonly Mention[]): string[] => [
  ...new Set(
    mentions.flatMap((mention) =>
      mention.type === "user" ? [mention.id] : mention.type === "group" ? mention.user_ids : []
    ),
  ),
];
