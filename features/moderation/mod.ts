// Moderation: reports of messages, warnings, mutes and bans, and the settings of the automatic filter. Chat itself applies
// restrictions and filter; accounts apply bans from the organisation. Facts for others (statistics) are durable events on
// the moderators' channel: `ModerationEvents` in protocol/chat/moderation.ts.
import { authorize } from "../../kernel/actor.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { defineFeature } from "../define.ts";
import { automaticConsumer } from "./automatic.ts";
import { cleanUpJob } from "./clean_up.ts";
import { noticeConsumer } from "./notices.ts";

export { createAction, getAction, liftAction, listActions, ownRestrictions } from "./actions.ts";
export { getFilter, testFilter, updateFilter } from "./filters.ts";
export { listReports, reportMessage, updateReport } from "./reports.ts";

export const moderationFeature = defineFeature({
  name: "moderation",
  routes: () => import("../../routes/chat/mod.ts").then((m) => m.moderation),
  permissions: {},
  channels: [{ channel: channels.moderation, authorize: (ctx) => authorize(ctx.actor, "chat.moderate") }],
  consumers: [automaticConsumer, noticeConsumer],
  jobs: [cleanUpJob],
});
