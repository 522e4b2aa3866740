// When an alert begins and ends, as a function of time: the value must be beyond the limit for `for_minutes` without a
// break, and back within it as long, so that a value that wavers makes one alert and not twenty. For measures that are
// never still (times, memory, load) "back" means 10 % within the limit. No value changes nothing.
import type { AlertMetric, AlertRule } from "../../protocol/operation/analytics.ts";

const MARGIN = 0.1;
const RESTLESS: ReadonlySet<AlertMetric> = new Set([
  "delivery_latency_p95_ms",
  "event_loop_lag_ms",
  "memory_mb",
  "cpu_percent",
]);

export interface AlertProgress {
  firing: boolean;
  /** Since when the value says the opposite of `firing`. */
  pendingSince: Date | null;
}

export type AlertTurn = "fired" | "resolved" | null;

export function nextState(
  rule: Pick<AlertRule, "metric" | "direction" | "value" | "for_minutes">,
  { firing, pendingSince }: AlertProgress,
  value: number | null,
  now: Date,
): AlertProgress & { turn: AlertTurn } {
  if (value === null) return { firing, pendingSince, turn: null };
  const above = rule.direction === "above";
  const margin = firing && RESTLESS.has(rule.metric) ? MARGIN * (above ? -1 : 1) : 0;
  const limit = rule.value * (1 + margin);
  const beyond = above ? value > limit : value < limit;
  if (beyond === firing) return { firing, pendingSince: null, turn: null };
  const since = pendingSince ?? now;
  if (now.getTime() - since.getTime() < rule.for_minutes * 60_000) return { firing, pendingSince: since, turn: null };
  return { firing: beyond, pendingSince: null, turn: beyond ? "fired" : "resolved" };
}
