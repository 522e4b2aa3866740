// Who belongs to a channel. Whoever goes or loses the right to read has no subscription left a second later, on any instance
// (control event `channel_changed`), and no history, search, file or thread of it either, because all of them ask access.ts.
import { authorize, requireUser, systemActor } from "../../kernel/actor.ts";
import { decodeCursor, toPage } from "../../kernel/cursor.ts";
import { AppError, notFound } from "../../kernel/errors.ts";
import { joinSql, json, sql, type Tx } from "../../db/sql.ts";
import { channels } from "../../protocol/channels.ts";
import {
  type AddMemberInput,
  type Channel,
  type ChannelEvents,
  type ChannelRole,
  type ChatUser,
  MAX_RECEIPT_MEMBERS,
  type Member,
  type MemberPermissions,
  type MemberQuery,
} from "../../protocol/chat.ts";
import type { Page } from "../../protocol/common.ts";
import { CHAT_NOTIFICATIONS } from "../../protocol/push.ts";
import { emitControl } from "../accounts/mod.ts";
import { writeAudit } from "../audit/mod.ts";
import type { App, Ctx } from "../context.ts";
import { forgetPlace } from "../notifications/mod.ts";
import { accessWith, loadAccess, requireRight } from "./access.ts";
import { CHANNEL_COLUMNS, type ChannelRow, insertMembers, lockChannel, recountMembers } from "./channel_store.ts";
import { getChannel } from "./channels.ts";
import { peopleOfGroups } from "./group_mentions.ts";
import { systemMessage } from "./system.ts";
import { chatUsers, type PersonRow, toChatUser } from "./views.ts";

/** More new members at once are not told one by one in the channel. */
const TOLD_ONE_BY_ONE = 10;

/**
 * Makes people members of a locked channel, with all that follows: counts, pushes, system messages.
 * @param options.quiet no system messages (a channel that is being made)
 * @returns the ids of those who were not members before
 */
export async function addPeople(
  tx: Tx,
  ctx: Pick<Ctx, "app" | "actor">,
  channel: ChannelRow,
  people: readonly { userId: string; role: ChannelRole; permissions?: MemberPermissions }[],
  options: { quiet?: boolean } = {},
): Promise<string[]> {
  const now = ctx.app.now();
  const { organization_id: organizationId } = channel;
  const added = await insertMembers(tx, channel, people, now);
  if (added.length === 0) return [];
  const count = await recountMembers(tx, channel.id);
  const users = await chatUsers(tx, organizationId, added);
  const { userId: actorId, username } = ctx.actor;
  for (const [i, id] of added.entries()) {
    const person = users.get(id)!;
    if (!options.quiet && channel.type !== "direct" && added.length <= TOLD_ONE_BY_ONE) {
      const user = { id, username: person.username };
      const self = id === actorId || !actorId;
      await systemMessage(
        tx,
        channel,
        self ? { event: "user_joined", user } : { event: "user_added", user, actor: { id: actorId, username } },
        now,
      );
    }
    const role = people.find((p) => p.userId === id)!.role;
    const data: ChannelEvents["user_joined"] = {
      user: toChatUser(person),
      role,
      joined_at: now.toISOString(),
      member_count: count - added.length + i + 1,
    };
    tx.emit({ organizationId, channel: channels.chat(channel.id), type: "user_joined", data });
    const own = { channel_id: channel.id, by: actorId === id ? null : actorId };
    tx.emit({ organizationId, channel: channels.userChat(id), type: "channel_added", data: own });
  }
  return added;
}

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

/** @throws AppError not_found, conflict (direct conversations are closed, not left) */
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
    await takeOut(tx, ctx, channel!, userId);
  });
}

/** One page of the members, by name. */
export async function listMembers(ctx: Ctx, id: string, query: MemberQuery): Promise<Page<Member>> {
  const { app, actor } = ctx;
  await accessWith(app.db, actor, id, "read", app.now());
  const conditions = [sql`m.channel_id = ${id}`, sql`m.organization_id = ${actor.organizationId}`];
  if (query.role) conditions.push(sql`m.role = ${query.role}`);
  if (query.q) {
    const like = `%${query.q.replace(/[\\%_]/g, "\\$&")}%`;
    conditions.push(sql`(unaccent(lower(u.username)) like unaccent(lower(${like}))
      or unaccent(lower(u.display_name)) like unaccent(lower(${like})))`);
  }
  if (query.cursor) conditions.push(sql`lower(u.username) > ${String(decodeCursor(query.cursor, 1)[0])}`);
  const rows = await app.db.rows<PersonRow & MemberPart>(sql`
    ${MEMBERS} where ${joinSql(conditions, " and ")} order by lower(u.username) limit ${query.limit + 1}`);
  return toPage(rows, query.limit, (row) => [row.username.toLowerCase()], toMember);
}

interface MemberPart {
  role: ChannelRole;
  permissions: MemberPermissions;
  joined_at: Date;
  read_seq: number | null;
}

const MEMBERS = sql`select u.id, u.username, u.display_name, u.avatar_url, m.role, m.permissions, m.joined_at,
    case when c.member_count <= ${MAX_RECEIPT_MEMBERS} then m.read_seq end as read_seq
  from channel_members m join users u on u.id = m.user_id join channels c on c.id = m.channel_id`;

function toMember(row: PersonRow & MemberPart): Member {
  return {
    user_id: row.id,
    user: toChatUser(row),
    role: row.role,
    permissions: row.permissions,
    joined_at: row.joined_at.toISOString(),
    read_seq: row.read_seq,
  };
}

async function memberRows(tx: Tx, channelId: string, ids: readonly string[]): Promise<Member[]> {
  const rows = await tx.rows<PersonRow & MemberPart>(sql`
    ${MEMBERS} where m.channel_id = ${channelId} and m.user_id = any(${ids}::uuid[]) order by lower(u.username)`);
  return rows.map(toMember);
}

/**
 * Lets people in (right `invite`), with a role or permissions of their own (right `manage`). For those who are members
 * already it changes role and permissions.
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
    return special && known.length ? await memberRows(tx, id, ids) : members;
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
  input: AddMemberInput,
): Promise<void> {
  await tx.run(sql`
    update channel_members set role = coalesce(${input.role ?? null}::text, role),
      permissions = coalesce(${input.permissions ? json(input.permissions) : null}, permissions)
    where channel_id = ${channel.id} and user_id = any(${ids}::uuid[])`);
  await requireAdminLeft(tx, ctx, channel);
  if (input.permissions?.read === false) await forgetChannel(ctx.app, tx, channel.organization_id, ids, channel.id);
  for (const member of await memberRows(tx, channel.id, ids)) {
    const data: ChannelEvents["member_updated"] = { member };
    tx.emit({
      organizationId: channel.organization_id,
      channel: channels.chat(channel.id),
      type: "member_updated",
      data,
    });
  }
  rightsChanged(tx, ctx, channel);
}

/** A channel that only its members can see must keep somebody who administers it. */
async function requireAdminLeft(tx: Tx, ctx: Ctx, channel: ChannelRow): Promise<void> {
  if (channel.type === "direct") return;
  const admin = await tx.maybe(sql`select 1 from channel_members where channel_id = ${channel.id} and role = 'admin'`);
  if (!admin && !ctx.actor.permissions.has("chat.manage")) {
    throw new AppError("conflict", "The channel would have no admin left; make somebody else admin first.");
  }
}

function rightsChanged(tx: Tx, ctx: Pick<Ctx, "app">, channel: ChannelRow): void {
  emitControl(ctx.app, tx, {
    kind: "channel_changed",
    organization_id: channel.organization_id,
    channel: channels.chat(channel.id),
  });
}

/** Takes somebody out of the channel (right `manage`), or oneself. @throws AppError not_found, forbidden, conflict */
export async function removeMember(ctx: Ctx, id: string, userId: string): Promise<void> {
  if (userId === ctx.actor.userId) return await leaveChannel(ctx, id);
  const { app, actor } = ctx;
  await app.db.withTx(async (tx) => {
    const channel = await lockChannel(tx, actor.organizationId, id);
    const access = await loadAccess(tx, actor, id, app.now());
    requireRight(access, "manage");
    if (!await takeOut(tx, ctx, channel!, userId)) throw notFound("member");
    await writeAudit(tx, ctx, {
      action: "channel.member_removed",
      subject_type: "channel",
      subject_id: id,
      details: { user_id: userId },
    });
  });
}

/** People who may not read a channel any more have nothing of it in their inboxes. */
export async function forgetChannel(
  app: App,
  tx: Tx,
  organizationId: string,
  userIds: readonly string[],
  channelId: string,
): Promise<void> {
  await forgetPlace(app, tx, organizationId, userIds, channelId, CHAT_NOTIFICATIONS);
}

/** @returns false when the person was not a member */
async function takeOut(
  tx: Tx,
  ctx: Pick<Ctx, "app" | "actor">,
  channel: ChannelRow,
  userId: string,
  options: { quiet?: boolean } = {},
): Promise<boolean> {
  const gone = await tx.maybe<{ role: ChannelRole }>(sql`
    delete from channel_members where channel_id = ${channel.id} and user_id = ${userId} returning role`);
  if (!gone) return false;
  await tx.run(sql`delete from thread_members where channel_id = ${channel.id} and user_id = ${userId}`);
  await forgetChannel(ctx.app, tx, channel.organization_id, [userId], channel.id);
  if (gone.role === "admin") await handOver(tx, channel);
  const person = (await chatUsers(tx, channel.organization_id, [userId])).get(userId)!;
  const count = await recountMembers(tx, channel.id);
  if (!options.quiet) await sayGone(tx, ctx, channel, person);
  const user: ChatUser = toChatUser(person);
  const { organization_id: organizationId } = channel;
  const data: ChannelEvents["user_left"] = { user, member_count: count };
  tx.emit({ organizationId, channel: channels.chat(channel.id), type: "user_left", data });
  tx.emit({
    organizationId,
    channel: channels.userChat(userId),
    type: "channel_removed",
    data: { channel_id: channel.id },
  });
  rightsChanged(tx, ctx, channel);
  return true;
}

async function sayGone(tx: Tx, ctx: Pick<Ctx, "app" | "actor">, channel: ChannelRow, person: PersonRow): Promise<void> {
  const user = { id: person.id, username: person.username };
  const { userId, username } = ctx.actor;
  const self = userId === person.id || !userId;
  const event = self
    ? { event: "user_left" as const, user }
    : { event: "user_removed" as const, user, actor: { id: userId, username } };
  await systemMessage(tx, channel, event, ctx.app.now());
}

/**
 * Takes a person whose account ends out of all channels: counts, the last admin's heir, pushes, as when somebody leaves, but
 * without words in the channels, which would keep the name. A direct conversation only has one member less.
 */
export async function leaveAll(app: App, tx: Tx, organizationId: string, userId: string): Promise<void> {
  const ctx = { app, actor: systemActor(organizationId) };
  // In the order of their ids: no deadlocks.
  const rows = await tx.rows<ChannelRow>(sql`
    select ${CHANNEL_COLUMNS} from channels c where c.organization_id = ${organizationId} and c.id in (
      select channel_id from channel_members where user_id = ${userId} and organization_id = ${organizationId})
    order by c.id for update`);
  for (const channel of rows) {
    if (channel.type !== "direct") await takeOut(tx, ctx, channel, userId, { quiet: true });
    else {
      await tx.run(sql`delete from channel_members where channel_id = ${channel.id} and user_id = ${userId}`);
      await recountMembers(tx, channel.id);
    }
  }
}

/** When the last admin goes, who has been there longest takes over. */
async function handOver(tx: Tx, channel: ChannelRow): Promise<void> {
  const heir = await tx.maybe<{ user_id: string }>(sql`
    update channel_members set role = 'admin'
    where channel_id = ${channel.id} and not exists (
        select 1 from channel_members where channel_id = ${channel.id} and role = 'admin')
      and user_id = (select user_id from channel_members where channel_id = ${channel.id} and role <> 'viewer'
        order by role = 'moderator' desc, joined_at, user_id limit 1)
    returning user_id`);
  if (!heir) return;
  for (const member of await memberRows(tx, channel.id, [heir.user_id])) {
    const data: ChannelEvents["member_updated"] = { member };
    tx.emit({
      organizationId: channel.organization_id,
      channel: channels.chat(channel.id),
      type: "member_updated",
      data,
    });
  }
}
