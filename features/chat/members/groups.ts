// Groups as members of channels: a group is let in with a channel role, and from then on its people are members as long as they
// are in the group (settle_groups.ts). Who may let people in may let a group in; a role above member, another role and taking
// a group out need the right `manage`, as with people. Guests do not learn of groups. Whoever manages groups thereby decides
// who is in the channels of a group, private ones too: that is what the channel chose when it let the group in.
import { refuseGuest } from "../../../kernel/actor.ts";
import { AppError, notFound } from "../../../kernel/errors.ts";
import { type Queryable, sql, type Tx } from "../../../db/sql.ts";
import {
  type ChannelGroup,
  type ChannelGroupInput,
  type ChannelRole,
  MAX_CHANNEL_GROUPS,
  type SystemEvent,
} from "../../../protocol/chat/chat.ts";
import type { AuditAction } from "../../../protocol/operation/audit_actions.ts";
import { writeAudit } from "../../audit/mod.ts";
import type { Ctx } from "../../context.ts";
import { accessWith, loadAccess, requireRight } from "../channels/access.ts";
import { type ChannelRow, lockChannel } from "../channels/store.ts";
import { settleGroups } from "./settle_groups.ts";
import { systemMessage } from "../messages/system.ts";

interface GroupRow {
  id: string;
  name: string;
  handle: string;
  people: number;
  role: ChannelRole;
  added_at: Date;
}

/** The groups that are members of the channel, by handle; not for guests. @throws AppError not_found, forbidden */
export async function listChannelGroups(ctx: Ctx, id: string): Promise<ChannelGroup[]> {
  const { app, actor } = ctx;
  refuseGuest(actor);
  await accessWith(app.db, actor, id, "read", app.now());
  return (await groupRows(app.db, actor.organizationId, id)).map(view);
}

function groupRows(q: Queryable, organizationId: string, channelId: string, groupId?: string): Promise<GroupRow[]> {
  return q.rows<GroupRow>(sql`
    select g.id, g.name, g.handle, cg.role, cg.added_at, (
      select count(*)::int from user_group_members m join users u on u.id = m.user_id and u.is_active
      where m.group_id = g.id) as people
    from channel_groups cg join user_groups g on g.id = cg.group_id
    where cg.channel_id = ${channelId} and cg.organization_id = ${organizationId}
      and (${groupId ?? null}::uuid is null or g.id = ${groupId ?? null}::uuid)
    order by g.handle`);
}

function view({ id, name, handle, people, role, added_at }: GroupRow): ChannelGroup {
  return { group_id: id, group: { id, name, handle }, role, people, added_at: added_at.toISOString() };
}

/**
 * Lets a group in (right `invite`), or changes its role (right `manage`, as for every role but `member`). The same again does
 * nothing.
 * @throws AppError not_found, forbidden, channel_archived, conflict (too many groups)
 */
export async function putChannelGroup(
  ctx: Ctx,
  id: string,
  groupId: string,
  { role }: ChannelGroupInput,
): Promise<ChannelGroup> {
  const { app, actor } = ctx;
  const { organizationId } = actor;
  refuseGuest(actor);
  return await app.db.withTx(async (tx) => {
    const { channel, group } = await lockBoth(tx, ctx, id, groupId);
    const access = await loadAccess(tx, actor, id, app.now());
    requireRight(access, "invite");
    const [before] = await groupRows(tx, organizationId, id, groupId);
    if (before ? before.role !== role : role !== "member") requireRight(access, "manage");
    if (!group) throw notFound("group");
    if (before?.role === role) return view(before);
    if (!before) await refuseTooMany(tx, id);
    await tx.run(sql`
      insert into channel_groups (channel_id, group_id, organization_id, role, added_at)
      values (${id}, ${groupId}, ${organizationId}, ${role}, ${app.now()})
      on conflict (channel_id, group_id) do update set role = excluded.role`);
    const after = (await groupRows(tx, organizationId, id, groupId))[0]!;
    if (!before) await tell(tx, ctx, channel, { event: "group_added", group, value: String(after.people) });
    await settleGroups(tx, ctx, channel, { quiet: true });
    if (before) {
      await audit(tx, ctx, "channel.group_changed", id, { group_id: groupId, role: { from: before.role, to: role } });
    } else await audit(tx, ctx, "channel.group_added", id, { group_id: groupId, role, people: after.people });
    return view(after);
  });
}

/**
 * Takes a group out (right `manage`): who was there by it only is out with it, within a second on open sockets.
 * @throws AppError not_found, forbidden
 */
export async function removeChannelGroup(ctx: Ctx, id: string, groupId: string): Promise<void> {
  const { app, actor } = ctx;
  refuseGuest(actor);
  await app.db.withTx(async (tx) => {
    const { channel, group } = await lockBoth(tx, ctx, id, groupId);
    requireRight(await loadAccess(tx, actor, id, app.now()), "manage");
    const gone = await tx.run(sql`
      delete from channel_groups where channel_id = ${id} and group_id = ${groupId}
        and organization_id = ${actor.organizationId}`);
    if (gone === 0) throw notFound("group");
    await tell(tx, ctx, channel, { event: "group_removed", group });
    await settleGroups(tx, ctx, channel, { quiet: true });
    await audit(tx, ctx, "channel.group_removed", id, { group_id: groupId });
  });
}

/** The group first, then the channel: as who changes a group's people. */
async function lockBoth(tx: Tx, { actor }: Ctx, id: string, groupId: string) {
  const group = await tx.maybe<NonNullable<SystemEvent["group"]>>(sql`
    select id, handle, name from user_groups where id = ${groupId} and organization_id = ${actor.organizationId}
    for update`);
  const channel = await lockChannel(tx, actor.organizationId, id);
  if (!channel) throw notFound("channel");
  return { channel, group };
}

async function refuseTooMany(tx: Tx, channelId: string): Promise<void> {
  const { count } = await tx.one<{ count: number }>(sql`
    select count(*)::int as count from channel_groups where channel_id = ${channelId}`);
  if (count >= MAX_CHANNEL_GROUPS) {
    throw new AppError("conflict", `A channel has at most ${MAX_CHANNEL_GROUPS} groups.`);
  }
}

async function tell(tx: Tx, ctx: Ctx, channel: ChannelRow, event: SystemEvent): Promise<void> {
  const { userId, username } = ctx.actor;
  if (channel.archived_at) return;
  await systemMessage(tx, channel, { ...event, ...(userId ? { actor: { id: userId, username } } : {}) }, ctx.app.now());
}

function audit(tx: Tx, ctx: Ctx, action: AuditAction, id: string, details: Record<string, unknown>): Promise<void> {
  return writeAudit(tx, ctx, { action, subject_type: "channel", subject_id: id, details });
}
