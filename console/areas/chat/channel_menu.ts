// What can be done with a channel from the list: its context menu, and the same behind the arrow of the header.
import { inner } from "../../lib/base.ts";
import { signal } from "@preact/signals";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { NOTIFY_LEVELS } from "./lib/levels.ts";
import { changeSettings, FOR_EVER, leaveChannel, markChannelRead } from "./lib/actions.ts";
import { isMuted } from "./lib/channels.ts";
import { openChannel, openPanel } from "./lib/view.ts";
import { t } from "../../lib/i18n.ts";
import { navigate } from "../../lib/router.ts";
import type { MessageKey } from "../../messages.ts";
import type { MenuItem } from "./menu.tsx";

/** Leaving a private channel cannot be undone alone: it is asked first. */
export const leavingChannel = signal<Channel | null>(null);

export function channelMenu(channel: Channel): MenuItem[] {
  const muted = isMuted(channel);
  const direct = channel.type === "direct";
  return [
    ...(channel.unread_count > 0 || channel.mention_count > 0
      ? [{ icon: "check", label: t("chat.mark_read"), run: () => markChannelRead(channel) }]
      : []),
    {
      icon: "star",
      label: t(channel.favorite ? "chat.unfavorite" : "chat.favorite"),
      run: () => changeSettings(channel, { favorite: !channel.favorite }),
    },
    muted
      ? { icon: "bell", label: t("chat.unmute"), run: () => changeSettings(channel, { muted_until: null }) }
      : { icon: "bell-off", label: t("chat.mute"), run: () => changeSettings(channel, { muted_until: FOR_EVER }) },
    ...(muted ? [] : [{
      icon: "clock",
      label: t("chat.mute_hours"),
      run: () => changeSettings(channel, { muted_until: new Date(Date.now() + 8 * 3_600_000).toISOString() }),
    }]),
    ...NOTIFY_LEVELS.map((level, i) => ({
      label: t(`chat.notify.${level}` as MessageKey),
      checked: channel.notify === level,
      apart: i === 0,
      run: () => changeSettings(channel, { notify: level }),
    })),
    {
      icon: "info",
      label: t("chat.details"),
      apart: true,
      run: () => {
        openChannel(channel.id);
        openPanel("info");
      },
    },
    direct
      ? {
        icon: "eye-off",
        label: t("chat.hide"),
        run: () => {
          changeSettings(channel, { hidden: true });
          if (inner(location.pathname).startsWith(`/chat/${channel.id}`)) navigate("/chat");
        },
      }
      : {
        icon: "log-out",
        label: t("chat.leave"),
        danger: true,
        run: () => channel.type === "private" ? leavingChannel.value = channel : leaveChannel(channel),
      },
  ];
}
