// The feed of the live page. Pushes are gathered and put into the signals once per animation frame (or every 250 ms in a
// hidden tab, where no frames are drawn). It survives a reload of the tab: where it began is remembered and asked for again.
import { batch, signal } from "@preact/signals";
import type { Position, Push } from "../../../protocol/wire/frames.ts";
import { get } from "../api.ts";
import { appendItems, EMPTY_FEED, type Feed, type FeedItem, toItem } from "../feed.ts";
import { readJson, readStored, writeStored } from "../storage.ts";
import type { Health } from "../types.ts";
import { allPositions, rewindChannel } from "./connection.ts";
import { link } from "./link.ts";
import { isTaken } from "./readers.ts";
import { MY_NOTIFICATIONS, subscribed } from "./subscriptions.ts";

/** At a reload of the tab at most this many pushes per channel are asked for again. */
const REPLAY_MAX = 500;
/** At the first look at the live page or the dashboard this many pushes of each channel are fetched. */
const HISTORY = 100;
/** Held back while the feed is paused. */
const HELD_MAX = 5_000;

export const feed = signal<Feed>(EMPTY_FEED);
export const paused = signal(false);
/** Arrived while paused. */
export const waiting = signal(0);
/** Position of each channel, for people to see. */
export const positions = signal<Record<string, Position>>({});
/** The last resume: how many pushes had been missed. */
export const resumed = signal<{ at: number; recovered: number } | null>(null);

/** Pushes of the present resume that went into the feed. */
let missed = 0;
let skewMs = 0;
let pending: FeedItem[] = [];
let held: FeedItem[] = [];
let isScheduled = false;
let wantsHistory = false;
/** Was the connection live since the session began? What comes before is history too. */
let wasLive = false;
/** Up to which offset a channel's replayed pushes are history. */
const historyUntil = new Map<string, number>();

/** Where the feed of this tab began, to ask again from there. */
export function feedStart(): Record<string, Position> {
  return readJson<Record<string, Position>>("feed_start", {}, "session");
}

function keepStart(start: Record<string, Position>): void {
  writeStored("feed_start", JSON.stringify(start), "session");
}

/** Positions of the channels that the live page knows. */
function ownPositions(): Record<string, Position> {
  return Object.fromEntries(Object.entries(allPositions()).filter(([name]) => !isTaken(name)));
}

/** The state of the connection has changed. */
export function feedFollows(state: string): void {
  if (state === "resuming") missed = 0;
  positions.value = ownPositions();
  if (state !== "live") return;
  wasLive = true;
  rememberStart();
  rewind();
}

/** A resume is over. @returns how many of the missed pushes went into the feed */
export function feedResumed(): number {
  const recovered = missed;
  missed = 0;
  resumed.value = { at: Date.now(), recovered };
  return recovered;
}

/** Is a push from before this page looked, rather than new or missed? Missed ones are counted. */
export function isPast(push: Push, replayed: boolean): boolean {
  const past = replayed && (!wasLive || (push.offset ?? 0) <= (historyUntil.get(askedName(push.channel)) ?? 0));
  if (replayed && !past) missed++;
  return past;
}

export function addToFeed(push: Push, replayed: boolean, past: boolean): FeedItem {
  const item = toItem(push, replayed, Date.now(), skewMs, past);
  pending.push(item);
  schedule();
  return item;
}

export function clearFeed(): void {
  pending = [];
  held = [];
  waiting.value = 0;
  feed.value = EMPTY_FEED;
  keepStart(ownPositions());
}

export function setPaused(value: boolean): void {
  paused.value = value;
  if (value) return;
  pending = [...held, ...pending];
  held = [];
  waiting.value = 0;
  schedule();
}

/** The session ends. */
export function forgetFeed(): void {
  pending = [];
  held = [];
  writeStored("feed_start", null, "session");
  writeStored("history", null, "session");
  historyUntil.clear();
  wantsHistory = wasLive = false;
  batch(() => {
    feed.value = EMPTY_FEED;
    resumed.value = null;
    paused.value = false;
    waiting.value = 0;
  });
}

/** Fills the feed with what happened lately, once per tab; as soon as the connection is there. */
export function showHistory(): void {
  wantsHistory = true;
  rewind();
}

function rewind(): void {
  if (!wantsHistory || link.peek().state !== "live" || readStored("history", "session")) return;
  writeStored("history", "1", "session");
  const start = feedStart();
  for (const name of subscribed.peek()) {
    const until = allPositions()[name]?.offset ?? 0;
    const from = rewindChannel(name, HISTORY);
    if (!from) continue;
    historyUntil.set(name, until);
    // A reload of the tab begins there again.
    if (!start[name] || start[name].epoch !== from.epoch || start[name].offset > from.offset) start[name] = from;
  }
  keepStart(start);
}

/** One's own channel is asked for as `user:me:…`. */
const askedName = (channel: string) => /^user:.*:notifications$/.test(channel) ? MY_NOTIFICATIONS : channel;

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  if (document.visibilityState === "visible") requestAnimationFrame(flush);
  else setTimeout(flush, 250);
}

function flush(): void {
  isScheduled = false;
  const added = pending;
  pending = [];
  batch(() => {
    if (paused.value) {
      held = [...held, ...added].slice(-HELD_MAX);
      waiting.value = held.length;
    } else {
      feed.value = appendItems(feed.value, added);
    }
    positions.value = ownPositions();
  });
  rememberStart();
}

/** Keeps the position where this tab's feed began (no further back than REPLAY_MAX). */
function rememberStart(): void {
  const start = feedStart();
  for (const [name, position] of Object.entries(ownPositions())) {
    const began = start[name];
    if (!began || began.epoch !== position.epoch) start[name] = { ...position };
    else if (position.offset - began.offset > REPLAY_MAX) began.offset = position.offset - REPLAY_MAX;
  }
  keepStart(start);
}

/** Compares clocks, so that the latency shown is not the difference between two clocks. */
export async function measureSkew(): Promise<void> {
  try {
    const before = Date.now();
    const health = await get<Health>("//health");
    skewMs = Date.parse(health.timestamp) - (before + Date.now()) / 2;
    // Within the error of the measurement itself there is nothing to correct.
    if (!Number.isFinite(skewMs) || Math.abs(skewMs) < 20) skewMs = 0;
  } catch { /* stays 0 */ }
}
