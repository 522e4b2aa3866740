// What may happen to a message after it was sent: editing, deleting, reactions, pins. Each is one transaction that locks the
// message, so that two changes at once follow each other, and one durable event.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { json, sql, type Tx } from "../../../db/sql.ts";
import { channels, type DurableType, type PushData } from "../../../protocol/wire/channels.ts";
import { qualifiedEmoji, reactionOf } from "../../../protocol/chat/emoji.ts";
import { messageText } from "../../../protocol/chat/card_text.ts";
import type { Card } from "../../../protocol/chat/cards.ts";
import { isBlank } from "../../../protocol/texts.ts";
import type { ChatUser, EditInput, Mention, Message, MessageEdit, Reaction } from "../../../protocol/chat/chat.ts";
import type {} from "../../../protocol/pushes/chat.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { sameCards } from "../cards/pictures.ts";
import { accessWith, requireRight } from "../channels/access.ts";
import { mentionsAfterEdit, moveMentions } from "./edit_mentions.ts";
import { checkContent } from "../filter/filter.ts";
import { changeableMessage, MESSAGE_COLUMNS, messageById, messageWith, readableMessage } from "./store.ts";
import { requireProgram } from "./send.ts";
import { hasLinks } from "./write.ts";
import { systemMessage } from "./system.ts";
import { chatUsers, isCounted, type MessageRow, reactionsOf, toChatUser, toMessages } from "./views.ts";

const MAX_EDITS = 200;
const MAX_EMOJI_PER_MESSAGE = 50;
const MAX_PINS = 100;

type ChatChannel = ReturnType<typeof channels.chat>;

/** Emits an event on the message's channel. */
function emit<T extends DurableType<ChatChannel>>(
  tx: Tx,
  row: MessageRow,
  type: T,
  data: PushData<ChatChannel, T>,
): void {
  tx.emit({ organizationId: row.organization_id, channel: channels.chat(row.channel_id), type, data });
}

/** Tells everybody in the channel how the message is now. @param before whom it called, when that was changed */
export async function announceMessage(
  tx: Tx,
  organizationId: string,
  id: string,
  before?: readonly Mention[],
): Promise<Message> {
  const row = await messageById(tx, organizationId, id);
  const [message] = await toMessages(tx, organizationId, [row!]);
  emit(tx, row!, "message_edited", { message: message!, ...(before ? { mentions_before: [...before] } : {}) });
  return message!;
}

/**
 * Changes the text of an own message, and a program its cards. What stood there is kept. Who is named anew is called, who is
 * no longer named is not called any more.
 * @throws AppError not_found, forbidden, muted, message_blocked, channel_archived, conflict (too many edits)
 */
export async function editMessage(ctx: Ctx, id: string, input: EditInput): Promise<Message> {
  const { app, actor } = ctx;
  authorize(actor, "chat.send");
  const userId = requireUser(actor);
  if (input.cards) requireProgram(ctx);
  const { row: seen } = await readableMessage(app.db, actor, id, app.now());
  const verdict = await checkContent(ctx, seen.channel_id, messageText(changed(seen, input)), { edit: true });
  return await app.db.withTx(async (tx) => {
    const { row } = await messageWith(tx, actor, id, "post", app.now());
    if (row.user_id !== userId || row.message_type === "system") {
      throw new AppError("forbidden", "Only the author can change a message.");
    }
    const next = changed(row, input), { content, cards } = next;
    if (isBlank(content) && cards.length === 0) {
      throw new AppError("validation_failed", "content: must not be empty", {
        errors: [{ path: "content", message: "must not be empty" }],
      });
    }
    const cardsStay = !input.cards || sameCards(cards, row.props.cards ?? []);
    if (row.content === content && cardsStay) return (await toMessages(tx, row.organization_id, [row]))[0]!;
    await keepVersion(tx, row, userId, app.now());
    const mentions = await mentionsAfterEdit(tx, row, messageText(next));
    const moved = JSON.stringify(mentions) !== JSON.stringify(row.mentions);
    if (moved) await moveMentions(tx, row, mentions, app.now());
    await tx.run(sql`
      update messages set content = ${content}, edited_at = ${app.now()}, mentions = ${json(mentions)},
        has_link = ${hasLinks(content, cards)},
        props = (props - 'previews' - 'cards') || ${json(cards.length ? { cards } : {})}
      where id = ${id}`);
    if (verdict.verdict === "flag") {
      tx.emit({
        organizationId: row.organization_id,
        channel: channels.moderation(),
        type: "message_flagged",
        data: {
          message_id: id,
          channel_id: row.channel_id,
          user_id: userId,
          rule: verdict.rule,
          reason: verdict.reason,
        },
      });
    }
    return await announceMessage(tx, row.organization_id, id, moved ? row.mentions : undefined);
  });
}

/** How the message is after the edit. */
function changed(row: MessageRow, input: EditInput): { content: string; cards: Card[] } {
  return { content: input.content ?? row.content, cards: input.cards ?? row.props.cards ?? [] };
}

async function keepVersion(tx: Tx, row: MessageRow, userId: string, now: Date): Promise<void> {
  const { count } = await tx.one<{ count: number }>(sql`
    select count(*)::int as count from message_edits where message_id = ${row.id}`);
  if (count >= MAX_EDITS) throw new AppError("conflict", `A message can be edited at most ${MAX_EDITS} times.`);
  await tx.run(sql`
    insert into message_edits (message_id, version, organization_id, channel_id, content, cards, edited_by, edited_at)
    values (${row.id}, ${count + 1}, ${row.organization_id}, ${row.channel_id}, ${row.content},
      ${row.props.cards ? json(row.props.cards) : null}, ${userId}, ${now})`);
}

/** Earlier texts, oldest first. @throws AppError `not_found` */
export async function messageVersions(ctx: Ctx, id: string): Promise<{ items: MessageEdit[]; current: Message }> {
  const { app, actor } = ctx;
  const { row } = await readableMessage(app.db, actor, id, app.now());
  // What was deleted is gone for readers, its earlier texts too.
  if (row.deleted_at) throw notFound("message");
  interface EditRow extends Omit<MessageEdit, "edited_at" | "cards"> {
    cards: Card[] | null;
    edited_at: Date;
  }
  const edits = await app.db.rows<EditRow>(sql`
    select version, content, cards, edited_by, edited_at from message_edits
    where message_id = ${id} and organization_id = ${actor.organizationId} order by version`);
  return {
    items: edits.map((edit) => ({
      ...edit,
      cards: edit.cards ?? [],
      edited_at: edit.edited_at.toISOString(),
    })),
    current: (await toMessages(app.db, actor.organizationId, [row]))[0]!,
  };
}

/** Leaves a tombstone. One's own, or with the right `delete_others`. @throws AppError not_found, forbidden */
export async function deleteMessage(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  await app.db.withTx(async (tx) => {
    const { row, access } = await changeableMessage(tx, actor, id, app.now());
    const own = row.user_id !== null && row.user_id === actor.userId;
    if (!own) requireRight(access, "delete_others");
    await tx.run(sql`
      update messages set deleted_at = ${app.now()}, pinned_at = null, pinned_by = null where id = ${id}`);
    await tx.run(sql`delete from message_mentions where message_id = ${id}`);
    const root = row.root_id
      ? await tx.maybe<{ reply_count: number; last_reply_at: Date | null }>(sql`
        update messages x set reply_count = greatest(0, x.reply_count - 1), last_reply_at = (
          select r.created_at from messages r where r.root_id = x.id and r.deleted_at is null order by r.seq desc limit 1)
        where x.id = ${row.root_id} returning x.reply_count, x.last_reply_at`)
      : undefined;
    emit(tx, row, "message_deleted", {
      message_id: id,
      root_id: row.root_id,
      ...(root ? { reply_count: root.reply_count, last_reply_at: root.last_reply_at?.toISOString() ?? null } : {}),
      seq: row.seq,
      counted: isCounted(row),
      mentions: row.mentions,
    });
    if (own) return;
    await writeAudit(tx, ctx, {
      action: "message.deleted",
      subject_type: "message",
      subject_id: id,
      details: { channel_id: row.channel_id, author_id: row.user_id },
    });
  });
}

// --- reactions -----------------------------------------------------------------------------------------------------

/**
 * @param name one emoji or `:custom:`; other names came with an import and can be joined where they stand
 * @throws AppError not_found, forbidden, muted, validation_failed (no emoji), conflict (too many different ones)
 */
export async function addReaction(ctx: Ctx, id: string, name: string): Promise<Reaction[]> {
  const known = reactionOf(name), emoji = known ?? qualifiedEmoji(name);
  return await changeReaction(ctx, id, emoji, "reaction_added", async (tx, row, userId) => {
    if (
      known === undefined && !await tx.maybe(sql`
      select 1 from message_reactions where message_id = ${id} and emoji = ${emoji} limit 1`)
    ) {
      const message = "one emoji, or the name of a custom one as :name:";
      throw new AppError("validation_failed", `A reaction is ${message}.`, { errors: [{ path: "emoji", message }] });
    }
    const { others } = await tx.one<{ others: number }>(sql`
      select count(distinct emoji)::int as others from message_reactions where message_id = ${id} and emoji <> ${emoji}`);
    if (others >= MAX_EMOJI_PER_MESSAGE) {
      throw new AppError("conflict", `A message has at most ${MAX_EMOJI_PER_MESSAGE} different reactions.`);
    }
    return await tx.run(sql`
      insert into message_reactions (message_id, emoji, user_id, organization_id, channel_id, created_at)
      values (${id}, ${emoji}, ${userId}, ${row.organization_id}, ${row.channel_id}, ${ctx.app.now()})
      on conflict do nothing`) > 0;
  });
}

/** @throws AppError not_found, forbidden, muted */
export async function removeReaction(ctx: Ctx, id: string, name: string): Promise<Reaction[]> {
  const emoji = reactionOf(name) ?? qualifiedEmoji(name);
  return await changeReaction(ctx, id, emoji, "reaction_removed", async (tx, _row, userId) =>
    await tx.run(sql`
      delete from message_reactions where message_id = ${id} and emoji = ${emoji} and user_id = ${userId}`) > 0);
}

async function changeReaction(
  ctx: Ctx,
  id: string,
  emoji: string,
  type: "reaction_added" | "reaction_removed",
  change: (tx: Tx, row: MessageRow, userId: string) => Promise<boolean>,
): Promise<Reaction[]> {
  const { app, actor } = ctx;
  authorize(actor, "chat.send");
  const userId = requireUser(actor);
  return await app.db.withTx(async (tx) => {
    const { row } = await messageWith(tx, actor, id, "react", app.now());
    const changed = await change(tx, row, userId);
    const reactions = (await reactionsOf(tx, row.organization_id, [id])).get(id) ?? [];
    if (changed) emit(tx, row, type, { message_id: id, emoji, user: await self(tx, ctx), reactions });
    return reactions;
  });
}

async function self(tx: Tx, ctx: Ctx): Promise<ChatUser> {
  const userId = requireUser(ctx.actor);
  return toChatUser((await chatUsers(tx, ctx.actor.organizationId, [userId])).get(userId)!);
}

// --- pins ----------------------------------------------------------------------------------------------------------

/** @throws AppError not_found, forbidden, conflict (too many) */
export async function pinMessage(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  const userId = requireUser(actor);
  await app.db.withTx(async (tx) => {
    const { row, access } = await messageWith(tx, actor, id, "pin", app.now());
    if (row.pinned_at) return;
    if (row.message_type === "system") throw new AppError("conflict", "The server's own messages are not pinned.");
    const { count } = await tx.one<{ count: number }>(sql`
      select count(*)::int as count from messages where channel_id = ${row.channel_id} and pinned_at is not null`);
    if (count >= MAX_PINS) throw new AppError("conflict", `A channel has at most ${MAX_PINS} pinned messages.`);
    await tx.run(sql`update messages set pinned_at = ${app.now()}, pinned_by = ${userId} where id = ${id}`);
    emit(tx, row, "message_pinned", { message_id: id, user: await self(tx, ctx) });
    if (access.channel.type === "direct") return;
    const actorName = { id: userId, username: actor.username };
    await systemMessage(tx, access.channel, { event: "message_pinned", actor: actorName, value: id }, app.now());
  });
}

/** @throws AppError not_found, forbidden */
export async function unpinMessage(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  await app.db.withTx(async (tx) => {
    const { row } = await messageWith(tx, actor, id, "pin", app.now());
    if (!row.pinned_at) return;
    await tx.run(sql`update messages set pinned_at = null, pinned_by = null where id = ${id}`);
    emit(tx, row, "message_unpinned", { message_id: id, user: await self(tx, ctx) });
  });
}

/** Newest pin first. @throws AppError not_found, forbidden */
export async function listPins(ctx: Ctx, channelId: string): Promise<Message[]> {
  const { app, actor } = ctx;
  const { member } = await accessWith(app.db, actor, channelId, "read", app.now());
  const rows = await app.db.rows<MessageRow>(sql`
    select ${MESSAGE_COLUMNS} from messages x
    where x.channel_id = ${channelId} and x.organization_id = ${actor.organizationId} and x.pinned_at is not null
      and x.seq > ${member!.visible_after_seq}
    order by x.pinned_at desc limit ${MAX_PINS}`);
  return await toMessages(app.db, actor.organizationId, rows);
}
