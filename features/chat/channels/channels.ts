// Channels: listing, making, changing, archiving. What everybody in a channel should know is a durable event on it, what
// concerns one person's list goes to that person's own channel.
import { looksAlike } from "../../../kernel/look_alikes.ts";
import { type Actor, authorize, isGuest, refuseGuest, requireUser } from "../../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../../kernel/cursor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { isUniqueViolation, json, sql, type Tx } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import {
  type Channel,
  type ChannelQuery,
  type CreateChannelInput,
  MAX_DIRECT_MEMBERS,
  type SystemEvent,
  type UpdateChannelInput,
} from "../../../protocol/chat/chat.ts";
import type { Page } from "../../../protocol/common.ts";
import type { ChannelEvents } from "../../../protocol/pushes/chat.ts";
import { emitControl } from "../../accounts/mod.ts";
import { changesOf, writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { type Access, accessOf, loadAccess, requireRight } from "./access.ts";
import { channelExtras, NO_EXTRAS } from "./overview.ts";
import { channelList, type ChannelRow, lockChannel, toAccessRow } from "./store.ts";
import { takeOver } from "../members/defaults.ts";
import { addPeople } from "../members/moves.ts";
import { systemMessage } from "../messages/system.ts";
import { toChannel, toChannelInfo } from "../messages/views.ts";

/** The caller's channels and the public ones that may be joined, own first, by name. */
export async function listChannels(ctx: Ctx, query: ChannelQuery): Promise<Page<Channel>> {
  const { app, actor } = ctx;
  authorize(actor, "chat.read");
  const userId = requireUser(actor);
  const rows = await channelList(app.db, {
    organizationId: actor.organizationId,
    userId,
    now: app.now(),
    q: query.q,
    type: query.type,
    member: query.member === undefined ? undefined : query.member === "true",
    archived: query.archived === "true",
    guest: isGuest(actor),
    after: query.cursor ? decodeCursor(query.cursor, 3) as [number, string, string] : undefined,
    limit: query.limit + 1,
  });
  const accesses = rows.map((row) => accessOf(actor, toAccessRow(row)));
  const extras = await channelExtras(ctx, accesses);
  const list = rows.map((row, i) => ({ row, channel: toChannel(accesses[i]!, extras.get(row.id) ?? NO_EXTRAS) }));
  return toPage(list, query.limit, ({ row }) => [row.sort_rank, row.sort_name, row.id], ({ channel }) => channel);
}

/** @throws AppError `not_found` */
export async function getChannel(ctx: Ctx, id: string): Promise<Channel> {
  authorize(ctx.actor, "chat.read");
  return await channelView(ctx, await loadAccess(ctx.app.db, ctx.actor, id, ctx.app.now()));
}

async function channelView(ctx: Ctx, access: Access): Promise<Channel> {
  const extras = await channelExtras(ctx, [access]);
  return toChannel(access, extras.get(access.channel.id) ?? NO_EXTRAS);
}

/**
 * Makes a channel with the caller as its admin; a direct channel of the same people is opened instead of made twice.
 * @throws AppError forbidden, conflict (the name of another public channel), validation_failed
 */
export async function createChannel(ctx: Ctx, input: CreateChannelInput): Promise<{ channel: Channel; made: boolean }> {
  const { app, actor } = ctx;
  const userId = requireUser(actor);
  const direct = input.type === "direct";
  authorize(actor, direct ? "chat.send" : "chat.channels.create");
  const others = [...new Set(input.user_ids)].filter((id) => id !== userId);
  if (direct && others.length > MAX_DIRECT_MEMBERS - 1) {
    throw new AppError("validation_failed", `A direct conversation has at most ${MAX_DIRECT_MEMBERS} people.`, {
      errors: [{ path: "user_ids", message: `at most ${MAX_DIRECT_MEMBERS - 1} others` }],
    });
  }
  if (!direct) refuseGuest(actor);
  if (isGuest(actor)) await requireAcquaintances(ctx, input.user_ids, others);
  const key = direct ? [userId, ...others].sort().join(" ") : null;
  try {
    const { id, made } = await app.db.withTx(async (tx) => {
      const open = key === null ? undefined : await tx.maybe<{ id: string }>(sql`
        select id from channels where organization_id = ${actor.organizationId} and direct_key = ${key}`);
      if (open) {
        await tx.run(
          sql`update channel_members set hidden = false where channel_id = ${open.id} and user_id = ${userId}`,
        );
        return { id: open.id, made: false };
      }
      if (input.type === "public") await refuseAlike(tx, actor.organizationId, null, input.name ?? "");
      const taken = await takeOver(tx, actor, input, app.now());
      const channel = taken?.channel ?? await insertChannel(tx, actor, input, key, app.now());
      const people = direct
        ? [userId, ...others].map((id) => ({ userId: id, role: "member" as const }))
        : [{ userId, role: "admin" as const }, ...others.map((id) => ({ userId: id, role: "member" as const }))];
      if (!direct) await tell(tx, ctx, channel, { event: "channel_created" });
      const added = await addPeople(tx, ctx, channel, people, { quiet: true });
      const missing = others.findIndex((id) => !added.includes(id) && !taken?.members.includes(id));
      if (missing >= 0) throw noSuchUser(input.user_ids.indexOf(others[missing]!));
      if (taken) await announceChannel(tx, actor.organizationId, channel.id);
      if (!direct) {
        await writeAudit(tx, ctx, {
          action: "channel.created",
          subject_type: "channel",
          subject_id: channel.id,
          details: { name: channel.name, type: channel.type },
        });
      }
      return { id: channel.id, made: true };
    });
    return { channel: await getChannel(ctx, id), made };
  } catch (error) {
    // Two people opened the conversation at once: the other one's is there now.
    if (isUniqueViolation(error, "channels_direct")) return await createChannel(ctx, input);
    rethrowTaken(error);
  }
}

/** Guests write to those whom they meet in a channel; of others they do not learn that they exist. @throws AppError */
async function requireAcquaintances({ app, actor }: Ctx, asked: readonly string[], others: string[]): Promise<void> {
  const met = new Set(await app.acquaintances(app.db, actor.organizationId, actor.userId!));
  const stranger = others.find((id) => !met.has(id));
  if (stranger !== undefined) throw noSuchUser(asked.indexOf(stranger));
}

/** @param index of the person in what was asked for */
const noSuchUser = (index: number): AppError =>
  new AppError("validation_failed", "Some of the users do not exist in this organisation.", {
    errors: [{ path: `user_ids.${index}`, message: "no such user" }],
  });

function rethrowTaken(error: unknown): never {
  if (isUniqueViolation(error, "channels_public_name")) {
    throw new AppError("conflict", "There is a public channel of this name already.", {
      errors: [{ path: "name", message: "taken" }],
    });
  }
  throw error;
}

/** Of the same rule as the same name: among public channels that are not archived. @throws AppError conflict */
async function refuseAlike(tx: Tx, organizationId: string, id: string | null, name: string): Promise<void> {
  const length = [...name.normalize("NFKC").normalize("NFD")].length;
  const rows = await tx.rows<{ name: string }>(sql`
    select name from channels
    where organization_id = ${organizationId} and type = 'public' and archived_at is null
      and id is distinct from ${id}::uuid and char_length(normalize(normalize(name, nfkc), nfd)) = ${length}`);
  const other = rows.find((row) => looksAlike(row.name, name));
  if (!other) return;
  throw new AppError(
    "conflict",
    `In other letters this is the name of #${other.name}. Choose one that can be told apart.`,
    { errors: [{ path: "name", message: "looks like another channel's name" }] },
  );
}

async function insertChannel(
  tx: Tx,
  actor: Actor,
  input: CreateChannelInput,
  directKey: string | null,
  now: Date,
): Promise<ChannelRow> {
  const id = newId();
  const direct = input.type === "direct";
  await tx.run(sql`
    insert into channels (id, organization_id, type, name, description, topic, created_by, created_at, updated_at, history,
      policy, auto_archive_days, direct_key)
    values (${id}, ${actor.organizationId}, ${input.type}, ${direct ? null : input.name}, ${input.description},
      ${input.topic}, ${actor.userId}, ${now}, ${now}, ${direct ? "all" : input.history},
      ${json(direct ? {} : input.policy)}, ${direct ? null : input.auto_archive_days}, ${directKey})`);
  return (await lockChannel(tx, actor.organizationId, id))!;
}

/**
 * Changes a channel; parts that are absent stay as they are. Everybody in it sees what changed.
 * @throws AppError not_found, forbidden, conflict, channel_archived
 */
export async function updateChannel(ctx: Ctx, id: string, input: UpdateChannelInput): Promise<Channel> {
  const { app, actor } = ctx;
  try {
    await app.db.withTx(async (tx) => {
      const before = await lockChannel(tx, actor.organizationId, id);
      requireRight(await loadAccess(tx, actor, id, app.now()), "manage");
      if (!before) throw notFound("channel");
      if (input.is_default !== undefined && input.is_default !== before.is_default) authorize(actor, "chat.manage");
      if (input.is_default && (input.type ?? before.type) !== "public") {
        throw new AppError("validation_failed", "Only a public channel can be everybody's.", {
          errors: [{ path: "is_default", message: "needs a public channel" }],
        });
      }
      await saveChannel(tx, ctx, before, input);
    });
  } catch (error) {
    rethrowTaken(error);
  }
  return await getChannel(ctx, id);
}

async function saveChannel(tx: Tx, ctx: Ctx, before: ChannelRow, input: UpdateChannelInput): Promise<void> {
  const now = ctx.app.now();
  const archivedAt = input.is_archived === undefined
    ? before.archived_at
    : input.is_archived
    ? before.archived_at ?? now
    : null;
  const after = { ...before, ...input, archived_at: archivedAt };
  if (after.type === "public" && !archivedAt && (after.name !== before.name || before.type !== "public")) {
    await refuseAlike(tx, ctx.actor.organizationId, before.id, after.name ?? "");
  }
  await tx.run(sql`
    update channels set name = ${after.name}, description = ${after.description}, topic = ${after.topic},
      type = ${after.type}, history = ${after.history}, policy = ${
    json(after.policy)
  }, is_default = ${after.is_default},
      auto_archive_days = ${after.auto_archive_days}, archived_at = ${archivedAt}, archive_notice_at = null,
      updated_at = ${now}
    where id = ${before.id}`);
  for (const event of whatChanged(before, after)) await tell(tx, ctx, before, event);
  await announceChannel(tx, ctx.actor.organizationId, before.id);
  // Who may read or join it can be different now.
  emitControl(ctx.app, tx, {
    kind: "channel_changed",
    organization_id: before.organization_id,
    channel: channels.chat(before.id),
  });
  const { name: renamed, ...changes } = changesOf({ ...before, is_archived: before.archived_at !== null }, input);
  await writeAudit(tx, ctx, {
    action: input.is_archived && !before.archived_at ? "channel.archived" : "channel.updated",
    subject_type: "channel",
    subject_id: before.id,
    details: { name: after.name, changed: Object.keys(input), ...(renamed ? { renamed } : {}), ...changes },
  });
}

function whatChanged(before: ChannelRow, after: ChannelRow): SystemEvent[] {
  const events: SystemEvent[] = [];
  if (before.name !== after.name) events.push({ event: "channel_renamed", value: after.name ?? "" });
  if (before.topic !== after.topic) events.push({ event: "topic_changed", value: after.topic });
  if (before.description !== after.description) events.push({ event: "description_changed" });
  if (before.type !== after.type) events.push({ event: "type_changed", value: after.type });
  if (!before.archived_at !== !after.archived_at) {
    events.push({ event: after.archived_at ? "channel_archived" : "channel_unarchived" });
  }
  return events;
}

async function tell(tx: Tx, ctx: Ctx, channel: ChannelRow, event: SystemEvent): Promise<void> {
  const { userId, username } = ctx.actor;
  await systemMessage(tx, channel, { ...event, ...(userId ? { actor: { id: userId, username } } : {}) }, ctx.app.now());
}

/** Tells everybody in the channel how it is now. */
async function announceChannel(tx: Tx, organizationId: string, id: string): Promise<void> {
  const row = await lockChannel(tx, organizationId, id);
  if (!row) return;
  const data: ChannelEvents["channel_updated"] = { channel: toChannelInfo(row) };
  tx.emit({ organizationId, channel: channels.chat(id), type: "channel_updated", data });
}

/** Archives a locked channel in the name of the server: nobody wrote in it for long. */
export async function archiveSilent(tx: Tx, channel: ChannelRow, now: Date): Promise<void> {
  await systemMessage(tx, channel, { event: "channel_archived" }, now);
  await tx.run(sql`update channels set archived_at = ${now}, archive_notice_at = null where id = ${channel.id}`);
  await announceChannel(tx, channel.organization_id, channel.id);
}

/** Archives the channel: it can be read and found, but not written in. @throws AppError not_found, forbidden, conflict */
export async function deleteChannel(ctx: Ctx, id: string): Promise<void> {
  const access = await loadAccess(ctx.app.db, ctx.actor, id, ctx.app.now());
  if (access.channel.type === "direct") {
    throw new AppError(
      "conflict",
      "A direct conversation is not archived; close it with hidden: true in its settings.",
    );
  }
  await updateChannel(ctx, id, { is_archived: true });
}

/** Erases the channel and everything in it. Only owners. @throws AppError not_found, forbidden */
export async function purgeChannel(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "chat.purge");
  await app.db.withTx(async (tx) => {
    const channel = await lockChannel(tx, actor.organizationId, id);
    if (!channel) throw notFound("channel");
    const members = await tx.rows<{ user_id: string }>(sql`
      delete from channel_members where channel_id = ${id} returning user_id`);
    await tx.run(sql`delete from channels where id = ${id}`);
    const data: ChannelEvents["channel_deleted"] = { channel_id: id };
    const { organizationId } = actor;
    tx.emit({ organizationId, channel: channels.chat(id), type: "channel_deleted", data });
    for (const { user_id } of members) {
      tx.emit({
        organizationId,
        channel: channels.userChat(user_id),
        type: "channel_removed",
        data: { channel_id: id },
      });
    }
    emitControl(ctx.app, tx, { kind: "channel_changed", organization_id: organizationId, channel: channels.chat(id) });
    await writeAudit(tx, ctx, {
      action: "channel.purged",
      subject_type: "channel",
      subject_id: id,
      details: { name: channel.name, messages: channel.last_seq },
    });
    // Nobody can reach the messages any more; the rows go in batches.
    tx.afterCommit(() =>
      void app.jobs.enqueue("chat.purge_channel", { organization_id: organizationId, channel_id: id }).catch((error) =>
        app.log.error("could not enqueue the purge of a channel; the nightly job finds it", { channel_id: id, error })
      )
    );
  });
}
