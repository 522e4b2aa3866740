// Statistics for administrators: a period, what happened in it as tiles and charts, what is going on now, and behind
// further tabs people, alerts and retention. Everything that is chosen stands in the address.
import { useEffect, useMemo } from "preact/hooks";
import type { BucketSize, Stats } from "../../../protocol/operation/analytics.ts";
import { Button, LinkButton, PageHead, Tabs } from "../../components/basic.tsx";
import { Failure, Skeleton } from "../../components/states.tsx";
import { address, get } from "../../lib/api.ts";
import { compact } from "../../lib/format.ts";
import { language, t } from "../../lib/i18n.ts";
import { latest, watchMetrics } from "../../lib/metrics_store.ts";
import { useResource } from "../../lib/resource.ts";
import { route, setQuery } from "../../lib/router.ts";
import { can } from "../../lib/session.ts";
import { AlertsTab } from "./statistics_alerts.tsx";
import { EngagementTab, ModerationTab, PerformanceTab } from "./statistics_charts.tsx";
import { PeopleTab } from "./statistics_people.tsx";
import { RetentionTab } from "./statistics_retention.tsx";

const TABS = ["engagement", "performance", "moderation", "people", "alerts", "retention"] as const;
const SERIES: readonly string[] = ["engagement", "performance", "moderation"];
const PERIODS = ["1", "7", "30", "90", "365"] as const;
const PERMISSION: Record<string, string> = {
  people: "users.manage",
  alerts: "alerts.manage",
  retention: "retention.manage",
};
const DAY_MS = 86_400_000;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export interface Chosen {
  from?: string;
  to?: string;
  tz: string;
  bucket: BucketSize;
}

/** The period as asked of the server: whole days of this browser's zone, except for the last 24 hours. */
function chosen(query: URLSearchParams): Chosen {
  const from = query.get("from"), to = query.get("to");
  const midnight = (day: string, plus = 0) => {
    const date = new Date(`${day}T00:00:00`);
    date.setDate(date.getDate() + plus);
    return date;
  };
  if (from && to && from <= to) {
    const start = midnight(from), end = midnight(to, 1);
    const days = (end.getTime() - start.getTime()) / DAY_MS;
    const bucket = days <= 2 ? "hour" : days <= 120 ? "day" : days <= 800 ? "week" : "month";
    return { from: start.toISOString(), to: end.toISOString(), tz: zone, bucket };
  }
  const days = Number(query.get("days") ?? 30);
  if (days === 1) return { from: new Date(Date.now() - DAY_MS).toISOString(), tz: zone, bucket: "hour" };
  const start = new Date();
  start.setHours(0, 0, 0, 0);
  start.setDate(start.getDate() - days + 1);
  return { from: start.toISOString(), tz: zone, bucket: days > 120 ? "week" : "day" };
}

export function StatisticsPage() {
  const query = route.value.query;
  const tab = TABS.find((name) => name === query.get("tab")) ?? "engagement";
  const period = useMemo(() => chosen(query), [query.get("days"), query.get("from"), query.get("to")]);
  const tabs = TABS.filter((name) => !PERMISSION[name] || can(PERMISSION[name])).map((id) => ({
    id,
    label: t(`stats.tab.${id}`),
  }));
  const href = (id: string) => {
    const next = new URLSearchParams(query);
    next.set("tab", id);
    return `/statistics?${next}`;
  };
  return (
    <>
      <PageHead title={t("nav.statistics")} text={t("stats.text")}>
        {SERIES.includes(tab)
          ? (
            <LinkButton
              icon="download"
              href={address("/admin/stats/export", { ...period, format: "csv", bom: "true" })}
              download="statistics.csv"
            >
              {t("stats.csv")}
            </LinkButton>
          )
          : null}
      </PageHead>
      <LiveStrip />
      <Tabs tabs={tabs} current={tab} href={href} />
      {SERIES.includes(tab) || tab === "people" ? <PeriodPicker query={query} /> : null}
      {tab === "people"
        ? <PeopleTab period={period} />
        : tab === "alerts"
        ? <AlertsTab />
        : tab === "retention"
        ? <RetentionTab />
        : <SeriesTab tab={tab} period={period} />}
    </>
  );
}

function SeriesTab({ tab, period }: { tab: "engagement" | "performance" | "moderation"; period: Chosen }) {
  const key = JSON.stringify(period);
  const stats = useResource((signal) => get<Stats>("/admin/stats", { ...period }, signal), [key]);
  if (stats.error && !stats.data) return <Failure error={stats.error} onRetry={stats.reload} />;
  if (!stats.data) return <Skeleton rows={8} />;
  const props = { stats: stats.data, period };
  return (
    <div aria-busy={stats.loading}>
      {stats.error ? <Failure error={stats.error} onRetry={stats.reload} /> : null}
      {tab === "engagement"
        ? <EngagementTab {...props} />
        : tab === "performance"
        ? <PerformanceTab {...props} />
        : <ModerationTab {...props} />}
    </div>
  );
}

function PeriodPicker({ query }: { query: URLSearchParams }) {
  const custom = query.get("from") !== null;
  const today = new Date().toLocaleDateString("sv-SE");
  const current = custom ? null : query.get("days") ?? "30";
  return (
    <div class="stats-period" role="group" aria-label={t("stats.period")}>
      <div class="chips">
        {PERIODS.map((days) => (
          <button
            key={days}
            type="button"
            class="chip"
            aria-pressed={current === days}
            onClick={() => setQuery({ days: days === "30" ? null : days, from: null, to: null })}
          >
            {t(`stats.period.${days}`)}
          </button>
        ))}
        <button
          type="button"
          class="chip"
          aria-pressed={custom}
          onClick={() => custom ? setQuery({ from: null, to: null }) : setQuery({ days: null, from: today, to: today })}
        >
          {t("stats.period.custom")}
        </button>
      </div>
      {custom
        ? (
          <div class="stats-dates">
            {(["from", "to"] as const).map((end) => (
              <label class="input-prefix" key={end}>
                <span>{t(`stats.${end}`)}</span>
                <input
                  class="input"
                  type="date"
                  max={today}
                  value={query.get(end) ?? today}
                  onChange={(event) => event.currentTarget.value && setQuery({ [end]: event.currentTarget.value })}
                />
              </label>
            ))}
            <Button
              kind="quiet"
              icon="close"
              label={t("action.clear_filters")}
              onClick={() => setQuery({ from: null, to: null })}
            />
          </div>
        )
        : null}
      <span class="muted small">{t("stats.zone", { tz: zone })}</span>
    </div>
  );
}

/** What is going on at this moment, over the live stream of the dashboard. */
function LiveStrip() {
  useEffect(watchMetrics, []);
  const metrics = latest.value;
  const lang = language.value;
  const items = [
    ["dash.active_users", metrics?.active_users],
    ["dash.messages", metrics?.messages_per_minute],
    ["dash.channels", metrics?.active_channels],
    ["dash.connections", metrics?.connections],
    ["dash.lag", metrics && `${compact(metrics.server_load.event_loop_lag_ms, lang)} ms`],
  ] as const;
  return (
    <dl class="stats-live" aria-label={t("stats.live")}>
      <div class="stats-live-head">
        <dt>{t("stats.live")}</dt>
      </div>
      {items.map(([key, value]) => (
        <div key={key}>
          <dt>{t(key)}</dt>
          <dd>
            {value === undefined || value === null ? "–" : typeof value === "number" ? compact(value, lang) : value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
