// Notifications and webhooks: what other features and the routes may use, and what the feature brings with it.
import { authorize, refuseGuest } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { defineFeature } from "../define.ts";
import { deliverJob, sign, signedPost } from "./webhooks/deliver.ts";
import { accountNoticeConsumer } from "./account/notices.ts";
import { outgoingConsumer } from "./webhooks/deliveries.ts";
import { checkUrl, mayCallPrivate } from "./webhooks/outgoing.ts";
import { mailConsumer, mailJob, mailSweepJob } from "./mail/jobs.ts";
import { pushConsumer, pushJob } from "./push/deliver.ts";
import { signInAlertConsumer } from "./account/sign_in_alerts.ts";
import { retentionJob } from "./inbox/retention.ts";
import { securityNoticeJob } from "./account/security_notice.ts";
import { signUpConsumer } from "./account/sign_ups.ts";

export { notify, notifyBatch, sendAsSystem } from "./send/notify.ts";
export { readAll, readInbox, readOne } from "./inbox/inbox.ts";
export { getPreferences, updatePreferences } from "./preferences/preferences.ts";
export { PRESETS } from "./preferences/presets.ts";
export {
  actionReceiver,
  createIncoming,
  deleteIncoming,
  type HookAnswer,
  listIncoming,
  receiveHook,
  updateIncoming,
} from "./webhooks/incoming.ts";
export { createOutgoing, deleteOutgoing, getOutgoing, listOutgoing, updateOutgoing } from "./webhooks/outgoing.ts";
export { deliverEvents, listDeliveries, resend, sendTest } from "./webhooks/deliveries.ts";

/** For other features that call addresses which people gave: the same guard and the same signature. */
export const outgoingCalls = { checkUrl, mayCallPrivate, sign, signedPost };

export { getChatPreferences, readChatPreferences, updateChatPreferences } from "./preferences/chat_preferences.ts";
export { type About, type Sender, type SystemInput } from "./send/write.ts";
export { forgetPlace, readPlace, removeAbout, removeFrom, toldAbout } from "./inbox/places.ts";
export { quietUntil } from "./send/quiet_hours.ts";
export { deliveryOf } from "./send/recipients.ts";
export {
  addPushSubscription,
  deletePushSubscription,
  listPushSubscriptions,
  pushPublicKey,
  testPushSubscription,
} from "./push/subscriptions.ts";

export const notificationsFeature = defineFeature({
  name: "notifications",
  routes: () => import("../../routes/notifications/mod.ts").then((m) => m.routes),
  permissions: {
    "notify.send": "member",
    "notifications.read": "viewer",
    "webhooks.manage": "admin",
    "channels.subscribe": "viewer",
  },
  channels: [
    {
      channel: channels.broadcast,
      presence: "organization",
      authorize: (ctx) => {
        authorize(ctx.actor, "channels.subscribe");
        refuseGuest(ctx.actor);
      },
    },
    {
      channel: channels.notify,
      authorize: (ctx) => {
        authorize(ctx.actor, "channels.subscribe");
        refuseGuest(ctx.actor);
      },
    },
    {
      // Nobody else's, whatever the role; the answer is the same whether that person exists or not.
      channel: channels.userNotifications,
      authorize(ctx, match) {
        authorize(ctx.actor, "channels.subscribe");
        if (match[1] !== ctx.actor.userId) throw new AppError("forbidden", "This channel belongs to somebody else.");
      },
    },
  ],
  consumers: [outgoingConsumer, mailConsumer, pushConsumer, accountNoticeConsumer, signInAlertConsumer, signUpConsumer],
  jobs: [mailJob, mailSweepJob, deliverJob, retentionJob, pushJob, securityNoticeJob],
});
