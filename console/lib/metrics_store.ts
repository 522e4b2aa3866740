// The dashboard's numbers. The stream is open only while the dashboard is looked at: browsers allow six connections per
// host over all tabs, and a stream in each of them would block everything else. What was seen is kept for this tab
// (also over a reload); times without a stream are gaps in the charts.
import type { MetricsPoint } from "../../protocol/operation/process.ts";
import { batch, signal } from "@preact/signals";
import { ApiError, RENEWED_MS, renewSession } from "./api.ts";
import type { SseEvent } from "../../clients/typescript/src/engine/sse_parser.ts";
import { openStream, type StreamState } from "./sse.ts";
import { readJson, writeStored } from "./storage.ts";
import type { Metrics } from "./types.ts";

export const WINDOW_SECONDS = 15 * 60;
/** The server sends every 5 s; more than this between two points is a gap. */
const GAP_SECONDS = 20;

export type Point = MetricsPoint;

export const latest = signal<Metrics | null>(null);
export const receivedAt = signal<number | null>(null);
export const history = signal<readonly Point[]>(readJson<Point[]>("metrics", [], "session"));
export const streamState = signal<StreamState>("connecting");
export const streamError = signal<ApiError | null>(null);

let close: (() => void) | null = null;
let users = 0;

/** Opens the stream for one viewer; the returned function is to be called when it goes. */
export function watchMetrics(): () => void {
  users++;
  const onVisible = () => document.visibilityState === "visible" ? open() : shut();
  document.addEventListener("visibilitychange", onVisible);
  onVisible();
  return () => {
    document.removeEventListener("visibilitychange", onVisible);
    if (--users === 0) shut();
  };
}

export function reopenMetrics(): void {
  shut();
  open();
}

function open(): void {
  close ??= openStream({
    path: "/sse/dashboard",
    onEvent,
    onState: (state, error) =>
      batch(() => {
        streamState.value = state;
        streamError.value = error instanceof ApiError ? error : null;
      }),
  });
}

function shut(): void {
  close?.();
  close = null;
}

function onEvent(event: SseEvent): void {
  // Renewed in time, the next connection of the stream finds a fresh cookie.
  if (event.event === "token_expiring") return void renewSession(Date.now() - RENEWED_MS).catch(() => {});
  if (event.event !== "metrics") return;
  const push = JSON.parse(event.data);
  const metrics: Metrics = push.data ?? push;
  batch(() => {
    latest.value = metrics;
    receivedAt.value = Date.now();
    const earlier = Array.isArray(push.history) ? mergePoints(history.value, push.history) : history.value;
    history.value = addPoint(earlier, metrics);
  });
  writeStored("metrics", JSON.stringify(history.value), "session");
}

/** Adds the newest values; what is older than the window goes. Points are in order of time, without repetition. */
export function addPoint(points: readonly Point[], metrics: Metrics): readonly Point[] {
  const at = Date.parse(metrics.timestamp) / 1000;
  const load = metrics.server_load;
  const last = points[points.length - 1];
  if (!Number.isFinite(at) || (last && at <= last[0])) return points;
  const point: Point = [
    at,
    metrics.messages_per_minute,
    metrics.connections,
    metrics.active_users,
    load.cpu_percent,
    load.memory_mb,
    load.event_loop_lag_ms,
  ];
  return [...points.filter((p) => p[0] > at - WINDOW_SECONDS), point];
}

/** What this tab saw and what the server remembers (the first push of a stream), in order of time. */
export function mergePoints(own: readonly Point[], remembered: readonly Point[]): readonly Point[] {
  const all = [...own, ...remembered].sort((a, b) => a[0] - b[0]);
  // The same measurement, seen here and remembered there, differs by less than the second between two of them.
  return all.filter((point, i) => i === 0 || point[0] - all[i - 1]![0] >= 1);
}

/** Columns for a chart: times, then the chosen columns, with a null wherever nothing was received for a while. */
export function columns(points: readonly Point[], picked: number[]): [number[], ...(number | null)[][]] {
  const times: number[] = [];
  const values: (number | null)[][] = picked.map(() => []);
  points.forEach((point, i) => {
    const before = points[i - 1];
    if (before && point[0] - before[0] > GAP_SECONDS) {
      times.push(before[0] + 1);
      for (const column of values) column.push(null);
    }
    times.push(point[0]);
    picked.forEach((index, c) => values[c]!.push(point[index]!));
  });
  return [times, ...values];
}
