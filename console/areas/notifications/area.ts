// Notifications: the person's inbox, the dashboard, what comes in live.
import type { Area } from "../../app/area.ts";
import { unread } from "../../lib/unread.ts";

const waiting = () => unread.value || undefined;

export const notifications: Area = {
  name: "notifications",
  label: "area.notifications",
  sign: "nav.inbox",
  icon: "inbox",
  rail: "top",
  home: "/notifications",
  badge: waiting,
  texts: { en: () => import("./texts.ts?en"), es: () => import("./texts.ts?es") },
  pages: [
    {
      path: "/inbox",
      load: () => import("./inbox.tsx").then((m) => m.InboxPage),
      label: "nav.inbox",
      icon: "inbox",
      key: "i",
      badge: waiting,
    },
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
  ],
};
