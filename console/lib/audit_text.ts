// An entry of the audit log in words: who did what to whom, and what changed from what to what. Names instead of ids, words
// instead of values of the protocol.
import { duration, humanType } from "./format.ts";
import { language, t, tryT } from "./i18n.ts";
import type { AuditEntry } from "./types.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isChange = (value: unknown): value is { from: unknown; to: unknown } =>
  isRecord(value) && "from" in value && "to" in value && Object.keys(value).length === 2;

/** The name of an id; null: nobody knows it any more. */
function nameOf(entry: AuditEntry, id: unknown): string | null {
  return typeof id === "string" ? entry.names[id] ?? null : null;
}

/** "Changed the role of Luis Pérez". */
export function auditSentence(entry: AuditEntry): string {
  const { details } = entry;
  const own = typeof details.name === "string" && details.name ? details.name : null;
  const trigger = typeof details.trigger === "string" ? `/${details.trigger}` : null;
  const filename = typeof details.filename === "string" ? details.filename : null;
  const subject = nameOf(entry, entry.subject_id) ?? own ?? trigger ?? filename;
  const words = tryT(`audit.did.${entry.action}`, {
    subject: subject ?? t(entry.subject_type === "user" ? "audit.somebody" : "audit.something"),
    author: nameOf(entry, details.author_id) ?? t("audit.somebody"),
    user: nameOf(entry, details.user_id) ?? t("audit.somebody"),
    group: nameOf(entry, details.group_id) ?? t("audit.something"),
  });
  return words ?? humanType(entry.action);
}

/** Said by the sentence, or of use to machines only. */
const SILENT = new Set(["action_id", "message_id", "name", "username", "trigger", "filename", "version"]);

export interface AuditLine {
  field: string;
  value: string;
}

/** What stands in the details, a line each; empty: the sentence says it all. */
export function auditLines(entry: AuditEntry): AuditLine[] {
  const lines: AuditLine[] = [];
  const changed = Array.isArray(entry.details.changed) ? entry.details.changed : null;
  for (const [key, value] of Object.entries(entry.details)) {
    const change = isChange(value);
    if (value === null || value === "" || (!change && (SILENT.has(key) || key === "changed"))) continue;
    const field = fieldName(key);
    const said = change
      ? `${valueText(entry, key, value.from)} → ${valueText(entry, key, value.to)}`
      : valueText(entry, key, value);
    if (said) lines.push({ field, value: said });
  }
  // Entries from before changes were kept with their values, and what must not be told (a password).
  const bare = changed?.filter((key) => typeof key === "string" && !(key in entry.details) && key !== "name") ?? [];
  if (bare.length > 0) lines.push({ field: t("audit.field.changed"), value: bare.map(fieldName).join(", ") });
  return lines;
}

function fieldName(key: string): string {
  return tryT(`audit.field.${key}`) ?? tryT(`role.${key}`) ?? humanType(key);
}

/** "memory_mb above 1", as alerts are noted. */
function ruleText(text: string): string {
  const [, metric, direction, value] = /^(\w+) (above|below) (.+)$/.exec(text) ?? [];
  const name = metric && tryT(`alerts.metric.${metric}`);
  return name ? `${name} ${tryT(`alerts.${direction}`)} ${value}` : text;
}

function valueText(entry: AuditEntry, key: string, value: unknown): string {
  if (value === null || value === "") return t("audit.nothing");
  if (typeof value === "boolean") return t(value ? "audit.yes" : "audit.no");
  if (typeof value === "number") return key === "seconds" ? duration(value, language.value) : String(value);
  if (Array.isArray(value)) return value.map((one) => valueText(entry, key, one)).join(", ");
  if (isRecord(value)) {
    return Object.entries(value).map(([inner, one]) => `${fieldName(inner)}: ${valueText(entry, inner, one)}`).join(
      ", ",
    );
  }
  const text = String(value);
  if (UUID.test(text)) return nameOf(entry, text) ?? t("audit.something");
  switch (key) {
    case "role":
      return tryT(`role.${text}`) ?? text;
    case "method":
      return tryT(`devices.method.${text}`) ?? text;
    case "rules":
      return ruleText(text);
    case "category":
      return tryT(`mod.category.${text}`) ?? text;
    case "action_type":
      return tryT(`mod.action.${text}`) ?? text;
    case "status":
      return tryT(`mod.one.${text}`) ?? tryT(`presence.${text}`) ?? text;
    default:
      return text;
  }
}
