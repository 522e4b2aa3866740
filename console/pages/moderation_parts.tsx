// What the list of reports and a single one share: badges, names of channels, keys.
import { useEffect, useRef } from "preact/hooks";
import type { Report } from "../../protocol/moderation.ts";
import { Badge } from "../components/basic.tsx";
import { t } from "../lib/i18n.ts";

/** Calls `onKey` for plain keys while nobody types and no dialog is open. */
export function useKeys(onKey: (key: string) => void): void {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    let goUntil = 0;
    const handle = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if ((event.target as Element).closest?.("input, textarea, select, [contenteditable]")) return;
      // After `g` the next letter goes to a page (lib/shortcuts.ts).
      if (event.key === "g") goUntil = Date.now() + 1_500;
      else if (Date.now() >= goUntil) latest.current(event.key);
      else goUntil = 0;
    };
    document.addEventListener("keydown", handle);
    return () => document.removeEventListener("keydown", handle);
  }, []);
}

export function channelLabel(channel: Report["channel"]): string {
  if (channel.name) return `#${channel.name}`;
  return t(
    channel.type === "direct" ? "mod.direct" : channel.type === "private" ? "mod.private" : "mod.deleted_channel",
  );
}

export function ReportBadges({ report }: { report: Report }) {
  const { category, source, reports_on_message, assigned_to } = report;
  return (
    <>
      <Badge tone={category === "illegal" || category === "harassment" ? "bad" : "warn"}>
        {t(`mod.category.${category}`)}
      </Badge>
      {source === "filter" ? <Badge>{t("mod.by_filter")}</Badge> : null}
      {reports_on_message > 1 ? <Badge tone="change">×{reports_on_message}</Badge> : null}
      {assigned_to ? <Badge tone="good">{assigned_to.username}</Badge> : null}
    </>
  );
}
