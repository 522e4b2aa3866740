// The audit log on the wire.
import { z } from "zod";
import { page, pageQuery, timeInput, timestamp, uuid } from "../common.ts";

export const auditEntry = z.object({
  id: uuid,
  actor_id: uuid.nullable(),
  actor_name: z.string(),
  actor_avatar_url: z.string().nullable().meta({ description: "The picture of today" }),
  actor_kind: z.enum(["user", "token", "agent", "system", "anonymous"]),
  action: z.string(),
  subject_type: z.string().nullable(),
  subject_id: z.string().nullable(),
  ip: z.string().nullable(),
  details: z.record(z.string(), z.unknown()).meta({
    description: "Names and numbers; what changed is `{from, to}`",
  }),
  names: z.record(z.string(), z.string()).meta({
    description: "Id → name, of the subject and of ids in the details, as far as the names are known",
  }),
  created_at: timestamp,
}).meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof auditEntry>;
export const auditPage = page(auditEntry);

export const auditFilter = z.object({
  actor_id: uuid.optional(),
  action: z.string().max(100).optional().meta({ description: "One action, or the beginning of several: user.*" }),
  subject_id: z.string().max(200).optional(),
  from: timeInput.optional(),
  to: timeInput.optional(),
});
export type AuditFilter = z.infer<typeof auditFilter>;
export const auditQuery = auditFilter.extend(pageQuery.shape);
export type AuditQuery = z.infer<typeof auditQuery>;
export const auditExportQuery = auditFilter.extend({ format: z.enum(["csv", "ndjson"]).default("csv") });
