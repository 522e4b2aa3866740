// Above the messages: what channel this is, its topic, and the ways into its panels.
import { useRef } from "preact/hooks";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { Button } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { isMuted } from "./lib/channels.ts";
import { channelName, partner } from "./lib/text.ts";
import type { Timeline } from "./lib/timeline.ts";
import { place, togglePanel } from "./lib/view.ts";
import { t } from "../../lib/i18n.ts";
import { navigate } from "../../lib/router.ts";
import { knowsPresence, shownOf } from "../../lib/presence.ts";
import { user } from "../../lib/session.ts";
import { AwayLine } from "./away_line.tsx";
import { ChatAvatar } from "./avatar.tsx";
import { channelMenu } from "./channel_menu.ts";
import { openMenu } from "./menu.tsx";

export function ChannelHeader({ channel, timeline }: { channel: Channel; timeline: Timeline }) {
  const me = user.value?.id ?? "";
  const other = partner(channel, me);
  const name = channelName(channel, me);
  const panel = place.value.panel;
  const shown = other?.id && knowsPresence(other.id) ? shownOf(other.id) : null;
  return (
    <header class="chat-head">
      <Button
        kind="quiet"
        icon="arrow-left"
        class="only-phone"
        label={t("chat.back")}
        onClick={() => navigate("/chat")}
      />
      <span class="chat-head-icon">
        {other
          ? <ChatAvatar user={other} presence />
          : <Icon name={channel.type === "private" ? "lock" : channel.type === "direct" ? "users" : "hash"} />}
      </span>
      <div class="chat-head-text">
        <h1 tabIndex={-1}>
          <button
            type="button"
            class="chat-head-name"
            aria-haspopup="menu"
            onClick={(event) => openMenu(event.currentTarget, channelMenu(channel))}
          >
            {name}
            <Icon name="chevron-down" size={16} />
          </button>
          {channel.favorite ? <Icon name="star" size={16} label={t("chat.section.favorites")} /> : null}
          {isMuted(channel) ? <Icon name="bell-off" size={16} label={t("chat.muted")} /> : null}
        </h1>
        <AwayLine />
        <p class="chat-topic" title={shown?.text ?? (channel.topic || channel.description)}>
          {shown
            ? [t(`presence.${shown.status}`), shown.text].filter(Boolean).join(" · ")
            : channel.topic || channel.description ||
              (channel.type === "direct" ? t("chat.people_n", { n: channel.members.length }) : t("chat.no_topic"))}
        </p>
      </div>
      <div class="chat-head-actions">
        {channel.type === "direct" ? null : (
          <Button
            kind="quiet"
            small
            icon="users"
            class="only-wide"
            aria-label={t("chat.people_n", { n: channel.member_count })}
            title={t("chat.people")}
            aria-pressed={panel === "people"}
            onClick={() => togglePanel("people")}
          >
            {channel.member_count}
          </Button>
        )}
        <DateJump timeline={timeline} />
        <Button
          kind="quiet"
          icon="bookmark"
          class="only-wide"
          label={t("chat.pins")}
          aria-pressed={panel === "pins"}
          onClick={() => togglePanel("pins")}
        />
        <Button
          kind="quiet"
          icon="search"
          label={t("chat.search")}
          aria-pressed={panel === "search"}
          onClick={() => togglePanel("search")}
        />
        <Button
          kind="quiet"
          icon="info"
          label={t("chat.details")}
          aria-pressed={panel === "info"}
          onClick={() => togglePanel("info")}
        />
      </div>
    </header>
  );
}

/** A date to jump to, with the browser's own calendar. */
function DateJump({ timeline }: { timeline: Timeline }) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <span class="date-jump only-wide">
      <Button
        kind="quiet"
        icon="calendar"
        label={t("chat.jump_date")}
        onClick={() => {
          try {
            field.current!.showPicker();
          } catch {
            field.current!.focus();
          }
        }}
      />
      <input
        ref={field}
        type="date"
        tabIndex={-1}
        aria-label={t("chat.jump_date")}
        max={new Date().toLocaleDateString("sv")}
        onChange={(event) => {
          const { value } = event.currentTarget;
          if (value) timeline.openAt(new Date(`${value}T00:00:00`));
        }}
      />
    </span>
  );
}
