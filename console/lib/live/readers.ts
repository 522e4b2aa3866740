// Parts of the console that have channels of their own on the one connection: chat has many, a page may have one. What comes
// on them goes there and nowhere else: neither into the feed nor into toasts.
import { signal } from "@preact/signals";
import type { Push } from "../../../protocol/wire/frames.ts";
import { followAll, unfollow } from "./connection.ts";

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
  void followAll([name]);
  return () => {
    if (listeners.get(name) !== listener) return;
    listeners.delete(name);
    unfollow(name);
  };
}

/** Counts what moderators did to the person: what shows it asks anew. */
export const moderated = signal(0);

/** Channels of pages that are open. */
export function listenedChannels(): string[] {
  return [...listeners.keys()];
}

/** Is it a channel of such a part? The others are the live page's. */
export function isTaken(channel: string): boolean {
  return tap?.owns(channel) === true || listeners.has(channel);
}

/** Gives a push to the part whose channel it is on. @returns false: it is on none of these */
export function pushToReader(push: Push, replayed: boolean): boolean {
  if (tap?.owns(push.channel)) tap.onPush(push, replayed);
  else if (listeners.has(push.channel)) listeners.get(push.channel)!.onPush(push);
  else return false;
  return true;
}

/** Chat takes its own notifications. @returns false: it is another one */
export function isChatNotification(push: Push, replayed: boolean): boolean {
  return push.type === "notification" && (tap?.onNotification(push, replayed) ?? false);
}

/** What these channels show has to be fetched anew. */
export function tellLost(names: string[]): void {
  tap?.onLost(names.filter((name) => tap?.owns(name)));
  for (const name of names) listeners.get(name)?.onLost();
}

/** @returns false: it is nobody's of these */
export function tellDenied(channel: string, code: string): boolean {
  if (tap?.owns(channel)) tap.onDenied(channel, code);
  else if (listeners.has(channel)) listeners.get(channel)!.onLost();
  else return false;
  return true;
}
