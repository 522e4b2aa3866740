// The bell: what is new (the number stands at the inbox), in a pop-over on the page where one is. Opening one leads to it or reads it there; all can be
// marked as read. Arrow keys go up and down, Esc and a click beside it close it, the focus goes back to the bell.
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../lib/i18n.ts";
import { markAllRead, markRead, useInbox } from "../lib/inbox.ts";
import { unread } from "../lib/unread.ts";
import { notificationText } from "../lib/notification_text.ts";
import { navigate } from "../lib/router.ts";
import type { InboxItem } from "../lib/types.ts";
import { Button } from "./basic.tsx";
import { guarded } from "./guarded.tsx";
import { Icon } from "./icon.tsx";
import { NotificationContent } from "./notification.tsx";
import { Empty, Failure, Skeleton, toastError } from "./states.tsx";

export function Bell() {
  const count = unread.value ?? 0;
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    // Taken away with the focus in it, the page would lose its place.
    if (box.current?.contains(document.activeElement)) button.current?.focus();
    setOpen(false);
  };
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => !box.current?.contains(event.target as Node) && setOpen(false);
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, [open]);
  return (
    <div
      class="bell-box"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
    >
      <button
        type="button"
        class="btn btn-quiet btn-icon bell"
        ref={button}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={t("inbox.bell", { n: count })}
        title={t("nav.inbox")}
        onClick={() => setOpen(!open)}
      >
        <Icon name="bell" />
        {count > 0 ? <span class="dot bell-dot" key={count} /> : null}
      </button>
      {open ? <Popover onClose={close} /> : null}
    </div>
  );
}

const Popover = guarded(function Popover({ onClose }: { onClose: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const pages = useInbox({ limit: 20 });
  const [opened, setOpened] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  const take = (item: InboxItem) => {
    void markRead(item, pages).catch(toastError);
    const { href } = notificationText(item);
    if (!href) return setOpened(opened === item.id ? null : item.id);
    onClose();
    navigate(href);
  };
  const readAll = () => {
    setBusy(true);
    markAllRead(pages).catch(toastError).finally(() => setBusy(false));
  };
  return (
    <div class="bell-pop" role="dialog" aria-label={t("nav.inbox")} tabIndex={-1} ref={box} onKeyDown={moveInList}>
      <div class="bell-head">
        <h2>{t("inbox.list")}</h2>
        <Button kind="quiet" small icon="check" busy={busy} disabled={!unread.value} onClick={readAll}>
          {t("inbox.read_all")}
        </Button>
      </div>
      <div class="bell-list">
        {!pages.items
          ? pages.error ? <Failure error={pages.error} onRetry={pages.reload} /> : <Skeleton rows={6} />
          : pages.items.length === 0
          ? <Empty icon="inbox" title={t("inbox.empty")} text={t("inbox.empty.text")} />
          : (
            <ul>
              {pages.items.map((item) => (
                <li key={item.id} class={item.read_at ? "" : "bell-unread"}>
                  <button
                    type="button"
                    class={opened === item.id ? "note note-open" : "note"}
                    onClick={() => take(item)}
                  >
                    <NotificationContent item={item} />
                  </button>
                  {item.read_at ? null : (
                    <Button
                      kind="quiet"
                      icon="check"
                      label={t("bell.mark_read")}
                      onClick={() => {
                        // The button goes with what it marks.
                        box.current?.focus({ preventScroll: true });
                        markRead(item, pages).catch(toastError);
                      }}
                    />
                  )}
                </li>
              ))}
            </ul>
          )}
      </div>
      <div class="bell-foot">
        <a href="/inbox" onClick={onClose}>{t("bell.all")}</a>
        <a href="/inbox?tab=preferences" onClick={onClose}>{t("inbox.preferences")}</a>
      </div>
    </div>
  );
});

function moveInList(event: KeyboardEvent): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>(".note")];
  const at = rows.findIndex((row) => row.parentElement!.contains(document.activeElement));
  const next = rows[at < 0 ? 0 : at + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
