// The caller's channels at the left: favourites, channels, direct messages; what is unread, who is writing, drafts.
import { useRef, useState } from "preact/hooks";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { Button } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { Failure, Skeleton } from "../../components/states.tsx";
import { badge, channels, channelsState, isMuted, loadChannels, sections } from "./lib/channels.ts";
import { drafts } from "./lib/drafts.ts";
import { channelName, partner, plain } from "./lib/text.ts";
import { writers } from "./lib/typing.ts";
import { dialog, place } from "./lib/view.ts";
import { t } from "../../lib/i18n.ts";
import { can, isGuest, user } from "../../lib/session.ts";
import { runShortcut } from "../../lib/shortcuts.ts";
import type { MessageKey } from "../../messages.ts";
import { ChatAvatar, StatusMark, useApart } from "./avatar.tsx";
import { channelMenu } from "./channel_menu.ts";
import { memo } from "./memo.ts";
import { isTouch, useLongPress } from "./long_press.ts";
import { openMenu } from "./menu.tsx";

const SECTIONS = ["favorites", "channels", "direct"] as const;

export function ChannelList() {
  const [filter, setFilter] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const state = channelsState.value;
  const wanted = plain(filter.trim());
  const me = user.value?.id ?? "";
  const lists = sections.value;
  const shown = (list: Channel[]) =>
    wanted ? list.filter((channel) => plain(channelName(channel, me)).includes(wanted)) : list;
  const threads = [...channels.value.values()].reduce((sum, channel) => sum + channel.thread_unread_count, 0);
  const none = wanted !== "" && SECTIONS.every((name) => !shown(lists[name]).length);
  return (
    <aside class="chan-side" aria-label={t("chat.channels")}>
      <div class="chan-top">
        <label class="search">
          <Icon name="search" size={18} />
          <input
            ref={field}
            class="input"
            type="search"
            data-search
            value={filter}
            placeholder={t("chat.filter")}
            aria-label={t("chat.filter")}
            onInput={(event) => setFilter(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape" && filter) {
                event.stopPropagation();
                setFilter("");
              }
              if (event.key === "Enter" || event.key === "ArrowDown") {
                event.preventDefault();
                const first = document.querySelector<HTMLAnchorElement>(".chan-nav a.chan");
                if (event.key === "Enter") first?.click();
                else first?.focus();
              }
            }}
          />
        </label>
        <Button
          kind="quiet"
          icon="plus"
          label={t("chat.new")}
          data-new
          aria-haspopup="menu"
          onClick={(event) => openMenu(event.currentTarget, newMenu())}
        />
      </div>
      <nav class="chan-nav" aria-label={t("chat.channels")} onKeyDown={listKeys}>
        {wanted ? null : (
          <div class="chan-fixed">
            <a
              href="/chat/threads"
              class={threads > 0 ? "chan chan-unread" : "chan"}
              aria-current={place.value.kind === "threads" ? "page" : undefined}
            >
              <span class="chan-icon">
                <Icon name="thread" size={18} />
              </span>
              <span class="chan-name">{t("chat.threads")}</span>
              {threads > 0 ? <span class="count count-quiet">{atMost(threads)}</span> : null}
            </a>
          </div>
        )}
        {state === "loading"
          ? <Skeleton rows={8} />
          : state === "ready"
          ? null
          : <Failure error={state} onRetry={loadChannels} />}
        {SECTIONS.map((name) => <Section key={name} name={name} list={shown(lists[name])} filtered={wanted !== ""} />)}
        {none
          ? (
            <p class="chan-none muted">
              {t("chat.filter_none")} {isGuest() ? null : (
                <button
                  type="button"
                  class="text-button"
                  onClick={() => dialog.value = "browse"}
                >
                  {t("chat.browse")}
                </button>
              )}
            </p>
          )
          : null}
      </nav>
    </aside>
  );
}

function newMenu() {
  return [
    ...(can("chat.channels.create")
      ? [{ icon: "hash", label: t("chat.create"), run: () => dialog.value = "create" }]
      : []),
    ...(can("chat.send") ? [{ icon: "chat", label: t("chat.new_direct"), run: () => dialog.value = "direct" }] : []),
    // Guests see no channel but their own.
    ...(isGuest() ? [] : [{ icon: "compass", label: t("chat.browse"), run: () => dialog.value = "browse" }]),
  ];
}

function Section({ name, list, filtered }: { name: typeof SECTIONS[number]; list: Channel[]; filtered: boolean }) {
  const [closed, setClosed] = useState(false);
  useApart(list.map((channel) => partner(channel, user.value?.id ?? "")?.id));
  if (!list.length && (filtered || name === "favorites" || channelsState.value !== "ready")) return null;
  const open = !closed || filtered;
  const add = { favorites: null, channels: "browse", direct: "direct" } as const;
  const dialogName = add[name] === "browse" && isGuest() ? null : add[name];
  return (
    <section class="chan-section">
      <header>
        <button type="button" class="chan-fold" aria-expanded={open} onClick={() => setClosed(!closed)}>
          <Icon name={open ? "chevron-down" : "chevron-right"} size={16} />
          {t(`chat.section.${name}` as MessageKey)}
        </button>
        {dialogName
          ? (
            <Button
              kind="quiet"
              small
              icon={dialogName === "browse" ? "compass" : "plus"}
              label={t(dialogName === "browse" ? "chat.browse" : "chat.new_direct")}
              onClick={() => dialog.value = dialogName}
            />
          )
          : null}
      </header>
      <ul>
        {(open ? list : list.filter((channel) => badge(channel) > 0 || channel.id === place.value.channelId)).map((
          channel,
        ) => (
          <li key={channel.id}>
            <ChannelLink channel={channel} active={channel.id === place.value.channelId} />
          </li>
        ))}
        {open && !list.length
          ? (
            <li>
              <button type="button" class="chan chan-add" onClick={() => dialog.value = dialogName}>
                <span class="chan-icon">
                  <Icon name="plus" size={16} />
                </span>
                {t(name === "direct" ? "chat.new_direct" : "chat.browse")}
              </button>
            </li>
          )
          : null}
      </ul>
    </section>
  );
}

const ChannelLink = memo(function ChannelLink({ channel, active }: { channel: Channel; active: boolean }) {
  const me = user.value?.id ?? "";
  const name = channelName(channel, me);
  const other = partner(channel, me);
  const count = badge(channel);
  const muted = isMuted(channel);
  const unread = !muted && (channel.unread_count > 0 || count > 0);
  const typing = (writers.value.get(channel.id) ?? []).some((writer) => !writer.rootId);
  const draft = !active && drafts.value.has(channel.id);
  const press = useLongPress((spot, element) => openMenu(element, channelMenu(channel), spot));
  const classes = ["chan", unread && "chan-unread", muted && "chan-muted"].filter(Boolean).join(" ");
  const words = [
    count > 0
      ? t("chat.aria_mentions", { n: count })
      : unread
      ? t("chat.aria_unread", { n: channel.unread_count })
      : "",
    muted ? t("chat.muted") : "",
    draft ? t("chat.draft") : "",
  ].filter(Boolean).join(", ");
  return (
    <a
      href={`/chat/${channel.id}`}
      class={classes}
      aria-current={active ? "page" : undefined}
      data-channel={channel.id}
      {...press}
      onContextMenu={(event) => {
        event.preventDefault();
        if (!isTouch(event)) {
          openMenu(event.currentTarget, channelMenu(channel), { x: event.clientX, y: event.clientY });
        }
      }}
    >
      <span class="chan-icon">
        {other
          ? <ChatAvatar user={other} size={24} presence />
          : channel.type === "direct"
          ? <span class="chan-group">{channel.members.length - 1 || 1}</span>
          : <Icon name={channel.type === "private" ? "lock" : "hash"} size={18} />}
      </span>
      <span class="chan-name">{name}</span>
      {words ? <span class="offscreen">, {words}</span> : null}
      {other?.id ? <StatusMark id={other.id} /> : null}
      {typing
        ? (
          <span class="typing-dots" role="img" aria-label={t("chat.typing_short")}>
            <i />
            <i />
            <i />
          </span>
        )
        : null}
      {draft ? <Icon name="edit" size={16} /> : null}
      {muted ? <Icon name="bell-off" size={16} /> : null}
      {count > 0
        ? <span class="count" aria-hidden="true">{atMost(count)}</span>
        : unread
        ? <span class="count count-quiet" aria-hidden="true">{atMost(channel.unread_count)}</span>
        : null}
    </a>
  );
});

const atMost = (count: number) => count > 99 ? "99+" : count;

/** Arrow keys go up and down the list; another opens the menu of the channel. */
function listKeys(event: KeyboardEvent): void {
  const links = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>("a.chan, button.chan")];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const go = (step: 1 | -1) => {
    const next = at < 0 ? undefined : links[at + step];
    next?.focus();
    return next !== undefined;
  };
  runShortcut("channels", event, {
    up: () => go(-1),
    down: () => go(1),
    menu() {
      const channel = channels.peek().get(links[at]?.dataset.channel ?? "");
      if (!channel) return false;
      openMenu(links[at]!, channelMenu(channel));
    },
  });
}
