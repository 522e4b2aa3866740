// Sending messages. `sendMessage` is the one way in for people, programs, the socket, scheduled messages and
// webhooks: one group commit per instance, so that hundreds of senders per second fit on the embedded database.
// Never call it inside `withTx`: it waits for a transaction of its own.
import { perApp } from "../../../kernel/per_app.ts";
import { authorize } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { GroupCommit } from "../../../kernel/group_commit.ts";
import { newId } from "../../../kernel/ids.ts";
import { SqlError } from "../../../db/sql.ts";
import { messageText } from "../../../protocol/chat/card_text.ts";
import type { Message, SendInput } from "../../../protocol/chat/chat.ts";
import type { App, Ctx } from "../../context.ts";
import { accessWith } from "../channels/access.ts";
import { checkContent } from "../filter/filter.ts";
import { findMentions } from "./mentions.ts";
import { type SendItem, writeSends } from "./prepare.ts";

export interface SendOptions {
  /** Shown instead of the person's name: webhooks. */
  senderName?: string;
  /** Written by a program; messages that came with an API token are so by themselves. */
  program?: boolean;
}

/**
 * Sends a message. A repeated `client_id` answers the first message.
 * @returns after COMMIT
 * @throws AppError forbidden, not_found, muted, banned, channel_archived, message_blocked, confirmation_required,
 *   validation_failed, rate_limited, unavailable
 */
export async function sendMessage(
  ctx: Ctx,
  channelId: string,
  input: SendInput,
  options: SendOptions = {},
): Promise<Message> {
  const { app, actor } = ctx;
  authorize(actor, "chat.send");
  if (input.cards?.length) requireProgram(ctx);
  const text = messageText(input);
  const verdict = await checkContent(ctx, channelId, text, {
    allowed: () => accessWith(app.db, actor, channelId, "post", app.now()),
  });
  const words = findMentions(text);
  return await groupCommitOf(app).submit({
    id: newId(),
    actor,
    channelId,
    input,
    senderName: options.senderName ?? null,
    bot: options.program ?? actor.kind === "token",
    words,
    verdict,
    createdAt: app.now(),
    online: words.here ? app.realtime.onlineUsers(actor.organizationId).length : 0,
  });
}

/** Cards are what programs say: a person's words are a person's. @throws AppError `forbidden` */
export function requireProgram({ actor }: Ctx): void {
  if (actor.kind !== "person") return;
  throw new AppError("forbidden", "Cards come from programs: send them with an API token or through a webhook.");
}

/** Weight in one transaction and in the queue; a message weighs 1 and so does each 2 KiB. */
const MAX_GROUP = 500;
const MAX_WAITING = 20_000;

const groupCommitOf = perApp((app: App) =>
  new GroupCommit<SendItem, Message>({
    maxGroup: MAX_GROUP,
    maxWaiting: MAX_WAITING,
    weight: ({ input }) =>
      1 + input.attachments.length +
      Math.floor((input.content.length + (input.cards ? JSON.stringify(input.cards).length : 0)) / 2048),
    // A person or channel that was deleted meanwhile, a client_id that another instance has just written.
    isItemFault: (error) => error instanceof SqlError && /^(22|23|54)/.test(error.code),
    write: (items) => app.db.withTx((tx) => writeSends(tx, items, app.now())),
  })
);
