// One notification in a list: icon in the tone of its type, message, type, channel, time.
import { Icon } from "../../components/icon.tsx";
import { clock, humanType, utc } from "../../lib/format.ts";
import type { FeedItem } from "../../lib/feed.ts";
import { locale, t } from "../../lib/i18n.ts";
import { notificationText } from "../../lib/notification_text.ts";
import { typeIcon, typeLabel, typeTone } from "../../lib/presets.ts";

/** `user:<id>:notifications` is long and always one's own. */
export function channelName(channel: string): string {
  return /^user:.*:notifications$/.test(channel) ? t("live.channel.me") : channel;
}

export function FeedRow(
  { item, onOpen, role }: { item: FeedItem; onOpen?: (item: FeedItem) => void; role?: "listitem" },
) {
  const label = typeLabel(item.type) ?? humanType(item.type);
  const content = (
    <>
      <span class={`type-icon tone-${typeTone(item.type)}`}>
        <Icon name={typeIcon(item.type)} />
      </span>
      <span class="feed-text">
        <strong>{notificationText(item).text || label}</strong>
        <span class="feed-meta">
          <span>{label}</span>
          <span class="feed-channel">{channelName(item.channel)}</span>
          {item.replayed && !item.history ? <span class="feed-replayed">{t("live.replayed")}</span> : null}
        </span>
      </span>
      <time class="feed-time" dateTime={new Date(item.timestamp).toISOString()} title={utc(item.timestamp)}>
        {clock(item.timestamp, locale())}
      </time>
    </>
  );
  return onOpen
    ? <button type="button" class="feed-row" onClick={() => onOpen(item)}>{content}</button>
    : <div class="feed-row" role={role}>{content}</div>;
}
