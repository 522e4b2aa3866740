// Examples of chat in the OpenAPI document, used by several routes.
import { exampleChannel, exampleMessage, exampleUser } from "../../protocol/pushes/examples.ts";

export const MESSAGE_EXAMPLE = {
  ...exampleMessage,
  reactions: [{ emoji: "👍", count: 1, user_ids: [exampleUser.id] }],
};
export const CHANNEL_EXAMPLE = {
  ...exampleChannel,
  role: "admin",
  rights: ["read", "post", "react", "upload", "invite", "mention_all", "pin", "delete_others", "manage"],
  unread_count: 3,
  mention_count: 1,
  thread_unread_count: 0,
  read_seq: 39,
  favorite: false,
  muted_until: null,
  notify: "default",
  hidden: false,
  is_member: true,
  members: [],
  last_message: MESSAGE_EXAMPLE,
  last_message_at: "2026-01-15T10:30:00.000Z",
};
const GROUP = "0199c2a0-7b00-7d10-8c11-0d5c6f1a2b3c";
export const CHANNEL_GROUP_EXAMPLE = {
  group_id: GROUP,
  group: { id: GROUP, name: "Front desk", handle: "front-desk" },
  role: "member",
  people: 4,
  added_at: "2026-01-15T09:00:00.000Z",
};
export const MEMBER_EXAMPLE = {
  user_id: exampleUser.id,
  user: exampleUser,
  role: "member",
  permissions: { mention_all: false },
  by_group: false,
  joined_at: "2026-01-15T09:00:00.000Z",
  read_seq: 42,
};
