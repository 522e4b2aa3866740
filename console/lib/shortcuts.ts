// Keys of the console: `g` and a letter goes to a page, `/` finds, `?` lists them. Nothing happens while someone types.
import { signal } from "@preact/signals";
import type { MessageKey } from "../messages.ts";
import { navigate } from "./router.ts";

export const helpOpen = signal(false);

export const GO_KEYS: { key: string; path: string; label: MessageKey }[] = [
  { key: "c", path: "/chat", label: "nav.chat" },
  { key: "d", path: "/", label: "nav.dashboard" },
  { key: "l", path: "/live", label: "nav.live" },
  { key: "i", path: "/inbox", label: "nav.inbox" },
  { key: "m", path: "/moderation", label: "nav.moderation" },
  { key: "u", path: "/users", label: "nav.users" },
  { key: "t", path: "/tokens", label: "nav.tokens" },
  { key: "w", path: "/webhooks", label: "nav.webhooks" },
  { key: "a", path: "/audit", label: "nav.audit" },
  { key: "p", path: "/profile", label: "nav.profile" },
  { key: "h", path: "/about", label: "nav.about" },
];

const TYPING = "input, textarea, select, [contenteditable]";

export function startShortcuts(active: () => boolean): void {
  let goUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !active()) return;
    if ((event.target as Element).closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") {
      event.preventDefault();
      helpOpen.value = true;
    } else if (event.key === "/") {
      const field = document.querySelector<HTMLElement>("[data-search]");
      if (!field) return;
      event.preventDefault();
      field.focus();
    } else if (event.key === "n") {
      document.querySelector<HTMLElement>("[data-new]")?.click();
    } else if (event.key === "g") {
      goUntil = Date.now() + 1_500;
      return;
    } else if (Date.now() < goUntil) {
      const target = GO_KEYS.find((entry) => entry.key === event.key);
      if (target) {
        event.preventDefault();
        navigate(target.path);
      }
    }
    goUntil = 0;
  });
}
