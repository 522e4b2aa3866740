// Who is signed in. The cookies are HttpOnly: the console learns about itself from GET /auth/me.
import { computed, signal } from "@preact/signals";
import { FEATURE_PERMISSIONS, type FeatureName } from "../../protocol/operation/feature_names.ts";
import {
  ApiError,
  call,
  csrfToken,
  post,
  put,
  renewSession,
  setForbiddenHandler,
  setMaintenanceHandler,
  setSignedOutHandler,
} from "./api.ts";
import { chosenHere, type Language, pickLanguage, setLanguage } from "./i18n.ts";
import { navigate } from "./router.ts";
import { loadSignInWays } from "./sign_in_ways.ts";
import { forgetPerson, readStored, stored, writeStored } from "./storage.ts";
import type { User } from "./types.ts";

export type SessionState =
  | { kind: "loading" }
  | { kind: "signed_out" }
  /** Nobody owns the server yet; `command` prints a new set-up link. */
  | { kind: "setup"; command: string }
  | { kind: "signed_in"; user: User }
  /** The server cannot be asked. */
  | { kind: "unreachable"; error: ApiError };

export const session = signal<SessionState>({ kind: "loading" });
export const user = computed(() => session.value.kind === "signed_in" ? session.value.user : null);

/** Does the signed-in person hold the permission? The server decides in the end; this only spares dead buttons. */
export function can(permission: string): boolean {
  return holds(user.value?.permissions ?? [], permission);
}

/** The part of the product that takes this permission from everybody, because the organisation has switched it off. */
export function switchedOff(permission: string): FeatureName | undefined {
  return user.value?.switched_off?.find((part) => FEATURE_PERMISSIONS[part].includes(permission));
}

/** Sees the channels named to them and nothing else. */
export const isGuest = (): boolean => user.value?.role === "guest";

export function holds(permissions: readonly string[], permission: string): boolean {
  const area = permission.split(".")[0];
  return permissions.includes(permission) || permissions.includes("*") || permissions.includes(`${area}.*`);
}

/** The page that `/` leads to. */
export function homePath(): string {
  return can("chat.read") && !can("organization.manage") ? "/chat" : "/dashboard";
}

/** Access cookies last 15 minutes. */
const ACCESS_MS = 14 * 60_000;

/** Who was signed in here last. */
let person: string | null = null;

/** Finds out who is there; at the start and after another tab signed in or out. */
export async function loadSession(): Promise<void> {
  try {
    // The CSRF cookie lives as long as the session: without it there is nothing to ask about. An access cookie that must
    // have ended is renewed first; both spare a refused call.
    const renewedAt = Number(readStored("renewed_at"));
    const renewable = csrfToken() !== null && (Date.now() - renewedAt < ACCESS_MS || await renewSession());
    if (!renewable) {
      session.value = await setupNeeded();
      return;
    }
    const user = await call<User>("GET", "/auth/me", { renew: false }).catch(async (error) => {
      if (!(error instanceof ApiError) || error.status !== 401 || !csrfToken()) throw error;
      if (!(await renewSession())) throw error;
      return await call<User>("GET", "/auth/me", { renew: false });
    });
    // What the tab holds of another person (drafts, channels) goes: the console begins anew.
    if (person !== null && person !== user.id) return location.reload();
    person = user.id;
    await followAccount(user);
    session.value = { kind: "signed_in", user };
  } catch (error) {
    const problem = error instanceof ApiError ? error : new ApiError("network", 0, String(error));
    if (problem.status === 401 || problem.status === 403) session.value = await setupNeeded();
    else session.value = { kind: "unreachable", error: problem };
  }
}

/** Of a thousand windows that a rule concerns not all ask in the same moment. */
const RECHECK_SPREAD_MS = 1_000;
/** However often something is refused. */
const RECHECK_EVERY_MS = 10_000;
let recheck: ReturnType<typeof setTimeout> | undefined;
let recheckedAt = 0;

/** Something was refused: asks once, a moment later, what the person may do now. Pages and navigation follow. */
export function recheckSession(): void {
  if (recheck !== undefined || session.peek().kind !== "signed_in") return;
  const wait = Math.max(0, recheckedAt + RECHECK_EVERY_MS - Date.now()) + Math.random() * RECHECK_SPREAD_MS;
  recheck = setTimeout(async () => {
    recheckedAt = Date.now();
    try {
      const fresh = await call<User>("GET", "/auth/me");
      const state = session.peek();
      if (state.kind !== "signed_in" || state.user.id !== fresh.id) return;
      if (JSON.stringify(state.user) !== JSON.stringify(fresh)) session.value = { kind: "signed_in", user: fresh };
    } catch {
      /* the next refusal asks again */
    } finally {
      recheck = undefined;
    }
  }, wait);
}

/** The account's language is the console's, once it was chosen. */
async function followAccount(user: User): Promise<void> {
  // Without its texts the language of before is better than none.
  if (user.locale_chosen) await setLanguage(pickLanguage([user.locale])).catch(() => {});
  else if (chosenHere()) void chooseLanguage(chosenHere()!).catch(() => {});
}

/** The person's choice: for this console at once, for mails, the inbox and pushes with the account. @throws ApiError */
export async function chooseLanguage(language: Language): Promise<void> {
  await setLanguage(language);
  updateUser(await put<User>("/auth/me", { locale: language }));
}

async function setupNeeded(): Promise<SessionState> {
  const [answer] = await Promise.all([
    call<{ needed: boolean; command?: string }>("GET", "/setup", { renew: false }).catch(() => undefined),
    loadSignInWays(),
  ]);
  return answer?.needed ? { kind: "setup", command: answer.command ?? "" } : { kind: "signed_out" };
}

const COOKIE = { headers: { "X-Pulpo-Session": "cookie" }, renew: false };

/** @param step the second step, where the account asks for one (ApiError `totp_required`) */
export async function signIn(name: string, password: string, step: object = {}): Promise<void> {
  const who = name.includes("@") ? { email: name } : { username: name };
  await signInWith("/auth/login", { ...who, password, ...step });
}

/** Any way in: what it answers becomes this browser's session. @throws ApiError */
export async function signInWith(path: string, body: unknown): Promise<void> {
  await post(path, body, COOKIE);
  await signedIn();
}

export interface NewAccount {
  email: string;
  username: string;
  password: string;
  invite?: string;
  organization_name?: string;
}

/** Registers and signs in. @returns what the account waits for, if it is not in yet */
export async function register(input: NewAccount): Promise<"email" | "approval" | null> {
  const answer = await post<{ pending?: "email" | "approval" }>("/auth/register", input, COOKIE);
  if (answer.pending) return answer.pending;
  await signedIn();
  return null;
}

export interface SetupInput {
  token: string;
  email: string;
  username: string;
  password: string;
  organization_name: string;
}

export async function setUp(input: SetupInput): Promise<void> {
  await post("/setup", input, COOKIE);
  await signedIn();
}

async function signedIn(): Promise<void> {
  writeStored("renewed_at", String(Date.now()));
  writeStored("session", String(Date.now()));
  await loadSession();
}

/** What a part of the console does when its person signs out. */
export interface Leaver {
  /** While the session is still there: what was not stored yet. */
  save: () => Promise<unknown>;
  /** Afterwards: what it holds of the person. */
  forget: () => void;
}
const leavers = new Set<Leaver>();

/** @returns ends it */
export function onSignOut(leaver: Leaver): () => void {
  leavers.add(leaver);
  return () => leavers.delete(leaver);
}

/** @param options.stay the page that is open goes on without a session */
export async function signOut({ everywhere = false, stay = false } = {}): Promise<void> {
  await Promise.all([...leavers].map(({ save }) => save().catch(() => {})));
  await post(everywhere ? "/auth/logout-all" : "/auth/logout", {});
  sessionGone(stay);
}

/** Begins the value of `session` where somebody has signed out, for the other tabs. */
const OUT = "out ";

function forgetAll(): void {
  for (const { forget } of leavers) forget();
  forgetPerson();
}

/** There is no session any more, in no tab, and nothing of its person; the way in leads nowhere in particular. */
export function sessionGone(stay = false): void {
  forgetAll();
  writeStored("session", `${OUT}${Date.now()}`);
  session.value = { kind: "signed_out" };
  if (!stay) navigate("/login", { replace: true });
}

export function updateUser(changes: Partial<User>): void {
  if (session.value.kind === "signed_in") {
    session.value = { kind: "signed_in", user: { ...session.value.user, ...changes } };
  }
}

/** Ties the session to the other tabs and to calls that find it gone. */
export function watchSession(): void {
  setMaintenanceHandler((error) => {
    if (session.value.kind === "signed_in") session.value = { kind: "unreachable", error };
  });
  setForbiddenHandler(recheckSession);
  setSignedOutHandler(() => {
    if (session.value.kind !== "signed_in") return;
    session.value = { kind: "signed_out" };
  });
  addEventListener("storage", (event: Event) => {
    if ((event as StorageEvent).key !== stored("session")) return;
    const value = readStored("session");
    if (value?.startsWith(OUT)) forgetAll();
    if (value) loadSession();
  });
}
