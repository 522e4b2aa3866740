// The person's own inbox: kept until read (and after), with unread filter and endless list; and what to receive how.
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, LinkButton, PageHead, Tabs, Time } from "../components/basic.tsx";
import { Icon } from "../components/icon.tsx";
import { Empty, Failure, Skeleton, toastError } from "../components/states.tsx";
import { post } from "../lib/api.ts";
import { humanType } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { inboxChanges, unread } from "../lib/live.ts";
import { presets, typeIcon, typeLabel, typeTone } from "../lib/presets.ts";
import { usePages } from "../lib/resource.ts";
import { route, setQuery } from "../lib/router.ts";
import type { InboxItem, InboxPage as InboxAnswer } from "../lib/types.ts";
import { language } from "../lib/i18n.ts";
import { channelName } from "./feed_row.tsx";
import { ChatNotifications } from "./chat_notifications.tsx";
import { PreferencesForm } from "./preferences.tsx";

export function InboxPage() {
  const tab = route.value.query.get("tab") === "preferences" ? "preferences" : "list";
  return (
    <>
      <PageHead title={t("nav.inbox")} text={t("inbox.text")} />
      <Tabs
        tabs={[{ id: "list", label: t("inbox.list") }, { id: "preferences", label: t("inbox.preferences") }]}
        current={tab}
        href={(id) => id === "list" ? "/inbox" : "/inbox?tab=preferences"}
      />
      {tab === "list" ? <InboxList /> : (
        <>
          <ChatNotifications />
          <PreferencesForm />
        </>
      )}
    </>
  );
}

function InboxList() {
  const query = route.value.query;
  const onlyUnread = query.get("show") === "unread";
  const type = query.get("type") ?? "";
  const pages = usePages<InboxItem, InboxAnswer>(
    "/notifications",
    { unread: onlyUnread || undefined, type },
    (page) => unread.value = page.unread_count,
  );
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const first = useRef(true);
  const changes = inboxChanges.value;
  useEffect(() => {
    if (first.current) first.current = false;
    else pages.reload();
  }, [changes]);

  const markRead = async (item: InboxItem) => {
    if (item.read_at) return;
    try {
      const answer = await post<{ unread_count: number }>(`/notifications/${item.id}/read`, {});
      unread.value = answer.unread_count;
      pages.update((items) =>
        items.map((other) => other.id === item.id ? { ...other, read_at: new Date().toISOString() } : other)
      );
    } catch (error) {
      toastError(error);
    }
  };
  const markAll = async () => {
    setBusy(true);
    try {
      unread.value = (await post<{ unread_count: number }>("/notifications/read-all", {})).unread_count;
      pages.reload();
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <section class="card">
      <div class="toolbar">
        <div class="segmented" role="group" aria-label={t("inbox.show")}>
          <button type="button" aria-pressed={!onlyUnread} onClick={() => setQuery({ show: null })}>
            {t("inbox.all")}
          </button>
          <button type="button" aria-pressed={onlyUnread} onClick={() => setQuery({ show: "unread" })}>
            {t("inbox.unread")}{" "}
            {unread.value ? <span class="count">{unread.value > 99 ? "99+" : unread.value}</span> : null}
          </button>
        </div>
        <select
          class="input"
          aria-label={t("inbox.type")}
          value={type}
          onChange={(event) => setQuery({ type: event.currentTarget.value || null })}
        >
          <option value="">{t("inbox.type.all")}</option>
          {type && !typeLabel(type) ? <option value={type}>{humanType(type)}</option> : null}
          {presets.value.flatMap((preset) =>
            preset.types.map((entry) => (
              <option key={entry.type} value={entry.type}>{entry.label[language.value]}</option>
            ))
          )}
        </select>
        <span class="toolbar-gap" />
        <Button icon="check" busy={busy} disabled={!unread.value} onClick={markAll}>{t("inbox.read_all")}</Button>
      </div>
      {!pages.items
        ? pages.error ? <Failure error={pages.error} onRetry={pages.reload} /> : <Skeleton rows={6} />
        : pages.items.length === 0
        ? (
          <Empty
            icon="inbox"
            title={t(onlyUnread ? "inbox.empty.unread" : "inbox.empty")}
            text={t(onlyUnread ? "inbox.empty.unread.text" : "inbox.empty.text")}
          />
        )
        : (
          <ul class="inbox">
            {pages.items.map((item) => (
              <InboxRow
                key={item.id}
                item={item}
                open={open === item.id}
                onToggle={() => {
                  setOpen(open === item.id ? null : item.id);
                  markRead(item);
                }}
              />
            ))}
          </ul>
        )}
      {pages.items && pages.error
        ? <Failure error={pages.error} onRetry={pages.hasMore ? pages.more : pages.reload} />
        : null}
      {pages.hasMore && !pages.error ? <MoreOnScroll loading={pages.loading} more={pages.more} /> : null}
    </section>
  );
}

/** Loads on when it comes into view; also a button, for those who do not scroll. */
function MoreOnScroll({ loading, more }: { loading: boolean; more: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(more);
  latest.current = more;
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && latest.current(), {
      rootMargin: "300px",
    });
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <div class="more" ref={box}>
      <Button busy={loading} onClick={more}>{t("action.more")}</Button>
    </div>
  );
}

/** Where the message is that a notification of chat tells of. */
function chatHref(data: unknown): string | null {
  const { channel_id: channel, message_id: message } = (data ?? {}) as Record<string, unknown>;
  const isId = (value: unknown): value is string => typeof value === "string" && /^[0-9a-f-]{36}$/i.test(value);
  if (!isId(channel)) return null;
  return isId(message) ? `/chat/${channel}/${message}` : `/chat/${channel}`;
}

function InboxRow({ item, open, onToggle }: { item: InboxItem; open: boolean; onToggle: () => void }) {
  const label = typeLabel(item.type) ?? humanType(item.type);
  const chatLink = chatHref(item.data);
  const hasData = item.data !== null && item.data !== undefined && JSON.stringify(item.data) !== "{}";
  return (
    <li class={item.read_at ? "inbox-item" : "inbox-item inbox-unread"}>
      <button type="button" class="inbox-row" aria-expanded={open} onClick={onToggle}>
        <span class={`type-icon tone-${typeTone(item.type)}`}>
          <Icon name={typeIcon(item.type)} />
        </span>
        <span class="feed-text">
          <strong>{item.message}</strong>
          <span class="feed-meta">
            <span>{label}</span>
            <span>{item.sender?.name}</span>
            <span class="feed-channel">{channelName(item.channel)}</span>
          </span>
        </span>
        <span class="feed-time">
          <Time value={item.created_at} />
        </span>
        {item.read_at ? null : <span class="dot" role="img" aria-label={t("inbox.unread")} />}
      </button>
      {open
        ? (
          <div class="inbox-more">
            <p>{item.message}</p>
            {chatLink
              ? (
                <p>
                  <LinkButton href={chatLink} small>{t("push.open")}</LinkButton>
                </p>
              )
              : null}
            {hasData && !chatLink ? <pre tabIndex={0}>{JSON.stringify(item.data, null, 2)}</pre> : null}
            <p class="muted small">
              <Time value={item.created_at} mode="absolute" /> · <code>{item.type}</code>
            </p>
          </div>
        )
        : null}
    </li>
  );
}
