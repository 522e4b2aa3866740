// Notifications of chat on the wire: a person's choices, Web Push subscriptions, the organisation's switch for previews, and
// the `notification` push on `user:<id>:notifications`.
import { z } from "zod";
import { timestamp, uuid } from "../common.ts";

/** Inbox types of what chat notifies about. */
export const CHAT_NOTIFICATIONS = [
  "mention",
  "direct_message",
  "thread_reply",
  "channel_message",
  "keyword",
  "channel_invite",
] as const;
export type ChatNotificationType = typeof CHAT_NOTIFICATIONS[number];

/** Type of the push about all of them; the inbox row has one of CHAT_NOTIFICATIONS. */
export const NOTIFICATION_PUSH = "notification";

/** Data of the push and of the inbox row. */
export interface ChatNotification {
  type: ChatNotificationType;
  channel_id: string;
  /** null: a direct channel, named by its members. */
  channel_name: string | null;
  /** null: channel_invite. */
  message_id: string | null;
  root_id: string | null;
  sender: { id: string | null; username: string; display_name: string; avatar_url: string | null };
  /** Plain text, at most 200 characters. */
  excerpt: string;
  /** The keyword that was written, or the `@channel` or `@here` that called. */
  word?: string;
}

// --- choices -------------------------------------------------------------------------------------------------------

export const MAX_KEYWORDS = 20;
const keyword = z.string().trim().min(2).max(40).refine((v) => v.isWellFormed() && !/\p{Cc}/u.test(v), {
  message: "one line of text",
});

export const chatPreferences = z.object({
  level: z.enum(["all", "mentions", "none"]).meta({
    description: "Channels that are set to `default`: every message, what is meant for you, or nothing. " +
      "Direct messages always notify unless their channel is muted.",
  }),
  group_mentions: z.boolean().meta({ description: "@channel and @here notify" }),
  threads: z.boolean().meta({ description: "Replies in threads that you follow notify" }),
  keywords: z.array(keyword).max(MAX_KEYWORDS).meta({
    description: "Words that notify wherever you can read; whole words, whatever the case and the accents",
  }),
  push: z.enum(["off", "away", "always"]).meta({
    description: "Web Push to your devices: never, when no console of yours is connected, or in any case",
  }),
  digest: z.enum(["off", "15m", "hourly", "daily"]).meta({
    description: "A mail with what you missed; `daily` at 08:00 in the time zone of your quiet hours",
  }),
  sounds: z.boolean().meta({ description: "The console plays a sound" }),
}).meta({ id: "ChatPreferences" });
export type ChatPreferences = z.infer<typeof chatPreferences>;
/** PUT takes any part of it; absent parts stay as they are. */
export const chatPreferencesUpdate = chatPreferences.partial().meta({ id: "ChatPreferencesUpdate" });
export type ChatPreferencesUpdate = z.infer<typeof chatPreferencesUpdate>;

export const DEFAULT_CHAT_PREFERENCES: ChatPreferences = {
  level: "mentions",
  group_mentions: true,
  threads: true,
  keywords: [],
  push: "away",
  digest: "off",
  sounds: true,
};

export const previewSettings = z.object({
  enabled: z.boolean().meta({ description: "Pages that messages link to are looked at for a preview" }),
}).meta({ id: "LinkPreviewSettings" });
export type PreviewSettings = z.infer<typeof previewSettings>;

// --- Web Push ------------------------------------------------------------------------------------------------------

/** Browsers per person. */
export const MAX_PUSH_SUBSCRIPTIONS = 20;

export const pushKey = z.object({
  public_key: z.string().meta({ description: "applicationServerKey for PushManager.subscribe, base64url" }),
}).meta({ id: "PushKey" });

const keyText = (bytes: number) =>
  z.string().max(200).transform((v) => v.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")).refine(
    (v) => /^[\w-]+$/.test(v) && Math.floor(v.length * 6 / 8) === bytes,
    { message: `${bytes} bytes in base64url` },
  );
export const newPushSubscription = z.object({
  endpoint: z.url({ protocol: /^https?$/ }).max(1000).refine((v) => {
    const url = URL.parse(v);
    return url !== null && !url.username && !url.password;
  }, { message: "an address without user name" }),
  keys: z.object({ p256dh: keyText(65), auth: keyText(16) }),
  device_name: z.string().trim().max(100).refine((v) => v.isWellFormed() && !/\p{Cc}/u.test(v)).optional().meta({
    description: "Made from the User-Agent when absent",
  }),
}).meta({ description: "PushSubscription.toJSON() of a browser, as it is" });
export type NewPushSubscription = z.infer<typeof newPushSubscription>;

export const pushSubscription = z.object({
  id: uuid,
  device_name: z.string(),
  service: z.string().meta({ description: "Host name of the push service" }),
  created_at: timestamp,
  last_success_at: timestamp.nullable(),
  current: z.boolean().meta({ description: "Made by this session" }),
}).meta({ id: "PushSubscription" });
export type PushSubscriptionItem = z.infer<typeof pushSubscription>;
export const pushSubscriptions = z.object({ items: z.array(pushSubscription) });

/** DELETE /push/subscriptions: what a browser knows of itself. */
export const deletePushQuery = z.object({
  endpoint: z.string().min(1).max(1000).meta({ description: "The subscription's endpoint" }),
});

/** What a device gets, decrypted. Small: push services take 4 KiB, and devices show two lines. */
export interface PushPayload {
  id: string;
  type: string;
  title: string;
  body: string;
  channel_id: string | null;
  message_id: string | null;
}
