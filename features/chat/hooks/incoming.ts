// Incoming webhooks that post into chat channels. Whoever makes one must be able to write in the channel or administer it
// at that moment; from then on the webhook itself is what may write, as a program of its own name, until an admin of
// webhooks removes it or the channel is archived.
import { may } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { HookTarget } from "../../define.ts";
import { loadAccess, requireRight } from "../channels/access.ts";
import { postAsBot } from "./post.ts";

export const chatHookTarget: HookTarget = {
  channel: channels.chat,
  async authorize(ctx, match) {
    const access = await loadAccess(ctx.app.db, ctx.actor, match[1]!, ctx.app.now());
    if (!may(ctx.actor, "chat.send")) throw new AppError("forbidden", "You may not write in this channel.");
    if (access.channel.archived_at) throw new AppError("channel_archived", "This channel is archived.");
    if (!access.rights.has("manage")) requireRight(access, "post");
  },
  async post(app, organizationId, match, { hookId, senderName, content, cards }) {
    await postAsBot(app, {
      organizationId,
      channelId: match[1]!,
      senderName,
      content,
      cards,
      hookId,
      mentionAll: true,
    });
  },
};
