// Tells people of messages that are meant for them: a consumer of the event log, so sending a message waits for none of it.
// Invariants:
//  - one notification per person and message, also when the consumer repeats; an edit notifies whom it names anew, and takes
//    the notification of a mention back that it takes out;
//  - the inbox row has the type of what happened, the push on `user:<id>:notifications` is a `notification`;
//  - @channel in a channel of thousands goes out in batches of 500 people, one statement for each step of a batch;
//  - who follows a thread hears of every reply how many are unread there;
//  - what is deleted leaves the inboxes, what was read before it was told of is not unread.
import { channels as channelNames } from "../../../protocol/wire/channels.ts";
import { messageText } from "../../../protocol/chat/card_text.ts";
import type { Mention, Message } from "../../../protocol/chat/chat.ts";
import { callsEverybody, mentionedIds } from "../../../protocol/chat/mentions.ts";
import { MAX_USER_IDS } from "../../../protocol/notifications/notifications.ts";
import { type ChatNotification, NOTIFICATION_PUSH } from "../../../protocol/notifications/push.ts";
import type { ChannelEvents } from "../../../protocol/pushes/chat.ts";
import type { App } from "../../context.ts";
import type { ConsumedEvent, Consumer } from "../../define.ts";
import { readPlace, removeAbout, removeFrom, sendAsSystem, toldAbout } from "../../notifications/mod.ts";
import { inviteConsumer } from "./invites.ts";
import {
  alreadyRead,
  everyListener,
  listenersOf,
  type NotifyChannel,
  notifyChannels,
  threadFollowers,
} from "./people.ts";
import { foldedText, type Heard, type Listener, type Verdict, verdictOf } from "./rules.ts";
import { tellFollowers } from "../messages/thread_counts.ts";
import { excerptOf, type Language, languageOf, titleOf } from "./templates.ts";

/** Older messages came from an import or a standstill: nobody is called for them. */
const MAX_AGE_MS = 24 * 3_600_000;
/** Decisions between two breaths of the event loop. */
const BREATH = 1000;

const messageConsumer: Consumer = {
  name: "chat.notify",
  async handle(app, events) {
    const deleted = new Map<string, string>();
    const sent: News[] = [];
    const edited = new Map<string, News & { named: Set<string> }>();
    /** Threads whose replies have come or gone. */
    const threads = new Map<string, string>();
    for (const event of events) {
      const { organizationId } = event;
      if (event.type === "message_deleted" && isOfChannel(event)) {
        const { message_id, root_id } = event.push.data as ChannelEvents["message_deleted"];
        deleted.set(message_id, organizationId);
        if (root_id) threads.set(root_id, organizationId);
      } else if (event.type === "message_edited" && isOfChannel(event)) {
        const { message, mentions_before } = event.push.data as ChannelEvents["message_edited"];
        if (!mentions_before) continue;
        const named = edited.get(message.id)?.named ?? new Set();
        for (const id of newlyNamed(message, mentions_before)) named.add(id);
        edited.set(message.id, { organizationId, message, named });
      } else if (event.type === "chat_message") {
        const { message } = event.push.data as ChannelEvents["chat_message"];
        if (!isNews(app, message, message.created_at)) continue;
        sent.push({ organizationId, message });
        if (message.root_id) threads.set(message.root_id, organizationId);
      }
    }
    // Told of as it is now: what an edit took out again calls nobody.
    const alive = sent.filter(({ message }) => !deleted.has(message.id))
      .map((news) => ({ ...news, message: edited.get(news.message.id)?.message ?? news.message }));
    for (const [organizationId, own] of Map.groupBy(alive, (item) => item.organizationId)) {
      await notifyAbout(app, organizationId, own.map((item) => item.message));
    }
    const changed = [...edited.values()].filter(({ message }) => !deleted.has(message.id));
    for (const [organizationId, own] of Map.groupBy(changed, (item) => item.organizationId)) {
      await notifyOfEdits(app, organizationId, own);
    }
    for (const [organizationId, ids] of Map.groupBy(deleted.keys(), (id) => deleted.get(id)!)) {
      await removeAbout(app, organizationId, ids);
    }
    for (const [organizationId, ids] of Map.groupBy(threads.keys(), (id) => threads.get(id)!)) {
      await tellFollowers(app, organizationId, ids);
    }
  },
};

interface News {
  organizationId: string;
  message: Message;
}

function newlyNamed(message: Message, before: readonly Mention[]): string[] {
  const known = new Set(mentionedIds(before));
  return mentionedIds(message.mentions).filter((id) => !known.has(id));
}

const isCalled = (mentions: readonly Mention[], userId: string) =>
  mentions.some(callsEverybody) || mentionedIds(mentions).includes(userId);

/** Takes back what the new texts do not say any more, and tells those whom they name anew. */
async function notifyOfEdits(
  app: App,
  organizationId: string,
  edits: readonly { message: Message; named: ReadonlySet<string> }[],
): Promise<void> {
  const messages = new Map(edits.map(({ message }) => [message.id, message]));
  const told = await toldAbout(app, organizationId, [...messages.keys()]);
  const gone = [...told.values()].filter(({ sourceId, userId, type }) =>
    type === "mention" && !isCalled(messages.get(sourceId)!.mentions, userId)
  );
  await removeFrom(app, organizationId, "mention", gone);
  const calling = edits.filter(({ message, named }) => named.size > 0 && isNews(app, message, message.edited_at ?? ""));
  if (calling.length === 0) return;
  await notifyAbout(
    app,
    organizationId,
    calling.map(({ message }) => message),
    new Map(calling.map(({ message, named }) => [message.id, named])),
  );
}

export const notifyConsumers: Consumer[] = [messageConsumer, inviteConsumer];

const CHANNEL_PREFIX = channelNames.chat("");
const isOfChannel = (event: ConsumedEvent) => event.channel.startsWith(CHANNEL_PREFIX);

const isNews = (app: App, message: Message, at: string) =>
  message.message_type !== "system" && Date.parse(at) > app.now().getTime() - MAX_AGE_MS;

/** @param named by message id: only these people, because an edit has named them */
async function notifyAbout(
  app: App,
  organizationId: string,
  messages: readonly Message[],
  named?: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const now = app.now();
  const [channels, followers] = await Promise.all([
    notifyChannels(app.db, organizationId, messages.map((message) => message.channel_id)),
    threadFollowers(app.db, organizationId, messages.flatMap((message) => message.root_id ?? [])),
  ]);
  const known = messages.filter((message) => channels.has(message.channel_id));
  if (known.length === 0) return;
  const listeners = await listenersOf(app.db, organizationId, known, channels, followers, now);
  const online = new Set(app.realtime.onlineUsers(organizationId));
  let told: Awaited<ReturnType<typeof toldAbout>> | undefined;
  const breathe = breaths();
  for (const message of known) {
    const heard = heardOf(message, channels.get(message.channel_id)!, followers, online);
    const decided = new Map<string, { listener: Listener; verdict: Verdict }>();
    const decide = async (people: readonly Listener[]) => {
      for (const listener of people) {
        const verdict = verdictOf(heard, listener, now);
        if (verdict) decided.set(listener.userId, { listener, verdict });
        await breathe();
      }
    };
    const only = named?.get(message.id);
    await decide((listeners.get(message.id) ?? []).filter(({ userId }) => !only || only.has(userId)));
    if (!only && (heard.channel || heard.here) && heard.channelType !== "direct") {
      const among = heard.channel ? undefined : [...online];
      const { channel_id } = message;
      for await (const page of everyListener(app.db, organizationId, channel_id, now, among)) await decide(page);
    }
    if (decided.size === 0) continue;
    told ??= await toldAbout(app, organizationId, known.map((m) => m.id));
    for (const userId of decided.keys()) if (told.has(`${message.id} ${userId}`)) decided.delete(userId);
    if (decided.size) {
      await tell(app, organizationId, message, channels.get(message.channel_id)!, decided, only !== undefined);
    }
  }
}

function heardOf(
  message: Message,
  channel: NotifyChannel,
  followers: ReadonlyMap<string, ReadonlySet<string>>,
  online: ReadonlySet<string>,
): Heard {
  return {
    message,
    channelType: channel.type,
    named: new Set(mentionedIds(message.mentions)),
    channel: message.mentions.some((mention) => mention.type === "channel"),
    here: message.mentions.some((mention) => mention.type === "here"),
    folded: foldedText(messageText(message)),
    followers: followers.get(message.root_id ?? "") ?? new Set(),
    online,
  };
}

async function tell(
  app: App,
  organizationId: string,
  message: Message,
  channel: NotifyChannel,
  decided: ReadonlyMap<string, { listener: Listener; verdict: Verdict }>,
  byEdit: boolean,
): Promise<void> {
  const { user } = message;
  const groups = Map.groupBy(
    decided.values(),
    ({ listener, verdict }) => `${languageOf(listener.locale)} ${verdict.type} ${verdict.word ?? ""}`,
  );
  for (const group of groups.values()) {
    const { verdict, listener } = group[0]!;
    const language = languageOf(listener.locale);
    const excerpt = excerptOf(message, language);
    const data: ChatNotification = {
      type: verdict.type,
      channel_id: channel.id,
      channel_name: channel.name,
      message_id: message.id,
      root_id: message.root_id,
      sender: { id: user.id, username: user.username, display_name: user.display_name, avatar_url: user.avatar_url },
      excerpt,
      ...(verdict.word ? { word: verdict.word } : {}),
    };
    const userIds = group.map((entry) => entry.listener.userId).sort();
    for (let i = 0; i < userIds.length; i += MAX_USER_IDS) {
      const batch = userIds.slice(i, i + MAX_USER_IDS);
      await sendAsSystem(app, organizationId, { id: user.id, name: user.display_name }, {
        type: verdict.type,
        pushType: NOTIFICATION_PUSH,
        message: wording(verdict, language, data),
        data,
        user_ids: batch,
        persist: true,
        // Whoever repeats this at the same moment finds the same people in the same order.
        dedupe_key: `chat:${message.id}:${byEdit ? `${message.edited_at}:` : ""}${batch[0]}`,
        about: { sourceId: message.id, placeId: channel.id, partId: message.root_id, seq: message.seq },
      });
    }
  }
  // Who has read the message before the edit does not know of it.
  if (byEdit) return;
  for (const userId of await alreadyRead(app.db, message, [...decided.keys()])) {
    const { channel_id: placeId, root_id: partId, seq } = message;
    await readPlace(app, { organizationId, userId, placeId, partId, seq });
  }
}

/** The first line is the title. */
function wording(verdict: Verdict, language: Language, data: ChatNotification): string {
  const title = titleOf(verdict, language, { user: data.sender.display_name, channel: data.channel_name ?? "" });
  return data.excerpt ? `${title}\n${data.excerpt}` : title;
}

/** Lets sockets be served after every so many decisions. */
function breaths(): () => Promise<void> | void {
  let count = 0;
  return () => ++count % BREATH === 0 ? new Promise((done) => setTimeout(done, 0)) : undefined;
}
