// The pages of the console that can be gone to: the navigation, the letters after `g` and Ctrl+K all read this one list.
import type { MessageKey } from "../messages.ts";
import { can, isGuest } from "./session.ts";

export interface NavItem {
  path: string;
  label: MessageKey;
  icon: string;
  permission?: string;
  /** About the organisation as a whole: not for guests. */
  insiders?: true;
  /** The letter after `g` that leads there. */
  key?: string;
}

const MAIN: NavItem[] = [
  { path: "/chat", label: "nav.chat", icon: "chat", permission: "chat.read", key: "c" },
  { path: "/dashboard", label: "nav.dashboard", icon: "dashboard", insiders: true, key: "d" },
  { path: "/live", label: "nav.live", icon: "live", insiders: true, key: "l" },
  { path: "/inbox", label: "nav.inbox", icon: "inbox", key: "i" },
];
const ADMIN: NavItem[] = [
  { path: "/moderation", label: "nav.moderation", icon: "flag", permission: "chat.moderate", key: "m" },
  { path: "/users", label: "nav.users", icon: "users", permission: "users.manage", key: "u" },
  { path: "/groups", label: "nav.groups", icon: "at", permission: "users.manage", key: "e" },
  { path: "/service-accounts", label: "nav.service_accounts", icon: "cpu", permission: "users.manage", key: "b" },
  { path: "/roles", label: "nav.roles", icon: "lock", permission: "organization.manage", key: "r" },
  { path: "/organization", label: "nav.organization", icon: "briefcase", permission: "organization.manage", key: "o" },
  { path: "/tokens", label: "nav.tokens", icon: "key", permission: "tokens.manage", key: "t" },
  { path: "/webhooks", label: "nav.webhooks", icon: "link", permission: "webhooks.manage", key: "w" },
  { path: "/chat-admin", label: "nav.chat_admin", icon: "settings", permission: "chat.manage", key: "s" },
  { path: "/statistics", label: "nav.statistics", icon: "chart", permission: "stats.read", key: "n" },
  { path: "/transfer", label: "nav.transfer", icon: "download", permission: "chat.import", key: "x" },
  { path: "/audit", label: "nav.audit", icon: "shield", permission: "audit.read", key: "a" },
  { path: "/server-settings", label: "nav.server_settings", icon: "monitor", permission: "server.settings", key: "v" },
];
const OWN: NavItem[] = [
  { path: "/profile", label: "nav.profile", icon: "user", key: "p" },
  { path: "/about", label: "nav.about", icon: "activity", key: "h" },
];
export const NAV_GROUPS: readonly (readonly NavItem[])[] = [MAIN, ADMIN, OWN];

const allowed = (items: readonly NavItem[]) =>
  items.filter(({ permission, insiders }) => (!permission || can(permission)) && !(insiders && isGuest()));

/** The groups of the navigation as far as the person may see them; the first one is the bar of a phone. */
export const navGroups = (): NavItem[][] => NAV_GROUPS.map(allowed);
export const navItems = (): NavItem[] => navGroups().flat();
