// The signed-in page's realtime side: what comes over the connection goes to the part of the console whose channel it is on
// (readers.ts), to the numbers of the bell (unread.ts), into the feed (feed.ts) and in front of the person (announce.ts).
import { GiveUp, type PulpoError } from "../../../clients/typescript/src/errors.ts";
import type { Push } from "../../../protocol/wire/frames.ts";
import { announce } from "../announce.ts";
import { recheckSession } from "../session.ts";
import { countSoon, inboxChanges, refreshUnread, unread } from "../unread.ts";
import { announceDenied, announceResume } from "./announcements.ts";
import { closeConnection, isOpen, openConnection } from "./connection.ts";
import { addToFeed, feedFollows, feedResumed, feedStart, forgetFeed, isPast, measureSkew } from "./feed.ts";
import {
  isChatNotification,
  isTaken,
  listenedChannels,
  moderated,
  pushToReader,
  tellDenied,
  tellLost,
} from "./readers.ts";
import { dropChannel, followBase, isBaseChannel, restoreSubscriptions, subscribed } from "./subscriptions.ts";

/** Where nothing may be followed nothing tells of new rights either. */
const REFUSED_MS = 30_000;
let refusedTimer: ReturnType<typeof setTimeout> | undefined;

export function startLive(): void {
  if (isOpen()) return;
  restoreSubscriptions();
  const own = Object.entries(feedStart()).filter(([name]) => subscribed.value.includes(name));
  openConnection([...subscribed.value, ...listenedChannels()], Object.fromEntries(own), {
    onPush: route,
    onStatus({ state }) {
      feedFollows(state);
      clearTimeout(refusedTimer);
      if (state === "refused") refusedTimer = setTimeout(followBase, REFUSED_MS);
    },
    onResumed(_, isComplete) {
      const recovered = feedResumed();
      refreshUnread();
      inboxChanges.value++;
      announceResume(recovered, isComplete);
    },
    // The inbox is the snapshot: it is read anew when inboxChanges moves, and onResumed says so.
    onLost(names) {
      tellLost(names);
      if (names.some((name) => !isTaken(name))) inboxChanges.value++;
    },
    onDenied(channel, code) {
      if (code === "forbidden") recheckSession();
      if (!tellDenied(channel, code)) denied(channel, code);
    },
    // Chat is told of channels that were left, or that it was removed from, by pushes of its own.
    onWithdrawn(channel, code) {
      recheckSession();
      if (!isTaken(channel)) denied(channel, code);
    },
    onError: refused,
  });
  refreshUnread();
  measureSkew();
}

export function stopLive(): void {
  clearTimeout(refusedTimer);
  closeConnection();
  forgetFeed();
  unread.value = null;
}

function route(push: Push, replayed: boolean): void {
  if (push.channel.startsWith("user:") && push.type.startsWith("moderation_")) moderated.value++;
  if (push.type === "user_changed") return recheckSession();
  if (pushToReader(push, replayed)) return;
  if (isChatNotification(push, replayed)) return countSoon();
  const past = isPast(push, replayed);
  if (push.type === "notification_read") {
    const count = (push.data as { unread_count?: number } | undefined)?.unread_count;
    if (typeof count === "number") unread.value = count;
    inboxChanges.value++;
    return;
  }
  const item = addToFeed(push, replayed, past);
  if (push.offset !== undefined) countSoon();
  // A resume tells its number once; the live page shows the items themselves.
  if (!replayed) announce(item);
}

function denied(channel: string, code: string): void {
  dropChannel(channel);
  // Nobody asked for those that every console follows; where none is left, the connection says so.
  if (!isBaseChannel(channel)) announceDenied(channel, code);
}

/** A frame was refused: the person's rights may have changed. The state of the connection says the rest. */
function refused(error: PulpoError): void {
  if (error.code === "forbidden") recheckSession();
  if (error.code !== "connection_lost" && !(error instanceof GiveUp)) console.warn("connection:", error.code);
}
