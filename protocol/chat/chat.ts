// long file: the wire of chat on one page
// Chat on the wire (CONTRACT section 4): channels, members, messages. Its pushes are in protocol/pushes/chat.ts.
import { z } from "zod";
import { isBlank, utf8Length } from "../texts.ts";
import { shownName } from "../names.ts";
import { card, cardsInput } from "./cards.ts";
import { MAX_CONTENT_BYTES } from "./content_size.ts";
import { page, pageQuery, timeInput, timestamp, uuid } from "../common.ts";
import { frameId } from "../wire/frames.ts";

export { MAX_CONTENT_BYTES };
export const MAX_ATTACHMENTS = 10;
export const MAX_DIRECT_MEMBERS = 9;
/** `@channel` and `@here` that reach at least so many people need `confirm_mentions: true`. */
export const CONFIRM_MENTIONS_FROM = 25;
/** Read receipts (`message_read`) are pushed in channels of at most so many members. */
export const MAX_RECEIPT_MEMBERS = 100;

const storable = (text: string) => text.isWellFormed() && !text.includes("\0");
const text = (max: number) =>
  z.string().trim().max(max).refine(storable, { message: "must not contain NUL characters or lone surrogates" });

// --- people --------------------------------------------------------------------------------------------------------

export const chatUser = z.object({
  id: uuid.nullable().meta({ description: "null: the server itself or a webhook" }),
  username: z.string(),
  display_name: z.string(),
  avatar_url: z.string().nullable(),
  is_bot: z.boolean().meta({ description: "Sent by a program: an API token or a webhook" }),
}).meta({ id: "ChatUser" });
export type ChatUser = z.infer<typeof chatUser>;

// --- channels ------------------------------------------------------------------------------------------------------

export const channelType = z.enum(["public", "private", "direct"]);
export type ChannelType = z.infer<typeof channelType>;
export const channelRole = z.enum(["admin", "moderator", "member", "viewer"]);
export type ChannelRole = z.infer<typeof channelRole>;

/** What a person may do in one channel. `read` is everybody's who belongs to it unless it is taken away. */
export const CHANNEL_RIGHTS = [
  "read",
  "post",
  "react",
  "upload",
  "invite",
  "mention_all",
  "pin",
  "delete_others",
  "manage",
] as const;
export const channelRight = z.enum(CHANNEL_RIGHTS);
export type ChannelRight = z.infer<typeof channelRight>;

/** Right → lowest channel role that holds it. */
export const channelPolicy = z.partialRecord(channelRight.exclude(["read"]), channelRole).meta({
  id: "ChannelPolicy",
  description: "Who may do what: right → lowest channel role. Rights that are absent keep their defaults.",
});
export type ChannelPolicy = z.infer<typeof channelPolicy>;
/** Right → true: has it whatever the role; false: has it not. */
export const memberPermissions = z.partialRecord(channelRight, z.boolean()).meta({ id: "ChannelMemberPermissions" });
export type MemberPermissions = z.infer<typeof memberPermissions>;

const channelName = shownName(80).meta({ example: "general" });
const history = z.enum(["all", "joined"]);
export const notifyLevel = z.enum(["default", "all", "mentions", "none"]);
export type NotifyLevel = z.infer<typeof notifyLevel>;

export const reaction = z.object({
  emoji: z.string(),
  count: z.number().int(),
  user_ids: z.array(uuid).meta({ description: "The first 50, in the order in which they reacted" }),
}).meta({ id: "Reaction" });
export type Reaction = z.infer<typeof reaction>;

export const attachment = z.object({
  id: uuid,
  filename: z.string(),
  mime_type: z.string(),
  size: z.number().int(),
  url: z.string(),
  thumbnail_url: z.string().nullable().meta({ description: "Images only" }),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
}).meta({ id: "Attachment" });
export type Attachment = z.infer<typeof attachment>;

export const mention = z.discriminatedUnion("type", [
  z.object({ type: z.literal("user"), id: uuid, username: z.string() }),
  z.object({ type: z.literal("channel") }),
  z.object({ type: z.literal("here") }),
  z.object({
    type: z.literal("group"),
    id: uuid,
    handle: z.string(),
    name: z.string(),
    user_ids: z.array(uuid).meta({ description: "Those of the group who were in the channel" }),
  }),
]).meta({ id: "Mention" });
export type Mention = z.infer<typeof mention>;

export const linkPreview = z.object({
  url: z.string(),
  title: z.string(),
  description: z.string(),
  site: z.string(),
  image_id: uuid.nullable().meta({ description: "A copy of the picture on this server: GET /media/:id" }),
}).meta({ id: "LinkPreview" });
export type LinkPreview = z.infer<typeof linkPreview>;

/** What a system message tells; the console words it, `content` is the same in English. */
export const SYSTEM_EVENTS = [
  "channel_created",
  "user_joined",
  "user_left",
  "user_added",
  "user_removed",
  "group_added",
  "group_removed",
  "channel_renamed",
  "topic_changed",
  "description_changed",
  "type_changed",
  "channel_archived",
  "channel_unarchived",
  "archive_notice",
  "message_pinned",
] as const;
export const systemEvent = z.object({
  event: z.enum(SYSTEM_EVENTS),
  user: z.object({ id: uuid, username: z.string() }).optional(),
  actor: z.object({ id: uuid, username: z.string() }).optional(),
  group: z.object({ id: uuid, handle: z.string(), name: z.string() }).optional(),
  /** The new name, topic, type or the number of days left. */
  value: z.string().optional(),
});
export type SystemEvent = z.infer<typeof systemEvent>;

export const message = z.object({
  id: uuid,
  channel_id: uuid,
  seq: z.number().int().meta({ description: "Position in the channel; grows with every message" }),
  user: chatUser,
  content: z.string(),
  message_type: z.enum(["text", "image", "file", "system"]),
  reply_to_id: uuid.nullable(),
  root_id: uuid.nullable().meta({ description: "First message of the thread that this one is a reply in" }),
  reply_count: z.number().int(),
  last_reply_at: timestamp.nullable(),
  attachments: z.array(attachment),
  cards: z.array(card).meta({ description: "What a program says besides the text; see docs/cards.md" }),
  reactions: z.array(reaction),
  mentions: z.array(mention),
  previews: z.array(linkPreview),
  system: systemEvent.nullable(),
  is_pinned: z.boolean(),
  created_at: timestamp,
  edited_at: timestamp.nullable(),
  is_deleted: z.boolean(),
  client_id: z.string().nullable(),
}).meta({ id: "Message" });
export type Message = z.infer<typeof message>;
export const messagePage = page(message);

/** A channel as everybody in it sees it: what `channel_updated` carries. */
export const channelInfo = z.object({
  id: uuid,
  name: z.string().nullable().meta({
    description: "null for direct channels, named by their members; imported ones with bots or outsiders have a name",
  }),
  description: z.string(),
  topic: z.string(),
  type: channelType,
  created_by: uuid.nullable(),
  created_at: timestamp,
  is_archived: z.boolean(),
  history,
  policy: channelPolicy,
  is_default: z.boolean(),
  auto_archive_days: z.number().int().nullable(),
  member_count: z.number().int(),
}).meta({ id: "ChannelInfo" });
export type ChannelInfo = z.infer<typeof channelInfo>;

/** What belongs to the caller: read state and settings. */
export const channelState = z.object({
  role: channelRole.nullable().meta({ description: "null: not a member" }),
  rights: z.array(channelRight),
  unread_count: z.number().int(),
  mention_count: z.number().int(),
  thread_unread_count: z.number().int().meta({ description: "Unread replies in threads that the caller follows" }),
  read_seq: z.number().int(),
  favorite: z.boolean(),
  muted_until: timestamp.nullable(),
  notify: notifyLevel,
  hidden: z.boolean(),
});
export type ChannelState = z.infer<typeof channelState>;

export const channel = z.object({
  ...channelInfo.shape,
  ...channelState.shape,
  is_member: z.boolean(),
  members: z.array(chatUser).meta({ description: "Direct channels only: the people in it" }),
  last_message: message.nullable(),
  last_message_at: timestamp.nullable(),
}).meta({ id: "Channel" });
export type Channel = z.infer<typeof channel>;
export const channelPage = page(channel);

export const channelQuery = pageQuery.extend({
  q: z.string().trim().max(80).optional().meta({ description: "Part of the name or description" }),
  type: channelType.optional(),
  member: z.enum(["true", "false"]).optional().meta({
    description: "true: the caller's channels; false: public ones to join",
  }),
  archived: z.enum(["true", "false"]).default("false"),
});
export type ChannelQuery = z.infer<typeof channelQuery>;

export const createChannelBody = z.object({
  name: channelName.optional().meta({ description: "Needed unless the type is direct" }),
  description: text(1000).default(""),
  topic: text(250).default(""),
  type: channelType.default("public"),
  user_ids: z.array(uuid).max(1000).default([]).meta({
    description: "First members besides the caller; the people of a direct channel (1 to 8 others)",
  }),
  history: history.default("all"),
  policy: channelPolicy.default({}),
  auto_archive_days: z.number().int().min(1).max(3650).nullable().default(null),
}).refine((v) => v.type === "direct" || v.name !== undefined, { path: ["name"], message: "a name is required" });
export type CreateChannelInput = z.infer<typeof createChannelBody>;

export const updateChannelBody = z.object({
  name: channelName,
  description: text(1000),
  topic: text(250),
  type: z.enum(["public", "private"]),
  history,
  policy: channelPolicy,
  is_default: z.boolean(),
  is_archived: z.boolean(),
  auto_archive_days: z.number().int().min(1).max(3650).nullable(),
}).partial();
export type UpdateChannelInput = z.infer<typeof updateChannelBody>;

export const member = z.object({
  user_id: uuid,
  user: chatUser,
  role: channelRole,
  permissions: memberPermissions,
  by_group: z.boolean().meta({ description: "Is here by a group of the channel only, and leaves with it" }),
  joined_at: timestamp,
  read_seq: z.number().int().nullable().meta({
    description: "Position of the newest message that the person has read; null in channels without read receipts",
  }),
}).meta({ id: "ChannelMember" });
export type Member = z.infer<typeof member>;
export const memberPage = page(member);
export const memberQuery = pageQuery.extend({ q: z.string().trim().max(100).optional(), role: channelRole.optional() });
export type MemberQuery = z.infer<typeof memberQuery>;

export const addMemberBody = z.object({
  user_id: uuid.optional(),
  user_ids: z.array(uuid).max(1000).optional(),
  group_ids: z.array(uuid).max(20).optional().meta({ description: "Groups whose people are meant" }),
  role: channelRole.optional(),
  permissions: memberPermissions.optional(),
}).refine((v) => v.user_id !== undefined || (v.user_ids?.length ?? 0) + (v.group_ids?.length ?? 0) > 0, {
  path: ["user_id"],
  message: "user_id, user_ids or group_ids is required",
}).meta({
  description:
    "For somebody who is a member already it changes role and permissions; without these, whom only a group kept here " +
    "stays without it, when somebody else with the right `manage` asks for that.",
});
export type AddMemberInput = z.infer<typeof addMemberBody>;
export const memberList = z.object({ items: z.array(member) });

export const MAX_CHANNEL_GROUPS = 50;
/** A group as a member of a channel: its people are members as long as they are in the group. */
export const channelGroup = z.object({
  group_id: uuid,
  group: z.object({ id: uuid, name: z.string(), handle: z.string() }),
  role: channelRole.meta({ description: "What its people are at least" }),
  people: z.number().int().meta({ description: "Active people of the group" }),
  added_at: timestamp,
}).meta({ id: "ChannelGroup" });
export type ChannelGroup = z.infer<typeof channelGroup>;
export const channelGroupList = z.object({ items: z.array(channelGroup) });
export const channelGroupBody = z.strictObject({ role: channelRole.default("member") });
export type ChannelGroupInput = z.infer<typeof channelGroupBody>;

// --- messages ------------------------------------------------------------------------------------------------------

export const clientId = z.string().min(1).max(100).refine(storable);
const content = z.string().max(MAX_CONTENT_BYTES).refine((v) => utf8Length(v) <= MAX_CONTENT_BYTES, {
  message: `at most ${MAX_CONTENT_BYTES} bytes`,
}).refine(storable, { message: "must not contain NUL characters or lone surrogates" });

const sendShape = {
  content: content.default("").meta({ description: "Markdown; at most 16 KiB. May be empty with attachments." }),
  reply_to_id: uuid.nullish().meta({ description: "Makes this a reply in that message's thread" }),
  attachments: z.array(uuid).max(MAX_ATTACHMENTS).default([]).meta({ description: "Media that the caller uploaded" }),
  cards: cardsInput.optional().meta({ description: "For programs (API tokens) only; the text may then be empty" }),
  client_id: clientId.nullish().meta({
    description: "Chosen by the sender: a second message with it in the channel answers the first and sends nothing",
  }),
  confirm_mentions: z.boolean().default(false).meta({
    description: `Needed for @channel, @here and groups that reach ${CONFIRM_MENTIONS_FROM} people or more`,
  }),
};
const saysSomething = (v: { content: string; attachments: unknown[]; cards?: unknown[] }) =>
  !isBlank(v.content) || v.attachments.length > 0 || (v.cards?.length ?? 0) > 0;
export const sendBody = z.object(sendShape).refine(saysSomething, {
  path: ["content"],
  message: "a text, an attachment or a card is required",
});
export type SendInput = z.infer<typeof sendBody>;

export const chatMessageFrame = z.object({
  type: z.literal("chat_message"),
  id: frameId,
  channel_id: uuid,
  ...sendShape,
}).refine(saysSomething, {
  path: ["content"],
  message: "a text, an attachment or a card is required",
});
export const typingBody = z.object({ root_id: uuid.nullish() });
export const typingFrame = z.object({
  type: z.literal("typing"),
  id: frameId,
  channel_id: uuid,
  root_id: uuid.nullish(),
});
export const readFrame = z.object({ type: z.literal("read"), id: frameId, channel_id: uuid, message_id: uuid });

export const editBody = z.object({
  content: content.optional().meta({ description: "Absent: as it is. Empty only beside cards" }),
  cards: cardsInput.optional().meta({ description: "For programs (API tokens) only. Absent: as they are; []: none" }),
}).refine((v) => v.content !== undefined || v.cards !== undefined, { path: ["content"], message: "must not be empty" });
export type EditInput = z.infer<typeof editBody>;

export const actionParams = z.object({ id: uuid, action_id: z.string().min(1).max(255) });
export const actionAnswer = z.object({
  id: uuid.meta({ description: "Of the click; the same for a double click" }),
  message_id: uuid,
  action_id: z.string(),
  status: z.literal("accepted"),
}).meta({ id: "CardActionAnswer" });
export type ActionAnswer = z.infer<typeof actionAnswer>;

export const messageQuery = z.object({
  limit: pageQuery.shape.limit,
  before: uuid.optional().meta({ description: "Older than this message, newest first" }),
  after: uuid.optional().meta({ description: "Newer than this message, oldest first" }),
  around: uuid.optional().meta({ description: "This message in the middle, oldest first" }),
  around_seq: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().meta({
    description:
      "The first message with this number (`seq`) or a higher one in the middle, oldest first: where reading stopped, " +
      "also when that message is gone",
  }),
  cursor: pageQuery.shape.cursor,
  at: timeInput.optional().meta({ description: "Around the first message at or after this time, oldest first" }),
  replies: z.enum(["true", "false"]).default("true").meta({
    description: "false: without the replies in threads, as a channel with folded threads shows it",
  }),
});
export type MessageQuery = z.infer<typeof messageQuery>;

export const messageEdit = z.object({
  version: z.number().int(),
  content: z.string().meta({ description: "What stood there before this edit" }),
  cards: z.array(card).meta({ description: "The cards before this edit" }),
  edited_by: uuid.nullable(),
  edited_at: timestamp,
}).meta({ id: "MessageEdit" });
export type MessageEdit = z.infer<typeof messageEdit>;
export const messageHistory = z.object({ items: z.array(messageEdit), current: message });

export const threadQuery = pageQuery.extend({ after: uuid.optional() });
export type ThreadQuery = z.infer<typeof threadQuery>;
export const thread = z.object({
  root: message,
  items: z.array(message).meta({ description: "Replies, oldest first" }),
  next_cursor: z.string().nullable(),
  following: z.boolean(),
  unread_count: z.number().int(),
  read_seq: z.number().int(),
}).meta({ id: "Thread" });
export type Thread = z.infer<typeof thread>;

export const followedThread = z.object({
  root: message,
  channel: z.object({ id: uuid, name: z.string().nullable(), type: channelType }),
  unread_count: z.number().int(),
  mention_count: z.number().int(),
  last_reply_at: timestamp.nullable(),
}).meta({ id: "FollowedThread" });
export type FollowedThread = z.infer<typeof followedThread>;
export const followedThreads = page(followedThread);

export const emojiParam = z.string().min(1).max(64).refine((v) => storable(v) && !/[\s<>&"']/.test(v), {
  message: "one emoji, or the name of a custom one as :name:",
});

export const readBody = z.object({
  message_id: uuid.meta({ description: "The last message that was read; never moves backwards by itself" }),
  unread: z.boolean().default(false).meta({ description: "true: this message and all after it count as unread again" }),
});
export type ReadInput = z.infer<typeof readBody>;
export const threadBody = z.object({
  following: z.boolean().optional(),
  read_message_id: uuid.optional().meta({ description: "The last reply that was read" }),
});
export type ThreadInput = z.infer<typeof threadBody>;
export const messageList = z.object({ items: z.array(message) });
export const readState = z.object({
  channel_id: uuid,
  message_id: uuid,
  read_seq: z.number().int(),
  unread_count: z.number().int(),
  mention_count: z.number().int(),
}).meta({ id: "ReadState" });
export type ReadState = z.infer<typeof readState>;
export const threadReadState = z.object({
  root_id: uuid,
  channel_id: uuid,
  read_seq: z.number().int(),
  unread_count: z.number().int(),
  following: z.boolean(),
}).meta({ id: "ThreadReadState" });
export type ThreadReadState = z.infer<typeof threadReadState>;
