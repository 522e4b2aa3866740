// Which messages of a stretch were on the screen, and how far that leaves nothing out. Read is a position: it moves over
// what was seen and over what nobody has to read (one's own, the server's words, what was deleted), and stops before the
// first message that was not on the screen, whatever was looked at below it. Pure.
import type { Message } from "../../../../protocol/chat/chat.ts";
import type { TimelineState } from "./timeline_state.ts";

/** Whether a message can be new to the person. */
export function canBeNew(message: Message, me: string): boolean {
  return message.user.id !== me && message.message_type !== "system" && !message.is_deleted;
}

export interface Reached {
  /** The newest message up to which everything was seen; null: none after the position. */
  newest: Message | null;
  /** The first one that was not seen; null: none that is held. */
  next: Message | null;
  /** Nothing is left, up to the newest message of all. */
  all: boolean;
}

export class Seen {
  readonly #seqs = new Set<number>();

  add(messages: readonly Message[]): void {
    for (const { seq } of messages) this.#seqs.add(seq);
  }

  /** After "mark unread": what is on the screen counts as not seen. */
  clear(): void {
    this.#seqs.clear();
  }

  /** How far everything was seen, going on from `readSeq`. */
  reached({ items, hasOlder, hasNewer }: TimelineState, readSeq: number, me: string): Reached {
    let newest: Message | null = null;
    // What stands between the position and what is held is not known.
    if (hasOlder && (items[0]?.seq ?? 0) > readSeq) return { newest, next: null, all: false };
    for (const message of items) {
      if (message.seq <= readSeq) continue;
      if (canBeNew(message, me) && !this.#seqs.has(message.seq)) return { newest, next: message, all: false };
      newest = message;
    }
    return { newest, next: null, all: !hasNewer };
  }

  /** How many were seen after a position, of those that can be new. */
  countAfter(items: readonly Message[], readSeq: number, me: string): number {
    let n = 0;
    for (const message of items) {
      if (message.seq > readSeq && this.#seqs.has(message.seq) && canBeNew(message, me)) n++;
    }
    return n;
  }
}
