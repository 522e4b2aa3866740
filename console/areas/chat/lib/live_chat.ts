// Where pushes of chat go: the list of channels, the stretches of messages on the screen, read state, settings, drafts,
// and the announcement of what calls for the person. Invariants: chat never gets into the live feed; a message is
// announced at most once and not while its channel is being looked at; after a gap that the log no longer covers, what
// is shown is read anew.
import { batch, signal } from "@preact/signals";
import { channels as names, isUserChat } from "../../../../protocol/wire/channels.ts";
import type { Push } from "../../../../protocol/wire/frames.ts";
import type { ChatNotification } from "../../../../protocol/notifications/push.ts";
import type { ChannelEvents, ChannelSignals, UserChatEvents } from "../../../../protocol/pushes/chat.ts";
import { can, onSignOut } from "../../../lib/session.ts";
import { announceLink } from "../../../lib/announce.ts";
import { setTap } from "../../../lib/live/readers.ts";
import { onPeopleChanged } from "../../../lib/presence.ts";
import { t } from "../../../lib/i18n.ts";
import { chatBadge } from "../badge.ts";
import { setTitleCount } from "../../../lib/title.ts";
import {
  applyReadState,
  applyToChannel,
  changeChannel,
  channels,
  channelsState,
  countMessage,
  current,
  dropChannel,
  gone,
  loadChannel,
  loadChannels,
  setGone,
  totals,
} from "./channels.ts";
import { draftChanged, flushDrafts, forgetDrafts, loadDrafts } from "./drafts.ts";
import { arrived, outbox, startOutbox } from "./outbox.ts";
import { loadDirectory, renamed } from "./people.ts";
import { inView } from "./reads.ts";
import { someoneRead } from "./receipts.ts";
import { chime } from "./sound.ts";
import { pushToTimelines, refreshTimelines } from "./timeline.ts";
import { someoneTypes, stoppedTyping } from "./typing.ts";

/** Grows with every change of followed threads. */
export const threadChanges = signal(0);
export const scheduledChanges = signal(0);
/** Root → read state that another device (or this one) has set. */
export const threadReads = signal<ReadonlyMap<string, UserChatEvents["thread_read_state"]>>(new Map());
/** What a command's server told the caller alone, newest last. */
export const whispers = signal<readonly (UserChatEvents["command_response"] & { key: number })[]>([]);

const latencyListeners = new Set<(ms: number) => void>();
/** Hears how long live messages took: this clock minus the server's, in milliseconds. */
export function onLatency(listener: (ms: number) => void): void {
  latencyListeners.add(listener);
}

function onPush(push: Push, replayed: boolean): void {
  const id = names.chat.idOf(push.channel);
  batch(() => id ? channelPush(id, push, replayed) : ownPush(push));
}

function channelPush(id: string, push: Push, replayed: boolean): void {
  switch (push.type) {
    case "user_typing":
      return someoneTypes(id, push.data as ChannelSignals["user_typing"]);
    case "message_read":
      return someoneRead(id, push.data as ChannelSignals["message_read"]);
    case "chat_message": {
      const { message } = push.data as ChannelEvents["chat_message"];
      arrived(message);
      countMessage(message);
      stoppedTyping(id, message.user.id);
      if (message.root_id) threadChanges.value++;
      if (!replayed) {
        const took = Date.now() - Date.parse(push.timestamp);
        for (const listener of latencyListeners) listener(took);
      }
      break;
    }
    default:
      applyToChannel(id, push.type, push.data);
  }
  pushToTimelines(id, push.type, push.data);
}

function ownPush(push: Push): void {
  switch (push.type) {
    case "channel_added": {
      const { channel_id } = push.data as UserChatEvents["channel_added"];
      loadChannel(channel_id).catch(() => {});
      return;
    }
    case "channel_removed": {
      const { channel_id } = push.data as UserChatEvents["channel_removed"];
      if (current.peek() === channel_id && !leaving.has(channel_id)) setGone(channel_id, "removed");
      return dropChannel(channel_id);
    }
    case "read_state":
      return applyReadState(push.data as UserChatEvents["read_state"]);
    case "thread_read_state": {
      const state = push.data as UserChatEvents["thread_read_state"];
      threadReads.value = new Map(threadReads.peek()).set(state.root_id, state);
      threadChanges.value++;
      return;
    }
    case "thread_unread": {
      const { channel_id, thread_unread_count } = push.data as UserChatEvents["thread_unread"];
      return changeChannel(channel_id, (channel) => ({ ...channel, thread_unread_count }));
    }
    case "channel_settings": {
      const { channel_id, ...settings } = push.data as UserChatEvents["channel_settings"];
      return changeChannel(channel_id, (channel) => ({ ...channel, ...settings }));
    }
    case "draft_changed":
      return draftChanged(push.data as UserChatEvents["draft_changed"]);
    case "scheduled_changed":
      scheduledChanges.value++;
      return;
    case "command_response": {
      const answer = push.data as UserChatEvents["command_response"];
      whispers.value = [...whispers.peek().slice(-9), { ...answer, key: Date.now() }];
    }
  }
}

/** Channels that this tab is leaving by itself. */
export const leaving = new Set<string>();

function onNotification(push: Push, replayed: boolean): boolean {
  const data = push.data as Partial<ChatNotification> | undefined;
  if (!data?.channel_id || !data.sender) return false;
  const { channel_id } = data;
  if (replayed || (current.peek() === channel_id && inView())) return true;
  void chime();
  void announceMessage(data as ChatNotification);
  return true;
}

async function announceMessage(data: ChatNotification): Promise<void> {
  const { channel_id, channel_name, message_id, root_id, sender } = data;
  const name = sender.display_name || sender.username;
  const path = message_id && !root_id ? `/${message_id}` : "";
  announceLink({
    title: channel_name ? t("chat.note.title", { sender: name, channel: channel_name }) : name,
    text: data.type === "channel_invite" ? t("chat.note.invite") : await plain(data.excerpt ?? ""),
    icon: data.type === "mention" ? "at" : "chat",
    href: `/chat/${channel_id}${path}${root_id ? `?thread=${root_id}` : ""}`,
    tag: `chat:${channel_id}`,
  });
}

/** A short piece of a message without its marks; what takes those off is loaded with the first message that is shown. */
const plain = (text: string): Promise<string> =>
  import("./markdown.ts").then(({ plainText }) => plainText(text), () => text).then((words) => words.slice(0, 200));

let stopOutbox = () => {};
let stopCount = () => {};
let stopLeaving = () => {};

function forgetChat(): void {
  forgetDrafts();
  outbox.value = [];
}

/** Begins with the session, on whatever page: the badge counts everywhere. */
export function startChat(): void {
  if (!can("chat.read")) return;
  setTap({
    owns: (channel) => names.chat.idOf(channel) !== null || isUserChat(channel),
    onPush,
    onLost(lost) {
      loadChannels();
      refreshTimelines(lost.flatMap((name) => names.chat.idOf(name) ?? []));
      threadChanges.value++;
    },
    onDenied(name) {
      const id = names.chat.idOf(name);
      if (!id || !channels.peek().get(id)?.is_member) return;
      if (current.peek() === id) setGone(id, "removed");
      dropChannel(id);
    },
    onNotification,
  });
  loadChannels();
  loadDrafts().catch(() => {});
  loadDirectory().catch(() => {});
  onPeopleChanged(renamed);
  stopOutbox = startOutbox();
  stopLeaving = onSignOut({ save: flushDrafts, forget: forgetChat });
  stopCount = totals.subscribe(({ mentions, unread }) => {
    setTitleCount(mentions);
    chatBadge.value = mentions || (unread ? "dot" : undefined);
  });
}

export function stopChat(): void {
  setTap(null);
  stopLeaving();
  stopOutbox();
  stopCount();
  batch(() => {
    channels.value = new Map();
    channelsState.value = "loading";
    current.value = null;
    gone.value = new Map();
    whispers.value = [];
  });
}
