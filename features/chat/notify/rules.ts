// Whether a message notifies a person, and as what. Pure: everything it needs to know comes in. Rules, first match wins:
//  - nobody hears of their own messages, of what they cannot see or was written before they came, or of a channel that they muted or set to `none`;
//  - in a direct channel every message is for you;
//  - being named, @channel, and @here for who is online;
//  - your keywords; replies in threads that you follow; every message, where you want them all.
// A channel's own level comes before the general one. Words in code count for nothing.
import type { ChannelType, Message, NotifyLevel } from "../../../protocol/chat/chat.ts";
import type { ChatNotificationType, ChatPreferences } from "../../../protocol/notifications/push.ts";
import { hasUnspaced } from "../../../protocol/operation/scripts.ts";
import { fold } from "../search/fold_text.ts";
import { withoutCode } from "../messages/mentions.ts";

/** A member of the channel, who may read it. */
export interface Listener {
  userId: string;
  visibleAfterSeq: number;
  joinedAt: Date;
  mutedUntil: Date | null;
  notify: NotifyLevel;
  preferences: ChatPreferences;
  locale: string;
}

/** What is the same for all its listeners. */
export interface Heard {
  message: Message;
  channelType: ChannelType;
  /** Ids of the people named. */
  named: ReadonlySet<string>;
  channel: boolean;
  here: boolean;
  /** The text as keywords are looked up in it. */
  folded: string;
  /** Who follows its thread. */
  followers: ReadonlySet<string>;
  online: ReadonlySet<string>;
}

export interface Verdict {
  type: ChatNotificationType;
  /** The keyword, as the person wrote it; `@channel` or `@here` for a mention of everybody. */
  word?: string;
}

export function verdictOf(heard: Heard, listener: Listener, now: Date): Verdict | null {
  const { message, channelType } = heard;
  const { userId, notify, preferences } = listener;
  if (message.user.id === userId || message.seq <= listener.visibleAfterSeq) return null;
  if (listener.joinedAt.getTime() > Date.parse(message.created_at)) return null;
  if (notify === "none" || (listener.mutedUntil && listener.mutedUntil > now)) return null;
  const named = heard.named.has(userId);
  if (channelType === "direct") {
    return notify !== "mentions" || named ? { type: "direct_message" } : null;
  }
  const level = notify === "default" ? preferences.level : notify;
  if (level === "none") return null;
  if (named) return { type: "mention" };
  if (preferences.group_mentions) {
    if (heard.channel) return { type: "mention", word: "@channel" };
    if (heard.here && heard.online.has(userId)) return { type: "mention", word: "@here" };
  }
  const word = preferences.keywords.find((keyword) => containsWord(heard.folded, fold(keyword)));
  if (word) return { type: "keyword", word };
  if (message.root_id && preferences.threads && heard.followers.has(userId)) return { type: "thread_reply" };
  return level === "all" && !message.root_id ? { type: "channel_message" } : null;
}

/** A message's text for `containsWord`. */
export const foldedText = (content: string): string => fold(withoutCode(content));

const IN_WORD = /[\p{L}\p{N}_]/u;

/** Whole words only: `cat` is not in `concatenate`. In scripts without spaces a word ends anywhere. */
export function containsWord(text: string, word: string): boolean {
  if (word === "") return false;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = text.slice(Math.max(0, at - 2), at).at(-1) ?? "", after = text[at + word.length] ?? "";
    const free = (outside: string, edge: string) =>
      !(IN_WORD.test(outside) && IN_WORD.test(edge)) || hasUnspaced(outside) || hasUnspaced(edge);
    if (free(before, word[0]!) && free(after, word.at(-1)!)) return true;
  }
  return false;
}
