// A person's own data on the wire: the export of everything, and the end of the account. `/auth/me/export`, `/auth/me`.
import { z } from "zod";
import { page, timestamp, uuid } from "../common.ts";
import { transferStatus } from "../operation/transfer.ts";

export const personalExport = z.object({
  id: uuid,
  status: transferStatus,
  phase: z.string().meta({ description: "queued, records, files, storing, done" }),
  done: z.number().int().meta({ description: "Of the phase: kinds of records, or bytes of files" }),
  total: z.number().int(),
  error: z.string().nullable(),
  created_at: timestamp,
  finished_at: timestamp.nullable(),
  size: z.number().int().nullable().meta({ description: "Bytes of the archive" }),
  expires_at: timestamp.nullable().meta({ description: "Until then the archive can be downloaded; null: it cannot" }),
}).meta({ id: "PersonalExport" });
export type PersonalExport = z.infer<typeof personalExport>;
export const personalExportPage = page(personalExport);

export const deleteAccountBody = z.object({
  password: z.string().min(1).max(1024).optional().meta({
    description: "Needed by accounts that have one. Others must have signed in within the last 10 minutes",
  }),
});
export type DeleteAccountInput = z.infer<typeof deleteAccountBody>;
