// Sending and reading messages. `sendMessage` is the one way in for people, programs, the socket, scheduled messages and
// webhooks: one group commit per instance, so that hundreds of senders per second fit on the embedded database.
// Never call it inside `withTx`: it waits for a transaction of its own.
import { perApp } from "../../../kernel/per_app.ts";
import { authorize } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { GroupCommit } from "../../../kernel/group_commit.ts";
import { newId } from "../../../kernel/ids.ts";
import { SqlError } from "../../../db/sql.ts";
import { messageText } from "../../../protocol/chat/card_text.ts";
import type { Message, MessageQuery, SendInput } from "../../../protocol/chat/chat.ts";
import type { Page } from "../../../protocol/common.ts";
import type { App, Ctx } from "../../context.ts";
import { accessWith } from "../channels/access.ts";
import { checkContent } from "../filter/filter.ts";
import { findMentions } from "./mentions.ts";
import { messageById, type MessageRange, messageRange, readableMessage, seqAt } from "./store.ts";
import { type SendItem, writeSends } from "./send.ts";
import { type MessageRow, toMessages } from "./views.ts";

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

/** One message. @throws AppError `not_found` */
export async function getMessage(ctx: Ctx, id: string): Promise<Message> {
  const { row } = await readableMessage(ctx.app.db, ctx.actor, id, ctx.app.now());
  return (await toMessages(ctx.app.db, ctx.actor.organizationId, [row]))[0]!;
}

/**
 * A page of a channel: newest first, or oldest first with `after`, `around`, `around_seq` and `at`. `next_cursor`
 * continues in the same direction; with the last three towards newer messages.
 * @throws AppError not_found, forbidden, banned, validation_failed
 */
export async function listMessages(ctx: Ctx, channelId: string, query: MessageQuery): Promise<Page<Message>> {
  const { app, actor } = ctx;
  const access = await accessWith(app.db, actor, channelId, "read", app.now());
  const { rows, ascending, more } = await readPage(ctx, {
    organizationId: actor.organizationId,
    channelId,
    visibleAfter: access.member!.visible_after_seq,
    replies: query.replies === "true",
    descending: true,
    limit: query.limit,
  }, query);
  const messages = await toMessages(app.db, actor.organizationId, rows);
  const shown = more ? rows.length - 1 : rows.length;
  return toPage(messages, shown, ({ seq }) => [ascending ? "after" : "before", seq], (message) => message);
}

/** Rows of the page; with `more` one too many stands at the end. */
async function readPage(
  ctx: Ctx,
  range: MessageRange,
  query: MessageQuery,
): Promise<{ rows: MessageRow[]; ascending: boolean; more: boolean }> {
  const { app: { db }, actor } = ctx;
  const ascendingPage = async (after: number) => {
    const rows = await messageRange(db, { ...range, after, descending: false, limit: range.limit + 1 });
    return { rows, ascending: true, more: rows.length > range.limit };
  };
  const descendingPage = async (before?: number) => {
    const rows = await messageRange(db, { ...range, before, limit: range.limit + 1 });
    return { rows, ascending: false, more: rows.length > range.limit };
  };
  /** Half before the position, the rest from it on. */
  const around = async (seq: number) => {
    const half = Math.floor(range.limit / 2);
    const [before, from] = await Promise.all([
      messageRange(db, { ...range, before: seq, limit: half }),
      messageRange(db, { ...range, after: seq - 1, descending: false, limit: range.limit - half + 1 }),
    ]);
    const more = from.length > range.limit - half;
    return { rows: [...before.reverse(), ...from], ascending: true, more };
  };
  const seqOf = async (id: string) => {
    const row = await messageById(db, actor.organizationId, id);
    if (!row || row.channel_id !== range.channelId || row.seq <= range.visibleAfter) throw notFound("message");
    return row.seq;
  };
  if (query.cursor) {
    const [direction, seq] = decodeCursor(query.cursor, 2);
    return direction === "after" ? await ascendingPage(Number(seq)) : await descendingPage(Number(seq));
  }
  if (query.before) return await descendingPage(await seqOf(query.before));
  if (query.after) return await ascendingPage(await seqOf(query.after));
  if (query.around) return await around(await seqOf(query.around));
  if (query.around_seq !== undefined) return await around(query.around_seq);
  if (query.at) {
    const seq = await seqAt(db, actor.organizationId, range.channelId, new Date(query.at));
    return seq === undefined ? await descendingPage() : await around(seq);
  }
  return await descendingPage();
}
