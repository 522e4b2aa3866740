// What a person has begun to write, per channel and thread, on all devices. Invariants:
//  - only its author ever sees a draft, and only while the channel may be read;
//  - the newest wins, whatever the order in which writes arrive; a removed draft leaves an empty mark for a day, so that a
//    write from before it does not bring it back;
//  - a message that its author sends removes the draft of that place: clients need not (clearDraftsConsumer).
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { AppError } from "../../../kernel/errors.ts";
import { json, type Queryable, sql } from "../../../db/sql.ts";
import { isBlank } from "../../../protocol/texts.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import { type Draft, type DraftInput, MAX_DRAFTS } from "../../../protocol/chat/extras.ts";
import type { ChannelEvents, UserChatEvents } from "../../../protocol/pushes/chat.ts";
import type { App, Ctx } from "../../context.ts";
import type { Consumer } from "../../define.ts";
import { accessWith } from "../channels/access.ts";
import { readableChannels } from "../channels/store.ts";
import { requireOwnUploads } from "./files.ts";
import { readableMessage } from "./store.ts";

const MARK_HOURS = 24;

interface DraftRow {
  channel_id: string;
  root_id: string | null;
  content: string;
  attachments: string[];
  updated_at: Date;
}

const toDraft = (row: DraftRow): Draft => ({ ...row, updated_at: row.updated_at.toISOString() });

/** The caller's drafts in channels that the caller may read, newest first: at most MAX_DRAFTS. Needs `chat.read`. */
export async function listDrafts(ctx: Ctx): Promise<{ items: Draft[] }> {
  authorize(ctx.actor, "chat.read");
  const userId = requireUser(ctx.actor), { organizationId } = ctx.actor;
  const rows = await ctx.app.db.rows<DraftRow>(sql`
    select d.channel_id, d.root_id, d.content, d.attachments, d.updated_at from chat_drafts d
    join ${readableChannels(organizationId, userId, ctx.app.now())} r on r.channel_id = d.channel_id
    where d.user_id = ${userId} and d.organization_id = ${organizationId}
      and (d.content <> '' or d.attachments <> '[]')
    order by d.updated_at desc limit ${MAX_DRAFTS}`);
  return { items: rows.map(toDraft) };
}

/**
 * Keeps a draft, unless a newer one is there already. An empty one removes it.
 * @returns what is kept now
 * @throws AppError not_found, forbidden, validation_failed (a file that is not the caller's), conflict when there are too many
 */
export async function saveDraft(
  ctx: Ctx,
  channelId: string,
  rootId: string | undefined,
  input: DraftInput,
): Promise<Draft> {
  const { app, actor } = ctx;
  const now = app.now();
  await checkPlace(ctx, channelId, rootId, now);
  const said = input.updated_at ? new Date(input.updated_at) : now;
  const updatedAt = said > now ? now : said;
  const content = isBlank(input.content) ? "" : input.content;
  const attachments = [...new Set(input.attachments)];
  const { row, changed } = await write(ctx, {
    channel_id: channelId,
    root_id: rootId ?? null,
    content,
    attachments,
    updated_at: updatedAt,
  });
  if (changed) tellDevices(app, actor.organizationId, requireUser(actor), row);
  return toDraft(row);
}

/** Removes a draft; harmless when there is none. @throws AppError not_found, forbidden */
export async function deleteDraft(ctx: Ctx, channelId: string, rootId: string | undefined): Promise<void> {
  await saveDraft(ctx, channelId, rootId, { content: "", attachments: [] });
}

/** After what was written there was done: the draft goes, whether the place may still be read or not. */
export async function forgetDraft(ctx: Ctx, channelId: string, rootId: string | null): Promise<void> {
  const { row, changed } = await write(ctx, {
    channel_id: channelId,
    root_id: rootId,
    content: "",
    attachments: [],
    updated_at: ctx.app.now(),
  });
  if (changed) tellDevices(ctx.app, ctx.actor.organizationId, requireUser(ctx.actor), row);
}

async function checkPlace(ctx: Ctx, channelId: string, rootId: string | undefined, now: Date): Promise<void> {
  authorize(ctx.actor, "chat.read");
  requireUser(ctx.actor);
  await accessWith(ctx.app.db, ctx.actor, channelId, "read", now);
  if (!rootId) return;
  const { row } = await readableMessage(ctx.app.db, ctx.actor, rootId, now);
  if (row.channel_id === channelId && !row.root_id) return;
  throw new AppError("validation_failed", "This is not the first message of a thread in this channel.", {
    errors: [{ path: "root_id", message: "no such thread in this channel" }],
  });
}

async function write(ctx: Ctx, draft: DraftRow): Promise<{ row: DraftRow; changed: boolean }> {
  const { organizationId } = ctx.actor, userId = requireUser(ctx.actor);
  const empty = draft.content === "" && draft.attachments.length === 0;
  return await ctx.app.db.withTx(async (tx) => {
    // One person's writes take turns, so that the limit holds.
    await tx.rows(
      sql`select id from users where id = ${userId} and organization_id = ${organizationId} for no key update`,
    );
    const known = await tx.maybe<DraftRow>(sql`
      select channel_id, root_id, content, attachments, updated_at from chat_drafts
      where user_id = ${userId} and channel_id = ${draft.channel_id} and organization_id = ${organizationId}
        and root_id is not distinct from ${draft.root_id}::uuid`);
    if (known && known.updated_at > draft.updated_at) return { row: known, changed: false };
    if (!known && empty) return { row: draft, changed: false };
    await requireOwnUploads(tx, { organizationId, userId }, draft.attachments);
    if (!known) await checkCount(tx, organizationId, userId);
    await tx.run(sql`
      insert into chat_drafts (user_id, channel_id, root_id, organization_id, content, attachments, updated_at)
      values (${userId}, ${draft.channel_id}, ${draft.root_id}, ${organizationId}, ${draft.content},
        ${json(draft.attachments)}, ${draft.updated_at})
      on conflict (user_id, channel_id, root_id) do update
        set content = excluded.content, attachments = excluded.attachments, updated_at = excluded.updated_at`);
    return { row: draft, changed: true };
  });
}

async function checkCount(tx: Queryable, organizationId: string, userId: string): Promise<void> {
  const { count } = await tx.one<{ count: number }>(sql`
    select count(*)::int as count from chat_drafts where user_id = ${userId} and organization_id = ${organizationId}`);
  if (count < MAX_DRAFTS) return;
  // Marks of removed drafts make room.
  const freed = await tx.run(sql`
    delete from chat_drafts where user_id = ${userId} and organization_id = ${organizationId} and content = ''
      and attachments = '[]'`);
  if (count - freed >= MAX_DRAFTS) {
    throw new AppError("conflict", `There are ${MAX_DRAFTS} drafts already. Send or remove some first.`);
  }
}

function tellDevices(app: App, organizationId: string, userId: string, row: DraftRow): void {
  const data: UserChatEvents["draft_changed"] = toDraft(row);
  app.realtime.publishEphemeral(organizationId, channels.userChat(userId), "draft_changed", data);
}

/**
 * Clears drafts after sending: what the author had written there before the message. Messages of programs and scheduled
 * ones were not in the composer.
 */
export const clearDraftsConsumer: Consumer = {
  name: "chat.clear_drafts",
  async handle(app, events) {
    const sent = events.filter((event) => event.type === "chat_message" && event.channel.startsWith(channels.chat("")))
      .map((event) => ({
        organizationId: event.organizationId,
        ...(event.push.data as ChannelEvents["chat_message"]).message,
      }))
      .filter((m) => m.user.id && !m.user.is_bot && !m.client_id?.startsWith(SCHEDULED_PREFIX));
    if (sent.length === 0) return;
    const cleared = await app.db.rows<DraftRow & { organization_id: string; user_id: string }>(sql`
      update chat_drafts d set content = '', attachments = '[]'
      from (select user_id, channel_id, root_id, max(at) as at from unnest(${sent.map((m) => m.user.id)}::uuid[],
          ${sent.map((m) => m.channel_id)}::uuid[], ${sent.map((m) => m.root_id)}::uuid[],
          ${sent.map((m) => new Date(m.created_at))}::timestamptz[]) as n (user_id, channel_id, root_id, at)
        group by user_id, channel_id, root_id) n
      where d.user_id = n.user_id and d.channel_id = n.channel_id and d.root_id is not distinct from n.root_id
        and d.updated_at <= n.at and (d.content <> '' or d.attachments <> '[]')
      returning d.organization_id, d.user_id, d.channel_id, d.root_id, d.content, d.attachments, d.updated_at`);
    for (const { organization_id, user_id, ...row } of cleared) tellDevices(app, organization_id, user_id, row);
  },
};

/** `client_id` of scheduled messages: this and the id. */
export const SCHEDULED_PREFIX = "scheduled:";

/** Marks of removed drafts go after a day. */
export async function sweepDrafts(app: App): Promise<void> {
  const old = new Date(app.now().getTime() - MARK_HOURS * 3_600_000);
  await app.db.run(sql`delete from chat_drafts where content = '' and attachments = '[]' and updated_at < ${old}`);
}
