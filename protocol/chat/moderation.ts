// Moderation on the wire (CONTRACT section 4): reports, actions, the automatic filter. Its pushes are in
// protocol/pushes/moderation.ts.
import { z } from "zod";
import { NOT_BLANK } from "../texts.ts";
import { message } from "./chat.ts";
import { page, pageQuery, timeInput, timestamp, uuid } from "../common.ts";

const storable = (text: string) => text.isWellFormed() && !text.includes("\0");
const text = (max: number) =>
  z.string().trim().max(max).refine(storable, { message: "must not contain NUL characters or lone surrogates" });

const person = z.object({ id: uuid.nullable(), username: z.string(), avatar_url: z.string().nullable() });
export type ModerationPerson = z.infer<typeof person>;
const PERSON_NOTE = "id null: the automatic filter, or somebody whose account is gone";

// --- reports -------------------------------------------------------------------------------------------------------

export const REPORT_CATEGORIES = ["spam", "harassment", "illegal", "other"] as const;
export const reportCategory = z.enum(REPORT_CATEGORIES);
export const reportStatus = z.enum(["pending", "resolved", "dismissed"]);
export type ReportStatus = z.infer<typeof reportStatus>;

export const reportBody = z.object({
  reason: text(1000).min(1).refine(...NOT_BLANK).meta({
    description: "What is wrong with it",
    example: "Insults a colleague",
  }),
  category: reportCategory.default("other"),
});
export type ReportInput = z.infer<typeof reportBody>;

/** What the person who reports gets to know. */
export const ownReport = z.object({
  id: uuid,
  message_id: uuid,
  category: reportCategory,
  reason: z.string(),
  status: reportStatus,
  created_at: timestamp,
}).meta({ id: "OwnReport" });
export type OwnReport = z.infer<typeof ownReport>;

export const contextMessage = z.object({
  id: uuid,
  user: person,
  content: z.string().meta({ description: "Empty when it was deleted" }),
  created_at: timestamp,
  is_deleted: z.boolean(),
});
export type ContextMessage = z.infer<typeof contextMessage>;

/** One person's report within a case. */
const caseReport = z.object({
  id: uuid,
  source: z.enum(["person", "filter"]),
  category: reportCategory,
  reason: z.string(),
  rule: z.string().nullable(),
  reporter: person.nullable(),
  created_at: timestamp,
});

export const report = z.object({
  id: uuid.meta({ description: "Of the case: all reports of the message while it was open" }),
  status: reportStatus,
  source: z.enum(["person", "filter"]),
  category: reportCategory,
  reason: z.string(),
  rule: z.string().nullable().meta({ description: "Which rule of the automatic filter" }),
  reporter: person.nullable().meta({
    description: "null: the automatic filter; id null: not named, because the reader wrote the message, or may have",
  }),
  reports: z.array(caseReport).meta({
    description: "Everybody's, the first one first (its fields stand above, too); at most 100",
  }),
  report_count: z.number().int().meta({ description: "How many reports the case has" }),
  author: person.meta({ description: PERSON_NOTE }),
  channel: z.object({ id: uuid, name: z.string().nullable(), type: z.string() }),
  message: message.meta({ description: "As it was when it was reported, whatever became of it since" }),
  message_state: z.enum(["unchanged", "edited", "deleted"]).meta({ description: "What became of it since" }),
  before: z.array(contextMessage).meta({ description: "The two messages before it" }),
  after: z.array(contextMessage).meta({ description: "The two messages after it" }),
  reports_on_message: z.number().int(),
  reports_on_author: z.number().int(),
  note: z.string(),
  assigned_to: person.nullable(),
  created_at: timestamp,
  updated_at: timestamp,
  reviewed_by: person.nullable(),
  reviewed_at: timestamp.nullable(),
}).meta({ id: "Report" });
export type Report = z.infer<typeof report>;
export const reportPage = page(report);

export const reportQuery = pageQuery.extend({
  status: reportStatus.optional(),
  assigned_to: uuid.optional(),
  channel_id: uuid.optional(),
  user_id: uuid.optional().meta({ description: "Who wrote the message" }),
});
export type ReportQuery = z.infer<typeof reportQuery>;

export const updateReportBody = z.object({
  status: reportStatus.optional().meta({ description: "pending opens it again" }),
  note: text(2000).optional(),
  assigned_to: uuid.nullable().optional().meta({ description: "Who looks after it: somebody who may moderate" }),
}).refine((v) => v.status !== undefined || v.note !== undefined || v.assigned_to !== undefined, {
  path: ["status"],
  message: "status, note or assigned_to is required",
});
export type UpdateReportInput = z.infer<typeof updateReportBody>;

// --- actions -------------------------------------------------------------------------------------------------------

export const actionType = z.enum(["warning", "mute", "ban"]);
export type ActionType = z.infer<typeof actionType>;
/** Ten years; longer means without end. */
export const MAX_DURATION_SECONDS = 10 * 365 * 86_400;

export const actionBody = z.object({
  user_id: uuid,
  action_type: actionType,
  reason: text(1000).min(1).refine(...NOT_BLANK),
  duration_seconds: z.number().int().min(1).max(MAX_DURATION_SECONDS).nullish().meta({
    description: "Absent: without end. Warnings have none.",
  }),
  channel_id: uuid.nullish().meta({ description: "Only there; absent: in the whole organisation" }),
  report_id: uuid.nullish().meta({ description: "The report that led to it" }),
}).refine((v) => v.action_type !== "warning" || v.duration_seconds == null, {
  path: ["duration_seconds"],
  message: "a warning has no duration",
});
export type ActionInput = z.infer<typeof actionBody>;

export const moderationAction = z.object({
  id: uuid,
  user: person,
  moderator: person.meta({ description: PERSON_NOTE }),
  action_type: actionType,
  reason: z.string(),
  channel_id: uuid.nullable(),
  channel_name: z.string().nullable(),
  report_id: uuid.nullable(),
  created_at: timestamp,
  expires_at: timestamp.nullable(),
  is_active: z.boolean().meta({ description: "Holds now: neither lifted nor over. Warnings never are." }),
  revoked_at: timestamp.nullable(),
  revoked_by: person.nullable(),
  revoke_reason: z.string(),
}).meta({ id: "ModerationAction" });
export type ModerationAction = z.infer<typeof moderationAction>;
export const actionPage = page(moderationAction);

export const actionQuery = pageQuery.extend({
  user_id: uuid.optional(),
  action_type: actionType.optional(),
  active: z.enum(["true", "false"]).optional(),
  channel_id: uuid.optional(),
  from: timeInput.optional(),
  to: timeInput.optional(),
});
export type ActionQuery = z.infer<typeof actionQuery>;
export const liftQuery = z.object({ reason: text(1000).optional() });

/** What holds against the caller now. */
export const restriction = z.object({
  id: uuid,
  action_type: z.enum(["mute", "ban"]),
  channel_id: uuid.nullable().meta({ description: "null: everywhere" }),
  reason: z.string(),
  expires_at: timestamp.nullable(),
}).meta({ id: "Restriction" });
export type Restriction = z.infer<typeof restriction>;
export const restrictionList = z.object({ items: z.array(restriction) });

// --- the automatic filter ------------------------------------------------------------------------------------------

export const MAX_WORDS = 1000;
export const MAX_PATTERNS = 30;
export const MAX_DOMAINS = 500;

export const filterAction = z.enum(["flag", "block"]);
export type FilterAction = z.infer<typeof filterAction>;
const switchable = z.enum(["off", "flag", "block"]);
const domain = z.string().trim().toLowerCase().max(253).regex(
  /^(?!-)([\p{L}\p{N}-]{1,63}\.)+[\p{L}\p{N}-]{2,63}$/u,
  "a domain such as example.org; it stands for everything below it too",
);

export const filterSettings = z.object({
  words: z.array(z.object({
    text: text(64).min(1),
    action: filterAction,
    whole_word: z.boolean().default(true),
  })).max(MAX_WORDS).default([]),
  patterns: z.array(z.object({
    pattern: z.string().min(1).max(300).refine(storable).meta({
      description: "RE2 syntax: no back-references and no look-around",
    }),
    action: filterAction,
  })).max(MAX_PATTERNS).default([]),
  links: z.object({
    action: switchable.default("off").meta({ description: "What happens to links that are not allowed below" }),
    allow: z.array(domain).max(MAX_DOMAINS).default([]),
    block: z.array(domain).max(MAX_DOMAINS).default([]).meta({ description: "Always blocked" }),
  }).default({ action: "off", allow: [], block: [] }),
  flood: z.object({
    action: switchable.default("off"),
    messages: z.number().int().min(2).max(1000).default(10).meta({ description: "More than these …" }),
    seconds: z.number().int().min(1).max(3600).default(10).meta({ description: "… in so many seconds" }),
    duplicates: z.number().int().min(0).max(100).default(3).meta({
      description: "The same text more often than this within the time; 0: not looked at",
    }),
  }).default({ action: "off", messages: 10, seconds: 10, duplicates: 3 }),
  caps: z.object({
    action: switchable.default("off"),
    min_letters: z.number().int().min(5).max(1000).default(20),
    percent: z.number().int().min(50).max(100).default(80),
  }).default({ action: "off", min_letters: 20, percent: 80 }),
  escalation: z.object({
    enabled: z.boolean().default(false),
    blocks: z.number().int().min(2).max(100).default(5).meta({ description: "So many blocked messages …" }),
    minutes: z.number().int().min(1).max(1440).default(10).meta({ description: "… in so many minutes mute …" }),
    mute_seconds: z.number().int().min(60).max(30 * 86_400).default(600).meta({ description: "… for so long" }),
  }).default({ enabled: false, blocks: 5, minutes: 10, mute_seconds: 600 }),
  exempt_roles: z.array(z.enum(["owner", "admin", "moderator", "member", "viewer", "guest"])).max(6).default([]),
  exempt_channels: z.array(uuid).max(200).default([]),
}).meta({ id: "FilterSettings" });
export type FilterSettings = z.infer<typeof filterSettings>;

export const filterState = z.object({
  ...filterSettings.shape,
  version: z.number().int().meta({ description: "0: never set" }),
  updated_at: timestamp.nullable(),
  updated_by: person.nullable(),
}).meta({ id: "FilterState" });
/** `version`: the one that was read; another one meanwhile is a conflict. */
export const filterUpdate = filterSettings.extend({ version: z.number().int().optional() });
export type FilterUpdate = z.infer<typeof filterUpdate>;
export type FilterState = z.infer<typeof filterState>;

export const FILTER_RULES = ["word", "pattern", "link", "flood", "caps"] as const;
export type FilterRule = typeof FILTER_RULES[number];

export const filterTestBody = z.object({
  content: z.string().max(16 * 1024),
  settings: filterSettings.optional().meta({ description: "Absent: the settings that hold now" }),
});
export type FilterTestInput = z.infer<typeof filterTestBody>;
export const filterTest = z.object({
  verdict: z.enum(["ok", "flag", "block"]),
  hits: z.array(z.object({ rule: z.enum(FILTER_RULES), reason: z.string(), action: filterAction })),
}).meta({ id: "FilterTest", description: "Flood is not looked at." });
export type FilterTest = z.infer<typeof filterTest>;
