// What stands in place of the composer where nobody may write, and why.
import { signal } from "@preact/signals";
import type { Channel } from "../../../protocol/chat/chat.ts";
import type { Restriction } from "../../../protocol/chat/moderation.ts";
import { Button } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { attempt, joinChannel } from "./lib/actions.ts";
import { putChannel } from "./lib/channels.ts";
import { longTime } from "./lib/text.ts";
import { get, put } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { can } from "../../lib/session.ts";

/** Channel → what moderation forbids there. */
export const closedReason = signal<ReadonlyMap<string, Restriction>>(new Map());

/** Asks what moderation forbids the person here; nothing when there is no such thing. */
export async function loadRestrictions(channelId: string): Promise<void> {
  try {
    const { items } = await get<{ items: Restriction[] }>("/chat/restrictions");
    const mine = items.find((item) => item.channel_id === null || item.channel_id === channelId);
    const next = new Map(closedReason.peek());
    if (mine) next.set(channelId, mine);
    else if (!next.delete(channelId)) return;
    closedReason.value = next;
  } catch { /* the server says it when something is sent */ }
}

export function ClosedComposer({ channel }: { channel: Channel }) {
  const restriction = closedReason.value.get(channel.id);
  let icon = "lock", text = t("chat.closed.rights"), action = null;
  if (restriction) {
    icon = "alert";
    const until = restriction.expires_at
      ? t("chat.closed.until", { time: longTime(Date.parse(restriction.expires_at)) })
      : "";
    text = [
      t(restriction.action_type === "ban" ? "chat.closed.banned" : "chat.closed.muted"),
      until,
      restriction.reason,
    ].filter(Boolean).join(" ");
  } else if (channel.is_archived) {
    icon = "archive";
    text = t("chat.closed.archived");
    if (channel.rights.includes("manage")) {
      const restore = () =>
        attempt(async () => putChannel(await put<Channel>(`/channels/${channel.id}`, { is_archived: false })));
      action = <Button small onClick={restore}>{t("chat.unarchive")}</Button>;
    }
  } else if (!channel.is_member) {
    icon = "hash";
    text = t("chat.closed.join");
    if (channel.type === "public") {
      action = <Button small kind="primary" onClick={() => joinChannel(channel.id)}>{t("chat.join")}</Button>;
    }
  } else if (!can("chat.send")) text = t("chat.closed.viewer");
  return (
    <div class="composer-closed" role="status">
      <Icon name={icon} />
      <span>{text}</span>
      {action}
    </div>
  );
}
