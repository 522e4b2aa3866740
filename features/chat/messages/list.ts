// Reading messages: one, or a page of a channel.
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { notFound } from "../../../kernel/errors.ts";
import type { Message, MessageQuery } from "../../../protocol/chat/chat.ts";
import type { Page } from "../../../protocol/common.ts";
import type { Ctx } from "../../context.ts";
import { accessWith } from "../channels/access.ts";
import { messageById, type MessageRange, messageRange, readableMessage, seqAt } from "./store.ts";
import { type MessageRow, toMessages } from "./views.ts";

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
