// The text of a message: Markdown through two walls (lib/chat/markdown.ts), put into the page as HTML.
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { messageText } from "../../../protocol/chat/card_text.ts";
import type { Message } from "../../../protocol/chat/chat.ts";
import { DELETED_USERNAME } from "../../../protocol/accounts/deleted_user.ts";
import { callsEverybody } from "../../../protocol/chat/mentions.ts";
import { channels } from "./lib/channels.ts";
import { emojiVersion, isJumbo } from "./lib/emoji.ts";
import { beginning } from "./lib/fold.ts";
import { colourCode } from "./lib/highlight.ts";
import { plainText, renderMarkdown } from "./lib/markdown.ts";
import { people } from "./lib/people.ts";
import { t } from "../../lib/i18n.ts";
import { user } from "../../lib/session.ts";
import { computed, signal } from "@preact/signals";

/** Channels that a text can name, by name in lower case. */
const named = computed(() => {
  const map = new Map<string, string>();
  for (const channel of channels.value.values()) {
    if (channel.name !== null) map.set(channel.name.toLowerCase(), channel.id);
  }
  return map;
});

/** Long texts that are shown whole: they stay so when their row leaves the screen and comes back. */
const opened = signal<ReadonlySet<string>>(new Set());
const MAX_OPENED = 100;

function toggle(content: string): void {
  const next = new Set(opened.peek());
  if (!next.delete(content)) next.add(content);
  if (next.size > MAX_OPENED) next.delete(next.values().next().value!);
  opened.value = next;
}

export function MessageBody({ message }: { message: Pick<Message, "content" | "mentions"> }) {
  const { content, mentions } = message;
  const me = user.value?.id ?? "";
  const version = emojiVersion.value, map = named.value, copy = t("copy.copy");
  const box = useRef<HTMLDivElement>(null);
  const start = useMemo(() => beginning(content), [content]);
  const whole = start === null || opened.value.has(content);
  const shown = whole ? content : start;
  const html = useMemo(() => {
    const mentioned = new Map<string, string>(), names = new Map<string, string>();
    const groups = new Map<string, boolean>();
    for (const mention of mentions) {
      if (mention.type === "group") groups.set(mention.handle, mention.user_ids.includes(me));
      if (mention.type !== "user") continue;
      const key = mention.username.toLowerCase();
      mentioned.set(key, mention.id);
      const known = people.peek().get(mention.id);
      if (key === DELETED_USERNAME) names.set(key, t("person.deleted"));
      else if (known) names.set(key, known.display_name);
    }
    return renderMarkdown(shown, {
      people: mentioned,
      names,
      groups,
      everybody: mentions.some(callsEverybody),
      channels: map,
      me,
      copy,
    }, version);
  }, [shown, mentions, me, version, map, copy]);
  useLayoutEffect(() => colourCode(box.current!), [html]);
  const jumbo = useMemo(() => isJumbo(content), [content]);
  return (
    <>
      <div
        ref={box}
        class={jumbo ? "md md-jumbo" : start !== null && !whole ? "md md-folded" : "md"}
        dir="auto"
        dangerouslySetInnerHTML={{ __html: html }}
      />
      {start === null
        ? null
        : (
          <button type="button" class="text-button md-more" aria-expanded={whole} onClick={() => toggle(content)}>
            {whole ? t("chat.fold.less") : t("chat.fold.more", { n: content.length })}
          </button>
        )}
    </>
  );
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
