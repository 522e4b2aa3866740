// How far the others of a small channel have read, for "seen by". Read once when the channel is opened (and after a gap in the
// connection), then moved on by the channel's pushes. Nothing of it in larger channels: nobody reads ten names.
import { signal } from "@preact/signals";
import type { Channel, Member } from "../../../../protocol/chat/chat.ts";
import type { ChannelSignals } from "../../../../protocol/pushes/chat.ts";
import { get } from "../../../lib/api.ts";
import type { Page } from "../../../lib/types.ts";
import { myId } from "./channels.ts";
import { learn } from "./people.ts";

const MAX_MEMBERS = 10;

/** Channel → person → position. */
const positions = signal<ReadonlyMap<string, ReadonlyMap<string, number>>>(new Map());

export const hasReceipts = (channel: Channel): boolean =>
  channel.member_count > 1 && channel.member_count <= MAX_MEMBERS;

function move(channelId: string, seqs: Iterable<readonly [string, number]>): void {
  const next = new Map(positions.peek().get(channelId));
  for (const [id, seq] of seqs) if (seq > (next.get(id) ?? 0)) next.set(id, seq);
  positions.value = new Map(positions.peek()).set(channelId, next);
}

/** What fails is made up for by the next message that is read. */
export async function loadReceipts(channelId: string): Promise<void> {
  try {
    const { items } = await get<Page<Member>>(`/channels/${channelId}/members`, { limit: MAX_MEMBERS });
    learn(items.map((member) => member.user));
    // Anew: who has left does not count any more.
    positions.value = new Map(positions.peek()).set(channelId, new Map());
    move(channelId, items.flatMap(({ user_id, read_seq }) => read_seq === null ? [] : [[user_id, read_seq] as const]));
  } catch { /* no receipts then */ }
}

export function someoneRead(channelId: string, { user, read_seq }: ChannelSignals["message_read"]): void {
  if (positions.peek().has(channelId)) move(channelId, [[user.id, read_seq]]);
}

/** The others who have read as far as `seq`, and how many others there are. */
export function readersOf(channelId: string, seq: number): { ids: string[]; of: number } {
  const others = [...positions.value.get(channelId) ?? []].filter(([id]) => id !== myId());
  return { ids: others.filter(([, read]) => read >= seq).map(([id]) => id), of: others.length };
}
