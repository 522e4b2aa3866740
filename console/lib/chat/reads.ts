// How far the person has read. A channel counts as read when its newest message is on the screen, the tab is visible and
// has the focus, for a second. Invariants: a position never goes back by itself; at most one call per channel a second.
import type { Message, ReadState, ThreadReadState } from "../../../protocol/chat.ts";
import { post, put } from "../api.ts";
import { applyReadState, channels } from "./channels.ts";

const WAIT_MS = 1_000;
const timers = new Map<string, ReturnType<typeof setTimeout>>();
/** Channels that were marked unread by hand stay so until they are left. */
const heldUnread = new Set<string>();

export function inView(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** The newest message is on the screen. */
export function seen(channelId: string, message: Message): void {
  const channel = channels.peek().get(channelId);
  if (!channel?.is_member || heldUnread.has(channelId) || timers.has(channelId)) return;
  if (message.seq <= channel.read_seq && channel.unread_count === 0 && channel.mention_count === 0) return;
  timers.set(
    channelId,
    setTimeout(() => {
      timers.delete(channelId);
      if (inView()) markRead(channelId, message).catch(() => {});
    }, WAIT_MS),
  );
}

/** What was seen only shortly does not count. */
export function leave(channelId: string): void {
  clearTimeout(timers.get(channelId));
  timers.delete(channelId);
  heldUnread.delete(channelId);
}

export async function markRead(channelId: string, message: Pick<Message, "id">): Promise<void> {
  heldUnread.delete(channelId);
  applyReadState(await post<ReadState>(`/channels/${channelId}/read`, { message_id: message.id }));
}

/** This message and everything after it is unread again, until the channel is left. */
export async function markUnread(message: Message): Promise<void> {
  const { channel_id: channelId, id } = message;
  heldUnread.add(channelId);
  clearTimeout(timers.get(channelId));
  timers.delete(channelId);
  applyReadState(await post<ReadState>(`/channels/${channelId}/read`, { message_id: id, unread: true }));
}

const threadTimers = new Map<string, ReturnType<typeof setTimeout>>();

/** The newest reply is on the screen. */
export function threadSeen(rootId: string, newest: Message, done: (state: ThreadReadState) => void): void {
  clearTimeout(threadTimers.get(rootId));
  threadTimers.set(
    rootId,
    setTimeout(() => {
      threadTimers.delete(rootId);
      if (!inView()) return;
      put<ThreadReadState>(`/messages/${rootId}/thread`, { read_message_id: newest.id }).then(done, () => {});
    }, WAIT_MS),
  );
}
