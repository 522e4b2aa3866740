// One stretch of messages on the screen: a channel, or the replies of a thread. Invariants:
//  - what arrives while a page is on its way is not lost: it is merged in when the page turns out to be the newest one;
//  - one load per end at a time; an answer for a stretch that was left is dropped;
//  - after a gap the stretch is read anew around what is being looked at.
import { batch, signal } from "@preact/signals";
import type { Message, Thread } from "../../../../protocol/chat/chat.ts";
import type { ChannelEvents } from "../../../../protocol/pushes/chat.ts";
import { ApiError, get } from "../../../lib/api.ts";
import { user } from "../../../lib/session.ts";
import type { Page } from "../../../lib/types.ts";
import { learn } from "./people.ts";
import { canBeNew } from "./seen.ts";
import {
  applyEvent,
  EMPTY_TIMELINE,
  mergeMessages,
  type TimelineState,
  withLive,
  withNewer,
  withOlder,
} from "./timeline_state.ts";

const PAGE = 50;

export interface Jump {
  /** null: the end of all. */
  id: string | null;
  /** Grows with every jump, so that jumping to the same message twice works. */
  round: number;
  highlight: boolean;
  /** Where it comes to stand: in the upper third, or right below what was read before it. */
  at: "middle" | "top";
}

/** All that are open: pushes go to each of them. */
const open = new Set<Timeline>();

export function pushToTimelines(channelId: string, type: string, data: unknown): void {
  for (const timeline of open) if (timeline.channelId === channelId) timeline.push(type, data);
}

/** After a gap in these channels. */
export function refreshTimelines(channelIds: readonly string[]): void {
  for (const timeline of open) if (channelIds.includes(timeline.channelId)) timeline.refresh();
}

/** Like `refreshTimelines`, for what may have been missed before the subscription stood; a load under way is not disturbed. */
export function catchUpTimelines(channelIds: readonly string[]): void {
  for (const timeline of open) {
    if (timeline.status.peek() === "ready" && channelIds.includes(timeline.channelId)) timeline.refresh();
  }
}

export class Timeline {
  readonly state = signal<TimelineState>(EMPTY_TIMELINE);
  readonly status = signal<"loading" | "ready" | ApiError>("loading");
  readonly loading = signal<{ older: boolean; newer: boolean }>({ older: false, newer: false });
  readonly jump = signal<Jump | null>(null);
  /** Threads: the first message, and what the caller has read. */
  readonly thread = signal<Omit<Thread, "items" | "next_cursor"> | null>(null);
  /** Messages that came below while something else was looked at. */
  readonly below = signal(0);

  /** What was to be shown last: after a failure it is tried again. */
  #wanted: () => Promise<void> = () => this.openLatest();
  #round = 0;
  #rounds = 0;
  #live: Message[] = [];
  /** What is in the middle of the view; the list keeps it up to date. */
  #lookedAt: string | null = null;

  constructor(readonly channelId: string, readonly rootId: string | null = null) {
    open.add(this);
  }

  close(): void {
    open.delete(this);
    this.#round++;
  }

  look(id: string | null): void {
    this.#lookedAt = id;
  }

  #fetch(query: Record<string, string | number>): Promise<Page<Message>> {
    if (!this.rootId) {
      return get<Page<Message>>(`/channels/${this.channelId}/messages`, { limit: PAGE, replies: "false", ...query });
    }
    return get<Thread>(`/messages/${this.rootId}/thread`, { limit: 200, ...query }).then((answer) => {
      const { items: _items, next_cursor: _next, ...rest } = answer;
      learn([rest.root.user]);
      this.thread.value = rest;
      return answer;
    });
  }

  /** Runs a load that replaces everything. @param then with it, so that nothing else is drawn, or counts as seen, before */
  async #replace(load: () => Promise<TimelineState>, quiet = false, then?: () => void): Promise<void> {
    const round = ++this.#round;
    this.#live = [];
    if (!quiet) this.status.value = "loading";
    try {
      const state = await load();
      if (round !== this.#round) return;
      batch(() => {
        this.loading.value = { older: false, newer: false };
        this.#set(state);
        this.status.value = "ready";
        then?.();
      });
    } catch (error) {
      if (round !== this.#round || quiet) return;
      this.status.value = error instanceof ApiError ? error : new ApiError("internal", 0, String(error));
    }
  }

  /** Takes a state that was read, with what arrived meanwhile. */
  #set(state: TimelineState): void {
    learn(state.items.map((item) => item.user));
    // One's own message comes twice, as the answer and as a push: both may wait here.
    const live = mergeMessages([], this.#live);
    const next = state.hasNewer ? state : { ...state, items: mergeMessages(live, state.items) };
    this.#live = [];
    this.state.value = next;
    if (!next.hasNewer) this.below.value = 0;
  }

  /** Shows what could not be shown. */
  retry(): Promise<void> {
    return this.#wanted();
  }

  openLatest(quiet = false, then?: () => void): Promise<void> {
    if (!quiet) this.#wanted = () => this.openLatest(false, then);
    if (this.rootId) return this.#openThread(quiet, then);
    return this.#replace(
      async () => {
        const page = await this.#fetch({});
        return { items: mergeMessages([], page.items), hasOlder: page.next_cursor !== null, hasNewer: false };
      },
      quiet,
      then,
    );
  }

  #openThread(quiet: boolean, then?: () => void): Promise<void> {
    return this.#replace(
      async () => {
        let items: readonly Message[] = [];
        let cursor: string | null | undefined;
        for (let page = 0; page < 10; page++) {
          const answer = await this.#fetch(cursor ? { cursor } : {});
          items = mergeMessages(items, answer.items);
          cursor = answer.next_cursor;
          if (!cursor) break;
        }
        return { items, hasOlder: false, hasNewer: cursor !== null && cursor !== undefined };
      },
      quiet,
      then,
    );
  }

  /** Shows a message in the middle and marks it. */
  async openAround(id: string, highlight = true): Promise<void> {
    this.#wanted = () => this.openAround(id, highlight);
    const jump = () => this.jumpTo(id, highlight);
    if (this.state.peek().items.some((item) => item.id === id)) jump();
    else if (this.rootId) await this.#openThread(false, jump);
    else await this.#replace(() => this.#around({ around: id }, (item) => item.id === id), false, jump);
  }

  /** A page with something in the middle of it. @param middle finds what stands there */
  async #around(query: Record<string, string | number>, middle: (item: Message) => boolean): Promise<TimelineState> {
    const page = await this.#fetch(query);
    const items = mergeMessages([], page.items);
    const above = items.findIndex(middle);
    return { items, hasOlder: above < 0 || above >= PAGE / 2, hasNewer: page.next_cursor !== null };
  }

  /**
   * Where reading stopped: the first message after it that can be new stands at the top; without one, the end is shown.
   * @param readSeq the position; of a thread it is known only with its answer
   */
  async openUnread(readSeq: number | null): Promise<void> {
    this.#wanted = () => this.openUnread(readSeq);
    let none = false;
    const jump = () => {
      const { items, hasNewer } = this.state.peek();
      if (this.rootId && !this.thread.peek()?.unread_count) return;
      const read = readSeq ?? this.thread.peek()?.read_seq ?? 0;
      const first = items.find((item) => item.seq > read && canBeNew(item, user.peek()?.id ?? ""));
      if (first) this.jumpTo(first.id, false, "top");
      else none = hasNewer;
    };
    if (this.rootId) await this.#openThread(false, jump);
    else {
      const seq = (readSeq ?? 0) + 1;
      await this.#replace(() => this.#around({ around_seq: seq }, (item) => item.seq >= seq), false, jump);
    }
    if (none) await this.openLatest();
  }

  /** The first message at or after a time, or the last one before it. */
  async openAt(time: Date): Promise<void> {
    this.#wanted = () => this.openAt(time);
    const after = (item: Message) => Date.parse(item.created_at) >= time.getTime();
    await this.#replace(() => this.#around({ at: time.toISOString() }, after), false, () => {
      const { items } = this.state.peek();
      const found = items.find(after) ?? items.at(-1);
      if (found) this.jumpTo(found.id, true);
    });
  }

  jumpTo(id: string, highlight: boolean, at: Jump["at"] = "middle"): void {
    this.#lookedAt = id;
    this.jump.value = { id, highlight, at, round: ++this.#rounds };
  }

  /** Goes to the newest message. */
  showEnd(): void {
    const jump = () => {
      this.#lookedAt = null;
      this.jump.value = { id: null, highlight: false, at: "middle", round: ++this.#rounds };
    };
    if (this.state.peek().hasNewer) this.openLatest(false, jump);
    else jump();
  }

  async #extend(end: "older" | "newer"): Promise<void> {
    const { items, hasOlder, hasNewer } = this.state.peek();
    const edge = end === "older" ? items[0] : items.at(-1);
    if (!(end === "older" ? hasOlder : hasNewer) || this.loading.peek()[end] || !edge) return;
    const round = this.#round;
    this.loading.value = { ...this.loading.peek(), [end]: true };
    if (end === "newer") this.#live = [];
    try {
      const page = await this.#fetch(end === "older" ? { before: edge.id } : { after: edge.id });
      if (round !== this.#round) return;
      const more = page.next_cursor !== null && page.items.length > 0;
      batch(() => {
        if (end === "older") {
          learn(page.items.map((item) => item.user));
          this.state.value = withOlder(this.state.peek(), page.items, more);
        } else this.#set(withNewer(this.state.peek(), page.items, more));
      });
    } catch {
      /* scrolling on asks again */
    } finally {
      if (round === this.#round) this.loading.value = { ...this.loading.peek(), [end]: false };
    }
  }

  older(): Promise<void> {
    return this.#extend("older");
  }

  newer(): Promise<void> {
    return this.#extend("newer");
  }

  /** Reads again what is looked at; what cannot be read stays as it is. */
  async refresh(): Promise<void> {
    const { items, hasNewer } = this.state.peek();
    const id = this.#lookedAt;
    const fromEnd = items.length - items.findIndex((item) => item.id === id);
    // The newest page holds it with what stands around it.
    const near = !hasNewer && fromEnd < PAGE / 2;
    if (!id || this.rootId || near) return await this.openLatest(true);
    await this.#replace(() => this.#around({ around: id }, (item) => item.id === id), true);
  }

  /** A message of one's own that the server has confirmed. */
  confirm(message: Message): void {
    this.push("chat_message", { message });
  }

  push(type: string, data: unknown): void {
    if (type === "chat_message") {
      const { message } = data as ChannelEvents["chat_message"];
      const mine = this.rootId ? message.root_id === this.rootId : message.root_id === null;
      if (mine) {
        this.#live.push(message);
        const before = this.state.peek();
        const known = before.items.some((item) => item.id === message.id);
        if (this.status.peek() === "ready") this.state.value = withLive(before, message);
        if (!known && before.hasNewer) this.below.value++;
        this.#replied(data as ChannelEvents["chat_message"]);
        return;
      }
    }
    if (type === "message_edited" || type === "message_deleted" || type.startsWith("reaction_")) {
      this.#changeLive(type, data);
    }
    this.state.value = applyEvent(this.state.peek(), type, data);
    const thread = this.thread.peek();
    if (!thread) return;
    const [root] = applyEvent({ items: [thread.root], hasOlder: false, hasNewer: false }, type, data).items;
    if (root && root !== thread.root) this.thread.value = { ...thread, root };
  }

  /** In a thread: what its first message tells of it, and that who answers follows it. */
  #replied({ message, root }: ChannelEvents["chat_message"]): void {
    const thread = this.thread.peek();
    if (!thread) return;
    const following = thread.following || message.user.id === user.peek()?.id;
    this.thread.value = { ...thread, root: { ...thread.root, ...root }, following };
  }

  /** What waits for its page changes as well. */
  #changeLive(type: string, data: unknown): void {
    if (this.#live.length) {
      this.#live = [...applyEvent({ items: this.#live, hasOlder: false, hasNewer: false }, type, data).items];
    }
  }
}
