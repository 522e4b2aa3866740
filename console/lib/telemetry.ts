// What this tab measures and reports to its own server every few minutes and when it is left: how long the page took, how
// long messages took, lost connections, errors of scripts, and seconds of use (tab in front, input within a minute).
// Nothing of it says what was done. The server's answer can end it (GET /admin/analytics-settings).
import { outer } from "./base.ts";
import { effect } from "@preact/signals";
import type { TelemetryInput } from "../../protocol/operation/analytics.ts";
import { ApiError, csrfToken, get, post } from "./api.ts";
import { onLatency } from "../areas/chat/lib/live_chat.ts";
import { link } from "./live/link.ts";
import type { Health } from "./types.ts";

const EVERY_MS = 3 * 60_000;
const IDLE_MS = 60_000;
const TICK_MS = 1_000;
/** As the server takes them; the type keeps the fields right. */
const MAX_SAMPLES = 200;
const MAX_SECONDS = 900;
const MAX_COUNT = 1000;
/** A phone that slept is not slow delivery. */
const MAX_LATENCY_MS = 60_000;

let latencies: number[] = [];
let seen = 0;
let activeSeconds = 0;
let lastInput = 0;
let skewMs = 0;
let wanted = true;
let loadSent = false;
let counts = { reconnects: 0, connection_errors: 0, js_errors: 0 };

/** Takes one sample: milliseconds on this clock. Of many, an even choice is kept. */
function reportLatency(ms: number): void {
  const corrected = Math.max(0, ms + skewMs);
  if (!wanted || corrected > MAX_LATENCY_MS) return;
  seen++;
  if (latencies.length < MAX_SAMPLES) latencies.push(corrected);
  else {
    const slot = Math.floor(Math.random() * seen);
    if (slot < MAX_SAMPLES) latencies[slot] = corrected;
  }
}

/** Begins to measure and report for the person who is signed in; the returned function sends the rest and ends it. */
export function startTelemetry(): () => void {
  wanted = true;
  lastInput = Date.now();
  void measureSkew();
  onLatency(reportLatency);
  const noteInput = () => lastInput = Date.now();
  const inputs = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;
  for (const name of inputs) addEventListener(name, noteInput, { passive: true });
  const onError = () => counts.js_errors++;
  // A call that was broken off or refused is no fault of a script.
  const onRejection = ({ reason }: PromiseRejectionEvent) => {
    if (!(reason instanceof ApiError) && reason?.name !== "AbortError") counts.js_errors++;
  };
  addEventListener("error", onError);
  addEventListener("unhandledrejection", onRejection);
  const onHide = () => document.visibilityState === "hidden" && sendLast();
  document.addEventListener("visibilitychange", onHide);
  let before = link.peek().state;
  let hadLink = before === "live";
  const endLink = effect(() => {
    const { state } = link.value;
    if (state === "offline" && before !== "offline") counts.connection_errors++;
    if (state === "live" && before !== "live" && before !== "closed" && hadLink) counts.reconnects++;
    if (state === "live") hadLink = true;
    before = state;
  });
  const tick = setInterval(() => {
    if (document.visibilityState === "visible" && Date.now() - lastInput < IDLE_MS) activeSeconds++;
  }, TICK_MS);
  const timer = setInterval(() => void send(), EVERY_MS * (0.9 + Math.random() / 5));
  return () => {
    for (const name of inputs) removeEventListener(name, noteInput);
    removeEventListener("error", onError);
    removeEventListener("unhandledrejection", onRejection);
    document.removeEventListener("visibilitychange", onHide);
    endLink();
    clearInterval(tick);
    clearInterval(timer);
    latencies = [];
    activeSeconds = 0;
    counts = { reconnects: 0, connection_errors: 0, js_errors: 0 };
  };
}

/** What has gathered, or null when there is nothing to say; it counts as sent. */
function take(): TelemetryInput | null {
  const input: TelemetryInput = {};
  const navigation = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  if (!loadSent && navigation && navigation.loadEventEnd > 0) {
    input.load_ms = Math.min(600_000, Math.round(navigation.loadEventEnd - navigation.startTime));
    loadSent = true;
  }
  if (activeSeconds) input.active_seconds = Math.min(MAX_SECONDS, activeSeconds);
  if (latencies.length) input.latencies_ms = latencies.map((ms) => Math.round(ms));
  for (const [name, count] of Object.entries(counts)) {
    if (count) input[name as keyof typeof counts] = Math.min(MAX_COUNT, count);
  }
  latencies = [];
  seen = 0;
  activeSeconds = 0;
  counts = { reconnects: 0, connection_errors: 0, js_errors: 0 };
  return Object.keys(input).length ? input : null;
}

async function send(): Promise<void> {
  const input = wanted ? take() : null;
  if (!input) return;
  try {
    wanted = (await post<{ enabled: boolean }>("/telemetry", input)).enabled;
  } catch { /* statistics: what did not get there is not sent again */ }
}

/** The tab is being left: a call that outlives it. */
function sendLast(): void {
  const input = wanted && csrfToken() ? take() : null;
  if (!input) return;
  fetch(outer("/api/v1/telemetry"), {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken() ?? "" },
    body: JSON.stringify(input),
  }).catch(() => {});
}

/** The shortest of three round trips tells best how the clocks differ. */
async function measureSkew(): Promise<void> {
  let best = Infinity;
  for (let i = 0; i < 3; i++) {
    try {
      const before = Date.now();
      const { timestamp } = await get<Health>("//health");
      const after = Date.now();
      if (after - before >= best) continue;
      best = after - before;
      const skew = Date.parse(timestamp) - (before + after) / 2;
      skewMs = Number.isFinite(skew) ? skew : 0;
    } catch { /* the clocks count as equal */ }
  }
}
