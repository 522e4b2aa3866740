// Words of the chat page: names of channels, days, times, sizes, and what system messages say in the person's language.
import type { Channel, ChatUser, SystemEvent } from "../../../../protocol/chat/chat.ts";
import { DELETED_USERNAME } from "../../../../protocol/accounts/deleted_user.ts";
import type { MessageKey } from "../../../messages.ts";
import { clock, dateTime, minute, utc } from "../../../lib/format.ts";
import { language, locale, t } from "../../../lib/i18n.ts";

/** Without accents and in lower case, for comparing. */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** A channel's name; a direct one is named by the others in it. */
export function channelName(channel: Pick<Channel, "name" | "members">, me: string): string {
  if (channel.name !== null) return channel.name;
  const others = channel.members.filter((user) => user.id !== me);
  if (!others.length) return channel.members[0]?.display_name ?? t("chat.direct");
  return others.map((user) => user.display_name).join(", ");
}

/** The only other person of a direct channel; null for groups. */
export function partner(channel: Pick<Channel, "type" | "members">, me: string): ChatUser | null {
  if (channel.type !== "direct") return null;
  const others = channel.members.filter((user) => user.id !== me);
  if (!others.length) return channel.members[0] ?? null;
  return others.length === 1 ? others[0]! : null;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${locale()}:${key}`;
  let found = formats.get(name);
  if (!found) formats.set(name, found = new Intl.DateTimeFormat(locale(), options));
  return found;
}

/** "14:03" or "2:03 PM", as the language has it. */
export function shortTime(at: number): string {
  return minute(at, locale());
}

/** "Monday, 16 January 2026 · 14:03:07 · UTC time", the exact title of a time. */
export function exactTime(at: number): string {
  const day = format("exact", { weekday: "long", year: "numeric", month: "long", day: "numeric" }).format(at);
  return `${day}, ${clock(at, locale())} · ${utc(at)}`;
}

/** "Today", "Yesterday", "Monday, 16 January". */
export function dayName(at: number, now = Date.now()): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
  if (days === 0 || days === 1) {
    const name = new Intl.RelativeTimeFormat(language.value, { numeric: "auto" }).format(-days, "day");
    return name.charAt(0).toLocaleUpperCase(language.value) + name.slice(1);
  }
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format(`day${sameYear}`, {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Today the time, else the day in short. */
export function shortDay(at: number, now = Date.now()): string {
  return startOfDay(at) === startOfDay(now)
    ? shortTime(at)
    : format("short", { day: "numeric", month: "short" }).format(at);
}

/** The day and the time, whatever day it is. */
export function longTime(at: number): string {
  return dateTime(at, locale(), 0);
}

/** How somebody is called whose account may be gone. */
const namer = (nameOf: (id: string) => string | undefined) => (who: SystemEvent["user"]) =>
  who && (who.username === DELETED_USERNAME ? t("person.deleted") : nameOf(who.id) ?? who.username);

/** What a system message tells; unknown events keep the server's own words. */
export function systemText(
  event: SystemEvent | null,
  content: string,
  nameOf: (id: string) => string | undefined,
): string {
  if (!event) return content;
  const { value = "" } = event;
  const named = namer(nameOf);
  const user = named(event.user) ?? named(event.actor) ?? "";
  const actor = named(event.actor) ?? user;
  const key = `chat.system.${event.event}` as MessageKey;
  const group = event.group ? `@${event.group.handle}` : "";
  const params = { user, actor, group, value, n: Number(value) || 0 };
  switch (event.event) {
    case "topic_changed":
    case "description_changed":
      return t(value ? key : `${key}.none` as MessageKey, params);
    case "type_changed":
      return t(value === "private" ? "chat.system.made_private" : "chat.system.made_public", params);
    default:
      return t(key, params);
  }
}

/** So many people are named before the others are counted. */
const NAMED = 2;

/** "Ana, Ben and 5 others joined.": several system messages of one kind; each person once. */
export function systemTextOf(events: readonly SystemEvent[], nameOf: (id: string) => string | undefined): string {
  const named = namer(nameOf);
  const [first] = events;
  const names = new Map(events.map(({ user, actor }) => {
    const who = user ?? actor;
    return [who?.id ?? "", named(who) ?? ""];
  }));
  if (names.size === 1) return systemText(first!, "", nameOf);
  const all = [...names.values()], more = all.length - NAMED;
  const users = more > 1
    ? t("chat.names.others", { names: all.slice(0, NAMED).join(", "), n: more })
    : new Intl.ListFormat(language.value, { type: "conjunction" }).format(all);
  return t(`chat.system.many.${first!.event}` as MessageKey, { users, actor: named(first!.actor) ?? "" });
}
