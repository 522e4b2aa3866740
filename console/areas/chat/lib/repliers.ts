// Who has replied in which thread, as far as this page has seen it (pushes and opened threads): the pictures beside
// "3 replies". Bounded: the oldest threads are forgotten.
import { signal } from "@preact/signals";
import type { ChatUser, Message } from "../../../../protocol/chat/chat.ts";

const MAX_THREADS = 500;
const MAX_PEOPLE = 5;

export const repliers = signal<ReadonlyMap<string, readonly ChatUser[]>>(new Map());

/** Takes replies in the order in which they were written. */
export function noteRepliers(replies: readonly Message[]): void {
  let next: Map<string, readonly ChatUser[]> | null = null;
  for (const { root_id, user, is_deleted } of replies) {
    if (!root_id || is_deleted) continue;
    const known = (next ?? repliers.peek()).get(root_id) ?? [];
    if (known[0]?.id === user.id && known[0]?.username === user.username) continue;
    next ??= new Map(repliers.peek());
    const others = known.filter((other) => other.id !== user.id || other.username !== user.username);
    next.set(root_id, [user, ...others].slice(0, MAX_PEOPLE));
  }
  if (!next) return;
  while (next.size > MAX_THREADS) next.delete(next.keys().next().value!);
  repliers.value = next;
}
