// CSV of the audit log (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe in front: names
// and details are text of other people.
import type { AuditEntry } from "../../protocol/audit.ts";

const COLUMNS = [
  "id",
  "created_at",
  "actor_id",
  "actor_name",
  "actor_kind",
  "action",
  "subject_type",
  "subject_id",
  "ip",
  "details",
] as const;

export function csvHeader(): string {
  return COLUMNS.join(",") + "\r\n";
}

export function csvLine(entry: AuditEntry): string {
  return COLUMNS.map((column) => {
    const value = entry[column];
    return csvCell(value === null ? "" : typeof value === "string" ? value : JSON.stringify(value));
  }).join(",") + "\r\n";
}

export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
