// Who is here and what people show of themselves, as the server pushes it. Invariants: after every (re)connect all of it is read
// anew, and what is pushed meanwhile counts more than what was read; oneself is never shown as away from oneself; somebody whose
// page reloads does not flicker; a status that ends is over on the screen at that moment.
import { computed, effect, signal } from "@preact/signals";
import type { PresencePush } from "../../protocol/accounts/accounts.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { get } from "./api.ts";
import { link } from "./live/link.ts";
import { listen } from "./live/readers.ts";
import { isGuest, updateUser, user as me } from "./session.ts";
import type { Page, User } from "./types.ts";

type Status = User["status"];

export interface Shown {
  status: Status;
  text: string | null;
  /** Milliseconds; null: no end. */
  until: number | null;
}

/** Is one's own status being set? */
export const statusOpen = signal(false);

const NOTHING: Shown = { status: "offline", text: null, until: null };
const LEFT_MS = 3_000;
const RETRY_MS = 5_000;

/** Everybody that was heard of; whoever is missing is offline. */
const known = signal<ReadonlyMap<string, Shown>>(new Map());

const own = computed<Shown>(() => {
  const user = me.value;
  if (!user) return NOTHING;
  const until = user.status_until ? Date.parse(user.status_until) : null;
  return { status: link.value.state === "live" ? user.status : "offline", text: user.status_text, until };
});

/** What a person shows now. */
export function shownOf(id: string): Shown {
  return id === me.value?.id ? own.value : known.value.get(id) ?? NOTHING;
}

/** May this console say whether the person is here? Guests are not told of others. */
export const knowsPresence = (id: string): boolean => !isGuest() || id === me.value?.id;

/** Hears the names and pictures that come along. */
let onPeople: (users: PresencePush["users"]) => void = () => {};
export function onPeopleChanged(listener: typeof onPeople): void {
  onPeople = listener;
}

const toShown = (user: Pick<User, "status" | "status_text" | "status_until">): Shown => ({
  status: user.status,
  text: user.status_text,
  until: user.status_until ? Date.parse(user.status_until) : null,
});

/** Texts of people who may be away, out of an answer about them; who is here is the server's pushes' matter. */
export function noteStatuses(users: readonly User[]): void {
  const next = new Map(known.peek());
  for (const user of users) {
    if (user.status_text || next.has(user.id)) {
      next.set(user.id, { ...toShown(user), status: next.get(user.id)?.status ?? "offline" });
    }
  }
  set(next);
}

let endTimer: ReturnType<typeof setTimeout> | undefined;

function set(next: Map<string, Shown>): void {
  const now = Date.now();
  let end = Infinity;
  for (const [id, shown] of next) {
    if (shown.until === null) continue;
    if (shown.until <= now) {
      next.set(id, { status: shown.status === "offline" ? "offline" : "online", text: null, until: null });
    } else end = Math.min(end, shown.until);
  }
  known.value = next;
  clearTimeout(endTimer);
  const mine = me.peek()?.status_until;
  if (mine) end = Math.min(end, Date.parse(mine));
  // Timers hold 24 days at most.
  if (end < Infinity) endTimer = setTimeout(ended, Math.min(end - now + 50, 2_000_000_000));
}

function ended(): void {
  const mine = me.peek()?.status_until;
  if (mine && Date.parse(mine) <= Date.now()) updateUser({ status: "online", status_text: null, status_until: null });
  set(new Map(known.peek()));
}

/** Person → when they are taken to be gone. */
const leaving = new Map<string, ReturnType<typeof setTimeout>>();
/** Pushed while the list is being read. */
let meanwhile: Map<string, Shown> | null = null;

function onPush(data: PresencePush): void {
  onPeople(data.users);
  const next = new Map(known.peek());
  for (const user of data.users) {
    const shown = toShown(user);
    meanwhile?.set(user.id, shown);
    if (user.id === me.peek()?.id) {
      const { status, status_text, status_until } = user;
      const names = user.display_name === undefined
        ? {}
        : { display_name: user.display_name, username: user.username!, avatar_url: user.avatar_url ?? null };
      updateUser({ status, status_text, status_until, ...names });
      continue;
    }
    clearTimeout(leaving.get(user.id));
    leaving.delete(user.id);
    const before = next.get(user.id);
    if (shown.status !== "offline" || !before || before.status === "offline") {
      next.set(user.id, shown);
      continue;
    }
    next.set(user.id, { ...shown, status: before.status });
    leaving.set(user.id, setTimeout(() => gone(user.id), LEFT_MS));
  }
  set(next);
}

function gone(id: string): void {
  leaving.delete(id);
  set(new Map(known.peek()).set(id, { ...(known.peek().get(id) ?? NOTHING), status: "offline" }));
}

let reading = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

async function read(): Promise<void> {
  const turn = ++reading;
  clearTimeout(retry);
  const pushed = meanwhile = new Map<string, Shown>();
  try {
    const { items } = await get<Page<User>>("/users/online");
    if (turn !== reading) return;
    const next = new Map<string, Shown>();
    for (const [id, shown] of known.peek()) next.set(id, { ...shown, status: "offline" });
    for (const user of items) next.set(user.id, toShown(user));
    for (const [id, shown] of pushed) next.set(id, shown);
    set(next);
  } catch {
    if (turn === reading && link.peek().state === "live") retry = setTimeout(read, RETRY_MS);
  } finally {
    if (turn === reading) meanwhile = null;
  }
}

/** Begins with the session, before the connection. @returns ends it */
export function startPresence(): () => void {
  if (isGuest()) return () => {};
  const leave = listen(channels.presence(), { onPush: (push) => onPush(push.data as PresencePush), onLost: () => {} });
  let live = false;
  const stop = effect(() => {
    const now = link.value.state === "live";
    if (now && !live) void read();
    live = now;
  });
  return () => {
    stop();
    leave();
    reading++;
    clearTimeout(retry);
    clearTimeout(endTimer);
    for (const timer of leaving.values()) clearTimeout(timer);
    leaving.clear();
    known.value = new Map();
  };
}
