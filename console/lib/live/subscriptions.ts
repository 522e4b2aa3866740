// The channels that the live page shows: those that every console follows, and those that somebody added in this tab.
import { signal } from "@preact/signals";
import { channels } from "../../../protocol/wire/channels.ts";
import { isGuest } from "../session.ts";
import { readJson, writeStored } from "../storage.ts";
import { followAll, isOpen, unfollow } from "./connection.ts";
import { listenedChannels } from "./readers.ts";

export const MY_NOTIFICATIONS = channels.userNotifications("me");
/** Nothing goes to guests that is meant for everybody. */
const baseChannels = (): string[] => isGuest() ? [MY_NOTIFICATIONS] : [channels.broadcast(), MY_NOTIFICATIONS];
/** Somebody who adds a channel waits no longer for the server's answer. */
const ANSWER_MS = 3_000;

export const subscribed = signal<string[]>([]);

/** Those of a tab that is loaded (again). */
export function restoreSubscriptions(): void {
  subscribed.value = [...new Set([...baseChannels(), ...readJson<string[]>("channels", [], "session")])];
}

/** Asks again for what every console follows: the person may do more than before. */
export function followBase(): void {
  if (!isOpen()) return;
  subscribed.value = [...new Set([...baseChannels(), ...subscribed.peek()])];
  void followAll([...subscribed.peek(), ...listenedChannels()]);
}

/** Resolves when the server listens for this tab. */
export async function addChannel(name: string): Promise<void> {
  subscribed.value = [...new Set([...subscribed.value, name])];
  keepChannels();
  await Promise.race([followAll([name]), new Promise((resolve) => setTimeout(resolve, ANSWER_MS))]);
}

export function removeChannel(name: string): void {
  if (isBaseChannel(name)) return;
  unfollow(name);
  dropChannel(name);
}

/** The server does not let this tab follow it. */
export function dropChannel(name: string): void {
  subscribed.value = subscribed.value.filter((other) => other !== name);
  keepChannels();
}

export function isBaseChannel(name: string): boolean {
  return baseChannels().includes(name);
}

function keepChannels(): void {
  writeStored("channels", JSON.stringify(subscribed.value.filter((name) => !isBaseChannel(name))), "session");
}
