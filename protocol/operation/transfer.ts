// Moving in and out: imports of other chats' archives, exports of an organisation. `/admin/imports`, `/admin/exports`.
import { z } from "zod";
import { page, pageQuery, timestamp, uuid } from "../common.ts";

export const importSource = z.enum(["slack", "mattermost", "pulpo"]);
export type ImportSource = z.infer<typeof importSource>;
export const transferStatus = z.enum(["queued", "running", "done", "failed", "cancelled"]);
export type TransferStatus = z.infer<typeof transferStatus>;

export const importOptions = z.object({
  new_people: z.enum(["active", "inactive"]).default("active").meta({
    description:
      "People without an account here get one without a password: they cannot sign in before somebody sets " +
      "one. inactive: switched off as well",
  }),
  users: z.record(z.string().min(1).max(254), z.string().min(1).max(254)).default({}).meta({
    description:
      "Who is who: id or e-mail address there → username or e-mail address here. Others are matched by address",
    example: { U024BE7LH: "ana" },
  }),
  skip_channels: z.array(z.string().min(1).max(200)).max(5000).default([]).meta({
    description: "Names or ids of channels to leave out",
  }),
  include_private: z.boolean().default(true),
  include_direct: z.boolean().default(true),
  join_leave: z.boolean().default(false).meta({ description: 'Keep "joined" and "left" as system messages' }),
  files: z.enum(["download", "link"]).default("download").meta({
    description: "download: files in the archive or at reachable addresses are stored here; link: their addresses stay",
  }),
}).meta({ id: "ImportOptions" });
export type ImportOptions = z.infer<typeof importOptions>;

export const importBody = z.object({
  source: importSource,
  media_id: uuid.meta({ description: "The archive, uploaded with POST /media/upload" }),
  dry_run: z.boolean().default(false).meta({ description: "Read and check everything, write nothing, report" }),
  options: importOptions.prefault({}),
});
export type ImportInput = z.infer<typeof importBody>;

const finding = z.object({
  code: z.string().meta({ description: "What it is, such as `subtype:huddle_thread` or `file_missing`" }),
  count: z.number().int(),
  examples: z.array(z.string()).meta({ description: "At most 3" }),
});
export type Finding = z.infer<typeof finding>;

export const transferCounts = z.object({
  users: z.number().int(),
  users_matched: z.number().int(),
  users_created: z.number().int(),
  channels: z.number().int(),
  channels_created: z.number().int(),
  rows: z.number().int().meta({ description: "Rows of messages in the archive: messages + merged + skipped" }),
  messages: z.number().int(),
  merged: z.number().int().meta({ description: "Rows that only tell of an edit or a deletion of another message" }),
  replies: z.number().int(),
  reactions: z.number().int(),
  edits: z.number().int(),
  files: z.number().int(),
  file_bytes: z.number().int(),
  files_stored: z.number().int(),
  skipped: z.number().int().meta({ description: "Rows that were left out; `unsupported` says why" }),
});
export type TransferCounts = z.infer<typeof transferCounts>;

export const importReport = z.object({
  counts: transferCounts,
  people: z.array(z.object({
    external_id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    username: z.string().meta({ description: "Here" }),
    action: z.enum(["matched", "created", "bot"]),
    note: z.string().optional(),
  })).meta({ description: "The first 500, those without a match first" }),
  channels: z.array(z.object({
    external_id: z.string(),
    name: z.string(),
    type: z.enum(["public", "private", "direct"]),
    becomes: z.string().nullable(),
    action: z.enum(["created", "filled", "continued", "skipped"]),
    note: z.string().optional(),
  })).meta({ description: "The first 500" }),
  conflicts: z.array(finding),
  unsupported: z.array(finding),
  estimated_bytes: z.number().int().meta({ description: "About what it takes in the database and as files" }),
  first_message_at: timestamp.nullable(),
  last_message_at: timestamp.nullable(),
}).meta({ id: "ImportReport" });
export type ImportReport = z.infer<typeof importReport>;

const runShape = {
  id: uuid,
  status: transferStatus,
  phase: z.string().meta({ description: "queued, reading, people, channels, messages, files, finishing, done" }),
  done: z.number().int(),
  total: z.number().int().meta({ description: "Of the phase: bytes read, people, channels or files; 0: not known" }),
  error: z.string().nullable(),
  created_by: z.string(),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
};
export const importRun = z.object({
  ...runShape,
  source: importSource,
  dry_run: z.boolean(),
  options: importOptions,
  report: importReport.nullable(),
}).meta({ id: "ImportRun" });
export type ImportRun = z.infer<typeof importRun>;
export const importPage = page(importRun);

export const exportOptions = z.object({
  include_files: z.boolean().default(true),
  include_private: z.boolean().default(false).meta({ description: "Private channels too" }),
  include_direct: z.boolean().default(false).meta({ description: "Direct conversations too" }),
}).meta({ id: "ExportOptions" });
export type ExportOptions = z.infer<typeof exportOptions>;

export const exportRun = z.object({
  ...runShape,
  options: exportOptions,
  counts: z.record(z.string(), z.number().int()).nullable().meta({ description: "Rows per file of the archive" }),
  size: z.number().int().nullable().meta({ description: "Bytes" }),
  sha256: z.string().nullable(),
  expires_at: timestamp.nullable().meta({ description: "Until when it can be downloaded" }),
}).meta({ id: "ExportRun" });
export type ExportRun = z.infer<typeof exportRun>;
export const exportPage = page(exportRun);
export const transferQuery = pageQuery;
export type TransferQuery = z.infer<typeof transferQuery>;

/** Data of the push `transfer_progress`, for those who may import or export. */
export const transferProgress = z.object({
  id: uuid,
  kind: z.enum(["import", "export"]),
  status: transferStatus,
  phase: z.string(),
  done: z.number().int(),
  total: z.number().int().meta({ description: "Of the phase; 0: not known" }),
});
export type TransferProgress = z.infer<typeof transferProgress>;
