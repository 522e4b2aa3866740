// Sending later: the menu with the usual times.
import { signal } from "@preact/signals";
import type { Channel } from "../../../protocol/chat/chat.ts";
import { post } from "../../lib/api.ts";
import { t } from "../../lib/i18n.ts";
import { toast } from "../../lib/toasts.ts";
import { attempt } from "./lib/actions.ts";
import { longTime } from "./lib/text.ts";
import { dialog } from "./lib/view.ts";
import type { MenuItem } from "./menu.tsx";

interface Written {
  content: string;
  attachments: string[];
  rootId: string | null;
}
/** What is to be sent at a time that a dialog asks for. */
export const custom = signal<{ channel: Channel; written: Written; done: () => void } | null>(null);

/** Nine in the morning, `days` from now. */
export function morning(days: number): Date {
  const date = new Date();
  date.setDate(date.getDate() + days);
  date.setHours(9, 0, 0, 0);
  return date;
}

function nextMonday(): Date {
  return morning(((8 - new Date().getDay()) % 7) || 7);
}

/** The menu of the usual times. @param done called once it is planned */
export function openSchedule(channel: Channel, read: () => Written, done: () => void): MenuItem[] {
  const at = (date: Date) => () => schedule(channel, read(), date, done);
  return [
    { icon: "clock", label: t("chat.later.hour"), run: at(new Date(Date.now() + 3_600_000)) },
    { icon: "sun", label: t("chat.later.tomorrow"), run: at(morning(1)) },
    { icon: "calendar", label: t("chat.later.monday"), run: at(nextMonday()) },
    {
      icon: "settings",
      label: t("chat.later.custom"),
      apart: true,
      run: () => custom.value = { channel, written: read(), done },
    },
    { icon: "list", label: t("chat.scheduled"), run: () => dialog.value = "scheduled" },
  ];
}

export async function schedule(channel: Channel, written: Written, date: Date, done: () => void): Promise<boolean> {
  return await attempt(async () => {
    await post("/scheduled", {
      channel_id: channel.id,
      content: written.content,
      attachments: written.attachments,
      ...(written.rootId ? { reply_to_id: written.rootId } : {}),
      send_at: date.toISOString(),
    });
    done();
    toast({ kind: "success", title: t("chat.later.done", { time: longTime(date.getTime()) }) });
  });
}
