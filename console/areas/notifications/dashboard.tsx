// What the server does now, live over SSE, and how it went in the last 15 minutes.
import { useEffect } from "preact/hooks";
import { Card, LinkButton, PageHead } from "../../components/basic.tsx";
import { Chart } from "../../components/chart.tsx";
import { Icon } from "../../components/icon.tsx";
import { Empty, Failure } from "../../components/states.tsx";
import { ApiError } from "../../lib/api.ts";
import { now } from "../../lib/clock.ts";
import { compact, duration, relative } from "../../lib/format.ts";
import { language, locale, t } from "../../lib/i18n.ts";
import { feed, showHistory } from "../../lib/live/feed.ts";
import {
  columns,
  history,
  latest,
  receivedAt,
  reopenMetrics,
  streamError,
  streamState,
  watchMetrics,
  WINDOW_SECONDS,
} from "../../lib/metrics_store.ts";
import type { Metrics } from "../../lib/types.ts";
import type { MessageKey } from "../../messages.ts";
import { FeedRow } from "./feed_row.tsx";
import { FirstSteps, FirstStepsAgain } from "./first_steps.tsx";

/** `maybe`: shown when there are any. */
const TILES: { key: MessageKey; icon: string; value: (m: Metrics) => number; maybe?: true }[] = [
  { key: "dash.active_users", icon: "users", value: (m) => m.active_users },
  { key: "dash.messages", icon: "activity", value: (m) => m.messages_per_minute },
  { key: "dash.channels", icon: "live", value: (m) => m.active_channels },
  { key: "dash.connections", icon: "link", value: (m) => m.connections },
  { key: "dash.agents", icon: "cpu", value: (m) => m.agents_online, maybe: true },
  { key: "dash.servers", icon: "server", value: (m) => m.servers_running, maybe: true },
];

export function DashboardPage() {
  useEffect(watchMetrics, []);
  useEffect(showHistory, []);
  const metrics = latest.value;
  const points = history.value;
  const lang = language.value;
  const recent = feed.value.items.slice(-5).reverse();
  const refused = streamState.value === "closed" || (streamState.value === "offline" && !metrics);
  return (
    <>
      <PageHead title={t("nav.dashboard")} text={t("dash.text")}>
        <Freshness />
      </PageHead>
      <FirstSteps />
      {refused ? <Failure error={streamError.value ?? new ApiError("network", 0, "")} onRetry={reopenMetrics} /> : null}
      <div class="tiles" aria-busy={!metrics && !refused}>
        {TILES.filter((tile) => !tile.maybe || (metrics && tile.value(metrics) > 0)).map((tile) => (
          <div class="tile" key={tile.key}>
            <span class="tile-icon">
              <Icon name={tile.icon} />
            </span>
            <span class="tile-label">{t(tile.key)}</span>
            {metrics
              ? <strong class="tile-value">{compact(tile.value(metrics), lang)}</strong>
              : refused
              ? <span class="tile-value muted">–</span>
              : <span class="tile-value skeleton-text" role="status" aria-label={t("state.loading")} />}
          </div>
        ))}
      </div>
      <div class="charts">
        <ChartCard title={t("dash.chart.rate")} ready={points.length > 1} wide>
          <Chart
            label={t("dash.chart.rate")}
            data={columns(points, [1])}
            series={[{ label: t("dash.messages"), color: "--chart-1" }]}
            minMax={10}
            span={WINDOW_SECONDS}
            height={200}
          />
        </ChartCard>
        <ChartCard title={t("dash.chart.connections")} ready={points.length > 1} wide>
          <Chart
            label={t("dash.chart.connections")}
            data={columns(points, [2, 3])}
            series={[
              { label: t("dash.connections"), color: "--chart-1" },
              { label: t("dash.active_users"), color: "--chart-2" },
            ]}
            minMax={5}
            span={WINDOW_SECONDS}
            height={200}
          />
        </ChartCard>
        <ChartCard title={t("dash.chart.cpu")} ready={points.length > 1}>
          <Chart
            label={t("dash.chart.cpu")}
            data={columns(points, [4])}
            series={[{ label: t("dash.cpu"), color: "--chart-3" }]}
            unit="%"
            minMax={20}
            span={WINDOW_SECONDS}
          />
        </ChartCard>
        <ChartCard title={t("dash.chart.memory")} ready={points.length > 1}>
          <Chart
            label={t("dash.chart.memory")}
            data={columns(points, [5])}
            series={[{ label: t("dash.memory"), color: "--chart-2" }]}
            unit=" MB"
            minMax={100}
            span={WINDOW_SECONDS}
          />
        </ChartCard>
        <ChartCard title={t("dash.chart.lag")} ready={points.length > 1}>
          <Chart
            label={t("dash.chart.lag")}
            data={columns(points, [6])}
            series={[{ label: t("dash.lag"), color: "--chart-4" }]}
            unit=" ms"
            minMax={10}
            span={WINDOW_SECONDS}
          />
        </ChartCard>
      </div>
      <Card
        class="recent"
        title={t("dash.recent")}
        actions={<LinkButton kind="quiet" small href="/live">{t("dash.open_live")}</LinkButton>}
      >
        {recent.length
          ? (
            <div class="feed-plain" role="list" lang={locale()}>
              {recent.map((item) => <FeedRow key={item.key} item={item} role="listitem" />)}
            </div>
          )
          : (
            <Empty icon="live" title={t("dash.recent.empty")} text={t("dash.recent.empty.text")}>
              <LinkButton href="/live" icon="send">{t("dash.send_first")}</LinkButton>
            </Empty>
          )}
      </Card>
      <FirstStepsAgain />
    </>
  );
}

function ChartCard(
  { title, ready, wide, children }: {
    title: string;
    ready: boolean;
    wide?: boolean;
    children: preact.ComponentChildren;
  },
) {
  return (
    <Card title={title} class={wide ? "chart-card chart-wide" : "chart-card"}>
      {ready ? children : (
        // As high as the chart with its legend: nothing moves when it comes.
        <div class="chart-wait" role="status">
          <p class="muted small">{t("dash.chart.wait")}</p>
        </div>
      )}
    </Card>
  );
}

/** How old the numbers are; they should never look fresher than they are. */
function Freshness() {
  const at = receivedAt.value;
  const state = streamState.value;
  const age = at === null ? null : Math.max(0, Math.round((now.value - at) / 1000));
  const late = age !== null && age > 12;
  const tone = state === "live" && !late ? "live" : state === "connecting" ? "connecting" : "offline";
  return (
    <div class={`link link-${tone}`} role="status">
      <span class="link-dot" aria-hidden="true" />
      <span>{t(state === "live" ? "dash.fresh" : `dash.stream.${state}`)}</span>
      {age !== null
        ? (
          <span class="muted" aria-hidden="true">
            {age === 0 ? relative(0, language.value, 0) : t("dash.age", { time: duration(age, language.value) })}
          </span>
        )
        : null}
    </div>
  );
}
