// The list of the live page. Pure functions over an immutable state, so that a burst of a thousand pushes is one update
// per frame. Invariants: newest last (what was missed goes to its place in time); never more than `cap` items (the surplus is counted, not hidden); the statistics
// count everything that arrived since the last clearing, also what the cap pushed out.
import type { Push } from "../../protocol/wire/frames.ts";

export const FEED_CAP = 5_000;
/** Minutes that the rate chart shows. */
const RATE_MINUTES = 15;

export interface FeedItem {
  /** Unique in the list. */
  key: string;
  type: string;
  message: string;
  channel: string;
  data: unknown;
  /** When the server took it (ms since 1970). */
  timestamp: number;
  receivedAt: number;
  /** Milliseconds from server to screen; null for what was replayed. */
  latency: number | null;
  replayed: boolean;
  /** From before this page looked: neither new nor missed. */
  history: boolean;
  push: Push;
}

export interface Feed {
  items: readonly FeedItem[];
  /** Left out by the cap. */
  dropped: number;
  total: number;
  byType: ReadonlyMap<string, number>;
  /** Minute since 1970 → arrivals. */
  byMinute: ReadonlyMap<number, number>;
  /** The last 200 latencies. */
  latencies: readonly number[];
}

export const EMPTY_FEED: Feed = {
  items: [],
  dropped: 0,
  total: 0,
  byType: new Map(),
  byMinute: new Map(),
  latencies: [],
};

let unique = 0;

/** `skewMs`: server clock minus this clock. */
export function toItem(push: Push, replayed: boolean, now: number, skewMs: number, history = false): FeedItem {
  const timestamp = Date.parse(push.timestamp) || now;
  const message = typeof push.message === "string" ? push.message : "";
  return {
    key: push.offset !== undefined ? `${push.channel}:${push.epoch}:${push.offset}` : `e${unique++}`,
    type: push.type,
    message,
    channel: push.channel,
    data: push.data,
    timestamp,
    receivedAt: now,
    latency: replayed ? null : Math.max(0, now + skewMs - timestamp),
    replayed,
    history,
    push,
  };
}

export function appendItems(feed: Feed, arrived: readonly FeedItem[], cap = FEED_CAP): Feed {
  // History that is asked for overlaps with what came meanwhile.
  const keys = arrived.some((item) => item.history) ? new Set(feed.items.map((item) => item.key)) : null;
  const added = keys ? arrived.filter((item) => !keys.has(item.key)) : arrived;
  if (!added.length) return feed;
  const together = [...feed.items, ...added];
  // What was missed comes channel by channel; in the list it stands where it belongs in time.
  const all = added.some((item) => item.replayed) ? inOrderOfTime(together) : together;
  const surplus = Math.max(0, all.length - cap);
  const byType = new Map(feed.byType);
  const byMinute = new Map(feed.byMinute);
  for (const item of added) {
    byType.set(item.type, (byType.get(item.type) ?? 0) + 1);
    const minute = Math.floor(item.timestamp / 60_000);
    byMinute.set(minute, (byMinute.get(minute) ?? 0) + 1);
  }
  const newest = Math.max(...byMinute.keys());
  for (const minute of byMinute.keys()) if (minute <= newest - 60) byMinute.delete(minute);
  const latencies = added.flatMap((item) => item.latency === null ? [] : [item.latency]);
  return {
    items: surplus ? all.slice(surplus) : all,
    dropped: feed.dropped + surplus,
    total: feed.total + added.length,
    byType,
    byMinute,
    latencies: [...feed.latencies, ...latencies].slice(-200),
  };
}

/** Sorted by time, but never against the order of a channel (its pushes may carry equal or slightly turned times). */
function inOrderOfTime(items: readonly FeedItem[]): FeedItem[] {
  const last = new Map<string, number>();
  const keyed = items.map((item) => {
    const key = Math.max(item.timestamp, last.get(item.channel) ?? 0);
    last.set(item.channel, key);
    return { item, key };
  });
  return keyed.sort((a, b) => a.key - b.key || byId(a.item.push.id, b.item.push.id)).map(({ item }) => item);
}

/** Of one moment (a batch over several channels): ids are made in order. */
function byId(a: unknown, b: unknown): number {
  return typeof a !== "string" || typeof b !== "string" || a === b ? 0 : a < b ? -1 : 1;
}

export interface FeedFilter {
  types: ReadonlySet<string>;
  text: string;
  channel: string;
}

const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Text is looked for in type, message and data, without regard to accents and case. */
export function filterItems(items: readonly FeedItem[], filter: FeedFilter): readonly FeedItem[] {
  const words = plain(filter.text).split(/\s+/).filter(Boolean);
  if (!words.length && !filter.types.size && !filter.channel) return items;
  return items.filter((item) => {
    if (filter.types.size && !filter.types.has(item.type)) return false;
    if (filter.channel && item.channel !== filter.channel) return false;
    if (!words.length) return true;
    const text = plain(`${item.type} ${item.message} ${item.data === undefined ? "" : JSON.stringify(item.data)}`);
    return words.every((word) => text.includes(word));
  });
}

/** Arrivals per minute of the last `minutes` minutes, oldest first: [seconds since 1970, count]. */
export function ratePerMinute(feed: Feed, now: number, minutes = RATE_MINUTES): [number[], number[]] {
  const last = Math.floor(now / 60_000);
  const times: number[] = [], counts: number[] = [];
  for (let minute = last - minutes + 1; minute <= last; minute++) {
    times.push(minute * 60);
    counts.push(feed.byMinute.get(minute) ?? 0);
  }
  return [times, counts];
}

/** The value that `share` (0–1) of the values do not exceed; null when there are none. */
export function percentile(values: readonly number[], share: number): number | null {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? sorted[0]!;
}
