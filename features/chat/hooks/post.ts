// Messages of programs that are nobody's: incoming webhooks and custom commands. Whoever lets them in (the webhook's or the
// command's own rules) has decided that they may write here; this writes, unless the channel is archived or the automatic
// filter refuses the text.
import { systemActor } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { cutMarked } from "../../../kernel/cut_text.ts";
import { newId } from "../../../kernel/ids.ts";
import { clean } from "../../../kernel/markdown_text.ts";
import { sql, type Tx } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import { messageText } from "../../../protocol/chat/card_text.ts";
import { type Card, withoutClicks } from "../../../protocol/chat/cards.ts";
import { CONFIRM_MENTIONS_FROM, MAX_CONTENT_BYTES, type Mention, type Message } from "../../../protocol/chat/chat.ts";
import type { App } from "../../context.ts";
import { actionReceiver } from "../../notifications/mod.ts";
import { lockChannel } from "../channels/store.ts";
import { checkContent } from "../filter/filter.ts";
import { groupsNamed } from "../messages/group_mentions.ts";
import { findMentions } from "../messages/mentions.ts";
import { messageById } from "../messages/store.ts";
import { insertMessages, threadOf } from "../messages/write.ts";
import { authorOf } from "../messages/views.ts";

export interface BotPost {
  organizationId: string;
  channelId: string;
  senderName: string;
  /** Markdown. */
  content: string;
  cards?: Card[];
  /** The incoming webhook: where clicks on the cards go. */
  hookId?: string;
  /** First message of the thread it belongs to. */
  rootId?: string | null;
  /** Whether `@channel`, `@here` and big groups call everybody; otherwise they are plain words. */
  mentionAll: boolean;
}

/** @returns the message, after COMMIT @throws AppError not_found, channel_archived, message_blocked, unavailable */
export async function postAsBot(app: App, post: BotPost): Promise<Message> {
  const { organizationId, channelId, rootId = null } = post;
  const content = cutMarked(clean(post.content), MAX_CONTENT_BYTES);
  const cards = await takesClicks(app, post) ? post.cards ?? [] : withoutClicks(post.cards ?? []);
  const text = messageText({ content, cards });
  const ctx = { app, actor: systemActor(organizationId), requestId: newId(), ip: null, userAgent: null, log: app.log };
  // The system's role would be exempt; a program is a member like any other here.
  const verdict = await checkContent({ ...ctx, actor: { ...ctx.actor, role: "member" } }, channelId, text);
  const props = {
    bot: true,
    ...(cards.length ? { cards } : {}),
    ...(cards.length && post.hookId ? { hook: post.hookId } : {}),
  };
  const author = authorOf({ user_id: null, sender_name: post.senderName, props }, undefined);
  return await app.db.withTx(async (tx) => {
    const channel = await lockChannel(tx, organizationId, channelId);
    if (!channel) throw notFound("channel");
    if (channel.archived_at) {
      throw new AppError("channel_archived", "This channel is archived: it can be read, but not written in.");
    }
    const target = rootId ? await messageById(tx, organizationId, rootId) : undefined;
    const thread = target?.channel_id === channelId && !target.deleted_at ? target : undefined;
    const root = thread?.root_id ? await messageById(tx, organizationId, thread.root_id) : thread;
    const [written] = await insertMessages(tx, [{
      id: newId(),
      organizationId,
      channelId,
      direct: channel.type === "direct",
      userId: null,
      senderName: post.senderName,
      author,
      replyTo: thread ? { id: thread.id, ...threadOf(thread.root_id ?? thread.id, root) } : null,
      messageType: "text",
      content,
      mentions: await mentionsIn(tx, channelId, text, post.mentionAll),
      attachments: [],
      props,
      clientId: null,
      createdAt: app.now(),
    }]);
    if (verdict.verdict === "flag") {
      const { rule, reason } = verdict;
      const data = { message_id: written!.row.id, channel_id: channelId, user_id: null, rule, reason };
      tx.emit({ organizationId, channel: channels.moderation(), type: "message_flagged", data });
    }
    return written!.message;
  });
}

/** As cards/actions.ts decides it when somebody clicks. */
async function takesClicks(app: App, { organizationId, hookId, cards = [] }: BotPost): Promise<boolean> {
  if (!hookId || !cards.some((card) => card.actions?.length)) return false;
  return await actionReceiver(app, organizationId, hookId) !== undefined;
}

async function mentionsIn(tx: Tx, channelId: string, content: string, all: boolean): Promise<Mention[]> {
  const words = findMentions(content);
  const people = words.names.length === 0 ? [] : await tx.rows<{ id: string; username: string }>(sql`
    select u.id, u.username from users u join channel_members m on m.user_id = u.id and m.channel_id = ${channelId}
    where lower(u.username) = any(${words.names}::text[]) and u.is_active order by u.username`);
  const groups = await groupsNamed(tx, words.names.map((name) => ({ channelId, name })));
  const mentions: Mention[] = [
    ...people.map((person) => ({ type: "user" as const, ...person })),
    ...[...groups.values()].filter((group) => all || group.user_ids.length < CONFIRM_MENTIONS_FROM),
  ];
  if (all && words.channel) mentions.push({ type: "channel" });
  else if (all && words.here) mentions.push({ type: "here" });
  return mentions;
}
