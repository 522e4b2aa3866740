// How people come into a channel and go: the rows with all that follows from them, for every verb that moves people
// (members.ts, channels/channels.ts, defaults.ts, invited.ts, settle_groups.ts). The caller has locked the channel. Whoever goes
// has no subscription left a second later, on any instance (control event `channel_changed`), and no history, search, file
// or thread of it either, because all of them ask channels/access.ts.
import { isGuest, systemActor } from "../../../kernel/actor.ts";
import { sql, type Tx } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import type { ChannelRole } from "../../../protocol/chat/chat.ts";
import type { ChannelEvents } from "../../../protocol/pushes/chat.ts";
import { CHAT_NOTIFICATIONS } from "../../../protocol/notifications/push.ts";
import { emitControl, rolesHolding } from "../../accounts/mod.ts";
import type { App, Ctx } from "../../context.ts";
import { forgetPlace } from "../../notifications/mod.ts";
import {
  appointHeir,
  CHANNEL_COLUMNS,
  type ChannelRow,
  insertMembers,
  type NewMember,
  recountMembers,
} from "../channels/store.ts";
import { memberRows } from "./views.ts";
import { systemMessage } from "../messages/system.ts";
import { chatUsers, type PersonRow, toChatUser } from "../messages/views.ts";

/** More people at once are not told one by one in the channel. */
const TOLD_ONE_BY_ONE = 10;

/** Who moves people, and in whose name. */
export type Mover = Pick<Ctx, "app" | "actor">;

/** `quiet`: no system messages. */
interface MoveOptions {
  quiet?: boolean;
}

/**
 * Makes people members of a locked channel: counts, pushes, system messages.
 * @returns the ids of those who were not members before
 */
export async function addPeople(
  tx: Tx,
  ctx: Mover,
  channel: ChannelRow,
  people: readonly NewMember[],
  options: MoveOptions = {},
): Promise<string[]> {
  const now = ctx.app.now();
  const { organization_id: organizationId } = channel;
  const added = await insertMembers(tx, channel, people, now);
  if (added.length === 0) return [];
  const count = await recountMembers(tx, channel.id);
  const users = await chatUsers(tx, organizationId, added);
  const wanted = new Map(people.map((one) => [one.userId, one]));
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
    const { role, byGroup } = wanted.get(id)!;
    const data: ChannelEvents["user_joined"] = {
      user: toChatUser(person),
      role,
      by_group: byGroup ?? false,
      joined_at: now.toISOString(),
      member_count: count - added.length + i + 1,
    };
    tx.emit({ organizationId, channel: channels.chat(channel.id), type: "user_joined", data });
    const own = { channel_id: channel.id, by: actorId === id ? null : actorId };
    tx.emit({ organizationId, channel: channels.userChat(id), type: "channel_added", data: own });
  }
  return added;
}

/**
 * Takes people out of a locked channel; where the last admin goes, an heir takes over.
 * @returns the ids of those who were members
 */
export async function takeOut(
  tx: Tx,
  ctx: Mover,
  channel: ChannelRow,
  userIds: readonly string[],
  options: MoveOptions = {},
): Promise<string[]> {
  const { organization_id: organizationId } = channel;
  const gone = await tx.rows<{ user_id: string; role: ChannelRole }>(sql`
    delete from channel_members where channel_id = ${channel.id} and user_id = any(${userIds}::uuid[])
    returning user_id, role`);
  if (gone.length === 0) return [];
  const ids = gone.map((row) => row.user_id);
  await tx.run(sql`
    delete from thread_members where channel_id = ${channel.id} and user_id = any(${ids}::uuid[])`);
  await forgetChannel(ctx.app, tx, organizationId, ids, channel.id);
  if (gone.some((row) => row.role === "admin")) await handOver(tx, ctx, channel);
  const people = await chatUsers(tx, organizationId, ids);
  const count = await recountMembers(tx, channel.id);
  for (const [i, id] of ids.entries()) {
    const person = people.get(id)!;
    if (!options.quiet && ids.length <= TOLD_ONE_BY_ONE) await sayGone(tx, ctx, channel, person);
    const data: ChannelEvents["user_left"] = { user: toChatUser(person), member_count: count + ids.length - i - 1 };
    tx.emit({ organizationId, channel: channels.chat(channel.id), type: "user_left", data });
    const own = { channel_id: channel.id };
    tx.emit({ organizationId, channel: channels.userChat(id), type: "channel_removed", data: own });
  }
  rightsChanged(tx, ctx, channel);
  return ids;
}

async function sayGone(tx: Tx, ctx: Mover, channel: ChannelRow, person: PersonRow): Promise<void> {
  const user = { id: person.id, username: person.username };
  const { userId, username } = ctx.actor;
  const self = userId === person.id || !userId;
  const event = self
    ? { event: "user_left" as const, user }
    : { event: "user_removed" as const, user, actor: { id: userId, username } };
  await systemMessage(tx, channel, event, ctx.app.now());
}

/**
 * When nobody administers the channel any more, who has been there longest takes over, of those who can: no guests, nobody
 * whose role may not write, no programs. Where there is none, it waits for an administrator of the organisation.
 */
export async function handOver(tx: Tx, { app }: Pick<Ctx, "app">, channel: ChannelRow): Promise<void> {
  const { organization_id: organizationId } = channel;
  const readers = await rolesHolding(app, tx, organizationId, "chat.read");
  const writers = await rolesHolding(app, tx, organizationId, "chat.send");
  const roles = writers.filter((role) => readers.includes(role) && !isGuest({ role }));
  const heir = await appointHeir(tx, channel, roles, app.now());
  if (heir) await tellUpdated(tx, channel, [heir]);
}

/** Tells the channel what these members are now. */
export async function tellUpdated(tx: Tx, channel: ChannelRow, ids: readonly string[]): Promise<void> {
  const { organization_id: organizationId } = channel;
  for (const member of await memberRows(tx, channel.id, ids)) {
    const data: ChannelEvents["member_updated"] = { member };
    tx.emit({ organizationId, channel: channels.chat(channel.id), type: "member_updated", data });
  }
}

/** Has the subscribers of the channel checked again, on every instance. */
export function rightsChanged(tx: Tx, ctx: Pick<Ctx, "app">, channel: ChannelRow): void {
  emitControl(ctx.app, tx, {
    kind: "channel_changed",
    organization_id: channel.organization_id,
    channel: channels.chat(channel.id),
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
    if (channel.type !== "direct") await takeOut(tx, ctx, channel, [userId], { quiet: true });
    else {
      await tx.run(sql`delete from channel_members where channel_id = ${channel.id} and user_id = ${userId}`);
      await recountMembers(tx, channel.id);
    }
  }
}
