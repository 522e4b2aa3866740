// What was written and not sent, per channel and thread: at once in memory, a second later on the server, from there on
// the person's other devices. Invariants: the text in the composer is never replaced while somebody writes in it; an
// answer or a push about an older state changes nothing.
import { signal } from "@preact/signals";
import type { Draft } from "../../../../protocol/chat/extras.ts";
import { call, get } from "../../../lib/api.ts";

export interface LocalDraft {
  content: string;
  attachments: string[];
  updatedAt: string;
}

const WAIT_MS = 1_000;

export const drafts = signal<ReadonlyMap<string, LocalDraft>>(new Map());
const timers = new Map<string, ReturnType<typeof setTimeout>>();

export const draftKey = (channelId: string, rootId: string | null): string =>
  rootId ? `${channelId}:${rootId}` : channelId;

/** Reads them once; without an answer drafts live in this tab alone. */
export async function loadDrafts(): Promise<void> {
  const { items } = await get<{ items: Draft[] }>("/drafts");
  const next = new Map(drafts.peek());
  for (const draft of items) take(next, draft);
  drafts.value = next;
}

function take(map: Map<string, LocalDraft>, draft: Draft): void {
  const key = draftKey(draft.channel_id, draft.root_id);
  const known = map.get(key);
  if (timers.has(key) || (known && known.updatedAt >= draft.updated_at)) return;
  if (draft.content === "" && draft.attachments.length === 0) map.delete(key);
  else map.set(key, { content: draft.content, attachments: draft.attachments, updatedAt: draft.updated_at });
}

/** Another device wrote. */
export function draftChanged(draft: Draft): void {
  const next = new Map(drafts.peek());
  take(next, draft);
  drafts.value = next;
}

/** Stores what waits for its second, before the session ends. */
export async function flushDrafts(): Promise<void> {
  const waiting = [...timers.keys()];
  await Promise.all(waiting.map((key) => {
    clearTimeout(timers.get(key));
    timers.delete(key);
    const [channelId, rootId = null] = key.split(":");
    return store(channelId!, rootId, drafts.peek().get(key));
  }));
}

export function forgetDrafts(): void {
  for (const timer of timers.values()) clearTimeout(timer);
  timers.clear();
  drafts.value = new Map();
}

/** Quiet about failures: this tab still has it. */
async function store(channelId: string, rootId: string | null, draft: LocalDraft | undefined): Promise<void> {
  const query = { root_id: rootId };
  await (draft
    ? call("PUT", `/channels/${channelId}/draft`, {
      query,
      body: { content: draft.content, attachments: draft.attachments, updated_at: draft.updatedAt },
    })
    : call("DELETE", `/channels/${channelId}/draft`, { query })).catch(() => {});
}

/** Keeps what stands in the composer; empty removes. */
export function keepDraft(channelId: string, rootId: string | null, content: string, attachments: string[]): void {
  const key = draftKey(channelId, rootId);
  const known = drafts.peek().get(key);
  if ((known?.content ?? "") === content && (known?.attachments ?? []).join() === attachments.join()) return;
  const updatedAt = new Date().toISOString();
  const next = new Map(drafts.peek());
  const empty = content.trim() === "" && attachments.length === 0;
  if (empty) next.delete(key);
  else next.set(key, { content, attachments, updatedAt });
  drafts.value = next;
  clearTimeout(timers.get(key));
  timers.set(
    key,
    setTimeout(() => {
      timers.delete(key);
      void store(channelId, rootId, drafts.peek().get(key));
    }, empty ? 0 : WAIT_MS),
  );
}
