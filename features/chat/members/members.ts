// Who belongs to a channel, by the verbs of people: join and leave, let somebody in, change them, take them out. Groups that are
// members stand in groups.ts; what a move brings with it, in moves.ts. Invariant: who is here by a group stays
// as long as they are in the group; nobody takes them out one by one.
import { authorize, requireUser } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { json, sql, type Tx } from "../../../db/sql.ts";
import type { AddMemberInput, Channel, Member } from "../../../protocol/chat/chat.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { loadAccess, requireRight } from "../channels/access.ts";
import { type ChannelRow, lockChannel } from "../channels/store.ts";
import { getChannel } from "../channels/channels.ts";
import { peopleOfGroups } from "../messages/group_mentions.ts";
import { addPeople, forgetChannel, rightsChanged, takeOut, tellUpdated } from "./moves.ts";
import { memberRows } from "./views.ts";
import { settleGroups } from "./settle_groups.ts";

/** Becomes a member of a public channel; for members nothing happens. @throws AppError not_found, banned, channel_archived */
export async function joinChannel(ctx: Ctx, id: string): Promise<Channel> {
  const { app, actor } = ctx;
  authorize(actor, "chat.read");
  const userId = requireUser(actor);
  await app.db.withTx(async (tx) => {
    const channel = await lockChannel(tx, actor.organizationId, id);
    const access = await loadAccess(tx, actor, id, app.now());
    if (access.banned) throw new AppError("banned", "A moderator has banned you from this channel.");
    if (access.member) return;
    if (channel!.archived_at) throw new AppError("channel_archived", "This channel is archived.");
    await addPeople(tx, ctx, channel!, [{ userId, role: "member" }]);
  });
  return await getChannel(ctx, id);
}

/** @throws AppError not_found, conflict (direct conversations are closed, not left; a group keeps its people in) */
export async function leaveChannel(ctx: Ctx, id: string): Promise<void> {
  const { app, actor } = ctx;
  authorize(actor, "chat.read");
  const userId = requireUser(actor);
  await app.db.withTx(async (tx) => {
    const channel = await lockChannel(tx, actor.organizationId, id);
    const access = await loadAccess(tx, actor, id, app.now());
    if (!access.member) return;
    if (channel!.type === "direct") {
      throw new AppError("conflict", "A direct conversation is closed with hidden: true in its settings, not left.");
    }
    await refuseByGroup(tx, channel!, userId, "You are in this channel");
    await takeOut(tx, ctx, channel!, [userId]);
  });
}

/** @throws AppError conflict, with the group that keeps the person in */
async function refuseByGroup(tx: Tx, channel: ChannelRow, userId: string, who: string): Promise<void> {
  const group = await tx.maybe<{ handle: string }>(sql`
    select g.handle from channel_groups cg join user_groups g on g.id = cg.group_id
    join user_group_members gm on gm.group_id = g.id and gm.user_id = ${userId}
    where cg.channel_id = ${channel.id} order by g.handle limit 1`);
  if (!group) return;
  throw new AppError("conflict", `${who} by the group @${group.handle}: only leaving the group ends that.`);
}

/**
 * Lets people in (right `invite`), with a role or permissions of their own (right `manage`). For those who are members
 * already it changes role and permissions; without these, somebody with `manage` has those whom only a group keeps here
 * stay without it. Nobody does that for themselves, and for others it changes nothing.
 * @throws AppError not_found, forbidden, validation_failed, conflict (the last admin)
 */
export async function addMembers(ctx: Ctx, id: string, input: AddMemberInput): Promise<Member[]> {
  const { app, actor } = ctx;
  const named = [...new Set([...(input.user_id ? [input.user_id] : []), ...(input.user_ids ?? [])])];
  return await app.db.withTx(async (tx) => {
    const channel = await lockChannel(tx, actor.organizationId, id);
    const access = await loadAccess(tx, actor, id, app.now());
    requireRight(access, "invite");
    const special = input.role !== undefined || input.permissions !== undefined;
    if (special) requireRight(access, "manage");
    const ids = [...new Set([...named, ...await peopleIn(tx, ctx, input.group_ids ?? [])])];
    const people = ids.map((userId) => ({
      userId,
      role: input.role ?? "member" as const,
      permissions: input.permissions,
    }));
    await refuseBanned(tx, channel!, ids, app.now());
    const added = await addPeople(tx, ctx, channel!, people);
    const members = await memberRows(tx, id, ids);
    if (members.length < ids.length) {
      throw new AppError("validation_failed", "Some of the users do not exist in this organisation.", {
        errors: [{ path: input.user_ids ? "user_ids" : "user_id", message: "no such user" }],
      });
    }
    const known = ids.filter((userId) => !added.includes(userId));
    if (special && known.length) await changeMembers(tx, ctx, channel!, known, input);
    else if (known.length && access.rights.has("manage")) await keepMembers(tx, ctx, channel!, known);
    await writeAudit(tx, ctx, {
      action: "channel.members_added",
      subject_type: "channel",
      subject_id: id,
      details: {
        added: added.length,
        changed: special ? known.length : 0,
        ...(ids.length <= 20 ? { users: ids } : {}),
      },
    });
    return known.length ? await memberRows(tx, id, ids) : members;
  });
}

/** @throws AppError validation_failed for a group that does not exist */
async function peopleIn(tx: Tx, { actor }: Ctx, groupIds: readonly string[]): Promise<string[]> {
  if (groupIds.length === 0) return [];
  const { found, userIds } = await peopleOfGroups(tx, actor.organizationId, groupIds);
  const missing = groupIds.findIndex((id) => !found.has(id));
  if (missing < 0) return userIds;
  throw new AppError("validation_failed", "There is no such group.", {
    errors: [{ path: `group_ids.${missing}`, message: "no such group" }],
  });
}

async function refuseBanned(tx: Tx, channel: ChannelRow, ids: readonly string[], now: Date): Promise<void> {
  const banned = await tx.maybe(sql`
    select 1 from chat_restrictions where channel_id = ${channel.id} and kind = 'ban' and user_id = any(${ids}::uuid[])
      and (expires_at is null or expires_at > ${now})`);
  if (banned) {
    throw new AppError("conflict", "A moderator has banned this person from the channel; lift the ban first.");
  }
}

async function changeMembers(
  tx: Tx,
  ctx: Ctx,
  channel: ChannelRow,
  ids: readonly string[],
  { role = null, permissions }: Pick<AddMemberInput, "permissions"> & { role?: AddMemberInput["role"] | null },
): Promise<void> {
  await tx.run(sql`
    update channel_members set role = coalesce(${role}::text, role),
      own_role = case when by_group or own_role is not null then coalesce(${role}::text, own_role) end,
      permissions = coalesce(${permissions ? json(permissions) : null}, permissions)
    where channel_id = ${channel.id} and user_id = any(${ids}::uuid[])`);
  await settleGroups(tx, ctx, channel);
  await requireAdminLeft(tx, ctx, channel);
  if (permissions?.read === false) await forgetChannel(ctx.app, tx, channel.organization_id, ids, channel.id);
  await tellUpdated(tx, channel, ids);
  rightsChanged(tx, ctx, channel);
}

/** Those among these who are here by a group only are now here by themselves; whoever asks is not: their group decides. */
async function keepMembers(tx: Tx, ctx: Ctx, channel: ChannelRow, ids: readonly string[]): Promise<void> {
  const kept = await tx.rows<{ user_id: string }>(sql`
    update channel_members set by_group = false, own_role = coalesce(own_role, 'member')
    where channel_id = ${channel.id} and user_id = any(${ids}::uuid[]) and by_group
      and user_id is distinct from ${ctx.actor.userId}::uuid returning user_id`);
  if (kept.length === 0) return;
  await settleGroups(tx, ctx, channel);
  await tellUpdated(tx, channel, kept.map((row) => row.user_id));
}

/** A channel that only its members can see must keep somebody who administers it. */
async function requireAdminLeft(tx: Tx, ctx: Ctx, channel: ChannelRow): Promise<void> {
  if (channel.type === "direct") return;
  const admin = await tx.maybe(sql`select 1 from channel_members where channel_id = ${channel.id} and role = 'admin'`);
  if (!admin && !ctx.actor.permissions.has("chat.manage")) {
    throw new AppError("conflict", "The channel would have no admin left; make somebody else admin first.");
  }
}

/** Takes somebody out of the channel (right `manage`), or oneself. @throws AppError not_found, forbidden, conflict */
export async function removeMember(ctx: Ctx, id: string, userId: string): Promise<void> {
  if (userId === ctx.actor.userId) return await leaveChannel(ctx, id);
  const { app, actor } = ctx;
  await app.db.withTx(async (tx) => {
    const channel = await lockChannel(tx, actor.organizationId, id);
    const access = await loadAccess(tx, actor, id, app.now());
    requireRight(access, "manage");
    await refuseByGroup(tx, channel!, userId, "This person is in the channel");
    if ((await takeOut(tx, ctx, channel!, [userId])).length === 0) throw notFound("member");
    await writeAudit(tx, ctx, {
      action: "channel.member_removed",
      subject_type: "channel",
      subject_id: id,
      details: { user_id: userId },
    });
  });
}
