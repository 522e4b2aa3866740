// Pushes of chat (CONTRACT section 4): on `channel:<id>`, to everybody in it, and on `user:<id>:chat`, to one person's own
// devices. Every durable push of a channel carries enough to bring a snapshot up to date (tests/chat/replay_test.ts).
import { z } from "zod";
import {
  channelInfo,
  channelRole,
  channelState,
  chatUser,
  member,
  mention,
  message,
  reaction,
  readState,
  threadReadState,
} from "../chat/chat.ts";
import { draft } from "../chat/extras.ts";
import { timestamp, uuid } from "../common.ts";
import {
  EXAMPLE_CHANNEL_ID,
  EXAMPLE_ID,
  EXAMPLE_TIME,
  exampleChannel,
  exampleMessage,
  exampleUser,
} from "./examples.ts";
import { durable, durableTypes, ephemeral, type PushesData } from "./push.ts";

const reacted = z.object({ message_id: uuid, emoji: z.string(), user: chatUser, reactions: z.array(reaction) });
const reactedExample = {
  message_id: EXAMPLE_ID,
  emoji: "👍",
  user: exampleUser,
  reactions: [{ emoji: "👍", count: 1, user_ids: [exampleUser.id] }],
};
const pinned = z.object({ message_id: uuid, user: chatUser });
const pinnedExample = { message_id: EXAMPLE_ID, user: exampleUser };

export const channelPushes = {
  chat_message: durable(
    "Somebody wrote a message.",
    z.object({
      message,
      root: z.object({ id: uuid, reply_count: z.number().int(), last_reply_at: timestamp }).optional().meta({
        description: "For a reply: how its thread's first message is now",
      }),
    }),
    { message: exampleMessage },
  ),
  message_edited: durable(
    "A message is another one now: its text, its cards, or the previews of its links.",
    z.object({
      message,
      mentions_before: z.array(mention).optional().meta({
        description: "Whom it called before, when the edit changed that",
      }),
    }),
    { message: { ...exampleMessage, content: "The new menu is ready.", mentions: [], edited_at: EXAMPLE_TIME } },
  ),
  message_deleted: durable(
    "A message was deleted. For a reply it tells how its thread's first message is now. Whoever has read less than `seq` " +
      "has one unread less when it `counted`, and one mention less when `mentions` called them.",
    z.object({
      message_id: uuid,
      root_id: uuid.nullable(),
      reply_count: z.number().int().optional(),
      last_reply_at: timestamp.nullable().optional(),
      seq: z.number().int().optional(),
      counted: z.boolean().optional(),
      mentions: z.array(mention).optional(),
    }),
    { message_id: EXAMPLE_ID, root_id: null, seq: 42, counted: true, mentions: [] },
  ),
  reaction_added: durable("Somebody reacted; `reactions` are all that the message has now.", reacted, reactedExample),
  reaction_removed: durable("Somebody took a reaction back; `reactions` are those that remain.", reacted, {
    ...reactedExample,
    reactions: [],
  }),
  message_pinned: durable("A message was pinned.", pinned, pinnedExample),
  message_unpinned: durable("A message is no longer pinned.", pinned, pinnedExample),
  user_joined: durable(
    "Somebody has come into the channel.",
    z.object({
      user: chatUser,
      role: channelRole,
      by_group: z.boolean(),
      joined_at: timestamp,
      member_count: z.number().int(),
    }),
    { user: exampleUser, role: "member", by_group: false, joined_at: EXAMPLE_TIME, member_count: 12 },
  ),
  user_left: durable(
    "Somebody has left the channel or was taken out.",
    z.object({ user: chatUser, member_count: z.number().int() }),
    { user: exampleUser, member_count: 11 },
  ),
  member_updated: durable("A member's role or permissions are others now.", z.object({ member }), {
    member: {
      user_id: exampleUser.id,
      user: exampleUser,
      role: "moderator",
      permissions: {},
      by_group: false,
      joined_at: EXAMPLE_TIME,
      read_seq: null,
    },
  }),
  channel_updated: durable("The channel itself is another one now.", z.object({ channel: channelInfo }), {
    channel: exampleChannel,
  }),
  channel_deleted: durable("The channel was erased with everything in it.", z.object({ channel_id: uuid }), {
    channel_id: EXAMPLE_CHANNEL_ID,
  }),
  user_typing: ephemeral(
    "Somebody is writing, at most once per second; over after some seconds without it.",
    z.object({
      user: chatUser,
      root_id: uuid.nullable().meta({ description: "The thread; null: the channel itself" }),
    }),
    { user: exampleUser, root_id: null },
  ),
  message_read: ephemeral(
    "Somebody has read up to this message; only in channels of at most 100 members.",
    z.object({ user: z.object({ id: uuid, username: z.string() }), message_id: uuid, read_seq: z.number().int() }),
    { user: { id: exampleUser.id, username: "ana" }, message_id: EXAMPLE_ID, read_seq: 42 },
  ),
};

const channelId = z.object({ channel_id: uuid });

export const userChatPushes = {
  channel_added: durable(
    "The person is in a channel from now on.",
    channelId.extend({
      by: uuid.nullable().optional().meta({ description: "Who put them there; null: they themselves or the server" }),
    }),
    { channel_id: EXAMPLE_CHANNEL_ID, by: null },
  ),
  channel_removed: durable("The person is no longer in a channel, or it is gone.", channelId, {
    channel_id: EXAMPLE_CHANNEL_ID,
  }),
  read_state: ephemeral("What the person has read in a channel.", readState, {
    channel_id: EXAMPLE_CHANNEL_ID,
    message_id: EXAMPLE_ID,
    read_seq: 42,
    unread_count: 0,
    mention_count: 0,
  }),
  thread_read_state: ephemeral("What the person has read in a thread, and whether they follow it.", threadReadState, {
    root_id: EXAMPLE_ID,
    channel_id: EXAMPLE_CHANNEL_ID,
    read_seq: 42,
    unread_count: 0,
    following: true,
  }),
  thread_unread: ephemeral(
    "How many replies are unread in the threads of a channel that the person follows: one came or went, or was read.",
    channelId.extend({ thread_unread_count: z.number().int() }),
    { channel_id: EXAMPLE_CHANNEL_ID, thread_unread_count: 3 },
  ),
  channel_settings: ephemeral(
    "The person's own settings of a channel.",
    channelId.extend(channelState.pick({ favorite: true, muted_until: true, notify: true, hidden: true }).shape),
    { channel_id: EXAMPLE_CHANNEL_ID, favorite: true, muted_until: null, notify: "default", hidden: false },
  ),
  draft_changed: ephemeral("A draft was written on another device; an empty one is gone.", draft, {
    channel_id: EXAMPLE_CHANNEL_ID,
    root_id: null,
    content: "Dear all,",
    attachments: [],
    updated_at: EXAMPLE_TIME,
  }),
  scheduled_changed: ephemeral("A scheduled message was made, changed, sent or removed.", z.object({ id: uuid }), {
    id: EXAMPLE_ID,
  }),
  command_response: ephemeral(
    "What the server of a command told its caller later.",
    channelId.extend({ root_id: uuid.nullable(), command: z.string(), text: z.string() }),
    { channel_id: EXAMPLE_CHANNEL_ID, root_id: null, command: "deploy", text: "Version 7 is live." },
  ),
};

/** Type → `data` of the durable pushes of a channel. */
export type ChannelEvents = PushesData<typeof channelPushes, "durable">;
/** The same of its ephemeral ones. */
export type ChannelSignals = PushesData<typeof channelPushes, "ephemeral">;
/** The same of a person's own devices. */
export type UserChatEvents = PushesData<typeof userChatPushes>;
/** Every durable type of a channel. */
export const CHANNEL_EVENTS = durableTypes(channelPushes);
