// A time series on uPlot, in the colours of the style sheet. It is drawn anew when theme, language or width change; new
// data only replace the old.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { locale } from "../lib/i18n.ts";
import { cssColor, dark } from "../lib/theme.ts";
import { clock, compact, distinct, minute } from "../lib/format.ts";

export interface Series {
  label: string;
  /** Custom property of the style sheet: `--chart-1`. */
  color: string;
  bars?: boolean;
}

export interface ChartProps {
  /** What the chart shows, for people who do not see it. */
  label: string;
  /** Seconds since 1970, then one array of values per series; null is a gap. */
  data: [number[], ...(number | null)[][]];
  series: Series[];
  height?: number;
  unit?: string;
  /** Smallest top of the scale, so that noise near zero does not fill the chart. */
  minMax?: number;
  /** Largest span in seconds that the x axis shows, ending at the newest point; a young series is shown closer. */
  span?: number;
  /** How a time (seconds since 1970) is written: below the axis and, long, in the legend. Default: the clock. */
  time?: (seconds: number, long: boolean) => string;
}

const MIN_SPAN = 120;
/** Height of the legend below the plot, in pixels. */
const LEGEND = 25;

export function Chart({ label, data, series, height = 160, unit = "", minMax = 1, span, time }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const lang = locale();
  const isDark = dark.value;

  useEffect(() => {
    const element = box.current!;
    const text = cssColor("--text-muted"), grid = cssColor("--border");
    const font = `11px ${cssColor("--font")}`;
    const value = (v: number | null) => v === null || v === undefined ? "–" : `${compact(v, lang)}${unit}`;
    const options: uPlot.Options = {
      width: Math.max(120, element.clientWidth),
      height,
      padding: [8, 12, 0, 0],
      cursor: { y: false, points: { size: 7 } },
      legend: { live: true },
      scales: {
        x: {
          time: true,
          range: span
            ? (u, min, max) => [max - Math.min(span, Math.max(MIN_SPAN, max - (u.data[0][0] ?? min))), max]
            : undefined,
        },
        y: { range: (_u, _min, max) => [0, Math.max(minMax, (max ?? 0) * 1.15)] },
      },
      axes: [
        {
          stroke: text,
          font,
          grid: { show: false },
          ticks: { show: false },
          size: 26,
          space: 72,
          values: (_u, splits) => distinct(splits.map((s) => time ? time(s, false) : minute(s * 1000, lang))),
        },
        {
          stroke: text,
          font,
          grid: { stroke: grid, width: 1 },
          ticks: { show: false },
          size: 44,
          space: 36,
          values: (_u, splits) => distinct(splits.map((s) => compact(s, lang))),
        },
      ],
      series: [
        { value: (_u, v) => v === null || v === undefined ? "–" : time ? time(v, true) : clock(v * 1000, lang) },
        ...series.map((entry): uPlot.Series => {
          const color = cssColor(entry.color);
          return {
            label: entry.label,
            stroke: color,
            width: entry.bars ? 0 : 2,
            fill: entry.bars ? color : `${color}1f`,
            points: { show: false },
            paths: entry.bars ? uPlot.paths.bars!({ size: [0.7, 40], radius: 0.15 }) : undefined,
            // Without a pointer over the chart the legend shows the newest value.
            value: (u, v, index, at) => value(at === null || at === undefined ? u.data[index]?.at(-1) ?? null : v),
          };
        }),
      ],
    };
    const chart = new uPlot(options, data as uPlot.AlignedData, element);
    plot.current = chart;
    const resize = new ResizeObserver(() => {
      const width = Math.max(120, element.clientWidth);
      if (Math.abs(width - chart.width) > 1) chart.setSize({ width, height });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [isDark, lang, height, unit, time, series.map((s) => s.label + s.color).join()]);

  useEffect(() => plot.current?.setData(data as uPlot.AlignedData), [data]);

  const last = series.map((entry, i) => {
    const values = data[i + 1]!;
    const value = values[values.length - 1];
    return `${entry.label}: ${value === null || value === undefined ? "–" : compact(value, lang)}${unit}`;
  }).join(", ");
  // The height of the plot with its legend is kept free from the first frame on.
  return (
    <div
      class="chart"
      style={{ minHeight: `${height + LEGEND}px` }}
      ref={box}
      role="img"
      aria-label={`${label}. ${last}`}
    />
  );
}
