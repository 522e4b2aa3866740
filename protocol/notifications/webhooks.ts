// Webhooks on the wire (CONTRACT section 3): Slack-compatible incoming ones and signed outgoing ones.
// Slack's payload: https://api.slack.com/messaging/webhooks and the legacy attachments; unknown fields are ignored.
import { shownName } from "../names.ts";
import { z } from "zod";
import { channels, MAX_CHANNEL_NAME } from "../wire/channels.ts";
import { page, pageQuery, timestamp, uuid } from "../common.ts";
import { notificationType, notifyChannelName } from "./notifications.ts";

/** Webhooks of one kind that an organisation may have. */
export const MAX_WEBHOOKS = 200;

const name = shownName(80).meta({ example: "CI" });

const webhookUrl = z.url({ protocol: /^https?$/ }).max(2000).refine((v) => {
  const url = URL.parse(v);
  return url !== null && !url.username && !url.password;
}, { message: "an http or https address without a user name in it" }).meta({
  example: "https://example.org/hooks/pulpo",
});

// --- incoming ----------------------------------------------------------------------------------------------------

const CHAT_PREFIX = channels.chat("");
const hookChannel = z.string().max(MAX_CHANNEL_NAME).refine(
  (v) =>
    notifyChannelName.safeParse(v).success ||
    (v.startsWith(CHAT_PREFIX) && uuid.safeParse(v.slice(CHAT_PREFIX.length)).success),
  { message: "broadcast, notify:<name> or channel:<id> of a chat channel" },
);

export const incomingInput = z.object({
  name,
  channel: hookChannel.default("broadcast").meta({
    description:
      "`channel:<id>`: messages in that chat channel, in which the caller may write or which the caller manages",
    example: "notify:builds",
  }),
  action_url: webhookUrl.nullish().meta({
    description: "Where clicks on the actions of its cards are told, signed as outgoing webhooks are",
    example: "https://example.org/hooks/actions",
  }),
}).meta({ id: "IncomingWebhookInput" });
export type IncomingInput = z.infer<typeof incomingInput>;

export const incomingUpdate = z.object({ name: name.optional(), action_url: webhookUrl.nullable().optional() })
  .meta({ id: "IncomingWebhookUpdate", example: { action_url: "https://example.org/hooks/actions" } });
export type IncomingUpdate = z.infer<typeof incomingUpdate>;

export const incomingItem = z.object({
  id: uuid,
  name: z.string(),
  channel: z.string(),
  action_url: z.string().nullable(),
  created_at: timestamp,
  last_used_at: timestamp.nullable(),
}).meta({
  id: "IncomingWebhook",
  example: {
    id: "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10",
    name: "CI",
    channel: "notify:builds",
    action_url: null,
    created_at: "2026-01-15T10:30:00.000Z",
    last_used_at: null,
  },
});
export type IncomingItem = z.infer<typeof incomingItem>;
export const incomingCreated = incomingItem.extend({
  token: z.string(),
  url: z.string(),
  secret: z.string().meta({ description: "Signs what is told to `action_url`" }),
}).meta({
  id: "IncomingWebhookCreated",
  description: "token, url and secret are shown this once.",
});
export const incomingPage = page(incomingItem);

/** What POST /hooks/:token understands; everything is optional, unknown fields and kinds are forgiven (docs/cards.md). */
export const slackPayload = z.looseObject({
  text: z.unknown().optional().meta({ type: "string", description: "mrkdwn; with blocks only their fallback" }),
  username: z.unknown().optional().meta({ type: "string" }),
  icon_emoji: z.unknown().optional().meta({ type: "string" }),
  icon_url: z.unknown().optional().meta({ type: "string" }),
  attachments: z.unknown().optional().meta({
    type: "array",
    items: { type: "object" },
    description:
      "Slack's secondary attachments, with `blocks` of their own; their fields are also taken at the top level",
  }),
  blocks: z.unknown().optional().meta({ type: "array", items: { type: "object" }, description: "Block Kit" }),
}).meta({
  id: "SlackPayload",
  example: {
    text: "Build <https://ci.example/42|#42> failed",
    username: "ci",
    icon_emoji: ":rocket:",
    attachments: [{ color: "danger", title: "unit tests", text: "3 of 120 failed" }],
  },
});

// --- outgoing ----------------------------------------------------------------------------------------------------

const eventList = z.array(z.union([z.literal("*"), notificationType])).min(1).max(100).meta({
  description: 'Types of events, or "*" for all. Events on personal channels are never sent.',
  example: ["reserva_creada", "reserva_cancelada"],
});

export const outgoingInput = z.object({ name, url: webhookUrl, events: eventList, enabled: z.boolean().default(true) })
  .meta({ id: "OutgoingWebhookInput" });
export type OutgoingInput = z.infer<typeof outgoingInput>;

export const outgoingUpdate = z.object({
  name: name.optional(),
  url: webhookUrl.optional(),
  events: eventList.optional(),
  enabled: z.boolean().optional(),
}).meta({ id: "OutgoingWebhookUpdate", example: { enabled: true } });
export type OutgoingUpdate = z.infer<typeof outgoingUpdate>;

export const outgoingItem = z.object({
  id: uuid,
  name: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  enabled: z.boolean(),
  disabled_reason: z.string().nullable().meta({ description: "Why the server switched it off, if it did." }),
  created_at: timestamp,
  last_status: z.number().int().nullable().meta({
    description: "HTTP status of the newest attempt; 0: no answer; null: no attempt yet.",
  }),
}).meta({
  id: "OutgoingWebhook",
  example: {
    id: "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10",
    name: "Booking system",
    url: "https://example.org/hooks/pulpo",
    events: ["reserva_creada"],
    enabled: true,
    disabled_reason: null,
    created_at: "2026-01-15T10:30:00.000Z",
    last_status: 200,
  },
});
export type OutgoingItem = z.infer<typeof outgoingItem>;
export const outgoingCreated = outgoingItem.extend({ secret: z.string() }).meta({
  id: "OutgoingWebhookCreated",
  description: "secret signs the deliveries and is shown this once.",
});
export const outgoingPage = page(outgoingItem);

export const deliveryStatus = z.enum(["pending", "delivered", "failed"]);
export const deliveriesQuery = pageQuery.extend({ status: deliveryStatus.optional() });
export type DeliveriesQuery = z.infer<typeof deliveriesQuery>;

export const deliveryItem = z.object({
  id: uuid,
  webhook_id: uuid,
  event: z.string(),
  status: deliveryStatus.meta({ description: "pending: not yet, or to be tried again; failed: given up." }),
  attempts: z.number().int(),
  response_status: z.number().int().nullable(),
  response_body: z.string().nullable().meta({ description: "At most the first 1024 bytes." }),
  error: z.string().nullable(),
  duration_ms: z.number().int().nullable(),
  request_body: z.string(),
  resend_of: uuid.nullable(),
  created_at: timestamp,
  last_attempt_at: timestamp.nullable(),
}).meta({ id: "WebhookDelivery" });
export type DeliveryItem = z.infer<typeof deliveryItem>;
export const deliveryPage = page(deliveryItem);
