// The person's inbox as the page and the bell read it: pages that load anew when something came or was read elsewhere, and
// marking as read, which shows at once.
import { useEffect, useRef } from "preact/hooks";
import { type CallOptions, post } from "./api.ts";
import { inboxChanges, unread } from "./unread.ts";
import { type Pages, usePages } from "./resource.ts";
import type { InboxItem, InboxPage } from "./types.ts";

export function useInbox(query: NonNullable<CallOptions["query"]>): Pages<InboxItem> {
  const pages = usePages<InboxItem, InboxPage>("/notifications", query, (page) => unread.value = page.unread_count);
  const first = useRef(true);
  const changes = inboxChanges.value;
  useEffect(() => {
    if (first.current) first.current = false;
    else pages.reload();
  }, [changes]);
  return pages;
}

/** @throws ApiError */
export async function markRead(item: InboxItem, pages: Pages<InboxItem>): Promise<void> {
  if (item.read_at) return;
  const answer = await post<{ unread_count: number }>(`/notifications/${item.id}/read`, {});
  unread.value = answer.unread_count;
  const read_at = new Date().toISOString();
  pages.update((items) => items.map((other) => other.id === item.id ? { ...other, read_at } : other));
}

/** @throws ApiError */
export async function markAllRead(pages: Pages<InboxItem>): Promise<void> {
  unread.value = (await post<{ unread_count: number }>("/notifications/read-all", {})).unread_count;
  pages.reload();
}
