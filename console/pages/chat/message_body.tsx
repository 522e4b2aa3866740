// The text of a message: Markdown through two walls (lib/chat/markdown.ts), put into the page as HTML.
import { useMemo } from "preact/hooks";
import { messageText } from "../../../protocol/card_text.ts";
import type { Message } from "../../../protocol/chat.ts";
import { channels } from "../../lib/chat/channels.ts";
import { emojiVersion, isJumbo } from "../../lib/chat/emoji.ts";
import { plainText, renderMarkdown } from "../../lib/chat/markdown.ts";
import { people } from "../../lib/chat/people.ts";
import { t } from "../../lib/i18n.ts";
import { user } from "../../lib/session.ts";
import { computed } from "@preact/signals";

/** Channels that a text can name, by name in lower case. */
const named = computed(() => {
  const map = new Map<string, string>();
  for (const channel of channels.value.values()) {
    if (channel.name !== null) map.set(channel.name.toLowerCase(), channel.id);
  }
  return map;
});

export function MessageBody({ message }: { message: Pick<Message, "content" | "mentions"> }) {
  const { content, mentions } = message;
  const me = user.value?.id ?? "";
  const version = emojiVersion.value, map = named.value, copy = t("copy.copy");
  const html = useMemo(() => {
    const mentioned = new Map<string, string>(), names = new Map<string, string>();
    for (const mention of mentions) {
      if (mention.type !== "user") continue;
      const key = mention.username.toLowerCase();
      mentioned.set(key, mention.id);
      const known = people.peek().get(mention.id);
      if (known) names.set(key, known.display_name);
    }
    return renderMarkdown(content, {
      people: mentioned,
      names,
      everybody: mentions.some((mention) => mention.type !== "user"),
      channels: map,
      me,
      copy,
    }, version);
  }, [content, mentions, me, version, map, copy]);
  const jumbo = useMemo(() => isJumbo(content), [content]);
  return <div class={jumbo ? "md md-jumbo" : "md"} dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}

/** One listener for all texts: copy buttons of code. */
export function onBodyClick(event: Event): void {
  const button = (event.target as Element).closest?.(".md-copy");
  if (!button) return;
  const code = button.closest(".md-code")?.querySelector("pre")?.textContent ?? "";
  navigator.clipboard?.writeText(code).then(() => {
    const words = button.textContent;
    button.textContent = t("copy.done");
    setTimeout(() => button.textContent = words, 2_000);
  }, () => {});
}

/** All that a message says, in words without formatting. */
export const spokenText = (message: Message): string => plainText(messageText(message));
