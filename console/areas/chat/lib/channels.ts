// The caller's channels, as a list that follows the pushes. Invariants: every channel of the caller is followed on the
// console's one socket; a message counts as unread once, however often it is told (`counted`); what the server says about
// read state replaces what was counted here.
import { computed, signal } from "@preact/signals";
import { channels as names } from "../../../../protocol/wire/channels.ts";
import type { Channel, ChannelState, Mention, Message, ReadState } from "../../../../protocol/chat/chat.ts";
import { callsEverybody, mentionedIds } from "../../../../protocol/chat/mentions.ts";
import type { ChannelEvents } from "../../../../protocol/pushes/chat.ts";
import { ApiError, get } from "../../../lib/api.ts";
import { followAll, unfollow } from "../../../lib/live/connection.ts";
import { user } from "../../../lib/session.ts";
import type { Page } from "../../../lib/types.ts";
import { learn } from "./people.ts";
import { catchUpTimelines } from "./timeline.ts";
import { plain } from "./text.ts";
import { channelName } from "./text.ts";

export const channels = signal<ReadonlyMap<string, Channel>>(new Map());
export const channelsState = signal<"loading" | "ready" | ApiError>("loading");
/** The channel on the screen. */
export const current = signal<string | null>(null);
/** Channel → why it went away while it was looked at. */
export const gone = signal<ReadonlyMap<string, "removed" | "deleted">>(new Map());

const MAX_PAGES = 5;
/** Channel → newest position that the unread count includes. */
const counted = new Map<string, number>();

export const myId = () => user.peek()?.id ?? "";

export function isMuted(channel: Pick<ChannelState, "muted_until">, now = Date.now()): boolean {
  return channel.muted_until !== null && Date.parse(channel.muted_until) > now;
}

/** Number on a channel's badge: mentions; in direct channels every message is for you. */
export function badge(channel: Channel): number {
  if (isMuted(channel)) return channel.mention_count;
  return channel.type === "direct" ? Math.max(channel.unread_count, channel.mention_count) : channel.mention_count;
}

export const totals = computed(() => {
  let mentions = 0, unread = false;
  for (const channel of channels.value.values()) {
    if (channel.is_archived) continue;
    mentions += badge(channel);
    if (isMuted(channel)) continue;
    if (channel.unread_count > 0 || channel.thread_unread_count > 0) unread = true;
  }
  return { mentions, unread: unread || mentions > 0 };
});

/** What the list shows, section by section, each in its order. */
export const sections = computed(() => {
  const me = user.value?.id ?? "";
  const own = [...channels.value.values()].filter((channel) => channel.is_member && !channel.is_archived);
  const byName = (a: Channel, b: Channel) => channelName(a, me).localeCompare(channelName(b, me));
  const byTime = (a: Channel, b: Channel) =>
    Date.parse(b.last_message_at ?? b.created_at) - Date.parse(a.last_message_at ?? a.created_at);
  const rest = own.filter((channel) => !channel.favorite);
  return {
    favorites: own.filter((channel) => channel.favorite).sort(byName),
    channels: rest.filter((channel) => channel.type !== "direct").sort(byName),
    direct: rest.filter((channel) => channel.type === "direct" && (!channel.hidden || channel.unread_count > 0))
      .sort(byTime),
  };
});

/** All in the order of the list. */
export const ordered = computed(() => {
  const { favorites, channels, direct } = sections.value;
  return [...favorites, ...channels, ...direct];
});

export function findChannels(query: string, limit: number): Channel[] {
  const wanted = plain(query), me = myId();
  return [...channels.peek().values()]
    .filter((channel) => channel.is_member)
    .map((channel) => ({ channel, name: plain(channelName(channel, me)) }))
    .filter(({ name }) => name.includes(wanted))
    .sort((a, b) =>
      Number(b.name.startsWith(wanted)) - Number(a.name.startsWith(wanted)) ||
      Date.parse(b.channel.last_message_at ?? "1970") - Date.parse(a.channel.last_message_at ?? "1970")
    )
    .slice(0, limit).map(({ channel }) => channel);
}

let loads = 0;

/** Reads the list anew and follows what is new in it. @param again reads it once more when something was new */
export async function loadChannels(again = true): Promise<void> {
  const mine = ++loads;
  try {
    const items: Channel[] = [];
    let cursor: string | null | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer: Page<Channel> = await get<Page<Channel>>("/channels", { member: "true", limit: 200, cursor });
      items.push(...answer.items);
      cursor = answer.next_cursor;
      if (!cursor) break;
    }
    if (mine !== loads) return;
    // One that is only looked at (a public channel before joining) stays.
    const kept = [...channels.peek().values()].filter((old) => !old.is_member && old.id === current.peek());
    for (const channel of items) note(channel);
    const next = new Map([...kept, ...items].map((channel) => [channel.id, channel]));
    for (const id of channels.peek().keys()) if (!next.has(id)) unfollow(names.chat(id));
    channels.value = next;
    channelsState.value = "ready";
    const followed = followAll([names.userChat("me"), ...items.slice(0, 500).map((channel) => names.chat(channel.id))]);
    if (!again) return;
    // What changed between the list and the subscription is in neither: both are there now. Not awaited: offline it takes long.
    followed.then((fresh) => {
      if (!fresh) return;
      loadChannels(false);
      catchUpTimelines(items.map((channel) => channel.id));
    });
  } catch (error) {
    if (mine !== loads || channelsState.peek() === "ready") return;
    channelsState.value = error instanceof ApiError ? error : new ApiError("internal", 0, String(error));
  }
}

function note(channel: Channel): void {
  learn([...channel.members, channel.last_message?.user]);
  counted.set(channel.id, Math.max(channel.read_seq, channel.last_message?.seq ?? 0));
}

/** One channel from the server: it was added, joined, or is looked at. @throws ApiError */
export async function loadChannel(id: string): Promise<Channel> {
  const channel = await get<Channel>(`/channels/${id}`);
  putChannel(channel);
  return channel;
}

export function putChannel(channel: Channel): void {
  note(channel);
  channels.value = new Map(channels.peek()).set(channel.id, channel);
  if (channel.is_member) {
    if (gone.peek().has(channel.id)) setGone(channel.id, null);
    followAll([names.chat(channel.id)]).then((fresh) => fresh ? catchUp(channel.id) : undefined).catch(() => {});
  }
}

/** The same for one channel. */
async function catchUp(id: string): Promise<void> {
  const channel = await get<Channel>(`/channels/${id}`);
  note(channel);
  changeChannel(id, () => channel);
  catchUpTimelines([id]);
}

export function setGone(id: string, why: "removed" | "deleted" | null): void {
  const next = new Map(gone.peek());
  if (why) next.set(id, why);
  else next.delete(id);
  gone.value = next;
}

export function dropChannel(id: string): void {
  unfollow(names.chat(id));
  const next = new Map(channels.peek());
  if (next.delete(id)) channels.value = next;
}

export function changeChannel(id: string, update: (channel: Channel) => Channel): void {
  const channel = channels.peek().get(id);
  if (!channel) return;
  const next = update(channel);
  if (next !== channel) channels.value = new Map(channels.peek()).set(id, next);
}

const calls = (mentions: readonly Mention[], id: string) =>
  mentions.some(callsEverybody) || mentionedIds(mentions).includes(id);

/** Does the message call this person? */
export function mentionsMe(message: Pick<Message, "mentions" | "user">, me = myId()): boolean {
  if (message.user.id === me) return false;
  return calls(message.mentions, me);
}

/** A message arrived: newest message, unread and mention count. */
export function countMessage(message: Message): void {
  const me = myId();
  learn([message.user]);
  changeChannel(message.channel_id, (channel) => {
    const newest = counted.get(channel.id) ?? 0;
    if (message.seq <= newest) return channel;
    counted.set(channel.id, message.seq);
    const next = { ...channel, last_message_at: message.created_at, hidden: false };
    const counts = message.message_type !== "system" && message.user.id !== me;
    if (message.root_id) return next;
    next.last_message = message;
    // Whoever writes where nothing is new has read on; writing reads nothing of others: the server's own rule.
    if (message.user.id === me && message.message_type !== "system") {
      return channel.unread_count === 0 ? { ...next, read_seq: message.seq } : next;
    }
    if (!counts || message.seq <= channel.read_seq) return next;
    return {
      ...next,
      unread_count: channel.unread_count + 1,
      mention_count: channel.mention_count + (mentionsMe(message, me) ? 1 : 0),
    };
  });
}

/** A direct channel's mentions are its unread messages. */
const withMentions = (channel: Channel, change: number): Channel =>
  channel.type === "direct" ? channel : { ...channel, mention_count: Math.max(0, channel.mention_count + change) };

/** A message went: what was unread of it is unread no longer. */
function forgetMessage(id: string, gone: ChannelEvents["message_deleted"]): void {
  const { seq = 0, root_id, mentions = [] } = gone, me = myId();
  changeChannel(id, (channel) => {
    const next = channel.last_message?.id === gone.message_id
      ? { ...channel, last_message: { ...channel.last_message, content: "", is_deleted: true } }
      : channel;
    if (seq <= channel.read_seq) return next;
    const called = root_id === null && calls(mentions, me);
    const counted = gone.counted ? withOneLess(next) : next;
    return called ? withMentions(counted, -1) : counted;
  });
}

function withOneLess(channel: Channel): Channel {
  const unread_count = Math.max(0, channel.unread_count - 1);
  return { ...channel, unread_count, ...(channel.type === "direct" ? { mention_count: unread_count } : {}) };
}

export function applyReadState(state: ReadState): void {
  changeChannel(state.channel_id, (channel) => ({
    ...channel,
    read_seq: state.read_seq,
    unread_count: state.unread_count,
    mention_count: state.mention_count,
  }));
}

/** Events of a channel that change the channel itself. */
export function applyToChannel(id: string, type: string, data: unknown): void {
  switch (type) {
    case "channel_updated": {
      const { channel: info } = data as ChannelEvents["channel_updated"];
      const before = channels.peek().get(id);
      changeChannel(id, (channel) => ({ ...channel, ...info }));
      // What one may do there depends on policy and archive.
      if (
        before &&
        (before.is_archived !== info.is_archived || JSON.stringify(before.policy) !== JSON.stringify(info.policy))
      ) loadChannel(id).catch(() => {});
      return;
    }
    case "user_joined":
    case "user_left": {
      const { user: who, member_count } = data as ChannelEvents["user_left"];
      learn([who]);
      return changeChannel(id, (channel) => ({ ...channel, member_count }));
    }
    case "member_updated": {
      const { member } = data as ChannelEvents["member_updated"];
      if (member.user.id === myId()) loadChannel(id).catch(() => {});
      return;
    }
    case "message_edited": {
      const { message, mentions_before: before } = data as ChannelEvents["message_edited"];
      if (!before || message.root_id) return;
      const change = Number(mentionsMe(message)) - Number(mentionsMe({ ...message, mentions: before }));
      if (change === 0) return;
      return changeChannel(
        id,
        (channel) => message.seq > channel.read_seq ? withMentions(channel, change) : channel,
      );
    }
    case "message_deleted":
      return forgetMessage(id, data as ChannelEvents["message_deleted"]);
    case "channel_deleted":
      if (current.peek() === id) setGone(id, "deleted");
      return dropChannel(id);
  }
}
