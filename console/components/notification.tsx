// One notification of the inbox as people read it: who or what, title, two lines of text, where from and when. The inbox and
// the bell's pop-over show the same.
import type { ComponentChildren } from "preact";
import { t } from "../lib/i18n.ts";
import { notificationText } from "../lib/notification_text.ts";
import { typeIcon, typeTone } from "../lib/presets.ts";
import type { InboxItem } from "../lib/types.ts";
import { ChatAvatar } from "../areas/chat/avatar.tsx";
import { Time } from "./basic.tsx";
import { Icon } from "./icon.tsx";

export function NotificationContent({ item, more }: { item: InboxItem; more?: ComponentChildren }) {
  const { title, text, person, from } = notificationText(item);
  // A title that names the sender needs no second mention.
  const sender = title.includes(from) ? "" : from;
  return (
    <>
      {person ? <ChatAvatar user={person} /> : (
        <span class={`type-icon tone-${typeTone(item.type)}`}>
          <Icon name={typeIcon(item.type)} />
        </span>
      )}
      <span class="note-text">
        <strong>{title}</strong>
        {text ? <span class="note-body">{text}</span> : null}
        <span class="note-meta">
          {sender ? <span>{sender}</span> : null}
          {more}
          <Time value={item.created_at} />
        </span>
      </span>
      {item.read_at ? null : <span class="dot" role="img" aria-label={t("inbox.unread")} />}
    </>
  );
}
