// Small settings in the browser. Storage may be full or switched off (private windows): then a setting lasts for this tab.
import { BASE_PATH } from "./base.ts";

/** Two servers may share a host. */
export const stored = (key: string): string => `pulpo${BASE_PATH}.${key}`;

const memory = new Map<string, string>();

function area(kind: "local" | "session"): Storage | null {
  try {
    return kind === "local" ? globalThis.localStorage : globalThis.sessionStorage;
  } catch {
    return null;
  }
}

export function readStored(key: string, kind: "local" | "session" = "local"): string | null {
  try {
    return area(kind)?.getItem(stored(key)) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

/** `null` removes. */
export function writeStored(key: string, value: string | null, kind: "local" | "session" = "local"): void {
  if (value === null) memory.delete(key);
  else memory.set(key, value);
  try {
    if (value === null) area(kind)?.removeItem(stored(key));
    else area(kind)?.setItem(stored(key), value);
  } catch { /* memory has it */ }
}

/** What is of this browser and not of who was signed in: its look, its language, its way to the server, its permissions. */
const KEPT = new Set(["theme", "account_language", "language", "session", "transport", "desktop", "push_user"]);

/** Somebody has signed out: nothing of theirs stays in this browser. */
export function forgetPerson(): void {
  for (const key of memory.keys()) if (!KEPT.has(key)) memory.delete(key);
  for (const kind of ["local", "session"] as const) {
    try {
      const storage = area(kind);
      for (const name of Object.keys(storage ?? {})) {
        const own = name.startsWith(stored("")) && !KEPT.has(name.slice(stored("").length));
        if (own) storage!.removeItem(name);
      }
    } catch { /* there is nothing, then */ }
  }
}

/** JSON that was stored before, or `fallback` when there is none or it cannot be read. */
export function readJson<T>(key: string, fallback: T, kind: "local" | "session" = "local"): T {
  try {
    const text = readStored(key, kind);
    return text === null ? fallback : JSON.parse(text) as T;
  } catch {
    return fallback;
  }
}
