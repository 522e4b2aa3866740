// CSV of the audit log and of the statistics (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe in
// front: names and details are text of other people. Where a semicolon or a tab parts the columns (half of Europe's
// spreadsheets) the text behind one of them begins a cell too, quoted or not.
import type { AuditEntry } from "../../protocol/operation/audit.ts";

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

// Also the wide signs, which some spreadsheets take for the narrow ones.
const FORMULA = /(^|[;\t\r\n]["'\s]*)(\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r])/g;

export function csvCell(text: string): string {
  const safe = text.replace(FORMULA, (_, before: string, sign: string) => `${before}'${sign}`);
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
