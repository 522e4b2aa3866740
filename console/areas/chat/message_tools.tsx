// What can be done with a message: a toolbar under the pointer, a menu with everything, and the same as a sheet on a phone
// (long press).
import { messageText } from "../../../protocol/chat/card_text.ts";
import { signal } from "@preact/signals";
import type { Message } from "../../../protocol/chat/chat.ts";
import { guarded } from "../../components/guarded.tsx";
import { Icon } from "../../components/icon.tsx";
import {
  copyLink,
  deleting,
  editing,
  mine,
  reactingTo,
  reporting,
  togglePin,
  toggleReaction,
  unreadFromHere,
} from "./lib/actions.ts";
import { channels } from "./lib/channels.ts";
import { quickEmoji } from "./lib/emoji.ts";
import { openThread } from "./lib/view.ts";
import { t } from "../../lib/i18n.ts";
import { can } from "../../lib/session.ts";
import { shownEmoji } from "./reactions.tsx";
import { Menu, type MenuItem, openMenu } from "./menu.tsx";

const sheet = signal<{ message: Message; inThread: boolean } | null>(null);

export function openSheet(message: Message, inThread: boolean): void {
  sheet.value = { message, inThread };
}

/** Everything that the person may do with it, most wanted first. */
function itemsFor(message: Message, inThread: boolean): MenuItem[] {
  const rights = new Set(channels.peek().get(message.channel_id)?.rights);
  const own = mine(message), alive = !message.is_deleted;
  const items: (MenuItem | false)[] = [
    !inThread && { icon: "thread", label: t("chat.reply"), run: () => openThread(message.root_id ?? message.id) },
    alive && own && rights.has("post") && {
      icon: "edit",
      label: t("chat.edit"),
      run: () => editing.value = message.id,
    },
    alive && rights.has("pin") && {
      icon: "bookmark",
      label: t(message.is_pinned ? "chat.unpin" : "chat.pin"),
      run: () => togglePin(message),
    },
    { icon: "link", label: t("chat.copy_link"), run: () => copyLink(message) },
    alive && messageText(message) !== "" && {
      icon: "copy",
      label: t("chat.copy_text"),
      run: () => navigator.clipboard?.writeText(messageText(message)).catch(() => {}),
    },
    !message.root_id && { icon: "unread", label: t("chat.mark_unread"), run: () => unreadFromHere(message) },
    alive && !own && message.user.id !== null && {
      icon: "flag",
      label: t("chat.report"),
      run: () => reporting.value = message,
    },
    alive && (own || rights.has("delete_others") || can("chat.moderate")) && {
      icon: "trash",
      label: t("chat.delete"),
      danger: true,
      run: () => deleting.value = message,
    },
  ];
  return items.filter((item) => item !== false);
}

export function MessageTools({ message, inThread }: { message: Message; inThread: boolean }) {
  const rights = channels.value.get(message.channel_id)?.rights ?? [];
  const react = rights.includes("react") && !message.is_deleted;
  return (
    <div class="msg-tools" role="toolbar" aria-label={t("chat.message_tools")}>
      {react
        ? quickEmoji(3).map((emoji) => (
          <button
            type="button"
            key={emoji}
            class="tool tool-emoji"
            aria-label={t("chat.react_with", { emoji })}
            onClick={() => toggleReaction(message, emoji)}
          >
            {shownEmoji(emoji)}
          </button>
        ))
        : null}
      {react
        ? (
          <Tool
            icon="smile-plus"
            label={t("chat.react")}
            onClick={(event) => reactingTo.value = { message, anchor: event.currentTarget as Element }}
          />
        )
        : null}
      {inThread ? null : <Tool icon="thread" label={t("chat.reply")} onClick={() => openThread(message.id)} />}
      {mine(message) && !message.is_deleted && rights.includes("post")
        ? <Tool icon="edit" label={t("chat.edit")} onClick={() => editing.value = message.id} />
        : null}
      <Tool
        icon="more"
        label={t("chat.more")}
        menu
        onClick={(event) => openMenu(event.currentTarget as Element, itemsFor(message, inThread))}
      />
    </div>
  );
}

function Tool(
  { icon, label, menu, onClick }: { icon: string; label: string; menu?: boolean; onClick: (event: Event) => void },
) {
  return (
    <button
      type="button"
      class="tool"
      aria-label={label}
      title={label}
      aria-haspopup={menu ? "menu" : undefined}
      onClick={onClick}
    >
      <Icon name={icon} size={18} />
    </button>
  );
}

const close = () => sheet.value = null;

/** The sheet at the lower edge of a phone. Stands once in the page. */
export const MessageSheet = guarded(function MessageSheet() {
  const open = sheet.value;
  if (!open) return null;
  const { message, inThread } = open;
  const react = channels.value.get(message.channel_id)?.rights.includes("react") && !message.is_deleted;
  return (
    <div class="sheet-shade" onClick={close}>
      <div
        class="sheet"
        role="dialog"
        aria-modal="true"
        aria-label={t("chat.message_tools")}
        onClick={(event) => event.stopPropagation()}
      >
        {react
          ? (
            <div class="sheet-emoji">
              {quickEmoji(6).map((emoji) => (
                <button
                  type="button"
                  key={emoji}
                  aria-label={t("chat.react_with", { emoji })}
                  onClick={() => (toggleReaction(message, emoji), close())}
                >
                  {shownEmoji(emoji)}
                </button>
              ))}
              <button
                type="button"
                aria-label={t("chat.react")}
                onClick={(event) => {
                  // The sheet goes: the picker stands beside the message.
                  const anchor = document.querySelector(`.msg[data-id="${message.id}"]`) ?? event.currentTarget;
                  reactingTo.value = { message, anchor };
                  close();
                }}
              >
                <Icon name="smile-plus" size={24} />
              </button>
            </div>
          )
          : null}
        <Menu items={itemsFor(message, inThread)} onClose={close} />
      </div>
    </div>
  );
}, close);
