// Pushes of notifications (CONTRACT section 3). Their types are the senders' words: all that are not reserved
// (protocol/wire/reserved_types.ts). The fields `id` and `message` stand beside `data`.
import { z } from "zod";
import { uuid } from "../common.ts";
import { CHAT_NOTIFICATIONS, type ChatNotification } from "../notifications/push.ts";
import { EXAMPLE_CHANNEL_ID, EXAMPLE_ID, exampleUser } from "./examples.ts";
import { ephemeral, type PushRule } from "./push.ts";

const noted = z.object({
  id: uuid.meta({ description: "Of the notification in the inbox" }),
  message: z.string().meta({ description: "What people read" }),
});

/** What POST /notify and features send: `both`, by `persist`. */
function notification<D extends z.ZodType>(
  about: string,
  data: D,
  example: { data: z.output<D>; message: string },
): PushRule<D, typeof noted, "both"> {
  const extra = { id: EXAMPLE_ID, message: example.message };
  return { about, kept: "both", data, extra: noted, example: { data: example.data, extra } };
}

/** What `broadcast` and `notify:<name>` carry: any type that is not reserved. */
export const notificationPushes = {
  "*": notification("A notification; its type is its sender's word.", z.unknown(), {
    data: { reserva_id: "r-1001", personas: 2 },
    message: "Nueva reserva: Machu Picchu para 2 personas",
  }),
};

const chatNotification: z.ZodType<ChatNotification> = z.object({
  type: z.enum(CHAT_NOTIFICATIONS),
  channel_id: uuid,
  channel_name: z.string().nullable().meta({ description: "null: a direct channel, named by its members" }),
  message_id: uuid.nullable().meta({ description: "null: channel_invite" }),
  root_id: uuid.nullable(),
  sender: z.object({
    id: uuid.nullable(),
    username: z.string(),
    display_name: z.string(),
    avatar_url: z.string().nullable(),
  }),
  excerpt: z.string().meta({ description: "Plain text, at most 200 characters" }),
  word: z.string().optional().meta({
    description: "The keyword that was written, or the @channel or @here that called",
  }),
});

export const inboxPushes = {
  ...notificationPushes,
  notification: notification("Chat calls the person; `data.type` says why.", chatNotification, {
    data: {
      type: "mention",
      channel_id: EXAMPLE_CHANNEL_ID,
      channel_name: "general",
      message_id: EXAMPLE_ID,
      root_id: null,
      sender: { id: exampleUser.id, username: "ana", display_name: "Ana Ruiz", avatar_url: null },
      excerpt: "The new menu is ready, @luis.",
    },
    message: "Ana Ruiz mentioned you in #general",
  }),
  notification_read: ephemeral(
    "Notifications were read, on whichever device, or went.",
    z.object({ ids: z.union([z.array(uuid), z.literal("all")]), unread_count: z.number().int() }),
    { ids: [EXAMPLE_ID], unread_count: 2 },
  ),
  user_changed: ephemeral(
    "The person's account, or what they may do, is different now: `GET /auth/me` tells how.",
    z.object({ user_id: uuid }),
    { user_id: exampleUser.id },
  ),
};
