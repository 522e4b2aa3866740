// A person's picture: their own if it lies on this server, else their initials on a colour of their own.
import type { ChatUser } from "../../../protocol/chat.ts";
import { online } from "../../lib/chat/people.ts";
import { initials } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";

const COLOURS = 8;

function colour(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) >>> 0;
  return hash % COLOURS;
}

export function ChatAvatar(
  { user, size = 36, presence }: {
    user: Pick<ChatUser, "id" | "username" | "display_name" | "avatar_url">;
    size?: 20 | 24 | 36 | 48;
    presence?: boolean;
  },
) {
  const own = user.avatar_url?.startsWith("/") && !user.avatar_url.startsWith("//") ? user.avatar_url : null;
  return (
    <span class={`cav cav-${size} cav-c${colour(user.id ?? user.username)}`} aria-hidden="true">
      {own
        ? <img src={own} alt="" width={size} height={size} loading="lazy" />
        : initials(user.display_name || user.username)}
      {presence && user.id ? <Presence id={user.id} /> : null}
    </span>
  );
}

export function Presence({ id, words }: { id: string; words?: boolean }) {
  const status = online.value.get(id) ?? "offline";
  return (
    <>
      <span class={`pdot pdot-${status}`} title={words ? undefined : t(`presence.${status}`)} />
      {words ? <span class="muted">{t(`presence.${status}`)}</span> : null}
    </>
  );
}
