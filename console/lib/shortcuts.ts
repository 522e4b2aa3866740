// All keys of the console, once: the parts of the page bind them from this table by the name of the group (the compiler
// asks for every key of it, and for no other), and the list behind `?` shows the same table. `g` and a letter goes to a
// page (the manifests of the areas). What a form control does by itself (Tab, arrows in a list of choices) is not in here.
//
// A key is written as it is pressed: "Mod+Shift+F", "Alt+ArrowUp", "?", "g". Mod is Ctrl, on a Mac Command.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Page } from "../app/area.ts";
import type { MessageKey } from "../messages.ts";
import { t } from "./i18n.ts";
import { navItems } from "./navigation.ts";
import { navigate } from "./router.ts";

export const helpOpen = signal(false);
export const switcherOpen = signal(false);

interface Shortcut {
  keys: readonly string[];
  label: MessageKey;
  /** The browser does it by itself: shown, not bound. */
  native?: true;
}

interface Group {
  title: MessageKey;
  permission?: string;
  keys: Record<string, Shortcut>;
}

export const SHORTCUTS = {
  everywhere: {
    title: "keys.everywhere",
    keys: {
      switcher: { keys: ["Mod+K"], label: "keys.switcher" },
      search: { keys: ["/"], label: "keys.search" },
      create: { keys: ["n"], label: "keys.new" },
      list: { keys: ["Mod+Shift+D"], label: "keys.list" },
      help: { keys: ["?"], label: "keys.help" },
      escape: { keys: ["Escape"], label: "keys.escape", native: true },
    },
  },
  rail: {
    title: "keys.rail",
    keys: {
      up: { keys: ["ArrowUp"], label: "keys.area_before" },
      down: { keys: ["ArrowDown"], label: "keys.area_next" },
      first: { keys: ["Home"], label: "keys.area_first" },
      last: { keys: ["End"], label: "keys.area_last" },
    },
  },
  chat: {
    title: "keys.chat",
    permission: "chat.read",
    keys: {
      before: { keys: ["Alt+ArrowUp"], label: "keys.channel_before" },
      next: { keys: ["Alt+ArrowDown"], label: "keys.channel_next" },
      unread_before: { keys: ["Alt+Shift+ArrowUp"], label: "keys.unread_before" },
      unread_next: { keys: ["Alt+Shift+ArrowDown"], label: "keys.unread_next" },
      search: { keys: ["Mod+Shift+F"], label: "chat.search" },
      close: { keys: ["Escape"], label: "keys.close_panel" },
    },
  },
  channels: {
    title: "chat.channels",
    permission: "chat.read",
    keys: {
      up: { keys: ["ArrowUp"], label: "keys.up" },
      down: { keys: ["ArrowDown"], label: "keys.down" },
      menu: { keys: ["Shift+F10", "ContextMenu"], label: "keys.menu" },
    },
  },
  messages: {
    title: "keys.messages",
    permission: "chat.read",
    keys: {
      up: { keys: ["ArrowUp"], label: "keys.message_before" },
      down: { keys: ["ArrowDown"], label: "keys.message_next" },
    },
  },
  composer: {
    title: "keys.composer",
    permission: "chat.send",
    keys: {
      send: { keys: ["Enter", "Mod+Enter"], label: "chat.send" },
      line: { keys: ["Shift+Enter"], label: "keys.new_line", native: true },
      edit: { keys: ["ArrowUp"], label: "keys.edit_last" },
      bold: { keys: ["Mod+B"], label: "chat.format.bold" },
      italic: { keys: ["Mod+I"], label: "chat.format.italic" },
    },
  },
  editing: {
    title: "keys.editing",
    permission: "chat.send",
    keys: {
      save: { keys: ["Enter"], label: "action.save" },
      cancel: { keys: ["Escape"], label: "action.cancel" },
    },
  },
  pictures: {
    title: "keys.pictures",
    permission: "chat.read",
    keys: {
      before: { keys: ["ArrowLeft"], label: "chat.image_before" },
      next: { keys: ["ArrowRight"], label: "chat.image_next" },
    },
  },
  reports: {
    title: "mod.reports",
    permission: "chat.moderate",
    keys: {
      next: { keys: ["j"], label: "keys.report_next" },
      before: { keys: ["k"], label: "keys.report_before" },
    },
  },
  report: {
    title: "keys.report",
    permission: "chat.moderate",
    keys: {
      claim: { keys: ["c"], label: "keys.report_claim" },
      resolve: { keys: ["r"], label: "keys.report_resolve" },
      dismiss: { keys: ["x"], label: "keys.report_dismiss" },
      act: { keys: ["m"], label: "keys.report_act" },
    },
  },
} as const satisfies Record<string, Group>;

type GroupName = keyof typeof SHORTCUTS;
type Bound<K> = { [Id in keyof K]: K[Id] extends { native: true } ? never : Id }[keyof K];
/** What to do at each key of a group. `false`: nothing was done, the browser goes on with it. */
export type Handlers<G extends GroupName> = Record<
  Bound<(typeof SHORTCUTS)[G]["keys"]>,
  (event: KeyboardEvent) => unknown
>;

/** Does the event press this key, with exactly these modifiers? Signs such as `?` need Shift on some keyboards. */
function presses(event: KeyboardEvent, combo: string): boolean {
  const parts = combo.split("+");
  const key = parts.pop()!;
  const wants = (name: string) => parts.includes(name);
  if ((event.ctrlKey || event.metaKey) !== wants("Mod") || event.altKey !== wants("Alt")) return false;
  const sign = key.length === 1 && key.toLowerCase() === key.toUpperCase();
  if (!sign && event.shiftKey !== wants("Shift")) return false;
  return event.key.toLowerCase() === key.toLowerCase();
}

/** Runs the handler of the key that was pressed. @returns whether one did something (its default is then prevented). */
export function runShortcut<G extends GroupName>(group: G, event: KeyboardEvent, handlers: Handlers<G>): boolean {
  const rules: Record<string, Shortcut> = SHORTCUTS[group].keys;
  for (const [id, handle] of Object.entries(handlers) as [string, (event: KeyboardEvent) => unknown][]) {
    if (!rules[id]?.keys.some((combo) => presses(event, combo))) continue;
    if (handle(event) === false) continue;
    event.preventDefault();
    return true;
  }
  return false;
}

const TYPING = "input, textarea, select, [contenteditable]";
const GO_MS = 1_500;
/** Until when the letter after `g` counts; and the event of that letter, which no page may take for a key of its own. */
let goUntil = 0;
let goEvent: KeyboardEvent | null = null;

/** Plain keys mean something while nobody types and no dialog is open. */
function mayPress(event: KeyboardEvent): boolean {
  return !(event.target as Element).closest?.(TYPING) && !document.querySelector("dialog[open]");
}

/** Keys of a part of the page, for as long as it is drawn and nobody types. */
export function useShortcuts<G extends GroupName>(group: G, handlers: Handlers<G>): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    const handle = (event: KeyboardEvent) => {
      if (event !== goEvent && mayPress(event)) runShortcut(group, event, latest.current);
    };
    document.addEventListener("keydown", handle);
    return () => document.removeEventListener("keydown", handle);
  }, [group]);
}

/** What shows or hides the list beside the rail, for as long as there is one. */
let toggle: (() => void) | null = null;
export function bindList(handler: (() => void) | null): void {
  toggle = handler;
}

export function startShortcuts(active: () => boolean): void {
  document.addEventListener("keydown", (event) => {
    if (!active()) return;
    const free = mayPress(event);
    const go = Date.now() < goUntil;
    if (go) {
      goUntil = 0;
      goEvent = event;
    }
    const page = go && free && !event.ctrlKey && !event.metaKey && !event.altKey
      ? navItems().find((item) => item.key === event.key)
      : undefined;
    if (page) {
      event.preventDefault();
      navigate(page.path);
    } else if (free && presses(event, "g")) goUntil = Date.now() + GO_MS;
    else {
      runShortcut("everywhere", event, {
        switcher() {
          // Over another dialog it would hide what is asked there; the browser's own Ctrl+K helps nobody either.
          if (switcherOpen.peek()) switcherOpen.value = false;
          else if (!document.querySelector("dialog[open]")) switcherOpen.value = true;
        },
        search() {
          const field = free ? document.querySelector<HTMLElement>("[data-search]") : null;
          field?.focus();
          return field !== null;
        },
        list: () => !document.querySelector("dialog[open]") && toggle !== null && (toggle(), true),
        create: () => free && document.querySelector<HTMLElement>("[data-new]")?.click(),
        help: () => free && (helpOpen.value = true),
      });
    }
  }, true);
}

const MAC = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

/** The keys of a combination as they are printed on the keyboard: ["Ctrl", "Shift", "F"]. */
export function keyNames(combo: string): string[] {
  const names: Record<string, string> = {
    Mod: MAC ? "⌘" : t("key.ctrl"),
    Alt: MAC ? "⌥" : "Alt",
    Shift: t("key.shift"),
    ArrowUp: "↑",
    ArrowDown: "↓",
    ArrowLeft: "←",
    ArrowRight: "→",
    Enter: t("key.enter"),
    Escape: "Esc",
    ContextMenu: t("key.menu"),
  };
  return combo.split("+").map((part) => names[part] ?? part);
}

/** The first combination of a shortcut, for words beside a button: "Ctrl+B". */
export function keyText<G extends GroupName>(group: G, id: keyof (typeof SHORTCUTS)[G]["keys"] & string): string {
  const rules: Record<string, Shortcut> = SHORTCUTS[group].keys;
  return keyNames(rules[id]!.keys[0]!).join("+");
}

export interface ShortcutList {
  title: MessageKey;
  permission?: string;
  entries: { combos: readonly string[]; label: Page["label"] }[];
}

/** The whole table for the list of keys: pages first, then group by group. */
export function shortcutList(pages: readonly Page[]): ShortcutList[] {
  const groups = Object.values(SHORTCUTS) as Group[];
  return [
    {
      title: "keys.go",
      entries: pages.flatMap(({ key, label }) => key ? [{ combos: [`g+${key}`], label }] : []),
    },
    ...groups.map(({ title, permission, keys }) => ({
      title,
      permission,
      entries: Object.values(keys).map(({ keys: combos, label }) => ({ combos, label })),
    })),
  ];
}
