// A person's inbox: list, unread count, read, read all. Reading is told to the person's other devices.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { isUuid } from "../../../kernel/ids.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { InboxItem, InboxQuery } from "../../../protocol/notifications/notifications.ts";
import type { Page } from "../../../protocol/common.ts";
import type { App, Ctx } from "../../context.ts";
import { countUnread, findReader, type InboxRow, listInbox, markAllRead, markRead, type Reader } from "./store.ts";

async function readerOf(ctx: Ctx): Promise<Reader> {
  authorize(ctx.actor, "notifications.read");
  const reader = await findReader(ctx.app.db, ctx.actor.organizationId, requireUser(ctx.actor));
  if (!reader) throw notFound("user");
  return reader;
}

/** One page, newest first, with the number of unread ones in the whole inbox. Needs `notifications.read`. */
export async function readInbox(ctx: Ctx, query: InboxQuery): Promise<Page<InboxItem> & { unread_count: number }> {
  const reader = await readerOf(ctx);
  const before = query.cursor === undefined ? undefined : cursorId(query.cursor);
  const [rows, unread_count] = await Promise.all([
    listInbox(ctx.app.db, reader, { before, unread: query.unread, type: query.type, limit: query.limit + 1 }),
    countUnread(ctx.app.db, reader),
  ]);
  return { ...toPage(rows, query.limit, (row) => [row.id], (row) => toItem(row, reader)), unread_count };
}

/** An id out of a cursor. @throws AppError `validation_failed` */
export function cursorId(cursor: string): string {
  const [id] = decodeCursor(cursor, 1);
  if (typeof id === "string" && isUuid(id)) return id;
  throw new AppError("validation_failed", "The cursor is not one that this server gave out.", {
    errors: [{ path: "cursor", message: "not a valid cursor" }],
  });
}

function toItem(row: InboxRow, reader: Reader): InboxItem {
  return {
    id: row.id,
    type: row.type,
    message: row.message,
    data: row.data,
    channel: row.audience === "users" ? channels.userNotifications(reader.userId) : row.channel,
    sender: { id: row.sender_id, name: row.sender_name },
    created_at: row.created_at.toISOString(),
    read_at: row.read_at?.toISOString() ?? null,
  };
}

/** @throws AppError `not_found` when it is not in the caller's inbox */
export async function readOne(ctx: Ctx, id: string): Promise<{ unread_count: number }> {
  const reader = await readerOf(ctx);
  if (!await markRead(ctx.app.db, reader, id, ctx.app.now())) throw notFound("notification");
  return await tellReader(ctx.app, reader, [id]);
}

export async function readAll(ctx: Ctx): Promise<{ unread_count: number }> {
  const reader = await readerOf(ctx);
  await markAllRead(ctx.app.db, reader, ctx.app.now());
  return await tellReader(ctx.app, await readerOf(ctx), "all");
}

async function tellReader(app: App, reader: Reader, ids: string[] | "all"): Promise<{ unread_count: number }> {
  const unread_count = await countUnread(app.db, reader);
  const channel = channels.userNotifications(reader.userId);
  app.realtime.publishEphemeral(reader.organizationId, channel, "notification_read", { ids, unread_count });
  return { unread_count };
}

/** Tells these people's devices that notifications were read, or went, without their doing in the inbox. */
export async function tellReaders(
  app: App,
  organizationId: string,
  userIds: readonly string[],
  ids: string[],
): Promise<void> {
  for (const userId of userIds) {
    const reader = await findReader(app.db, organizationId, userId);
    if (reader) await tellReader(app, reader, ids);
  }
}
