// The signed-in page's realtime side: one socket, the feed of the live page, the bell. Pushes are gathered and put into
// the signals once per animation frame (or every 250 ms in a hidden tab, where no frames are drawn).
import { outer } from "./base.ts";
import { batch, signal } from "@preact/signals";
import { channels } from "../../protocol/wire/channels.ts";
import type { Position, Push } from "../../protocol/wire/frames.ts";
import { announce } from "./announce.ts";
import { ApiError, get, post, RENEWED_MS, renewSession } from "./api.ts";
import { appendItems, EMPTY_FEED, type Feed, type FeedItem, toItem } from "./feed.ts";
import { t, tryT } from "./i18n.ts";
import type { LinkStatus } from "./link_status.ts";
import { isGuest, recheckSession } from "./session.ts";
import { ResumableSocket, SessionOver } from "./socket.ts";
import { readJson, readStored, writeStored } from "./storage.ts";
import { toast } from "./toasts.ts";
import { unread } from "./unread.ts";
import type { Health, InboxPage } from "./types.ts";

const MY_NOTIFICATIONS = channels.userNotifications("me");
/** Nothing goes to guests that is meant for everybody. */
const baseChannels = (): string[] => isGuest() ? [MY_NOTIFICATIONS] : [channels.broadcast(), MY_NOTIFICATIONS];
/** At a reload of the tab at most this many pushes per channel are asked for again. */
const REPLAY_MAX = 500;

export const link = signal<LinkStatus>({
  state: "closed",
  transport: "socket",
  attempt: 0,
  retryAt: null,
  closeCode: 0,
});
export const feed = signal<Feed>(EMPTY_FEED);
export const paused = signal(false);
/** Arrived while paused. */
export const waiting = signal(0);
/** Position of each channel, for people to see. */
export const positions = signal<Record<string, Position>>({});
export const subscribed = signal<string[]>([]);
/** The last resume: how many pushes had been missed. */
export const resumed = signal<{ at: number; recovered: number } | null>(null);
/** Counts changes of the inbox that others made: pages that show it load anew. */
export const inboxChanges = signal(0);

/**
 * A part of the console with channels of its own on this socket (chat). What arrives on them goes there and nowhere else:
 * neither into the feed nor into toasts.
 */
export interface LiveTap {
  owns: (channel: string) => boolean;
  onPush: (push: Push, replayed: boolean) => void;
  /** The gap was too old, or the server refused the channel: what it shows has to be fetched anew. */
  onLost: (channels: string[]) => void;
  onDenied: (channel: string, code: string) => void;
  /** A `notification` push of chat on the person's own channel. @returns false: not chat's. */
  onNotification: (push: Push, replayed: boolean) => boolean;
}
let tap: LiveTap | null = null;

/** One part of the console at a time; `null` takes it away. */
export function setTap(next: LiveTap | null): void {
  tap = next;
}

/** What a page with a channel of its own (moderation) is told; like the tap, for as long as the page is open. */
export interface ChannelListener {
  onPush: (push: Push) => void;
  /** Pushes were missed for good, or the channel was refused: fetch anew. */
  onLost: () => void;
}
const listeners = new Map<string, ChannelListener>();

/** Follows a channel that is neither in the feed nor the tap's. @returns ends it */
export function listen(name: string, listener: ChannelListener): () => void {
  listeners.set(name, listener);
  socket?.subscribeAll([name]);
  return () => {
    if (listeners.get(name) !== listener) return;
    listeners.delete(name);
    socket?.unsubscribe(name);
  };
}

/** Subscribes to channels that the tap owns. @returns true once the server has answered, false: all were followed before */
export function followAll(names: readonly string[]): Promise<boolean> {
  return socket?.subscribeAll(names) ?? Promise.resolve(false);
}

export function unfollow(name: string): void {
  socket?.unsubscribe(name);
}

/** Sends a feature's frame. @returns whether the connection was there to take it. */
export function sendFrame(frame: { type: string; [extra: string]: unknown }): boolean {
  return socket?.sendFrame(frame) ?? false;
}

function callInstead({ type, channel_id, root_id }: { type: string; [extra: string]: unknown }): boolean {
  if (type !== "typing") return false;
  post(`/channels/${channel_id}/typing`, { root_id }).catch(() => {});
  return true;
}

/** Positions of the channels that the live page knows. */
function ownPositions(): Record<string, Position> {
  const all = Object.entries(socket?.positions.all() ?? {});
  return Object.fromEntries(all.filter(([name]) => !tap?.owns(name) && !listeners.has(name)));
}

let socket: ResumableSocket | null = null;
/** Where nothing may be followed nothing tells of new rights either. */
const REFUSED_MS = 30_000;
let refusedTimer: ReturnType<typeof setTimeout> | undefined;
/** Pushes of the present resume that went into the feed. */
let missed = 0;
let skewMs = 0;
let pending: FeedItem[] = [];
let held: FeedItem[] = [];
let scheduled = false;

export function startLive(): void {
  if (socket) return;
  const extra = readJson<string[]>("channels", [], "session");
  subscribed.value = [...new Set([...baseChannels(), ...extra])];
  socket = new ResumableSocket({
    url: `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${outer("/ws")}`,
    streamUrl: outer("/sse"),
    transport: readStored("transport", "session") === "stream" ? "stream" : "socket",
    callInstead,
    ticket,
    onPush,
    onStatus: (status) => {
      link.value = status;
      if (status.state === "live") writeStored("transport", status.transport, "session");
      if (status.state === "resuming") missed = 0;
      positions.value = ownPositions();
      clearTimeout(refusedTimer);
      if (status.state === "refused") refusedTimer = setTimeout(followBase, REFUSED_MS);
      if (status.state === "live") {
        wasLive = true;
        rememberStart();
        rewind();
      }
    },
    onResumed: (_recovered, complete) => {
      const recovered = missed;
      missed = 0;
      resumed.value = { at: Date.now(), recovered };
      refreshUnread();
      inboxChanges.value++;
      const text = recovered ? t("live.recovered", { n: recovered }) : t("live.nothing_missed");
      if (complete) toast({ kind: "success", title: t("live.resumed"), text });
      else {toast({
          kind: "info",
          title: t("live.gap_title"),
          text: t("live.gap_text"),
          href: "/inbox",
          action: t("live.open_inbox"),
        });}
    },
    // The inbox is the snapshot: it is read anew when inboxChanges moves, and onResumed says so.
    onLost: (names) => {
      tap?.onLost(names.filter((name) => tap?.owns(name)));
      for (const name of names) listeners.get(name)?.onLost();
      if (names.some((name) => !tap?.owns(name) && !listeners.has(name))) inboxChanges.value++;
    },
    onForbidden: recheckSession,
    onDenied: (channel, code) => {
      if (tap?.owns(channel)) return tap.onDenied(channel, code);
      if (listeners.has(channel)) return listeners.get(channel)!.onLost();
      subscribed.value = subscribed.value.filter((name) => name !== channel);
      keepChannels();
      // Nobody asked for those that every console follows; where none is left, the connection says so.
      if (baseChannels().includes(channel)) return;
      toast({
        kind: "error",
        title: t("live.denied", { channel }),
        text: tryT(`error.${code}`, { time: "" }) ?? undefined,
      });
    },
  });
  // The feed of this tab survives a reload: ask again for what came since it began.
  for (const [name, position] of Object.entries(readJson<Record<string, Position>>("feed_start", {}, "session"))) {
    if (subscribed.value.includes(name)) socket.positions.set(name, position);
  }
  socket.start([...subscribed.value, ...listeners.keys()]);
  refreshUnread();
  measureSkew();
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
}

/** Asks again for what every console follows: the person may do more than before. */
export function followBase(): void {
  if (!socket) return;
  subscribed.value = [...new Set([...baseChannels(), ...subscribed.peek()])];
  void socket.subscribeAll([...subscribed.peek(), ...listeners.keys()]);
}

export function stopLive(): void {
  clearTimeout(refusedTimer);
  socket?.stop();
  socket = null;
  pending = [];
  held = [];
  writeStored("feed_start", null, "session");
  writeStored("history", null, "session");
  historyUntil.clear();
  wantsHistory = wasLive = false;
  removeEventListener("online", wake);
  document.removeEventListener("visibilitychange", wake);
  batch(() => {
    feed.value = EMPTY_FEED;
    unread.value = null;
    resumed.value = null;
    paused.value = false;
    waiting.value = 0;
  });
}

function wake(): void {
  if (document.visibilityState === "visible") socket?.retryNow();
}

export function retryLive(): void {
  socket?.retryNow();
}

async function ticket(renewed: boolean): Promise<string> {
  try {
    // A ticket ends with the access token that asked for it, so the session must be younger than that.
    if (renewed && !(await renewSession(Date.now() - RENEWED_MS))) throw new SessionOver();
    return (await post<{ ticket: string }>("/auth/ticket", {})).ticket;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) throw new SessionOver();
    throw error;
  }
}

/** Resolves when the server listens for this tab. */
export async function addChannel(name: string): Promise<void> {
  subscribed.value = [...new Set([...subscribed.value, name])];
  keepChannels();
  await socket?.subscribe(name);
}

export function removeChannel(name: string): void {
  if (baseChannels().includes(name)) return;
  socket?.unsubscribe(name);
  subscribed.value = subscribed.value.filter((other) => other !== name);
  keepChannels();
}

export function isBaseChannel(name: string): boolean {
  return baseChannels().includes(name);
}

function keepChannels(): void {
  writeStored("channels", JSON.stringify(subscribed.value.filter((name) => !isBaseChannel(name))), "session");
}

export function clearFeed(): void {
  pending = [];
  held = [];
  waiting.value = 0;
  feed.value = EMPTY_FEED;
  writeStored("feed_start", JSON.stringify(ownPositions()), "session");
}

export function setPaused(value: boolean): void {
  paused.value = value;
  if (value) return;
  pending = [...held, ...pending];
  held = [];
  waiting.value = 0;
  schedule();
}

/** At the first look at the live page or the dashboard this many pushes of each channel are fetched. */
const HISTORY = 100;
let wantsHistory = false;
/** Was the connection live since the session began? What comes before is history too. */
let wasLive = false;
/** Up to which offset a channel's replayed pushes are history. */
const historyUntil = new Map<string, number>();

/** Fills the feed with what happened lately, once per tab; as soon as the connection is there. */
export function showHistory(): void {
  wantsHistory = true;
  rewind();
}

function rewind(): void {
  if (!wantsHistory || !socket || socket.status.state !== "live" || readStored("history", "session")) return;
  writeStored("history", "1", "session");
  const start = readJson<Record<string, Position>>("feed_start", {}, "session");
  for (const name of subscribed.peek()) {
    const until = socket.positions.all()[name]?.offset ?? 0;
    const from = socket.rewind(name, HISTORY);
    if (!from) continue;
    historyUntil.set(name, until);
    // A reload of the tab begins there again.
    if (!start[name] || start[name].epoch !== from.epoch || start[name].offset > from.offset) start[name] = from;
  }
  writeStored("feed_start", JSON.stringify(start), "session");
}

/** Counts what moderators did to the person: what shows it asks anew. */
export const moderated = signal(0);

function onPush(push: Push, replayed: boolean): void {
  if (push.channel.startsWith("user:") && push.type.startsWith("moderation_")) moderated.value++;
  if (push.type === "user_changed") return recheckSession();
  if (tap?.owns(push.channel)) return tap.onPush(push, replayed);
  if (listeners.has(push.channel)) return listeners.get(push.channel)!.onPush(push);
  if (push.type === "notification" && tap?.onNotification(push, replayed)) return countSoon();
  const past = replayed && (!wasLive || (push.offset ?? 0) <= (historyUntil.get(askedName(push.channel)) ?? 0));
  if (replayed && !past) missed++;
  if (push.type === "notification_read") {
    const count = (push.data as { unread_count?: number } | undefined)?.unread_count;
    if (typeof count === "number") unread.value = count;
    inboxChanges.value++;
    return;
  }
  const item = toItem(push, replayed, Date.now(), skewMs, past);
  pending.push(item);
  schedule();
  if (push.offset !== undefined) countSoon();
  // A resume tells its number once; the live page shows the items themselves.
  if (!replayed) announce(item);
}

/** One's own channel is asked for as `user:me:…`. */
const askedName = (channel: string) => /^user:.*:notifications$/.test(channel) ? MY_NOTIFICATIONS : channel;

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  if (document.visibilityState === "visible") requestAnimationFrame(flush);
  else setTimeout(flush, 250);
}

function flush(): void {
  scheduled = false;
  const added = pending;
  pending = [];
  batch(() => {
    if (paused.value) {
      held = [...held, ...added].slice(-5_000);
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
  const start = readJson<Record<string, Position>>("feed_start", {}, "session");
  const now = ownPositions();
  for (const [name, position] of Object.entries(now)) {
    const began = start[name];
    if (!began || began.epoch !== position.epoch) start[name] = { ...position };
    else if (position.offset - began.offset > REPLAY_MAX) began.offset = position.offset - REPLAY_MAX;
  }
  writeStored("feed_start", JSON.stringify(start), "session");
}

let counting: ReturnType<typeof setTimeout> | undefined;

/** The inbox is written a moment after the push: ask for the number once the burst is over, at most every 1.5 s. */
function countSoon(): void {
  counting ??= setTimeout(() => {
    counting = undefined;
    refreshUnread();
    inboxChanges.value++;
  }, 1_500);
}

async function refreshUnread(): Promise<void> {
  try {
    unread.value = (await get<InboxPage>("/notifications", { limit: 1 })).unread_count;
  } catch { /* the next push asks again */ }
}

/** Compares clocks, so that the latency shown is not the difference between two clocks. */
async function measureSkew(): Promise<void> {
  try {
    const before = Date.now();
    const health = await get<Health>("//health");
    skewMs = Date.parse(health.timestamp) - (before + Date.now()) / 2;
    // Within the error of the measurement itself there is nothing to correct.
    if (!Number.isFinite(skewMs) || Math.abs(skewMs) < 20) skewMs = 0;
  } catch { /* stays 0 */ }
}
