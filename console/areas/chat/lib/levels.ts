// The values that people choose from, in the order in which they are shown.
import type { ChannelRight, ChannelRole, NotifyLevel } from "../../../../protocol/chat/chat.ts";

export const NOTIFY_LEVELS: readonly NotifyLevel[] = ["default", "all", "mentions", "none"];
export const CHANNEL_ROLES: readonly ChannelRole[] = ["admin", "moderator", "member", "viewer"];

/** What a channel's policy decides, with the lowest role that has it when the policy says nothing. */
export const POLICY: readonly [right: Exclude<ChannelRight, "read">, usual: ChannelRole][] = [
  ["post", "member"],
  ["react", "member"],
  ["upload", "member"],
  ["invite", "member"],
  ["mention_all", "member"],
  ["pin", "member"],
  ["delete_others", "moderator"],
  ["manage", "admin"],
];
/** People besides oneself in a direct channel. */
export const MAX_OTHERS = 8;
