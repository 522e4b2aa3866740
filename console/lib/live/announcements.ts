// What people are told about the connection itself.
import { t, tryT } from "../i18n.ts";
import { toast } from "../toasts.ts";

/** @param recovered pushes that had been missed; `isComplete`: none is lost */
export function announceResume(recovered: number, isComplete: boolean): void {
  if (!isComplete) {
    toast({
      kind: "info",
      title: t("live.gap_title"),
      text: t("live.gap_text"),
      href: "/inbox",
      action: t("live.open_inbox"),
    });
    return;
  }
  const text = recovered ? t("live.recovered", { n: recovered }) : t("live.nothing_missed");
  toast({ kind: "success", title: t("live.resumed"), text });
}

/** A channel that somebody added may not be followed. */
export function announceDenied(channel: string, code: string): void {
  toast({
    kind: "error",
    title: t("live.denied", { channel }),
    text: tryT(`error.${code}`, { time: "" }) ?? undefined,
  });
}
