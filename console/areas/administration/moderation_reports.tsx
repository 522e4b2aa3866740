// The queue: a list that new reports push themselves into, and the chosen one beside it (on a phone instead of it).
// Keys j and k choose; what else they do stands in moderation_report.tsx.
import { messageText } from "../../../protocol/chat/card_text.ts";
import { useEffect, useRef, useState } from "preact/hooks";
import { channels } from "../../../protocol/wire/channels.ts";
import type { Report, ReportStatus } from "../../../protocol/chat/moderation.ts";
import type { ModerationEvents } from "../../../protocol/pushes/moderation.ts";
import { Button, Checkbox, Time } from "../../components/basic.tsx";
import { Empty, Failure, Skeleton } from "../../components/states.tsx";
import { t } from "../../lib/i18n.ts";
import { listen } from "../../lib/live/readers.ts";
import { usePages } from "../../lib/resource.ts";
import { route, setQuery } from "../../lib/router.ts";
import { user as me } from "../../lib/session.ts";
import { useShortcuts } from "../../lib/shortcuts.ts";
import { PersonName, ReportBadges } from "./moderation_parts.tsx";
import { ReportDetail } from "./moderation_report.tsx";

const STATUSES: readonly ReportStatus[] = ["pending", "resolved", "dismissed"];

export function ReportsTab() {
  const query = route.value.query;
  const status = STATUSES.find((name) => name === query.get("status")) ?? "pending";
  const mine = query.get("mine") === "1";
  const chosenId = query.get("report");
  const pages = usePages<Report>("/admin/reports", {
    status,
    assigned_to: mine ? me.value?.id : undefined,
  });
  /** Decided a moment ago: stays on show until another one is chosen. */
  const [kept, setKept] = useState<Report | null>(null);
  const items = pages.items ?? [];
  const chosen = items.find((report) => report.id === chosenId) ?? (kept?.id === chosenId ? kept : null);

  const take = (report: Report) => {
    const fits = report.status === status && (!mine || report.assigned_to?.id === me.value?.id);
    if (report.id === chosenId) setKept(report);
    pages.update((old) => {
      const known = old.some((item) => item.id === report.id);
      if (!fits) return old.filter((item) => item.id !== report.id);
      if (known) return old.map((item) => item.id === report.id ? report : item);
      return [...old, report].sort((a, b) => a.id < b.id ? 1 : -1);
    });
  };
  const latest = useRef(take);
  latest.current = take;
  useEffect(() =>
    listen(channels.moderation(), {
      onPush: ({ type, data }) => {
        if (type !== "report_created" && type !== "report_updated") return;
        latest.current((data as ModerationEvents["report_created"]).report);
      },
      onLost: pages.reload,
    }), []);

  const choose = (id: string | null) => setQuery({ report: id });
  const step = (by: number) => {
    if (items.length === 0) return;
    const at = items.findIndex((report) => report.id === chosenId);
    const next = items[Math.min(items.length - 1, Math.max(0, at < 0 ? 0 : at + by))]!;
    choose(next.id);
    document.getElementById(`report-${next.id}`)?.scrollIntoView({ block: "nearest" });
  };
  useShortcuts("reports", { next: () => step(1), before: () => step(-1) });

  return (
    <div class={chosen ? "mod mod-chosen" : "mod"}>
      <section class="card mod-queue" aria-label={t("mod.reports")}>
        <div class="toolbar">
          <div class="segmented" role="group" aria-label={t("mod.status")}>
            {STATUSES.map((name) => (
              <button
                key={name}
                type="button"
                aria-pressed={name === status}
                onClick={() => setQuery({ status: name === "pending" ? null : name, report: null })}
              >
                {t(`mod.status.${name}`)}
              </button>
            ))}
          </div>
          <Checkbox checked={mine} onChange={(on) => setQuery({ mine: on ? "1" : null, report: null })}>
            {t("mod.mine")}
          </Checkbox>
        </div>
        {pages.error ? <Failure error={pages.error} onRetry={pages.reload} /> : null}
        {!pages.items && !pages.error ? <Skeleton rows={5} /> : null}
        {pages.items?.length === 0
          ? <Empty icon="flag" title={t("mod.empty")} text={t("mod.empty.text")} />
          : (
            <ul class="mod-list">
              {items.map((report) => (
                <li key={report.id} id={`report-${report.id}`}>
                  <button
                    type="button"
                    class="mod-item"
                    aria-current={report.id === chosenId ? "true" : undefined}
                    onClick={() => choose(report.id)}
                  >
                    <span class="mod-item-head">
                      <PersonName person={report.author} />
                      <Time value={report.created_at} />
                    </span>
                    <span class="mod-item-text">
                      {messageText(report.message) || t("mod.files", { n: report.message.attachments.length })}
                    </span>
                    <span class="badges">
                      <ReportBadges report={report} />
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        {pages.hasMore ? <Button busy={pages.loading} onClick={pages.more}>{t("action.more")}</Button> : null}
        <p class="muted small mod-keys">{t("mod.keys")}</p>
      </section>
      <section class="card mod-detail" aria-live="off">
        {chosen
          ? (
            <>
              <div class="mod-back">
                <Button kind="quiet" icon="arrow-left" onClick={() => choose(null)}>{t("mod.back")}</Button>
              </div>
              <ReportDetail key={chosen.id} report={chosen} onChanged={take} />
            </>
          )
          : <Empty page icon="flag" title={t("mod.choose")} />}
      </section>
    </div>
  );
}
