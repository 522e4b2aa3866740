// The person's own inbox: kept until read (and after), with unread filter and endless list; and what to receive how.
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, LinkButton, PageHead, Tabs, Time } from "../../components/basic.tsx";
import { NotificationContent } from "../../components/notification.tsx";
import { Empty, Failure, Skeleton, toastError } from "../../components/states.tsx";
import { humanType } from "../../lib/format.ts";
import { t } from "../../lib/i18n.ts";
import { markAllRead, markRead, useInbox } from "../../lib/inbox.ts";
import { unread } from "../../lib/unread.ts";
import { notificationText } from "../../lib/notification_text.ts";
import { namedTypes, typeLabel } from "../../lib/presets.ts";
import { route, setQuery } from "../../lib/router.ts";
import type { InboxItem } from "../../lib/types.ts";
import { channelName } from "./feed_row.tsx";
import { ChatNotifications } from "../chat/notifications.tsx";
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
  const pages = useInbox({ unread: onlyUnread || undefined, type });
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const markAll = () => {
    setBusy(true);
    markAllRead(pages).catch(toastError).finally(() => setBusy(false));
  };

  const types = namedTypes();
  const option = (name: string) => <option key={name} value={name}>{typeLabel(name)}</option>;
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
          <optgroup label={t("inbox.type.own")}>{types.own.map(option)}</optgroup>
          {types.others.length ? <optgroup label={t("inbox.type.others")}>{types.others.map(option)}</optgroup> : null}
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
                  markRead(item, pages).catch(toastError);
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

function InboxRow({ item, open, onToggle }: { item: InboxItem; open: boolean; onToggle: () => void }) {
  const { text, href } = notificationText(item);
  const hasData = item.data !== null && item.data !== undefined && JSON.stringify(item.data) !== "{}";
  return (
    <li class={item.read_at ? "inbox-item" : "inbox-item inbox-unread"}>
      <button type="button" class="inbox-row" aria-expanded={open} onClick={onToggle}>
        <NotificationContent
          item={item}
          more={href ? null : <span class="feed-channel">{channelName(item.channel)}</span>}
        />
      </button>
      {open
        ? (
          <div class="inbox-more">
            {text ? <p>{text}</p> : null}
            {href
              ? (
                <p>
                  <LinkButton href={href} small>{t("push.open")}</LinkButton>
                </p>
              )
              : null}
            {hasData && !href ? <pre tabIndex={0}>{JSON.stringify(item.data, null, 2)}</pre> : null}
            <p class="muted small">
              <Time value={item.created_at} mode="absolute" /> · <code>{item.type}</code>
            </p>
          </div>
        )
        : null}
    </li>
  );
}
