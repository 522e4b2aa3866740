// Messages on their way. Invariants: per channel they are sent one after the other, in the order in which they were
// written; each has a `client_id`, so that sending it again (after a lost answer, a reload, a reconnect) never makes a
// second message; they survive a reload of the tab; only what the server refused asks the person what to do.
import { batch, signal } from "@preact/signals";
import type { Attachment, Message } from "../../../../protocol/chat/chat.ts";
import { ApiError, post } from "../../../lib/api.ts";
import { link } from "../../../lib/live/link.ts";
import { moderated } from "../../../lib/live/readers.ts";
import { user } from "../../../lib/session.ts";
import { readJson, writeStored } from "../../../lib/storage.ts";
import { countMessage } from "./channels.ts";
import type { ListMessage } from "./rows.ts";
import { pushToTimelines } from "./timeline.ts";

export interface OutboxEntry {
  clientId: string;
  channelId: string;
  rootId: string | null;
  content: string;
  attachments: Attachment[];
  createdAt: string;
  state: "sending" | "failed";
  error?: { code: string; message: string; status: number };
  confirmed?: boolean;
}

const KEY = "chat_outbox";
const RETRY_MS = 3_000;

export const outbox = signal<readonly OutboxEntry[]>([]);
/** Waits for the person's word: a mention of everybody in a large channel. */
export const confirming = signal<OutboxEntry | null>(null);

const busy = new Set<string>();
let retry: ReturnType<typeof setTimeout> | undefined;

function put(next: readonly OutboxEntry[]): void {
  outbox.value = next;
  writeStored(KEY, next.length ? JSON.stringify({ user: user.peek()?.id, items: next }) : null, "session");
}

/** Takes up what a reload of the tab left behind, and sends on whenever the connection is back. @returns how to stop. */
export function startOutbox(): () => void {
  const left = readJson<{ user?: string; items?: OutboxEntry[] }>(KEY, {}, "session");
  if (left.user === user.peek()?.id && left.items?.length) put(left.items);
  const stop = link.subscribe((status) => {
    if (status.state === "live") flush();
  });
  flush();
  return () => {
    stop();
    clearTimeout(retry);
    outbox.value = [];
  };
}

export function enqueue(input: Pick<OutboxEntry, "channelId" | "rootId" | "content" | "attachments">): OutboxEntry {
  const entry: OutboxEntry = {
    ...input,
    clientId: crypto.randomUUID(),
    createdAt: new Date().toISOString(),
    state: "sending",
  };
  put([...outbox.peek(), entry]);
  flush();
  return entry;
}

export function discard(clientId: string): void {
  put(outbox.peek().filter((entry) => entry.clientId !== clientId));
  if (confirming.peek()?.clientId === clientId) confirming.value = null;
}

/** Sends a refused one again. */
export function resend(clientId: string, confirmed = false): void {
  if (confirming.peek()?.clientId === clientId) confirming.value = null;
  put(
    outbox.peek().map((entry) =>
      entry.clientId === clientId
        ? { ...entry, state: "sending" as const, error: undefined, confirmed: confirmed || entry.confirmed }
        : entry
    ),
  );
  flush();
}

/** A push brought the message: it is there, whatever the call said. */
export function arrived(message: Message): void {
  if (!message.client_id || message.user.id !== user.peek()?.id) return;
  if (outbox.peek().some((entry) => entry.clientId === message.client_id)) {
    put(outbox.peek().filter((entry) => entry.clientId !== message.client_id));
  }
}

function flush(): void {
  clearTimeout(retry);
  for (const channelId of new Set(outbox.peek().map((entry) => entry.channelId))) sendNext(channelId);
}

async function sendNext(channelId: string): Promise<void> {
  if (busy.has(channelId)) return;
  const entry = outbox.peek().find((item) => item.channelId === channelId && item.state === "sending");
  if (!entry) return;
  busy.add(channelId);
  let wait = 0;
  try {
    const message = await post<Message>(`/channels/${channelId}/messages`, {
      content: entry.content,
      attachments: entry.attachments.map((file) => file.id),
      client_id: entry.clientId,
      ...(entry.rootId ? { reply_to_id: entry.rootId } : {}),
      ...(entry.confirmed ? { confirm_mentions: true } : {}),
    });
    batch(() => {
      pushToTimelines(channelId, "chat_message", { message });
      countMessage(message);
      put(outbox.peek().filter((item) => item.clientId !== entry.clientId));
    });
  } catch (error) {
    wait = refused(entry, error instanceof ApiError ? error : new ApiError("network", 0, String(error)));
  } finally {
    busy.delete(channelId);
  }
  if (wait > 0) retry = setTimeout(flush, wait);
  else sendNext(channelId);
}

/** @returns milliseconds until the next try; 0: the entry waits for the person. */
function refused(entry: OutboxEntry, error: ApiError): number {
  if (error.status === 0 || error.status === 429 || error.status >= 500) {
    return error.options.retryAfterSeconds ? error.options.retryAfterSeconds * 1000 : RETRY_MS;
  }
  const failed: OutboxEntry = {
    ...entry,
    state: "failed",
    error: { code: error.code, message: error.message, status: error.status },
  };
  put(outbox.peek().map((item) => item.clientId === entry.clientId ? failed : item));
  if (error.code === "confirmation_required") confirming.value = failed;
  if (error.code === "muted" || error.code === "banned") moderated.value++;
  return 0;
}

/** How it stands in the list until the server has it. */
export function asMessage(entry: OutboxEntry, position: number, error?: string): ListMessage {
  const me = user.peek()!;
  return {
    id: `out:${entry.clientId}`,
    channel_id: entry.channelId,
    seq: Number.MAX_SAFE_INTEGER - 1000 + position,
    user: {
      id: me.id,
      username: me.username,
      display_name: me.display_name || me.username,
      avatar_url: me.avatar_url,
      is_bot: false,
    },
    content: entry.content,
    message_type: "text",
    reply_to_id: entry.rootId,
    root_id: entry.rootId,
    reply_count: 0,
    last_reply_at: null,
    attachments: entry.attachments,
    cards: [],
    reactions: [],
    mentions: [],
    previews: [],
    system: null,
    is_pinned: false,
    created_at: entry.createdAt,
    edited_at: null,
    is_deleted: false,
    client_id: entry.clientId,
    outgoing: { state: entry.state, error },
  };
}
