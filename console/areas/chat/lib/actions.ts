// What a person does with messages and channels: calls that change the screen at once where that is safe, and say what
// went wrong in a toast.
import { serverUrl } from "../../../lib/base.ts";
import { signal } from "@preact/signals";
import type { Attachment, Channel, Message } from "../../../../protocol/chat/chat.ts";
import type { ChannelSettingsInput } from "../../../../protocol/chat/extras.ts";
import { qualifiedEmoji } from "../../../../protocol/chat/emoji.ts";
import { call, post, put, remove } from "../../../lib/api.ts";
import { problemText } from "../../../lib/error_text.ts";
import { t } from "../../../lib/i18n.ts";
import { navigate } from "../../../lib/router.ts";
import { user } from "../../../lib/session.ts";
import { toast } from "../../../lib/toasts.ts";
import { changeChannel, channels, current, dropChannel, putChannel } from "./channels.ts";
import { drafts, keepDraft } from "./drafts.ts";
import { usedEmoji } from "./emoji.ts";
import { leaving } from "./live_chat.ts";
import { markRead, markUnread } from "./reads.ts";
import { pushToTimelines } from "./timeline.ts";
import { openChannel } from "./view.ts";

/** The message that is being edited where it stands. */
export const editing = signal<string | null>(null);
export const deleting = signal<Message | null>(null);
export const reporting = signal<Message | null>(null);
export const historyOf = signal<Message | null>(null);
/** Pictures of a message, looked at one by one. */
export const lightbox = signal<{ files: readonly Attachment[]; at: number } | null>(null);
/** The emoji picker that is open: for a message, beside the element that opened it. */
export const reactingTo = signal<{ message: Message; anchor: Element } | null>(null);

export function complain(error: unknown): void {
  toast({ kind: "error", title: problemText(error) });
}

/** Runs a call; what goes wrong is said. @returns whether it went well. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

export function canPost(channel: Channel | undefined): boolean {
  return Boolean(channel?.is_member && !channel.is_archived && channel.rights.includes("post"));
}

export const mine = (message: Message): boolean => message.user.id === user.value?.id && !message.user.is_bot;

/** Puts one's reaction or takes it away; shown at once, the server's answer comes as a push. */
export function toggleReaction(message: Message, picked: string): void {
  const emoji = qualifiedEmoji(picked);
  const me = user.peek()!.id;
  const known = message.reactions.find((reaction) => reaction.emoji === emoji);
  const had = known?.user_ids.includes(me) ?? false;
  const without = message.reactions.map((reaction) =>
    reaction.emoji === emoji
      ? {
        ...reaction,
        count: reaction.count + (had ? -1 : 1),
        user_ids: had ? reaction.user_ids.filter((id) => id !== me) : [...reaction.user_ids, me],
      }
      : reaction
  ).filter((reaction) => reaction.count > 0);
  const reactions = known ? without : [...without, { emoji, count: 1, user_ids: [me] }];
  const show = (list: Message["reactions"]) =>
    pushToTimelines(message.channel_id, "reaction_added", {
      message_id: message.id,
      emoji,
      user: null,
      reactions: list,
    });
  show(reactions);
  if (!had) usedEmoji(emoji);
  call(had ? "DELETE" : "PUT", `/messages/${message.id}/reactions/${encodeURIComponent(emoji)}`).catch((error) => {
    show(message.reactions);
    complain(error);
  });
}

export async function editMessage(message: Message, content: string): Promise<void> {
  const edited = await put<Message>(`/messages/${message.id}`, { content });
  pushToTimelines(message.channel_id, "message_edited", { message: edited });
}

export async function deleteMessage(message: Message): Promise<void> {
  await remove(`/messages/${message.id}`);
  pushToTimelines(message.channel_id, "message_deleted", { message_id: message.id, root_id: null });
}

export const togglePin = (message: Message): Promise<boolean> =>
  attempt(() => call(message.is_pinned ? "DELETE" : "PUT", `/messages/${message.id}/pin`));

export const unreadFromHere = (message: Message): Promise<boolean> => attempt(() => markUnread(message));

/** The console's path of a message. */
export function messageLink(message: Message): string {
  const thread = message.root_id ? `?thread=${message.root_id}` : "";
  return `/chat/${message.channel_id}/${message.root_id ?? message.id}${thread}`;
}

export async function copyLink(message: Message): Promise<void> {
  try {
    await navigator.clipboard.writeText(serverUrl() + messageLink(message));
    toast({ kind: "success", title: t("chat.link_copied") });
  } catch {
    toast({ kind: "info", title: t("copy.failed"), text: serverUrl() + messageLink(message) });
  }
}

/** Favourite, muting, level, hiding: shown at once. */
export async function changeSettings(channel: Channel, settings: ChannelSettingsInput): Promise<boolean> {
  const before = channels.peek().get(channel.id) ?? channel;
  changeChannel(channel.id, (old) => ({ ...old, ...settings }));
  const done = await attempt(() => put(`/channels/${channel.id}/settings`, settings));
  if (!done) {
    const { favorite, muted_until, notify, hidden } = before;
    changeChannel(channel.id, (old) => ({ ...old, favorite, muted_until, notify, hidden }));
  }
  return done;
}

/** Far enough away to mean "until I say otherwise". */
export const FOR_EVER = "9999-12-31T00:00:00.000Z";

export function markChannelRead(channel: Channel): Promise<boolean> {
  const last = channels.peek().get(channel.id)?.last_message;
  if (!last) return Promise.resolve(true);
  return attempt(() => markRead(channel.id, last));
}

export async function joinChannel(id: string): Promise<boolean> {
  return await attempt(async () => {
    putChannel(await post<Channel>(`/channels/${id}/join`, {}));
    openChannel(id);
  });
}

export async function leaveChannel(channel: Channel): Promise<boolean> {
  leaving.add(channel.id);
  const left = await attempt(() => post(`/channels/${channel.id}/leave`, {}));
  if (left) {
    if (current.peek() === channel.id) navigate("/chat");
    dropChannel(channel.id);
  }
  leaving.delete(channel.id);
  return left;
}

/**
 * Opens the direct channel with these people; it is made when there is none.
 * @param words what was written for it until it is there
 */
export async function openDirect(userIds: string[], words?: () => string): Promise<boolean> {
  return await attempt(async () => {
    const channel = await post<Channel>("/channels", { type: "direct", user_ids: userIds });
    putChannel(channel);
    const text = words?.(), draft = drafts.peek().get(channel.id);
    if (text) keepDraft(channel.id, null, (draft?.content ?? "") + text, draft?.attachments ?? []);
    openChannel(channel.id);
  });
}
