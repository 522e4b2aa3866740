// How many notifications the person has not read, and when what shows them has to ask anew.
import { signal } from "@preact/signals";
import { get } from "./api.ts";
import type { InboxPage } from "./types.ts";

/** Null until the server has said it. */
export const unread = signal<number | null>(null);
/** Counts changes of the inbox that others made: pages that show it load anew. */
export const inboxChanges = signal(0);

const COUNT_MS = 1_500;
let counting: ReturnType<typeof setTimeout> | undefined;

/** The inbox is written a moment after the push: asks for the number once the burst is over, at most every 1.5 s. */
export function countSoon(): void {
  counting ??= setTimeout(() => {
    counting = undefined;
    refreshUnread();
    inboxChanges.value++;
  }, COUNT_MS);
}

export async function refreshUnread(): Promise<void> {
  try {
    unread.value = (await get<InboxPage>("/notifications", { limit: 1 })).unread_count;
  } catch { /* the next push asks again */ }
}
