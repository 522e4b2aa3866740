// Who may do what in a channel. One place computes it, and every action of chat, search, files and sockets asks here.
// Rules:
//  - only members read a channel (anybody of the organisation but guests may join a public one); nobody else learns that a
//    private or direct one exists, and a guest not that a public one does;
//  - a member's rights come from the channel role, the channel's policy and the member's own permissions, in this order;
//    the organisation's role can raise the channel role (chat.manage: admin, chat.moderate: moderator) and a person
//    without chat.send never writes;
//  - a ban in the channel takes everything away, an archived channel can only be read.
import { type Actor, isGuest, may } from "../../../kernel/actor.ts";
import { AppError, notFound, toAppError } from "../../../kernel/errors.ts";
import { defineGrants } from "../../../kernel/grants.ts";
import type { Queryable } from "../../../db/sql.ts";
import { CHANNEL_RIGHTS, type ChannelRight, type ChannelRole } from "../../../protocol/chat/chat.ts";
import { type AccessRow, accessRows, type ChannelRow, type MemberRow, unreadableKeys } from "./store.ts";

/** The rules of kernel/grants.ts for channels. */
const channelGrants = defineGrants<ChannelRight, ChannelRole, "archived" | "banned" | "direct" | "guest">({
  rights: CHANNEL_RIGHTS,
  ranks: { admin: 3, moderator: 2, member: 1, viewer: 0 },
  policy: {
    read: "viewer",
    post: "member",
    react: "member",
    upload: "member",
    invite: "member",
    mention_all: "member",
    pin: "member",
    delete_others: "moderator",
    manage: "admin",
  },
  raises: [{ permission: "chat.manage", role: "admin" }, { permission: "chat.moderate", role: "moderator" }],
  needs: {
    read: "chat.read",
    post: "chat.send",
    react: "chat.send",
    upload: "chat.send",
    invite: "chat.send",
    mention_all: "chat.send",
    pin: "chat.send",
    delete_others: "chat.send",
    manage: "chat.send",
  },
  states: {
    archived: { only: ["read", "manage", "delete_others"] },
    banned: { only: [] },
    // It belongs to its people alike: nobody administers it.
    direct: { without: ["invite", "manage"], raises: false },
    // Let in by others: they reach for nobody outside, and call nobody together.
    guest: { without: ["invite", "manage", "mention_all"] },
  },
  base: "read",
});

export interface Access {
  channel: ChannelRow;
  /** null: not a member. */
  member: MemberRow | null;
  role: ChannelRole | null;
  rights: ReadonlySet<ChannelRight>;
  /** Until when the person is muted here or everywhere; undefined: not muted. null: without end. */
  mutedUntil?: Date | null;
  banned: boolean;
}

/** What the actor may do in the channel of this row. */
export function accessOf(actor: Actor, { channel, member, banned, mutedUntil }: AccessRow): Access {
  const states: ("archived" | "banned" | "direct" | "guest")[] = [];
  if (channel.archived_at) states.push("archived");
  if (banned) states.push("banned");
  if (channel.type === "direct") states.push("direct");
  if (isGuest(actor)) states.push("guest");
  const grant = {
    role: member ? member.role : null,
    policy: channel.policy,
    own: member?.permissions,
    states,
    may: (permission: string) => may(actor, permission),
  };
  const rights = channelGrants.rights(grant);
  // Somebody must be able to let people into a public channel and to archive it.
  if (!member && channel.type === "public" && may(actor, "chat.manage") && !isGuest(actor)) {
    rights.add("invite").add("manage");
  }
  return { channel, member, role: channelGrants.role(grant), rights, banned, mutedUntil };
}

/** Whether the actor may know of the channel without reading it. */
export function isOpen(actor: Actor, { channel, member }: Access): boolean {
  return channel.type === "public" && (member !== null || !isGuest(actor));
}

/**
 * The channel and what the actor may do in it.
 * @throws AppError `not_found` when there is no such channel, or it is not public and the actor does not belong to it.
 */
export async function loadAccess(db: Queryable, actor: Actor, channelId: string, now: Date): Promise<Access> {
  const [row] = await accessRows(db, [{ organizationId: actor.organizationId, channelId, userId: actor.userId }], now);
  return visible(actor, row);
}

/** What the row lets the actor know of. @throws AppError `not_found` */
function visible(actor: Actor, row: AccessRow | undefined): Access {
  if (!row) throw notFound("channel");
  const access = accessOf(actor, row);
  if (!isOpen(actor, access) && (!access.member || !access.rights.has("read"))) throw notFound("channel");
  return access;
}

const WHAT: Record<ChannelRight, string> = {
  read: "read this channel",
  post: "write in this channel",
  react: "react in this channel",
  upload: "send files to this channel",
  invite: "add people to this channel",
  mention_all: "mention everybody in this channel",
  pin: "pin messages in this channel",
  delete_others: "delete messages of others in this channel",
  manage: "change this channel",
};

/** @throws AppError `forbidden`, `banned`, `muted`, `channel_archived` */
export function requireRight(access: Access, right: ChannelRight): void {
  const writing = right === "post" || right === "react" || right === "upload";
  if (access.rights.has(right)) {
    if (writing && access.mutedUntil !== undefined) throw mutedError(access.mutedUntil);
    return;
  }
  if (access.banned) throw new AppError("banned", "A moderator has banned you from this channel.");
  if (access.channel.archived_at && right !== "read" && access.member) {
    throw new AppError("channel_archived", "This channel is archived: it can be read, but not written in.");
  }
  const hint = access.member || access.channel.type !== "public" ? "" : " Join it first.";
  throw new AppError("forbidden", `You may not ${WHAT[right]}.${hint}`);
}

function mutedError(until: Date | null): AppError {
  return new AppError(
    "muted",
    until ? `A moderator has muted you until ${until.toISOString()}.` : "A moderator has muted you.",
  );
}

/** `loadAccess` and `requireRight` in one. */
export async function accessWith(
  db: Queryable,
  actor: Actor,
  channelId: string,
  right: ChannelRight,
  now: Date,
): Promise<Access> {
  const access = await loadAccess(db, actor, channelId, now);
  requireRight(access, right);
  return access;
}

/**
 * Why each actor may not read its channel; undefined: it may. One statement when all may, two otherwise. The permission
 * `chat.read` is for the caller to ask.
 */
export async function readRefusals(
  db: Queryable,
  asks: readonly { actor: Actor; channelId: string }[],
  now: Date,
): Promise<(AppError | undefined)[]> {
  const keys = asks.map(({ actor, channelId }) => ({
    organizationId: actor.organizationId,
    channelId,
    userId: actor.userId,
  }));
  const refused = await unreadableKeys(db, keys, now);
  const out: (AppError | undefined)[] = asks.map(() => undefined);
  if (refused.length === 0) return out;
  const rows = await accessRows(db, refused.map((position) => keys[position]!), now);
  refused.forEach((position, i) => {
    try {
      requireRight(visible(asks[position]!.actor, rows[i]), "read");
    } catch (error) {
      out[position] = toAppError(error);
    }
  });
  return out;
}
