// Reactions below a message: how many, who, and whether one of them is one's own.
import type { Message } from "../../../protocol/chat/chat.ts";
import { Icon } from "../../components/icon.tsx";
import { reactingTo, toggleReaction } from "./lib/actions.ts";
import { emojiOf } from "./lib/emoji.ts";
import { personName } from "./lib/people.ts";
import { language, t } from "../../lib/i18n.ts";
import { user } from "../../lib/session.ts";

const NAMES = 12;

/** `thumbsup` may stand for an emoji as well as the emoji itself. */
export const shownEmoji = (emoji: string): string =>
  /^[a-z0-9_+-]+$/.test(emoji) ? emojiOf(emoji) ?? `:${emoji}:` : emoji;

export function Reactions({ message, allowed }: { message: Message; allowed: boolean }) {
  if (!message.reactions.length) return null;
  const me = user.value?.id ?? "";
  return (
    <div class="reactions">
      {message.reactions.map(({ emoji, count, user_ids }) => {
        const own = user_ids.includes(me);
        const names = user_ids.slice(0, NAMES).map((id) => id === me ? t("chat.you") : personName(id));
        const rest = count - names.length;
        const list = new Intl.ListFormat(language.value).format(
          rest > 0 ? [...names, t("chat.others", { n: rest })] : names,
        );
        const words = t("chat.reacted", { who: list, emoji: shownEmoji(emoji) });
        return (
          <button
            type="button"
            key={emoji}
            class={own ? "reaction reaction-own" : "reaction"}
            aria-pressed={own}
            aria-label={words}
            title={words}
            disabled={!allowed}
            onClick={() => toggleReaction(message, emoji)}
          >
            <span class="reaction-emoji">{shownEmoji(emoji)}</span>
            <span class="reaction-count">{count}</span>
          </button>
        );
      })}
      {allowed
        ? (
          <button
            type="button"
            class="reaction reaction-add"
            aria-label={t("chat.react")}
            title={t("chat.react")}
            onClick={(event) => reactingTo.value = { message, anchor: event.currentTarget }}
          >
            <Icon name="smile-plus" size={16} />
          </button>
        )
        : null}
    </div>
  );
}
