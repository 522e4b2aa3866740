// Brings the members of a channel to what its groups are now. The people of a group are rows of channel_members like everybody's;
// here it is computed anew who of them comes, goes or has another role, so that it does not matter what has changed: the
// people of a group (also by SCIM), its role in the channel, a group that comes or goes, an account that wakes up.
// Invariants:
//  - who is in a group of the channel is a member with at least the group's role; who is there by groups only (`by_group`) is a
//    member no longer than that, in the same transaction that changes the group;
//  - who came otherwise stays, and falls back to the role they hold of their own (`own_role`);
//  - locks: the group's row first, then channels in the order of their ids.
import { systemActor } from "../../../kernel/actor.ts";
import { sql, type Tx } from "../../../db/sql.ts";
import type { ChannelRole } from "../../../protocol/chat/chat.ts";
import type { App, Ctx } from "../../context.ts";
import { type ChannelRow, lockChannel } from "../channels/store.ts";
import { addPeople, handOver, type Mover, rightsChanged, takeOut, tellUpdated } from "./moves.ts";

const ORDER: readonly ChannelRole[] = ["viewer", "member", "moderator", "admin"];

interface Row {
  user_id: string;
  /** The highest of their groups in the channel; null: in none of them. */
  group_role: ChannelRole | null;
  /** null: not a member. */
  role: ChannelRole | null;
  own_role: ChannelRole | null;
  by_group: boolean | null;
}

const higher = (a: ChannelRole | null, b: ChannelRole | null): ChannelRole | null =>
  !a ? b : !b ? a : ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b;

/** Settles one locked channel. `quiet`: no system messages about single people. */
export async function settleGroups(
  tx: Tx,
  ctx: Mover,
  channel: ChannelRow,
  options: { quiet?: boolean } = {},
): Promise<void> {
  const quiet = options.quiet || channel.archived_at !== null;
  const rows = await tx.rows<Row>(sql`
    with grouped as (
      select gm.user_id, (array_agg(cg.role order by array_position(${ORDER}::text[], cg.role) desc))[1] as group_role
      from channel_groups cg join user_group_members gm on gm.group_id = cg.group_id
      join users u on u.id = gm.user_id and u.organization_id = cg.organization_id
      where cg.channel_id = ${channel.id} and cg.organization_id = ${channel.organization_id} group by gm.user_id)
    select coalesce(g.user_id, m.user_id) as user_id, g.group_role, m.role, m.own_role, m.by_group
    from grouped g
    full join (select * from channel_members where channel_id = ${channel.id}) m on m.user_id = g.user_id
    where g.user_id is not null or m.by_group or m.own_role is not null`);
  const joining = rows.filter((row) => row.role === null);
  const going = rows.filter((row) => row.by_group && !row.group_role).map((row) => row.user_id);
  const changed = rows.flatMap((row) => {
    if (row.role === null || (row.by_group && !row.group_role)) return [];
    const own = row.own_role ?? (row.by_group ? null : row.role);
    const role = higher(own, row.group_role)!;
    const own_role = row.by_group || own !== role ? own : null;
    return role === row.role && own_role === row.own_role ? [] : [{ ...row, now: role, own_role }];
  });
  // Those who come first: when the last admin goes, one of them may be admin.
  await addPeople(
    tx,
    ctx,
    channel,
    joining.map(({ user_id, group_role }) => ({ userId: user_id, role: group_role!, byGroup: true })),
    { quiet },
  );
  if (changed.length > 0) {
    await tx.run(sql`
      update channel_members m set role = n.role, own_role = n.own_role
      from unnest(${changed.map((c) => c.user_id)}::uuid[], ${changed.map((c) => c.now)}::text[],
        ${changed.map((c) => c.own_role)}::text[]) as n (user_id, role, own_role)
      where m.channel_id = ${channel.id} and m.user_id = n.user_id`);
    const told = changed.filter((c) => c.now !== c.role).map((c) => c.user_id);
    if (told.length > 0) {
      await tellUpdated(tx, channel, told);
      rightsChanged(tx, ctx, channel);
    }
  }
  await takeOut(tx, ctx, channel, going, { quiet });
  if (changed.some((c) => c.role === "admin" && c.now !== "admin")) await handOver(tx, ctx, channel);
}

/** The people of the group have changed, or it is about to go: all its channels follow. */
export async function settleChannelsOf(ctx: Ctx, tx: Tx, groupId: string): Promise<void> {
  const { organizationId } = ctx.actor;
  const rows = await tx.rows<{ channel_id: string }>(sql`
    select channel_id from channel_groups where group_id = ${groupId} and organization_id = ${organizationId}
    order by channel_id`);
  for (const { channel_id } of rows) {
    const channel = await lockChannel(tx, organizationId, channel_id);
    if (channel) await settleGroups(tx, ctx, channel);
  }
}

/** Lets somebody who is active for the first time, or again, into the channels of the groups they are in. */
export async function joinByGroups(app: App, tx: Tx, organizationId: string, userId: string): Promise<void> {
  // Whoever is adding one of these groups to a channel right now is waited for.
  const groups = await tx.rows<{ id: string }>(sql`
    select g.id from user_groups g join user_group_members m on m.group_id = g.id and m.user_id = ${userId}
    where g.organization_id = ${organizationId} order by g.id for share of g`);
  if (groups.length === 0) return;
  const rows = await tx.rows<{ channel_id: string }>(sql`
    select distinct channel_id from channel_groups where group_id = any(${groups.map((g) => g.id)}::uuid[])
      and organization_id = ${organizationId} order by channel_id`);
  for (const { channel_id } of rows) {
    const channel = await lockChannel(tx, organizationId, channel_id);
    if (channel) await settleGroups(tx, { app, actor: systemActor(organizationId) }, channel);
  }
}
