// Notifications: the dashboard, what comes in live, the person's inbox.
import type { Area } from "../../app/area.ts";
import { unread } from "../../lib/unread.ts";

export const notifications: Area = {
  name: "notifications",
  label: "area.notifications",
  icon: "bell",
  rail: "top",
  badge: () => unread.value || undefined,
  texts: { en: () => import("./texts.ts?en"), es: () => import("./texts.ts?es") },
  pages: [
    {
      path: "/dashboard",
      load: () => import("./dashboard.tsx").then((m) => m.DashboardPage),
      label: "nav.dashboard",
      icon: "dashboard",
      insiders: true,
      key: "d",
    },
    {
      path: "/live",
      load: () => import("./live.tsx").then((m) => m.LivePage),
      label: "nav.live",
      icon: "live",
      insiders: true,
      key: "l",
    },
    {
      path: "/inbox",
      load: () => import("./inbox.tsx").then((m) => m.InboxPage),
      label: "nav.inbox",
      icon: "inbox",
      key: "i",
    },
  ],
};
