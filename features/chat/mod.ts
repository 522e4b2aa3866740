// Team chat: what routes and higher features may use, and what the feature brings with it.
import { authorize } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { chatMessageFrame, readFrame, typingFrame } from "../../protocol/chat/chat.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { defineFeature, frame } from "../define.ts";
import { readRefusals } from "./channels/access.ts";
import { actionJob, actionSweepJob } from "./commands/card_actions.ts";
import { acquaintances } from "./channels/store.ts";
import { joinDefaults, makeDefaultChannel } from "./channels/default_channels.ts";
import { extras, mediaInExtras } from "./messages/extras.ts";
import { invitableChannels, joinInvited } from "./channels/invited.ts";
import { leaveAll } from "./channels/member_moves.ts";
import { markRead, sayTyping } from "./messages/reads.ts";
import { mediaInMessages } from "./messages/media_access.ts";
import { sendMessage } from "./messages/messages.ts";
import { digestSendJob, digestSweepJob } from "./notify/digest.ts";
import { notifyConsumers } from "./notify/notify.ts";
import { previewConsumer, previewJob, previewSweepJob } from "./previews/previews.ts";
import { purgeJob, purgeSweepJob } from "./messages/purge.ts";
import { startScheduler } from "./scheduled/sender.ts";
import { searchWordsConsumer, searchWordsJob } from "./search/words.ts";
import { joinByGroups, settleChannelsOf } from "./channels/settle_groups.ts";
import { webhookConsumer } from "./commands/webhook_events.ts";

export { readableChannels } from "./channels/store.ts";
export { clickAction } from "./commands/card_actions.ts";
export { getChatSettings, updateChatSettings } from "./channels/auto_archive.ts";
export {
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  purgeChannel,
  updateChannel,
} from "./channels/channels.ts";
export {
  addReaction,
  deleteMessage,
  editMessage,
  listPins,
  messageVersions,
  pinMessage,
  removeReaction,
  unpinMessage,
} from "./messages/changes.ts";
export { receiveCommandResponse, type ResponseAnswer } from "./commands/calls.ts";
export { listCommands, runCommand } from "./commands/commands.ts";
export {
  createCustomCommand,
  deleteCustomCommand,
  listCustomCommands,
  updateCustomCommand,
} from "./commands/custom_commands.ts";
export { deleteDraft, listDrafts, saveDraft } from "./messages/drafts.ts";
export { finishHistory, type HistoryBatch, insertHistory } from "./messages/bulk.ts";
export { mayReadMedia } from "./messages/media_access.ts";
export { listChannelGroups, putChannelGroup, removeChannelGroup } from "./channels/groups.ts";
export { addMembers, joinChannel, leaveChannel, removeMember } from "./channels/members.ts";
export { forgetChannel } from "./channels/member_moves.ts";
export { listMembers } from "./channels/member_views.ts";
export { forgetFilter } from "./filter/filter.ts";
export { applyRules, compileFilter, filterProblems } from "./filter/rules.ts";
export { messageById, readableMessage } from "./messages/store.ts";
export { getMessage, listMessages, sendMessage } from "./messages/messages.ts";
export { markRead, sayTyping } from "./messages/reads.ts";
export { searchMessages } from "./search/search.ts";
export { suggest } from "./search/suggest.ts";
export { cancelScheduled, listScheduled, schedule, sendScheduledNow, updateScheduled } from "./scheduled/scheduled.ts";
export { updateChannelSettings } from "./channels/settings.ts";
export { deleteMessages, emptyMessages, expiredMessages, removeFiles, settleChannel } from "./messages/retention.ts";
export { getPreviewSettings, removePreviews, updatePreviewSettings } from "./previews/previews.ts";
export { getThread, listThreads, updateThread } from "./messages/threads.ts";
export { toMessages } from "./messages/views.ts";

export const chatFeature = defineFeature({
  name: "chat",
  permissions: {
    "chat.read": "viewer",
    "chat.send": "member",
    "chat.channels.create": "member",
    "chat.moderate": "moderator",
    "chat.manage": "admin",
    "chat.purge": "owner",
  },
  channels: [
    {
      channel: channels.chat,
      authorize: (ctx) => authorize(ctx.actor, "chat.read"),
      authorizeMany: (app, asks) =>
        readRefusals(app.db, asks.map(({ actor, match }) => ({ actor, channelId: match[1]! })), app.now()),
    },
    {
      channel: channels.userChat,
      authorize(ctx, match) {
        authorize(ctx.actor, "chat.read");
        if (match[1] !== ctx.actor.userId) throw new AppError("forbidden", "This channel belongs to somebody else.");
      },
    },
  ],
  frames: {
    chat_message: frame({
      schema: chatMessageFrame,
      handle: (ctx, { channel_id, ...input }) => sendMessage(ctx, channel_id, input),
    }),
    typing: frame({
      variant: "channel_id",
      lane: "fast",
      schema: typingFrame,
      handle: (ctx, { channel_id, root_id }) => sayTyping(ctx, channel_id, root_id ?? null),
    }),
    read: frame({
      schema: readFrame,
      handle: (ctx, { channel_id, message_id }) => markRead(ctx, channel_id, { message_id, unread: false }),
    }),
  },
  consumers: [...extras.consumers ?? [], previewConsumer, searchWordsConsumer, webhookConsumer, ...notifyConsumers],
  jobs: [
    purgeJob,
    purgeSweepJob,
    searchWordsJob,
    ...extras.jobs,
    previewJob,
    previewSweepJob,
    digestSweepJob,
    digestSendJob,
    actionJob,
    actionSweepJob,
  ],
  hookTargets: extras.hookTargets,
  start: startScheduler,
  onControl(app, event) {
    if (event.kind !== "channel_changed") return;
    app.realtime.rightsChanged(({ organizationId }) => organizationId === event.organization_id, event.channel);
  },
  furnish: makeDefaultChannel,
  async welcome(app, tx, person) {
    await joinDefaults(app, tx, person.organizationId, person.userId);
    await joinInvited(app, tx, person);
    await joinByGroups(app, tx, person.organizationId, person.userId);
  },
  regroup: settleChannelsOf,
  leave: (app, tx, { organizationId, userId }) => leaveAll(app, tx, organizationId, userId),
  invitable: invitableChannels,
  acquaintances: (app, db, person) => acquaintances(db, person.organizationId, person.userId, app.now()),
  mediaUsers: async (db, organizationId, ids) => [
    ...await mediaInMessages(db, organizationId, ids),
    ...await mediaInExtras(db, organizationId, ids),
  ],
});
