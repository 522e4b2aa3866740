// Who is writing. Others' signals last six seconds; one's own goes out at most every three, and only over an open
// connection. Nothing is stored.
import { signal } from "@preact/signals";
import { sendFrame } from "../../../lib/live/connection.ts";
import { myId } from "./channels.ts";
import { learn } from "./people.ts";
import type { ChannelSignals } from "../../../../protocol/pushes/chat.ts";

const LASTS_MS = 6_000;
const EVERY_MS = 3_000;

export interface Writer {
  id: string;
  name: string;
  rootId: string | null;
  until: number;
}
/** Channel → who writes there. */
export const writers = signal<ReadonlyMap<string, readonly Writer[]>>(new Map());

let timer: ReturnType<typeof setTimeout> | undefined;
const sentAt = new Map<string, number>();

export function someoneTypes(channelId: string, { user, root_id }: ChannelSignals["user_typing"]): void {
  if (!user.id || user.id === myId()) return;
  learn([user]);
  const others = (writers.peek().get(channelId) ?? []).filter((writer) => writer.id !== user.id);
  const writer = { id: user.id, name: user.display_name, rootId: root_id, until: Date.now() + LASTS_MS };
  writers.value = new Map(writers.peek()).set(channelId, [...others, writer]);
  timer ??= setTimeout(sweep, 1_000);
}

/** A message arrived: its author is not writing any more. */
export function stoppedTyping(channelId: string, userId: string | null): void {
  const list = writers.peek().get(channelId);
  if (!list?.some((writer) => writer.id === userId)) return;
  writers.value = new Map(writers.peek()).set(channelId, list.filter((writer) => writer.id !== userId));
}

function sweep(): void {
  timer = undefined;
  const now = Date.now();
  const next = new Map<string, readonly Writer[]>();
  for (const [id, list] of writers.peek()) {
    const left = list.filter((writer) => writer.until > now);
    if (left.length) next.set(id, left);
  }
  writers.value = next;
  if (next.size) timer = setTimeout(sweep, 1_000);
}

/** One's own key strokes. */
export function iAmTyping(channelId: string, rootId: string | null): void {
  const key = `${channelId}:${rootId}`, now = Date.now();
  if (now - (sentAt.get(key) ?? 0) < EVERY_MS) return;
  if (sendFrame({ type: "typing", channel_id: channelId, root_id: rootId })) sentAt.set(key, now);
}
