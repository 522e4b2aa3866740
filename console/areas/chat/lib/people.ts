// Who is who in chat: everybody that was seen in an answer or a push, plus the directory of the organisation (up to
// 1,000 people; larger ones are searched on the server).
import { signal } from "@preact/signals";
import type { PresencePush } from "../../../../protocol/accounts/accounts.ts";
import type { ChatUser } from "../../../../protocol/chat/chat.ts";
import { DELETED_USERNAME } from "../../../../protocol/accounts/deleted_user.ts";
import { ApiError, get } from "../../../lib/api.ts";
import { t } from "../../../lib/i18n.ts";
import { noteStatuses } from "../../../lib/presence.ts";
import { isGuest, user as me } from "../../../lib/session.ts";
import type { Page, Role, User } from "../../../lib/types.ts";
import { plain } from "./text.ts";

export const people = signal<ReadonlyMap<string, ChatUser>>(new Map());

/** Person → role, as far as the directory and searches told. */
export const roles = signal<ReadonlyMap<string, Role>>(new Map());

const DIRECTORY_PAGES = 5;

/** Remembers people; an answer about somebody replaces what was known. */
export function learn(users: Iterable<ChatUser | null | undefined>): void {
  let next: Map<string, ChatUser> | null = null;
  for (const user of users) {
    if (!user?.id || user.is_bot) continue;
    const known = (next ?? people.peek()).get(user.id);
    if (known && known.display_name === user.display_name && known.avatar_url === user.avatar_url) continue;
    next ??= new Map(people.peek());
    next.set(user.id, user);
  }
  if (next) people.value = next;
}

/** Takes in what an answer of the directory says: names, roles, statuses. */
function learnPeople(users: readonly User[]): void {
  learn(users.filter((user) => user.is_active).map(toChatUser));
  const changed = users.filter(({ id, role }) => roles.peek().get(id) !== role);
  if (changed.length) roles.value = new Map([...roles.peek(), ...changed.map(({ id, role }) => [id, role] as const)]);
  noteStatuses(users);
}

function toChatUser(user: User): ChatUser {
  const { id, username, avatar_url } = user;
  return { id, username, display_name: user.display_name || username, avatar_url, is_bot: false };
}

/** New names and pictures, of people that are known here. */
export function renamed(users: PresencePush["users"]): void {
  learn(
    users.flatMap(({ id, username, display_name, avatar_url }) =>
      people.peek().has(id) && username !== undefined
        ? [{ id, username, display_name: display_name || username, avatar_url: avatar_url ?? null, is_bot: false }]
        : []
    ),
  );
}

/** Is it the author of what a deleted account left behind? */
export const isGone = ({ id, username }: Pick<ChatUser, "id" | "username">): boolean =>
  id === null && username === DELETED_USERNAME;

/** The name that stands above what somebody wrote. */
export const authorName = (user: Pick<ChatUser, "id" | "username" | "display_name">): string =>
  isGone(user) ? t("person.deleted") : user.display_name || user.username;

/** The name people read; an id that is not known yet is asked for. */
export function personName(id: string): string {
  const known = people.value.get(id);
  if (!known) lookUp(id);
  return known?.display_name ?? (missing.value.has(id) ? t("person.deleted") : "…");
}

const asked = new Set<string>();
/** Asked for, and there is no such account any more. */
const missing = signal<ReadonlySet<string>>(new Set());

function lookUp(id: string): void {
  if (asked.has(id)) return;
  asked.add(id);
  get<User>(`/users/${id}`).then((user) => (learn([toChatUser(user)]), noteStatuses([user])), (error) => {
    // Whom a guest does not meet may well exist.
    const gone = error instanceof ApiError && error.status === 404 && !isGuest();
    if (gone) missing.value = new Set([...missing.peek(), id]);
  });
}

/** Reads the directory once; what fails is made up for by searching. */
export async function loadDirectory(): Promise<void> {
  if (me.value) learn([toChatUser(me.value)]);
  let cursor: string | null | undefined;
  for (let page = 0; page < DIRECTORY_PAGES; page++) {
    const answer: Page<User> = await get<Page<User>>("/users", { limit: 200, cursor });
    learnPeople(answer.items);
    cursor = answer.next_cursor;
    if (!cursor) return;
  }
}

/** People whose name or username begins with (or contains) the text, best first. */
export function findPeople(
  query: string,
  limit: number,
  among: Iterable<ChatUser> = people.value.values(),
): ChatUser[] {
  const wanted = plain(query);
  const found: [number, ChatUser][] = [];
  for (const user of among) {
    const name = plain(user.display_name), username = plain(user.username);
    const rank = username.startsWith(wanted)
      ? 0
      : name.startsWith(wanted)
      ? 1
      : name.includes(` ${wanted}`)
      ? 2
      : name.includes(wanted) || username.includes(wanted)
      ? 3
      : -1;
    if (rank >= 0) found.push([rank, user]);
  }
  return found.sort((a, b) => a[0] - b[0] || a[1].display_name.localeCompare(b[1].display_name)).slice(0, limit)
    .map(([, user]) => user);
}

/** The same on the server, for organisations that are larger than the directory. */
export async function searchPeople(query: string, signal?: AbortSignal): Promise<ChatUser[]> {
  const answer = await get<Page<User>>("/users", { q: query, limit: 20 }, signal);
  learnPeople(answer.items);
  return answer.items.filter((user) => user.is_active).map(toChatUser);
}
