// How far the person has read: what is told to the server, and what it says then. What counts as read is decided where it
// is on the screen (pages/chat/reading.tsx).
import type { Message, ReadState } from "../../../../protocol/chat/chat.ts";
import { post } from "../../../lib/api.ts";
import { applyReadState } from "./channels.ts";

/** Whether somebody may be looking at this tab. */
export function inView(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** Everything up to this message. */
export async function markRead(channelId: string, message: Pick<Message, "id">): Promise<void> {
  applyReadState(await post<ReadState>(`/channels/${channelId}/read`, { message_id: message.id }));
}

/** This message and everything after it is unread again, until the channel is left. */
export async function markUnread({ channel_id: channelId, id }: Message): Promise<void> {
  applyReadState(await post<ReadState>(`/channels/${channelId}/read`, { message_id: id, unread: true }));
}
