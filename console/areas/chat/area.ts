// Chat: channels, threads, messages.
import type { Area } from "../../app/area.ts";
import { chatBadge } from "./badge.ts";

export const chat: Area = {
  name: "chat",
  label: "nav.chat",
  icon: "chat",
  rail: "top",
  home: "/chat",
  list: () => import("./channel_list.tsx").then((m) => m.ChannelList),
  badge: () => chatBadge.value,
  pages: [
    {
      path: "/chat",
      below: true,
      load: () => import("./page.tsx").then((m) => m.ChatPage),
      label: "nav.chat",
      icon: "chat",
      permission: "chat.read",
      key: "c",
    },
  ],
};
