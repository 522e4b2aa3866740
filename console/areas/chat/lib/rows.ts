// What stands in the list of messages, row by row: day separators, the line of what is new, messages (with their author
// or right below one by the same author), and what has not been sent yet. Pure. Invariants: keys are unique and stay the
// same when a sent message comes back from the server, so that nothing is drawn anew; the order is the one given.
import type { Message } from "../../../../protocol/chat/chat.ts";
import { canBeNew } from "./seen.ts";

/** Messages of one author within this time stand together. */
const GROUP_MS = 5 * 60_000;

/** What the list draws of a message that is on its way. */
export interface Outgoing {
  state: "sending" | "failed";
  /** Why it failed, in the person's language. */
  error?: string;
}
export type ListMessage = Message & { outgoing?: Outgoing };

export type Row =
  | { kind: "start"; key: string }
  | { kind: "day"; key: string; at: number }
  | { kind: "new"; key: string }
  | {
    kind: "message";
    key: string;
    message: ListMessage;
    compact: boolean;
    /** System messages of one kind in a row stand in one line; all of them, `message` is the last. */
    folded?: ListMessage[];
  };

export interface RowOptions {
  /** Whether the first message given is the first of all. */
  complete: boolean;
  /** The line of what is new stands before the first message of others after this position; null: no line. */
  newAfter: number | null;
  me: string;
}

/** A message's own key: the same before and after the server has it. */
function messageKey(message: Message): string {
  return message.client_id ? `c:${message.user.id}:${message.client_id}` : message.id;
}

export function buildRows(messages: readonly ListMessage[], options: RowOptions): Row[] {
  const rows: Row[] = options.complete ? [{ kind: "start", key: "start" }] : [];
  let before: ListMessage | undefined;
  let day = "";
  let marked = options.newAfter === null;
  for (const message of messages) {
    const at = Date.parse(message.created_at);
    const date = new Date(at).toDateString();
    let apart = false;
    if (date !== day) {
      rows.push({ kind: "day", key: `day:${date}`, at });
      day = date;
      apart = true;
    }
    if (!marked && message.seq > options.newAfter! && canBeNew(message, options.me)) {
      rows.push({ kind: "new", key: "new" });
      marked = apart = true;
    }
    const last = rows.at(-1);
    if (!apart && before && last?.kind === "message" && foldable(before, message)) {
      last.folded = [...last.folded ?? [before], message];
      last.message = before = message;
      continue;
    }
    const compact = !apart && before !== undefined && together(before, message, at);
    rows.push({ kind: "message", key: messageKey(message), message, compact });
    before = message;
  }
  return rows;
}

const FOLDED = new Set(["user_joined", "user_left", "user_added", "user_removed"]);

/** Two system messages that tell the same of different people, done by the same one. */
function foldable(before: Message, message: Message): boolean {
  const [a, b] = [before.system, message.system];
  if (!a || !b || a.event !== b.event || !FOLDED.has(a.event)) return false;
  return a.event === "user_joined" || a.event === "user_left" || a.actor?.id === b.actor?.id;
}

function together(before: Message, message: Message, at: number): boolean {
  const system = (entry: Message) => entry.message_type === "system";
  if (system(before) || system(message)) return system(before) && system(message);
  return before.user.id === message.user.id && before.user.display_name === message.user.display_name &&
    at - Date.parse(before.created_at) < GROUP_MS && before.reply_count === 0;
}
