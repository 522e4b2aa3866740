// Team chat: what routes and higher features may use, and what the feature brings with it. Its folders: channels, who is in
// them (members), messages, what is written later (scheduled), what programs say and are told (hooks, commands, cards), what
// follows from a message (notify, previews), the automatic filter, and search.
import { authorize } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { chatMessageFrame, readFrame, typingFrame } from "../../protocol/chat/chat.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { defineFeature, frame, type JobRule } from "../define.ts";
import { actionJob, actionSweepJob } from "./cards/actions.ts";
import { readRefusals } from "./channels/access.ts";
import { autoArchive } from "./channels/auto_archive.ts";
import { acquaintances } from "./channels/store.ts";
import { sweepResponses } from "./commands/calls.ts";
import { chatHookTarget } from "./hooks/incoming.ts";
import { webhookConsumer } from "./hooks/outgoing.ts";
import { defaultChannelsConsumer, fillDefaultJob, joinDefaults, makeDefaultChannel } from "./members/defaults.ts";
import { invitableChannels, joinInvited } from "./members/invited.ts";
import { leaveAll } from "./members/moves.ts";
import { joinByGroups, settleChannelsOf } from "./members/settle_groups.ts";
import { clearDraftsConsumer, sweepDrafts } from "./messages/drafts.ts";
import { mediaInMessages, mediaKeptForLater } from "./messages/files.ts";
import { purgeJob, purgeSweepJob } from "./messages/purge.ts";
import { markRead, sayTyping } from "./messages/read_positions.ts";
import { sendMessage } from "./messages/send.ts";
import { digestSendJob, digestSweepJob } from "./notify/digest.ts";
import { notifyConsumers } from "./notify/notify.ts";
import { previewConsumer, previewJob, previewSweepJob } from "./previews/previews.ts";
import { startScheduler, sweepScheduled } from "./scheduled/sender.ts";
import { searchWordsConsumer, searchWordsJob } from "./search/words.ts";

// Channels, and what the organisation has settled for them.
export {
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  purgeChannel,
  updateChannel,
} from "./channels/channels.ts";
export { getChatSettings, updateChatSettings } from "./channels/auto_archive.ts";
export { updateChannelSettings } from "./channels/own_settings.ts";
export { readableChannels } from "./channels/store.ts";

// Who is in them.
export { addMembers, joinChannel, leaveChannel, removeMember } from "./members/members.ts";
export { listMembers } from "./members/views.ts";
export { forgetChannel } from "./members/moves.ts";
export { listChannelGroups, putChannelGroup, removeChannelGroup } from "./members/groups.ts";

// Messages: sent, read, changed, erased.
export { sendMessage } from "./messages/send.ts";
export { getMessage, listMessages } from "./messages/list.ts";
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
export { getThread, listThreads, updateThread } from "./messages/threads.ts";
export { markRead, sayTyping } from "./messages/read_positions.ts";
export { deleteDraft, listDrafts, saveDraft } from "./messages/drafts.ts";
export { messageById, readableMessage } from "./messages/store.ts";
export { toMessages } from "./messages/views.ts";
export { mayReadMedia } from "./messages/files.ts";
export { finishHistory, type HistoryBatch, insertHistory } from "./messages/bulk.ts";
export { deleteMessages, emptyMessages, expiredMessages, removeFiles, settleChannel } from "./messages/retention.ts";
export { cancelScheduled, listScheduled, schedule, sendScheduledNow, updateScheduled } from "./scheduled/scheduled.ts";

// Programs: slash commands and the actions of cards.
export { listCommands, runCommand } from "./commands/commands.ts";
export {
  createCustomCommand,
  deleteCustomCommand,
  listCustomCommands,
  updateCustomCommand,
} from "./commands/custom.ts";
export { receiveCommandResponse, type ResponseAnswer } from "./commands/calls.ts";
export { clickAction } from "./cards/actions.ts";

// Around messages.
export { getPreviewSettings, removePreviews, updatePreviewSettings } from "./previews/previews.ts";
export { forgetFilter } from "./filter/filter.ts";
export { applyRules, compileFilter, filterProblems } from "./filter/rules.ts";
export { searchMessages } from "./search/search.ts";
export { suggest } from "./search/suggest.ts";

const autoArchiveJob: JobRule = {
  name: "chat.auto_archive",
  retryLimit: 2,
  cron: "23 * * * *",
  handle: (app) => autoArchive(app),
};

/** What has had its time goes: marks of removed drafts, scheduled messages that were sent, addresses of commands. */
const sweepJob: JobRule = {
  name: "chat.sweep_extras",
  retryLimit: 2,
  cron: "41 * * * *",
  async handle(app) {
    await sweepDrafts(app);
    await sweepScheduled(app);
    await sweepResponses(app);
  },
};

export const chatFeature = defineFeature({
  name: "chat",
  routes: () => import("../../routes/chat/mod.ts").then((m) => m.chat),
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
  consumers: [
    clearDraftsConsumer,
    defaultChannelsConsumer,
    previewConsumer,
    searchWordsConsumer,
    webhookConsumer,
    ...notifyConsumers,
  ],
  jobs: [
    purgeJob,
    purgeSweepJob,
    searchWordsJob,
    autoArchiveJob,
    fillDefaultJob,
    sweepJob,
    previewJob,
    previewSweepJob,
    digestSweepJob,
    digestSendJob,
    actionJob,
    actionSweepJob,
  ],
  hookTargets: [chatHookTarget],
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
    ...await mediaKeptForLater(db, organizationId, ids),
  ],
});
