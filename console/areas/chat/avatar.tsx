// A person's picture: their own if it lies on this server, else their initials on a colour. With it, or beside a name, whether
// they are there and what they show.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { ChatUser } from "../../../protocol/chat/chat.ts";
import { isGone, people, roles } from "./lib/people.ts";
import { Badge } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import { colourOf, keepApart } from "../../lib/colours.ts";
import { dateTime, initials } from "../../lib/format.ts";
import { locale, t } from "../../lib/i18n.ts";
import { knowsPresence, shownOf } from "../../lib/presence.ts";

type Pictured = Pick<ChatUser, "id" | "username" | "display_name" | "avatar_url">;

export function ChatAvatar(
  { user, size = 36, presence }: { user: Pictured; size?: 20 | 24 | 32 | 36 | 48 | 96; presence?: boolean },
) {
  // A message tells of the picture that its author had then.
  const known = user.id ? people.value.get(user.id) ?? user : user;
  const gone = isGone(known);
  const own = known.avatar_url?.startsWith("/") && !known.avatar_url.startsWith("//") ? known.avatar_url : null;
  const [broken, setBroken] = useState(false);
  useEffect(() => setBroken(false), [own]);
  const shown = own !== null && !broken;
  return (
    <span
      class={`cav cav-${size}${shown ? "" : gone ? " cav-gone" : ` cav-c${colourOf(user.id ?? user.username)}`}`}
      aria-hidden="true"
    >
      {shown
        ? <img src={own} alt="" width={size} height={size} loading="lazy" onError={() => setBroken(true)} />
        : gone
        ? <Icon name="user" size={size < 32 ? 16 : 20} />
        : <span class="cav-text">{initials(known.display_name || known.username)}</span>}
      {presence && user.id ? <Presence id={user.id} /> : null}
    </span>
  );
}

/** Beside the name of somebody who sees only the channels they were added to. */
export function GuestBadge({ id }: { id: string | null }) {
  return id && roles.value.get(id) === "guest" ? <Badge tone="warn">{t("role.guest")}</Badge> : null;
}

/** For lists of people: those who stand next to each other differ in colour. */
export function useApart(keys: readonly (string | null | undefined)[]): void {
  const found = keys.filter((key) => key !== null && key !== undefined);
  useLayoutEffect(() => keepApart(found), [found.join()]);
}

/** A dot; with `words` also the status, its text and its end. */
export function Presence({ id, words }: { id: string; words?: boolean }) {
  const { status, text, until } = shownOf(id);
  if (!knowsPresence(id)) return null;
  if (!words) return <span class={`pdot pdot-${status}`} title={t(`presence.${status}`)} />;
  return (
    <>
      <span class={`pdot pdot-${status}`} />
      <span class="presence-words">
        <span>{t(`presence.${status}`)}</span>
        {text ? <span class="presence-text">{text}</span> : null}
        {until ? <span class="muted">{t("status.until", { time: dateTime(until, locale()) })}</span> : null}
      </span>
    </>
  );
}

const PICTURE = /^\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]*(\u200d\p{Extended_Pictographic}\ufe0f?)*/u;

/** Beside a name: the emoji that the text begins with, or a mark for "busy" and "away"; nothing for everybody else. */
export function StatusMark({ id }: { id: string | null }) {
  if (!id) return null;
  const { status, text } = shownOf(id);
  const words = text ?? t(`presence.${status}`);
  const picture = text && PICTURE.exec(text)?.[0];
  if (picture) return <span class="status-mark" role="img" aria-label={words} title={words}>{picture}</span>;
  if (!text && status !== "busy" && status !== "away") return null;
  return (
    <span class="status-mark" role="img" aria-label={words} title={words}>
      {text ? "💬" : <span class={`pdot pdot-${status}`} />}
    </span>
  );
}
