// Telling of what has just arrived: a toast, or the system's own notification while nobody looks at the tab.
import { outer } from "./base.ts";
import type { FeedItem } from "./feed.ts";
import { humanType } from "./format.ts";
import { t } from "./i18n.ts";
import { typeIcon, typeLabel } from "./presets.ts";
import { navigate, route } from "./router.ts";
import { readStored, writeStored } from "./storage.ts";
import { closeToast, toast, toasts } from "./toasts.ts";

let recent: number[] = [];

export interface Announcement {
  title: string;
  text: string;
  icon: string;
  href: string;
  /** Announcements of one kind replace each other on the system's own list. */
  tag: string;
}

/** A toast, or the system's own notification when the tab is not looked at. */
export function announceLink({ title, text, icon, href, tag }: Announcement): void {
  if (document.visibilityState === "hidden" && desktopEnabled()) {
    try {
      const shown = new Notification(title, { body: text, icon: outer("/favicon.svg"), tag });
      shown.onclick = () => {
        focus();
        navigate(href);
        shown.close();
      };
    } catch { /* some phones allow them from service workers only */ }
    return;
  }
  toast({ kind: "notification", title, text, icon, href, action: t("live.open") });
}

/** A toast per notification, one toast for a burst; the system's own notification when the tab is not looked at. */
export function announce(item: FeedItem): void {
  if (route.value.path === "/live" && document.visibilityState === "visible") return;
  const now = Date.now();
  recent = [...recent.filter((at) => now - at < 3_000), now];
  if (recent.length > 2) {
    if (recent.length > 3) return;
    for (const item of toasts.value) if (item.kind === "notification") closeToast(item.id);
    toast({ kind: "notification", title: t("live.burst"), icon: "live", href: "/live", action: t("live.open") });
    return;
  }
  const title = typeLabel(item.type) ?? humanType(item.type);
  if (document.visibilityState === "hidden" && desktopEnabled()) {
    try {
      new Notification(title, { body: item.message, icon: outer("/favicon.svg"), tag: item.key });
    } catch { /* some phones allow them from service workers only */ }
    return;
  }
  toast({
    kind: "notification",
    title,
    text: item.message,
    icon: typeIcon(item.type),
    href: "/inbox",
    action: t("live.open"),
  });
}

export function desktopEnabled(): boolean {
  return readStored("desktop") === "on" && globalThis.Notification?.permission === "granted";
}

/** Asks the browser for permission. @returns whether notifications of the system will be shown. */
export async function setDesktop(on: boolean): Promise<boolean> {
  if (on && globalThis.Notification && Notification.permission !== "granted") await Notification.requestPermission();
  writeStored("desktop", on && globalThis.Notification?.permission === "granted" ? "on" : null);
  return desktopEnabled();
}
