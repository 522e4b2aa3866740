// Messages that are written now and sent later: what their author does with them. Sending is in sender.ts.
// Nobody else sees them, whatever the role; the rights that count are those at the time of sending, but what cannot be sent
// today is refused today.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { isUuid, newId } from "../../../kernel/ids.ts";
import { isBlank } from "../../../protocol/texts.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import { CONFIRM_MENTIONS_FROM } from "../../../protocol/chat/chat.ts";
import type { Page } from "../../../protocol/common.ts";
import {
  MAX_SCHEDULE_DAYS,
  MAX_SCHEDULED,
  type Scheduled,
  type ScheduledQuery,
  type ScheduleInput,
  type ScheduleUpdate,
} from "../../../protocol/chat/extras.ts";
import type { UserChatEvents } from "../../../protocol/pushes/chat.ts";
import type { App, Ctx } from "../../context.ts";
import { type Access, accessWith, requireRight } from "../channels/access.ts";
import { requireOwnUploads } from "../messages/files.ts";
import { findMentions } from "../messages/mentions.ts";
import { readableMessage } from "../messages/store.ts";
import { noteDue, sendClaimed } from "./sender.ts";
import {
  changeScheduled,
  claimOne,
  deleteScheduled,
  hasRoom,
  insertScheduled,
  isClaimed,
  type Owner,
  scheduledById,
  scheduledPage,
  type ScheduledRow,
  toScheduled,
} from "./store.ts";

/** A clock that differs a little must not refuse "in a minute". */
const GRACE_MS = 5_000;

function ownerOf(ctx: Ctx): Owner {
  authorize(ctx.actor, "chat.send");
  return { organizationId: ctx.actor.organizationId, userId: requireUser(ctx.actor) };
}

/**
 * Keeps a message until its time. Needs the right to write in the channel now already.
 * @throws AppError forbidden, not_found, muted, banned, channel_archived, validation_failed, confirmation_required,
 *   conflict when too many wait
 */
export async function schedule(
  ctx: Ctx,
  input: ScheduleInput,
  kind: Scheduled["kind"] = "message",
): Promise<Scheduled> {
  const owner = ownerOf(ctx), { app, actor } = ctx;
  const now = app.now();
  const sendAt = checkTime(input.send_at, now);
  const access = await accessWith(app.db, actor, input.channel_id, kind === "message" ? "post" : "read", now);
  if (kind === "message") checkContent(access, input);
  if (input.reply_to_id) await checkReply(ctx, input.channel_id, input.reply_to_id, now);
  const attachments = [...new Set(input.attachments)];
  const row = await app.db.withTx(async (tx) => {
    await requireOwnUploads(tx, owner, attachments);
    return await insertScheduled(tx, {
      id: newId(),
      organization_id: owner.organizationId,
      user_id: owner.userId,
      kind,
      channel_id: input.channel_id,
      reply_to_id: input.reply_to_id ?? null,
      content: input.content,
      attachments,
      program: actor.kind === "token",
      send_at: sendAt,
      status: "pending",
      attempts: 0,
      failure_code: null,
      failure_reason: null,
      message_id: null,
      created_at: now,
      updated_at: now,
    }, MAX_SCHEDULED);
  });
  if (!row) throw tooMany();
  noteDue(app, row.send_at);
  tellDevices(app, row);
  return toScheduled(row);
}

const tooMany = () => new AppError("conflict", `At most ${MAX_SCHEDULED} messages can wait to be sent.`);

function checkTime(text: string, now: Date): Date {
  const at = new Date(text);
  const problem = at.getTime() < now.getTime() - GRACE_MS
    ? "must be in the future"
    : at.getTime() > now.getTime() + MAX_SCHEDULE_DAYS * 86_400_000
    ? "at most a year from now"
    : undefined;
  if (!problem) return at;
  throw new AppError("validation_failed", `send_at: ${problem}`, { errors: [{ path: "send_at", message: problem }] });
}

/** What sending would refuse, and what only its author can confirm. */
function checkContent(
  access: Access,
  input: Pick<ScheduleInput, "content" | "attachments" | "confirm_mentions">,
): void {
  if (input.attachments.length) requireRight(access, "upload");
  const words = findMentions(input.content);
  if (!words.channel && !words.here) return;
  requireRight(access, "mention_all");
  const others = access.channel.member_count - 1;
  if (others < CONFIRM_MENTIONS_FROM || input.confirm_mentions) return;
  throw new AppError(
    "confirmation_required",
    `This would notify up to ${others} people. Send it with confirm_mentions: true if that is meant.`,
  );
}

async function checkReply(ctx: Ctx, channelId: string, id: string, now: Date): Promise<void> {
  const found = await readableMessage(ctx.app.db, ctx.actor, id, now).catch(() => undefined);
  if (found?.row.channel_id === channelId && found.row.message_type !== "system") return;
  const message = "no such message in this channel";
  throw new AppError("validation_failed", "The message to answer is not in this channel.", {
    errors: [{ path: "reply_to_id", message }],
  });
}

/** The caller's own, by time. */
export async function listScheduled(ctx: Ctx, query: ScheduledQuery): Promise<Page<Scheduled>> {
  const owner = ownerOf(ctx);
  const rows = await scheduledPage(ctx.app.db, owner, {
    status: query.status,
    channelId: query.channel_id,
    after: query.cursor === undefined ? undefined : afterOf(query.cursor),
    limit: query.limit + 1,
  });
  return toPage(rows, query.limit, (row) => [row.send_at.getTime(), row.id], toScheduled);
}

function afterOf(cursor: string): [Date, string] {
  const [at, id] = decodeCursor(cursor, 2);
  if (typeof at === "number" && Number.isSafeInteger(at) && isUuid(String(id))) return [new Date(at), String(id)];
  throw new AppError("validation_failed", "The cursor is not one that this server gave out.", {
    errors: [{ path: "cursor", message: "not a valid cursor" }],
  });
}

/** @throws AppError as `schedule`; conflict when it is sent already or this very moment */
export async function updateScheduled(ctx: Ctx, id: string, input: ScheduleUpdate): Promise<Scheduled> {
  const owner = ownerOf(ctx), { app } = ctx;
  const now = app.now();
  const before = await scheduledById(app.db, owner, id);
  if (!before) throw notFound("scheduled message");
  const content = input.content ?? before.content, attachments = input.attachments ?? before.attachments;
  if (isBlank(content) && attachments.length === 0) {
    const message = "a text or an attachment is required";
    throw new AppError("validation_failed", message, { errors: [{ path: "content", message }] });
  }
  const sendAt = checkTime(input.send_at ?? before.send_at.toISOString(), now);
  const access = await accessWith(
    app.db,
    ctx.actor,
    before.channel_id,
    before.kind === "message" ? "post" : "read",
    now,
  );
  // Who confirmed the text before need not do so again to change the time.
  if (before.kind === "message" && (input.content !== undefined || input.attachments !== undefined)) {
    checkContent(access, { content, attachments, confirm_mentions: input.confirm_mentions });
  }
  const row = await app.db.withTx(async (tx) => {
    const room = await hasRoom(tx, owner, MAX_SCHEDULED);
    const current = await scheduledById(tx, owner, id, true);
    if (!current) throw notFound("scheduled message");
    mustWait(current, now);
    if (current.status === "failed" && !room) throw tooMany();
    // A file that is gone by now does not keep its author from changing the time.
    if (input.attachments !== undefined) await requireOwnUploads(tx, owner, attachments);
    return await changeScheduled(tx, owner, id, { content, attachments, sendAt }, now);
  });
  noteDue(app, row.send_at);
  tellDevices(app, row);
  return toScheduled(row);
}

/** @throws AppError conflict */
function mustWait(row: ScheduledRow & { claimed_at: Date | null }, now: Date): void {
  if (row.status === "sent") throw new AppError("conflict", "It has been sent already.");
  if (isClaimed(row, now)) throw new AppError("conflict", "It is being sent this very moment.");
}

/** Takes it off the list; it is not sent then. A sent one only leaves the list. @throws AppError not_found, conflict */
export async function cancelScheduled(ctx: Ctx, id: string): Promise<void> {
  const owner = ownerOf(ctx), { app } = ctx;
  const now = app.now();
  const row = await app.db.withTx(async (tx) => {
    const current = await scheduledById(tx, owner, id, true);
    if (!current) throw notFound("scheduled message");
    if (current.status === "pending") mustWait(current, now);
    await deleteScheduled(tx, owner, id);
    return current;
  });
  tellDevices(app, row);
}

/** Sends it at once instead of at its time. @throws AppError as sending; it stays on the list then */
export async function sendScheduledNow(ctx: Ctx, id: string): Promise<Scheduled> {
  const owner = ownerOf(ctx), { app } = ctx;
  const row = await claimOne(app.db, owner, id, app.now());
  if (!row) {
    const known = await scheduledById(app.db, owner, id);
    if (!known) throw notFound("scheduled message");
    throw new AppError(
      "conflict",
      known.status === "sent" ? "It has been sent already." : "It is being sent this very moment.",
    );
  }
  await sendClaimed(app, row, ctx);
  return toScheduled((await scheduledById(app.db, owner, id))!);
}

/** The person's devices fetch it, or find that it is gone. */
function tellDevices(app: App, row: Pick<ScheduledRow, "id" | "organization_id" | "user_id">): void {
  const data: UserChatEvents["scheduled_changed"] = { id: row.id };
  app.realtime.publishEphemeral(row.organization_id, channels.userChat(row.user_id), "scheduled_changed", data);
}
