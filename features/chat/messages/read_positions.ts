// How far a person has read a channel, and who is typing. The position is stored; telling others about it is not: a device
// that was away reads the channel list anew.
import { perApp } from "../../../kernel/per_app.ts";
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { notFound } from "../../../kernel/errors.ts";
import { sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import { MAX_RECEIPT_MEMBERS, type ReadInput, type ReadState } from "../../../protocol/chat/chat.ts";
import type { ChannelSignals } from "../../../protocol/pushes/chat.ts";
import type { App, Ctx } from "../../context.ts";
import { readPlace } from "../../notifications/mod.ts";
import { accessWith, loadAccess, requireRight } from "../channels/access.ts";
import { unreadCounts } from "../channels/overview.ts";
import { messageById } from "./store.ts";
import { chatUsers, isCounted, type MessageRow, toChatUser } from "./views.ts";

/**
 * Notes that the caller has read up to a message; an older one changes nothing, unless `unread` asks for it. The caller's
 * other devices get `read_state`, the people of a small channel `message_read`.
 * @throws AppError not_found, forbidden
 */
export async function markRead(ctx: Ctx, channelId: string, input: ReadInput): Promise<ReadState> {
  const { app, actor } = ctx;
  const me = requireUser(actor);
  const before = await accessWith(app.db, actor, channelId, "read", app.now());
  const row = await messageById(app.db, actor.organizationId, input.message_id);
  if (!row || row.channel_id !== channelId || row.seq <= before.member!.visible_after_seq) throw notFound("message");
  const seq = input.unread ? row.seq - 1 : row.seq;
  const moved = (input.unread || before.member!.read_seq < seq) && await moveRead(ctx, me, row, input.unread);
  // Also when the position was there already: an edit may have called the person about something that was read before.
  if (!input.unread) {
    await readPlace(app, { organizationId: actor.organizationId, userId: me, placeId: channelId, partId: null, seq });
  }
  const access = await loadAccess(app.db, actor, channelId, app.now());
  const { channel, member } = access;
  const counts = (await unreadCounts(ctx, [access])).get(channelId);
  const state: ReadState = {
    channel_id: channelId,
    message_id: input.message_id,
    read_seq: member!.read_seq,
    unread_count: counts?.unread_count ?? 0,
    mention_count: counts?.mention_count ?? 0,
  };
  if (moved) {
    app.realtime.publishEphemeral(actor.organizationId, channels.userChat(me), "read_state", state);
    if (channel.member_count <= MAX_RECEIPT_MEMBERS && !input.unread) {
      const data: ChannelSignals["message_read"] = {
        user: { id: me, username: actor.username },
        message_id: input.message_id,
        read_seq: seq,
      };
      app.realtime.publishEphemeral(actor.organizationId, channels.chat(channelId), "message_read", data);
    }
  }
  return state;
}

/**
 * Sets the position to a message (`unread`: to just before it). Messages are numbered, so what lies before it is not looked
 * at; what the person wrote behind it stays read.
 * @returns false when it was there or further already
 */
async function moveRead({ app, actor }: Ctx, me: string, row: MessageRow, unread: boolean): Promise<boolean> {
  const seq = unread ? row.seq - 1 : row.seq;
  const rootNo = unread && isCounted(row) ? row.root_no - 1 : row.root_no;
  return await app.db.withTx(async (tx) => {
    // Locked first, so that the count sees what the person is writing at this moment.
    const member = await tx.maybe(sql`
      select 1 from channel_members where channel_id = ${row.channel_id} and user_id = ${me}
        and (read_seq < ${seq} or ${unread}) for update`);
    if (!member) return false;
    await tx.run(sql`
      update channel_members set read_seq = ${seq}, read_at = ${app.now()}, read_root_no = ${rootNo} + (
        select count(*) from messages x
        where x.channel_id = ${row.channel_id} and x.organization_id = ${actor.organizationId} and x.user_id = ${me}
          and x.seq > ${seq} and x.root_id is null and x.message_type <> 'system')
      where channel_id = ${row.channel_id} and user_id = ${me}`);
    return true;
  });
}

/** A person who types is shown once per this time, however many frames come. */
const TYPING_EVERY_MS = 1000;
const MAX_TYPING_KEPT = 10_000;
const lastTyping = perApp((_app: App) => new Map<string, number>());

/** Tells the channel that the caller is typing. @throws AppError not_found, forbidden, muted */
export async function sayTyping(ctx: Ctx, channelId: string, rootId: string | null): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "chat.send");
  const me = requireUser(actor);
  const times = lastTyping(app);
  const key = `${channelId} ${me}`, now = performance.now();
  if (now - (times.get(key) ?? -Infinity) < TYPING_EVERY_MS) return;
  times.delete(key);
  times.set(key, now);
  if (times.size > MAX_TYPING_KEPT) times.delete(times.keys().next().value!);
  requireRight(await loadAccess(app.db, actor, channelId, app.now()), "post");
  const person = (await chatUsers(app.db, actor.organizationId, [me])).get(me);
  if (!person) return;
  const data: ChannelSignals["user_typing"] = { user: toChatUser(person), root_id: rootId };
  app.realtime.publishEphemeral(actor.organizationId, channels.chat(channelId), "user_typing", data);
}
