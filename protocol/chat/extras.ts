// Chat beside the messages: drafts, scheduled messages, a person's settings of a channel, slash commands (built in and
// custom), and the organisation's chat settings. Their pushes on `user:<id>:chat` are in protocol/pushes/chat.ts.
//
//   PUT  /channels/:id/draft            {"content": "Hola a to", "attachments": []}
//   POST /scheduled                     {"channel_id": "…", "content": "Buenos días", "send_at": "2026-01-16T08:00:00.000Z"}
//   PUT  /channels/:id/settings         {"favorite": true, "muted_until": null, "notify": "mentions", "hidden": false}
//   POST /channels/:id/commands         {"text": "/topic Release on Friday"}
//     → {"response_type": "ephemeral", "text": "The topic is set.", "goto_channel_id": null, …}
import { z } from "zod";
import { isBlank, utf8Length } from "../texts.ts";
import { channelState, clientId, MAX_ATTACHMENTS, MAX_CONTENT_BYTES, message } from "./chat.ts";
import { page, pageQuery, timeInput, timestamp, uuid } from "../common.ts";

/** Drafts that one person may keep. */
export const MAX_DRAFTS = 300;
/** Scheduled messages of one person that are still to be sent. */
export const MAX_SCHEDULED = 100;
/** Days that a message may be scheduled ahead. */
export const MAX_SCHEDULE_DAYS = 366;
/** Custom commands of one organisation. */
export const MAX_COMMANDS = 100;
/** A custom command's server must have answered within so many seconds. */
export const COMMAND_SECONDS = 5;
/** How long a command's `response_url` works, and how many answers it takes. */
export const RESPONSE_MINUTES = 30;
export const RESPONSE_USES = 5;

const storable = (text: string) => text.isWellFormed() && !text.includes("\0");
const NOT_STORABLE = { message: "must not contain NUL characters or lone surrogates" };
const line = (max: number) => z.string().trim().max(max).refine(storable, NOT_STORABLE);
const content = z.string().max(MAX_CONTENT_BYTES).refine((v) => utf8Length(v) <= MAX_CONTENT_BYTES, {
  message: `at most ${MAX_CONTENT_BYTES} bytes`,
}).refine(storable, NOT_STORABLE);
const attachments = z.array(uuid).max(MAX_ATTACHMENTS);

// --- drafts --------------------------------------------------------------------------------------------------------

export const draft = z.object({
  channel_id: uuid,
  root_id: uuid.nullable().meta({ description: "The thread; null: the channel itself" }),
  content: z.string(),
  attachments: z.array(uuid),
  updated_at: timestamp,
}).meta({ id: "ChatDraft" });
export type Draft = z.infer<typeof draft>;
export const draftList = z.object({ items: z.array(draft) });

export const draftQuery = z.object({ root_id: uuid.optional() });
export const draftBody = z.object({
  content: content.default(""),
  attachments: attachments.default([]),
  updated_at: timeInput.optional().meta({
    description: "When it was written, for what was written offline; absent or later than now: now. The newest wins.",
  }),
}).meta({ id: "ChatDraftInput", description: "An empty text without attachments removes the draft." });
export type DraftInput = z.infer<typeof draftBody>;

// --- scheduled messages --------------------------------------------------------------------------------------------

export const scheduledStatus = z.enum(["pending", "sent", "failed"]);
export const scheduled = z.object({
  id: uuid,
  kind: z.enum(["message", "reminder"]).meta({
    description: "reminder: a notification to its author, made with /remind me; channel_id is where it was asked for",
  }),
  channel_id: uuid,
  reply_to_id: uuid.nullable(),
  content: z.string(),
  attachments: z.array(uuid),
  send_at: timestamp,
  status: scheduledStatus,
  failure: z.object({
    code: z.string().meta({ description: "Code of the error, as in problem answers" }),
    reason: z.string(),
  }).nullable(),
  message_id: uuid.nullable().meta({ description: "The message, once it is sent" }),
  created_at: timestamp,
  updated_at: timestamp,
}).meta({ id: "ScheduledMessage" });
export type Scheduled = z.infer<typeof scheduled>;
export const scheduledPage = page(scheduled);

export const scheduledQuery = pageQuery.extend({
  status: scheduledStatus.default("pending"),
  channel_id: uuid.optional(),
});
export type ScheduledQuery = z.infer<typeof scheduledQuery>;

const sendAt = timeInput.meta({ description: "In the future, at most a year from now" });
const confirmMentions = z.boolean().default(false).meta({
  description: "Needed for @channel and @here in large channels, as for messages",
});
export const scheduleBody = z.object({
  channel_id: uuid,
  content: content.default(""),
  attachments: attachments.default([]),
  reply_to_id: uuid.nullish(),
  send_at: sendAt,
  confirm_mentions: confirmMentions,
}).refine((v) => !isBlank(v.content) || v.attachments.length > 0, {
  path: ["content"],
  message: "a text or an attachment is required",
});
export type ScheduleInput = z.infer<typeof scheduleBody>;
export const scheduleUpdate = z.object({
  content: content.optional(),
  attachments: attachments.optional(),
  send_at: sendAt.optional().meta({ description: "Gives a failed one another try" }),
  confirm_mentions: confirmMentions,
});
export type ScheduleUpdate = z.infer<typeof scheduleUpdate>;

// --- a person's settings of a channel ------------------------------------------------------------------------------

export const channelSettings = channelState.pick({ favorite: true, muted_until: true, notify: true, hidden: true })
  .meta({ id: "ChannelSettings" });
export type ChannelSettings = z.infer<typeof channelSettings>;
export const channelSettingsBody = channelSettings.extend({ muted_until: timeInput.nullable() }).partial().meta({
  id: "ChannelSettingsInput",
  description: "`muted_until` null: not muted; for good: 9999-12-31T00:00:00.000Z. `hidden` is for direct channels: " +
    "hidden until the next message.",
});
export type ChannelSettingsInput = z.infer<typeof channelSettingsBody>;

// --- commands ------------------------------------------------------------------------------------------------------

const localised = z.object({ en: z.string(), es: z.string() });
export const commandInfo = z.object({
  name: z.string().meta({ description: "Without the slash", example: "topic" }),
  usage: z.string().meta({ description: "What follows the name", example: "[text]" }),
  description: localised,
  custom: z.boolean(),
}).meta({ id: "ChatCommand" });
export type CommandInfo = z.infer<typeof commandInfo>;
export const commandList = z.object({ items: z.array(commandInfo) });

export const runCommandBody = z.object({
  text: content.refine((v) => v.startsWith("/"), { message: "must start with /" }).meta({
    description: "`//text` sends `/text` as a message",
    example: "/topic Release on Friday",
  }),
  root_id: uuid.nullish().meta({ description: "The thread in which it was written" }),
  client_id: clientId.nullish().meta({ description: "For the message that the command sends, if it sends one" }),
});
export type RunCommandInput = z.infer<typeof runCommandBody>;

export const commandResult = z.object({
  response_type: z.enum(["ephemeral", "in_channel", "none"]).meta({
    description: "ephemeral: show `text` to the caller alone; in_channel: `message` was sent; none: nothing to show",
  }),
  text: z.string().nullable(),
  message: message.nullable(),
  goto_channel_id: uuid.nullable().meta({ description: "Open this channel" }),
  search: z.string().nullable().meta({ description: "Open the search with this query" }),
}).meta({ id: "CommandResult" });
export type CommandResult = z.infer<typeof commandResult>;

// --- custom commands -----------------------------------------------------------------------------------------------

const trigger = z.string().trim().toLowerCase().regex(/^[a-z][a-z0-9_-]{0,31}$/, {
  message: "a letter, then letters, digits, - or _; at most 32 characters, without the slash",
}).meta({ example: "deploy" });
const commandUrl = z.url({ protocol: /^https?$/ }).max(2000).refine((v) => {
  const url = URL.parse(v);
  return url !== null && !url.username && !url.password;
}, { message: "an http or https address without a user name in it" }).meta({ example: "https://example.org/deploy" });

export const customCommandInput = z.object({
  trigger,
  url: commandUrl,
  description: line(200).default(""),
  usage: line(100).default(""),
  format: z.enum(["form", "json"]).default("form").meta({
    description: "form: application/x-www-form-urlencoded, as Slack sends it; json: the same fields as JSON",
  }),
  enabled: z.boolean().default(true),
}).meta({ id: "CustomCommandInput" });
export type CustomCommandInput = z.infer<typeof customCommandInput>;
export const customCommandUpdate = z.object({
  trigger,
  url: commandUrl,
  description: line(200),
  usage: line(100),
  format: z.enum(["form", "json"]),
  enabled: z.boolean(),
}).partial().meta({ id: "CustomCommandUpdate" });
export type CustomCommandUpdate = z.infer<typeof customCommandUpdate>;

export const customCommand = z.object({
  id: uuid,
  trigger: z.string(),
  url: z.string(),
  description: z.string(),
  usage: z.string(),
  format: z.enum(["form", "json"]),
  enabled: z.boolean(),
  created_at: timestamp,
  last_used_at: timestamp.nullable(),
  last_status: z.number().int().nullable().meta({ description: "HTTP status of the last call; 0: no answer" }),
}).meta({ id: "CustomCommand" });
export type CustomCommand = z.infer<typeof customCommand>;
export const customCommandList = z.object({ items: z.array(customCommand) });
export const customCommandCreated = customCommand.extend({
  token: z.string().meta({ description: "Stands in every request as `token`" }),
  secret: z.string().meta({ description: "Key of the signature" }),
}).meta({ id: "CustomCommandCreated", description: "token and secret are shown this once." });
export type CustomCommandCreated = z.infer<typeof customCommandCreated>;

/** What a command's server answers, at once or later at `response_url`. Anything else in it is ignored. */
export const commandAnswer = z.looseObject({
  response_type: z.unknown().optional().meta({
    type: "string",
    description: "in_channel: a message for everybody; anything else: for the caller alone",
  }),
  text: z.unknown().optional().meta({ type: "string", description: "mrkdwn; blocks and attachments as for webhooks" }),
}).meta({ id: "CommandAnswer" });

// --- the organisation's chat settings ------------------------------------------------------------------------------

export const chatSettings = z.object({
  auto_archive_days: z.number().int().min(1).max(3650).nullable().meta({
    description:
      "Channels without an own value are archived after so many days without a message; null: never. Not default channels.",
  }),
}).meta({ id: "ChatSettings" });
export type ChatSettings = z.infer<typeof chatSettings>;
export const chatSettingsBody = chatSettings.partial().meta({ id: "ChatSettingsInput" });
export type ChatSettingsInput = z.infer<typeof chatSettingsBody>;
