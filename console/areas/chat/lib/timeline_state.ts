// The part of a channel that a page holds: messages in the order of `seq`, with word whether there are older and newer
// ones on the server. Pure functions over immutable states. Invariants: no message twice, always sorted; never more than
// `cap` messages (the end that is not looked at goes first); an event about a message that is not held changes nothing.
import type { Message } from "../../../../protocol/chat/chat.ts";
import type { ChannelEvents } from "../../../../protocol/pushes/chat.ts";

export interface TimelineState {
  items: readonly Message[];
  hasOlder: boolean;
  hasNewer: boolean;
}

export const EMPTY_TIMELINE: TimelineState = { items: [], hasOlder: false, hasNewer: false };
/** About three pages of 100. */
const TIMELINE_CAP = 300;

/** Both in one list, sorted; of two versions the given one wins. */
export function mergeMessages(items: readonly Message[], added: readonly Message[]): readonly Message[] {
  if (!added.length) return items;
  const byId = new Map(items.map((item) => [item.id, item]));
  for (const message of added) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

/** An answer with older messages; the newest ones go when there are too many. */
export function withOlder(
  state: TimelineState,
  page: readonly Message[],
  more: boolean,
  cap = TIMELINE_CAP,
): TimelineState {
  const items = mergeMessages(state.items, page);
  const cut = items.length > cap;
  return { items: cut ? items.slice(0, cap) : items, hasOlder: more, hasNewer: state.hasNewer || cut };
}

/** An answer with newer messages; the oldest ones go when there are too many. */
export function withNewer(
  state: TimelineState,
  page: readonly Message[],
  more: boolean,
  cap = TIMELINE_CAP,
): TimelineState {
  const items = mergeMessages(state.items, page);
  const cut = items.length > cap;
  return { items: cut ? items.slice(-cap) : items, hasOlder: state.hasOlder || cut, hasNewer: more };
}

/** A message that was just sent. Held only when it follows on what is held. */
export function withLive(state: TimelineState, message: Message, cap = TIMELINE_CAP): TimelineState {
  if (state.hasNewer && !state.items.some((item) => item.id === message.id)) return state;
  const items = mergeMessages(state.items, [message]);
  return items.length > cap + 100 ? { ...state, items: items.slice(-cap), hasOlder: true } : { ...state, items };
}

/** Changes one message, if it is held. */
function change(state: TimelineState, id: string, update: (message: Message) => Message): TimelineState {
  const at = state.items.findIndex((item) => item.id === id);
  if (at < 0) return state;
  const next = update(state.items[at]!);
  return next === state.items[at] ? state : { ...state, items: state.items.with(at, next) };
}

const TOMBSTONE = {
  content: "",
  attachments: [],
  reactions: [],
  mentions: [],
  previews: [],
  is_pinned: false,
} as const;

/** What a deleted message looks like. */
function tombstone(message: Message): Message {
  return {
    ...message,
    ...TOMBSTONE,
    attachments: [],
    reactions: [],
    mentions: [],
    previews: [],
    is_deleted: true,
    edited_at: null,
  };
}

/** The events that concern messages that are there already. */
export function applyEvent(state: TimelineState, type: string, data: unknown): TimelineState {
  switch (type) {
    case "chat_message": {
      const { root } = data as ChannelEvents["chat_message"];
      return root ? change(state, root.id, (message) => ({ ...message, ...root })) : state;
    }
    case "message_edited": {
      const { message } = data as ChannelEvents["message_edited"];
      return change(state, message.id, () => message);
    }
    case "message_deleted": {
      const gone = data as ChannelEvents["message_deleted"];
      const next = change(state, gone.message_id, tombstone);
      if (!gone.root_id || gone.reply_count === undefined) return next;
      return change(next, gone.root_id, (root) => ({
        ...root,
        reply_count: gone.reply_count!,
        last_reply_at: gone.last_reply_at === undefined ? root.last_reply_at : gone.last_reply_at,
      }));
    }
    case "reaction_added":
    case "reaction_removed": {
      const { message_id, reactions } = data as ChannelEvents["reaction_added"];
      return change(state, message_id, (message) => message.is_deleted ? message : { ...message, reactions });
    }
    case "message_pinned":
    case "message_unpinned": {
      const { message_id } = data as ChannelEvents["message_pinned"];
      return change(state, message_id, (message) => ({ ...message, is_pinned: type === "message_pinned" }));
    }
    default:
      return state;
  }
}
