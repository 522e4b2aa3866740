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
    const section = change && isRecord(value.to);
    const field = (section ? tryT(`audit.section.${key}`) : null) ?? fieldName(key);
    const said = change ? changeText(entry, key, value) : valueText(entry, key, value);
    if (said) lines.push({ field, value: said });
  }
  // Entries from before changes were kept with their values, and what must not be told (a password).
  const bare = changed?.filter((key) => typeof key === "string" && !(key in entry.details) && key !== "name") ?? [];
  if (bare.length > 0) {
    lines.push({
      field: t("audit.field.changed"),
      value: bare.map((key) => fieldName(key)).join(", "),
    });
  }
  return lines;
}

/** @param within what the field is a part of, where that decides about its words */
function fieldName(key: string, within = ""): string {
  return tryT(`audit.field.${within}.${key}`) ?? partName(within, key) ?? tryT(`audit.field.${key}`) ??
    tryT(`role.${key}`) ?? humanType(key);
}

function partName(within: string, key: string): string | null {
  if (within === "features") return tryT(`features.${key}`);
  if (within === "policy") return tryT(`chat.right.${key}`);
  return null;
}

/** Of a section of settings only what differs. */
function changeText(entry: AuditEntry, key: string, { from, to }: { from: unknown; to: unknown }): string {
  if (!isRecord(to) || (from !== null && !isRecord(from))) {
    return `${valueText(entry, key, from)} → ${valueText(entry, key, to)}`;
  }
  const before = from ?? {};
  return [...new Set([...Object.keys(before), ...Object.keys(to)])]
    .filter((inner) => JSON.stringify(before[inner] ?? null) !== JSON.stringify(to[inner] ?? null))
    .map((inner) =>
      `${fieldName(inner, key)}: ${valueText(entry, inner, before[inner] ?? null)} → ${
        valueText(entry, inner, to[inner] ?? null)
      }`
    ).join(", ");
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
    return Object.entries(value).map(([inner, one]) => `${fieldName(inner, key)}: ${valueText(entry, inner, one)}`)
      .join(
        ", ",
      );
  }
  const text = String(value);
  if (UUID.test(text)) return nameOf(entry, text) ?? t("audit.something");
  if (key === "rules") return ruleText(text);
  if (key === "locale") return languageName(text);
  for (const start of WORDS[key] ?? []) {
    const words = tryT(start + text);
    if (words) return words.replace(/\.$/, "");
  }
  return text;
}

function languageName(code: string): string {
  try {
    return new Intl.DisplayNames([language.value], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Where the words of enumerated values stand, by the field; every other text is somebody's own and stays as it is. */
export const WORDS: Readonly<Record<string, readonly string[] | undefined>> = {
  role: ["role."],
  roles: ["role."],
  post: ["chat.role."],
  react: ["chat.role."],
  upload: ["chat.role."],
  invite: ["chat.role."],
  mention_all: ["chat.role."],
  pin: ["chat.role."],
  delete_others: ["chat.role."],
  manage: ["chat.role."],
  method: ["devices.method.", "audit.value."],
  factor: ["audit.value."],
  link: ["audit.value.link."],
  category: ["mod.category."],
  action_type: ["mod.action."],
  links: ["mod.filter."],
  flood: ["mod.filter."],
  caps: ["mod.filter."],
  rule: ["audit.value.rule."],
  status: ["mod.one.", "presence.", "transfer.status."],
  type: ["audit.value."],
  history: ["chat.history."],
  source: ["transfer.source."],
  scopes: ["scope."],
  added: ["scope."],
  removed: ["scope."],
  by: ["audit.value.by."],
};
