// The three tabs of series: tiles with what changed since the period before, charts, and the busiest channels and people.
import type { ComponentChildren } from "preact";
import { useCallback, useMemo } from "preact/hooks";
import type { BucketSize, Stats, TotalName, Trend } from "../../../protocol/operation/analytics.ts";
import { Card, LinkButton } from "../../components/basic.tsx";
import { Chart, type Series } from "../../components/chart.tsx";
import { Empty } from "../../components/states.tsx";
import { address } from "../../lib/api.ts";
import { compact } from "../../lib/format.ts";
import { language, locale, t } from "../../lib/i18n.ts";
import type { MessageKey } from "../../messages.ts";
import type { Chosen } from "./statistics.tsx";
import { TelemetrySettings } from "./statistics_telemetry.tsx";

interface TabProps {
  stats: Stats;
  period: Chosen;
}

/** More of these is worse. */
const WORSE: ReadonlySet<string> = new Set([
  "latency_p50_ms",
  "latency_p95_ms",
  "latency_p99_ms",
  "load_p50_ms",
  "connection_errors",
  "reconnects",
  "http_errors",
  "reports",
  "actions",
  "flagged",
  "blocked",
]);

export function EngagementTab({ stats, period }: TabProps) {
  const { totals, active, series: { engagement } } = stats;
  const nothing = !engagement.some((p) => p.messages || p.active_users || p.reactions);
  return (
    <>
      <div class="tiles">
        {([
          "messages",
          "active_users",
          "messages_per_user",
          "active_minutes",
          "new_users",
          "files",
          "reactions",
          "threads",
        ] as const)
          .map((name) => <Tile key={name} name={name} trend={totals[name]} />)}
        {(["daily", "weekly", "monthly"] as const).map((name) => (
          <Plain key={name} label={`stats.active.${name}`} value={active[name]} />
        ))}
      </div>
      {nothing ? <Nothing /> : (
        <>
          <div class="charts">
            <SeriesCard
              title="stats.chart.messages"
              points={engagement}
              bucket={stats.bucket}
              wide
              picked={[
                ["messages", "stats.messages", "--chart-1"],
                ["replies", "stats.replies", "--chart-2"],
              ]}
            />
            <SeriesCard
              title="stats.chart.people"
              points={engagement}
              bucket={stats.bucket}
              wide
              picked={[
                ["active_users", "stats.active_users", "--chart-1"],
                ["new_users", "stats.new_users", "--chart-3"],
              ]}
            />
            <SeriesCard
              title="stats.chart.extras"
              points={engagement}
              bucket={stats.bucket}
              wide
              picked={[
                ["reactions", "stats.reactions", "--chart-3"],
                ["files", "stats.files", "--chart-2"],
                ["threads", "stats.threads", "--chart-4"],
              ]}
            />
            <SeriesCard
              title="stats.chart.time"
              points={engagement}
              bucket={stats.bucket}
              wide
              picked={[
                ["active_minutes", "stats.minutes", "--chart-2"],
              ]}
            />
          </div>
          <div class="stats-tops">
            <TopList
              title="stats.top_channels"
              report="channels"
              period={period}
              rows={stats.top_channels.map((c) => ({
                key: c.id ?? `${c.type}${c.messages}`,
                name: c.name ? `#${c.name}` : t(
                  c.type
                    ? (c.type === "direct" ? "stats.channel.direct" : "stats.channel.private")
                    : "stats.channel.gone",
                ),
                known: c.name !== null,
                value: c.messages,
                more: t("stats.top.people", { n: c.active_users }),
              }))}
            />
            <TopList
              title="stats.top_users"
              report="users"
              period={period}
              rows={stats.top_users.map((u) => ({
                key: u.id ?? `gone${u.messages}`,
                name: u.display_name ?? t("stats.user.gone"),
                known: u.id !== null,
                value: u.messages,
                more: u.active_minutes ? `${compact(u.active_minutes, language.value)} min` : "",
              }))}
            />
          </div>
        </>
      )}
    </>
  );
}

export function PerformanceTab({ stats }: TabProps) {
  const { totals, series: { performance } } = stats;
  const nothing = !performance.some((p) => p.latency_samples || p.page_loads || p.reconnects || p.connection_errors);
  return (
    <>
      <div class="tiles">
        {([
          "latency_p50_ms",
          "latency_p95_ms",
          "latency_p99_ms",
          "load_p50_ms",
          "connection_errors",
          "reconnects",
          "http_errors",
        ] as const)
          .map((name) => <Tile key={name} name={name} trend={totals[name]} unit={name.endsWith("_ms") ? " ms" : ""} />)}
      </div>
      {nothing
        ? <Empty icon="activity" title={t("stats.empty")} text={t("stats.empty.performance")} />
        : (
          <div class="charts">
            <SeriesCard
              title="stats.chart.latency"
              points={performance}
              bucket={stats.bucket}
              wide
              unit=" ms"
              picked={[
                ["latency_p50_ms", "stats.half", "--chart-2"],
                ["latency_p95_ms", "stats.most", "--chart-3"],
                ["latency_p99_ms", "stats.nearly_all", "--chart-4"],
              ]}
            />
            <SeriesCard
              title="stats.chart.load"
              points={performance}
              bucket={stats.bucket}
              wide
              unit=" ms"
              picked={[
                ["load_p50_ms", "stats.half", "--chart-2"],
                ["load_p95_ms", "stats.most", "--chart-3"],
              ]}
            />
            <SeriesCard
              title="stats.chart.connections"
              points={performance}
              bucket={stats.bucket}
              wide
              picked={[
                ["reconnects", "stats.reconnects", "--chart-1"],
                ["connection_errors", "stats.connection_errors", "--chart-3"],
                ["slow_readers", "stats.slow_readers", "--chart-4"],
              ]}
            />
            <SeriesCard
              title="stats.chart.errors"
              points={performance}
              bucket={stats.bucket}
              wide
              picked={[
                ["http_errors", "stats.http_errors", "--chart-3"],
                ["js_errors", "stats.js_errors", "--chart-4"],
              ]}
            />
          </div>
        )}
      <TelemetrySettings />
    </>
  );
}

export function ModerationTab({ stats }: TabProps) {
  const { totals, now, series: { moderation } } = stats;
  const nothing = !moderation.some(({ start: _, ...counts }) => Object.values(counts).some((n) => n > 0));
  return (
    <>
      <div class="tiles">
        {(["reports_pending", "muted_users", "banned_users"] as const).map((name) => (
          <Plain key={name} label={`stats.now.${name}`} value={now[name]} />
        ))}
        {(["reports", "actions", "flagged", "blocked"] as const).map((name) => (
          <Tile key={name} name={name} trend={totals[name]} />
        ))}
      </div>
      {nothing ? <Nothing icon="shield" /> : (
        <div class="charts">
          <SeriesCard
            title="stats.chart.reports"
            points={moderation}
            bucket={stats.bucket}
            wide
            picked={[
              ["reports", "stats.reports", "--chart-1"],
              ["flagged", "stats.flagged", "--chart-3"],
              ["blocked", "stats.blocked", "--chart-4"],
            ]}
          />
          <SeriesCard
            title="stats.chart.actions"
            points={moderation}
            bucket={stats.bucket}
            wide
            picked={[
              ["warnings", "stats.warnings", "--chart-2"],
              ["mutes", "stats.mutes", "--chart-3"],
              ["bans", "stats.bans", "--chart-4"],
              ["lifted", "stats.lifted", "--chart-1"],
            ]}
          />
        </div>
      )}
    </>
  );
}

function Nothing({ icon = "chart" }: { icon?: string }) {
  return <Empty icon={icon} title={t("stats.empty")} text={t("stats.empty.text")} />;
}

function Tile({ name, trend, unit = "" }: { name: TotalName; trend: Trend; unit?: string }) {
  const lang = language.value;
  const { value, change } = trend;
  const percent = change === null ? null : compact(Math.abs(change), lang);
  const better = change !== null && change !== 0 && (change > 0) !== WORSE.has(name);
  return (
    <div class="tile">
      <span class="tile-label">{t(`stats.${name}` as MessageKey)}</span>
      <strong class="tile-value">
        {value === null ? "–" : compact(value, lang)}
        {value === null || !unit ? null : <small>{unit}</small>}
      </strong>
      {change === null
        ? <span class="trend muted">–</span>
        : change === 0
        ? <span class="trend muted">{t("stats.trend.same")}</span>
        : (
          <span
            class={`trend ${better ? "trend-good" : "trend-bad"}`}
            title={t(change > 0 ? "stats.trend.up" : "stats.trend.down", { percent: percent! })}
          >
            <span aria-hidden="true">{change > 0 ? "↑" : "↓"} {percent} %</span>
            <span class="offscreen">
              {t(change > 0 ? "stats.trend.up" : "stats.trend.down", { percent: percent! })}
            </span>
          </span>
        )}
    </div>
  );
}

function Plain({ label, value }: { label: MessageKey; value: number }) {
  return (
    <div class="tile">
      <span class="tile-label">{t(label)}</span>
      <strong class="tile-value">{compact(value, language.value)}</strong>
      <span class="trend" />
    </div>
  );
}

function SeriesCard<P extends { start: string }>(
  { title, points, picked, bucket, unit, wide }: {
    title: MessageKey;
    points: readonly P[];
    picked: [keyof P & string, MessageKey, string][];
    bucket: BucketSize;
    unit?: string;
    wide?: boolean;
  },
) {
  const lang = locale();
  const data = useMemo(
    (): [number[], ...(number | null)[][]] => [
      points.map((p) => Date.parse(p.start) / 1000),
      ...picked.map(([name]) => points.map((p) => p[name] as number | null)),
    ],
    [points],
  );
  const time = useCallback((seconds: number, long: boolean) => {
    const hours = bucket === "hour";
    return new Intl.DateTimeFormat(lang, {
      ...(bucket === "month" ? { month: "short", year: "numeric" } : { day: "numeric", month: "short" }),
      ...(hours ? { hour: "numeric", minute: "2-digit" } : {}),
      ...(hours && !long ? { day: undefined, month: undefined } : {}),
    }).format(seconds * 1000);
  }, [lang, bucket]);
  const series: Series[] = picked.map(([, label, color]) => ({ label: t(label), color, bars: points.length === 1 }));
  return (
    <Card title={t(title)} class={wide ? "chart-card chart-wide" : "chart-card"}>
      <Chart label={t(title)} data={data} series={series} unit={unit} time={time} height={200} minMax={4} />
    </Card>
  );
}

interface TopRow {
  key: string;
  name: ComponentChildren;
  known: boolean;
  value: number;
  more: string;
}

function TopList(
  { title, rows, report, period }: { title: MessageKey; rows: TopRow[]; report: "users" | "channels"; period: Chosen },
) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  return (
    <Card
      title={t(title)}
      actions={
        <LinkButton
          kind="quiet"
          small
          icon="download"
          href={address("/admin/stats/export", { ...period, format: "csv", report, bom: "true" })}
          download={`${report}.csv`}
        >
          {t("stats.csv")}
        </LinkButton>
      }
    >
      {rows.length === 0 ? <p class="muted">{t("stats.empty")}</p> : (
        <ol class="top-list">
          {rows.map((row, i) => (
            <li key={`${row.key}${i}`}>
              <span class={row.known ? "top-name" : "top-name muted"}>{row.name}</span>
              <span class="top-more muted small">{row.more}</span>
              <span class="top-value">{t("stats.top.messages", { n: row.value })}</span>
              <meter class="top-bar" min={0} max={most} value={row.value} aria-hidden="true" />
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
