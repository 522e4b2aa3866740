// Results of a search: by day when the newest come first, one list when the best do. A result is a link to its message.
import { authorName } from "./lib/people.ts";
import { useEffect, useRef } from "preact/hooks";
import type { FoundMessage } from "../../../protocol/chat/search.ts";
import { Button } from "../../components/basic.tsx";
import { Icon } from "../../components/icon.tsx";
import type { SearchState } from "./lib/search_state.ts";
import { exactTime, longTime } from "./lib/text.ts";
import { markedParts } from "./lib/search_text.ts";
import { locale, t } from "../../lib/i18n.ts";
import { ChatAvatar } from "./avatar.tsx";

export function SearchResults({ found, byDay, active, id, onJump }: {
  found: SearchState;
  /** They are in the order of time. */
  byDay: boolean;
  /** Which one the arrow keys stand on; -1: none. */
  active: number;
  id: string;
  onJump: (item: FoundMessage) => void;
}) {
  let day = "";
  return (
    <div class={`search-results${found.loading ? " search-stale" : ""}`} aria-busy={found.loading}>
      <ul aria-label={t("search.results")}>
        {found.items.map((item, i) => {
          const own = dayOf(item.created_at);
          const head = !byDay || own === day ? null : day = own;
          return (
            <li key={item.id}>
              {head ? <h3 class="search-day">{head}</h3> : null}
              <Result item={item} id={`${id}-r${i}`} active={i === active} onJump={onJump} />
            </li>
          );
        })}
      </ul>
      {found.hasMore
        ? <Button kind="quiet" busy={found.loadingMore} onClick={found.more}>{t("search.more")}</Button>
        : null}
    </div>
  );
}

function Result(
  { item, id, active, onJump }: {
    item: FoundMessage;
    id: string;
    active: boolean;
    onJump: (item: FoundMessage) => void;
  },
) {
  const box = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (active) box.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const { excerpt, channel, user } = item;
  return (
    <a
      ref={box}
      id={id}
      class={`search-result${active ? " search-result-active" : ""}`}
      href={`/chat/${channel.id}/${item.id}`}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onJump(item);
      }}
    >
      <span class="search-where">
        <Icon name={channel.type === "public" ? "hash" : channel.type === "private" ? "lock" : "users"} size={16} />
        {channel.name ?? t("search.direct")}
        {item.root_id ? <span class="muted">{t("search.thread")}</span> : null}
        {item.is_pinned ? <Icon name="pin" size={16} label={t("search.pinned")} /> : null}
      </span>
      <span class="search-who">
        <ChatAvatar user={user} size={24} />
        <strong>{authorName(user)}</strong>
        <time dateTime={item.created_at} title={exactTime(Date.parse(item.created_at))}>
          {longTime(Date.parse(item.created_at))}
        </time>
        {item.edited_at ? <span class="muted">{t("search.edited")}</span> : null}
      </span>
      {excerpt.text
        ? (
          <span class="search-text" dir="auto">
            {markedParts(excerpt.text, excerpt.highlights).map((part, i) =>
              part.marked ? <mark key={i}>{part.text}</mark> : part.text
            )}
          </span>
        )
        : null}
      {item.attachments.length
        ? (
          <span class="search-files muted">
            <Icon name="doc" size={16} />
            {item.attachments.length === 1
              ? item.attachments[0]!.filename
              : t("search.attachments", { n: item.attachments.length })}
          </span>
        )
        : null}
    </a>
  );
}

/** "Today", "Yesterday" or the date, as the reader's clock sees it. */
function dayOf(created: string): string {
  const at = new Date(created), now = new Date();
  if (at.toDateString() === now.toDateString()) return t("search.today");
  now.setDate(now.getDate() - 1);
  if (at.toDateString() === now.toDateString()) return t("search.yesterday");
  return at.toLocaleDateString(locale(), { weekday: "long", year: "numeric", month: "long", day: "numeric" });
}
