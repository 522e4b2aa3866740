// What a device shows: title, text and where a click leads; no more leaves this server, and only encrypted.
import { newId } from "../../../kernel/ids.ts";
import type { PushPayload } from "../../../protocol/notifications/push.ts";
import { cutMarked as cut } from "../../../kernel/cut_text.ts";

const MAX_TITLE = 200;
const MAX_BODY = 300;

/** A notification as it is stored. */
export interface Pushed {
  id: string;
  type: string;
  /** The first line is the title. */
  message: string;
  data: unknown;
}

export interface PreparedPush {
  data: PushPayload;
  /** What replaces what at the service; absent: nothing. */
  topic?: string;
  urgency: "high" | "normal";
}

const URGENT = new Set(["mention", "direct_message", "keyword", "channel_invite"]);

export function payloadOf({ id, type, message, data }: Pushed): PreparedPush {
  const [title = "", ...rest] = message.split("\n");
  const about = typeof data === "object" && data !== null ? data as Record<string, unknown> : {};
  const channel_id = textOf(about.channel_id), message_id = textOf(about.message_id);
  return {
    data: {
      id,
      type,
      title: cut(title.trim(), MAX_TITLE),
      body: cut(rest.join("\n").trim(), MAX_BODY),
      channel_id,
      message_id,
    },
    ...(channel_id ? { topic: channel_id } : {}),
    urgency: URGENT.has(type) ? "high" : "normal",
  };
}

const textOf = (value: unknown): string | null => typeof value === "string" ? value.slice(0, 64) : null;

/** What "send a test" sends. */
export function testPayload(locale: string): PreparedPush {
  const spanish = /^es\b/i.test(locale);
  return {
    data: {
      id: newId(),
      type: "test",
      title: "Pulpo",
      body: spanish ? "Las notificaciones llegan a este dispositivo." : "Notifications reach this device.",
      channel_id: null,
      message_id: null,
    },
    urgency: "high",
  };
}
