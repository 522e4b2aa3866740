// Channel names: made here and taken apart here, never written as literals elsewhere. Names are relative to the
// caller's organisation; the hub adds the organisation itself.

export const channels = {
  broadcast: (): string => "broadcast",
  notify: (name: string): string => `notify:${name}`,
  userNotifications: (userId: string): string => `user:${userId}:notifications`,
  dashboard: (): string => "dashboard",
  /** Who is online and with which status, for everybody of the organisation; ephemeral. */
  presence: (): string => "presence",
  chat: (channelId: string): string => `channel:${channelId}`,
  /** A person's own devices: read state, settings, drafts. */
  userChat: (userId: string): string => `user:${userId}:chat`,
  /** The moderators' queue: reports and flagged messages. */
  moderation: (): string => "moderation",
  /** Progress of imports and exports, for owners. */
  transfers: (): string => "transfers",
  /** Internal: revocations and permission changes, read by every instance; no client can subscribe. */
  control: (): string => "_control",
};

/** The id of the chat channel whose name this is; null: another kind of channel. */
export function chatChannelId(name: string): string | null {
  return /^channel:([0-9a-f-]{36})$/.exec(name)?.[1] ?? null;
}

/** `user:<id>:chat` or `user:me:chat`. */
export function isUserChat(name: string): boolean {
  return /^user:[^:]+:chat$/.test(name);
}

/**
 * How pushes of a channel travel (docs/protocol.md, "Classes of delivery"):
 * - `durable`: stored, in order, resumed by position; who does not keep up is cut off (4408) and resumes;
 * - `signal`: a state; only the newest of each key counts, and nothing is stored;
 * - `stream`: numbered lines from one source, kept in memory for a while; who does not keep up misses lines and is told which;
 * - `relay`: binary frames from one source to viewers that acknowledge; who does not keep up gets the newest only.
 */
export type Delivery = "durable" | "signal" | "stream" | "relay";

export const NOTIFY_NAME = /^[a-z0-9][a-z0-9_.-]{0,63}$/i;
/** The longest channel name a client may send. */
export const MAX_CHANNEL_NAME = 128;

/** Replaces `me` in `user:me:notifications` by the caller's id; other names come back unchanged. */
export function resolveMe(name: string, userId: string | null): string {
  return userId ? name.replace(/^user:me:/, `user:${userId}:`) : name;
}
