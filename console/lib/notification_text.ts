// A notification in the words of the console: what the server knows by its type is told from its data, in the language in
// use, whatever language the server's own sentence was made in. Everything else keeps the words that it was sent with.
import { DELETED_USERNAME } from "../../protocol/accounts/deleted_user.ts";
import type { AlertIncident } from "../../protocol/operation/analytics.ts";
import type { ChatNotification, ChatNotificationType } from "../../protocol/notifications/push.ts";
import type { MessageKey } from "../messages.ts";
import { authorName, people } from "../areas/chat/lib/people.ts";
import { namedDevice } from "./device_text.ts";
import { compact, dateTime, humanType } from "./format.ts";
import { language, locale, t, tryT } from "./i18n.ts";
import { typeLabel } from "./presets.ts";
import type { InboxItem } from "./types.ts";

export interface NotificationText {
  title: string;
  /** May be empty. */
  text: string;
  /** Where it leads; null: it says everything itself. */
  href: string | null;
  /** Who did it, when that is a person. */
  person: { id: string | null; username: string; display_name: string; avatar_url: string | null } | null;
  /** The sender's name as people read it. */
  from: string;
}

type Told = Pick<InboxItem, "type" | "message" | "data"> & Partial<Pick<InboxItem, "sender">>;
type Data = Record<string, unknown>;

export function notificationText(item: Told): NotificationText {
  const data = (typeof item.data === "object" && item.data !== null ? item.data : {}) as Data;
  const label = typeLabel(item.type) ?? humanType(item.type);
  const known = item.sender?.id ? people.value.get(item.sender.id) : undefined;
  const base = {
    href: chatHref(data),
    person: known ?? null,
    from: known?.display_name ?? senderName(item.sender?.name),
  };
  if (isChat(item.type, data)) return { ...base, ...chatText(item.type, data) };
  const own = ownText(item.type, data);
  return { ...base, title: label, text: own ?? item.message };
}

const senderName = (name = ""): string => name === DELETED_USERNAME ? t("person.deleted") : name;

/** As the server names them; the type keeps the list whole. */
const CHAT: Record<ChatNotificationType, true> = {
  mention: true,
  direct_message: true,
  thread_reply: true,
  channel_message: true,
  keyword: true,
  channel_invite: true,
};

function isChat(type: string, data: Data): data is Data & ChatNotification {
  const sender = data.sender as Data | undefined;
  return Object.hasOwn(CHAT, type) && typeof data.channel_id === "string" && typeof sender?.username === "string";
}

function chatText(type: string, { sender, channel_name, excerpt, word }: ChatNotification) {
  const known = sender.id ? people.value.get(sender.id) : undefined;
  const person = known ?? sender;
  const user = authorName(person);
  const place = channel_name ? `#${channel_name}` : t("note.direct_place");
  const kind = type === "mention" && word ? "mention_all" : type === "keyword" && !word ? "channel_message" : type;
  return {
    title: t(`note.${kind}` as MessageKey, { user, place, word: word ?? "" }),
    text: excerpt,
    person,
    from: user,
  };
}

/** The words of what the server tells by itself; undefined for types that others send. */
function ownText(type: string, data: Data): string | undefined {
  const text = (name: string) => typeof data[name] === "string" ? data[name] as string : "";
  if (type.startsWith("moderation_")) {
    return [
      text("reason") && t("note.reason", { reason: text("reason") }),
      type !== "moderation_lifted" && text("expires_at") &&
      t("note.until", { time: dateTime(Date.parse(text("expires_at")), locale()) }),
    ].filter(Boolean).join(" · ");
  }
  switch (type) {
    case "report_reviewed":
      return tryT(`note.report.${text("status")}`) ?? undefined;
    case "scheduled_failed":
      return text("code") ? tryT(`error.${text("code")}`, { time: "" }) ?? undefined : undefined;
    case "channel_archive_notice":
      return text("channel_name")
        ? t("note.archive", { channel: text("channel_name"), days: Number(data.days) || 0 })
        : undefined;
    case "webhook_disabled":
      return text("name") ? t("note.webhook", { name: text("name") }) : undefined;
    case "new_sign_in":
      return t("note.new_sign_in", { device: namedDevice(text("program"), text("system")), ip: text("ip") || "–" });
    case "alert":
      return alertText(data as Partial<AlertIncident> & { state?: unknown });
  }
}

const UNITS: Partial<Record<string, string>> = {
  delivery_latency_p95_ms: " ms",
  event_loop_lag_ms: " ms",
  memory_mb: " MB",
  cpu_percent: " %",
};

function alertText(data: Partial<AlertIncident> & { state?: unknown }): string | undefined {
  const metric = tryT(`alerts.metric.${data.metric}`);
  if (!metric || typeof data.value !== "number" || typeof data.limit !== "number") return undefined;
  const show = (value: number) => compact(value, language.value) + (UNITS[String(data.metric)] ?? "");
  return data.state === "resolved"
    ? t("note.alert.resolved", { metric, value: show(data.resolved_value ?? data.value) })
    : t("note.alert.firing", {
      metric,
      value: show(data.value),
      direction: t(data.direction === "below" ? "alerts.below" : "alerts.above"),
      limit: show(data.limit),
    });
}

/** Where the message is that a notification of chat tells of. */
function chatHref(data: Data): string | null {
  const { channel_id: channel, message_id: message, root_id: root } = data;
  const isId = (value: unknown): value is string => typeof value === "string" && /^[0-9a-f-]{36}$/i.test(value);
  if (!isId(channel)) return null;
  if (isId(root)) return `/chat/${channel}?thread=${root}`;
  return isId(message) ? `/chat/${channel}/${message}` : `/chat/${channel}`;
}
