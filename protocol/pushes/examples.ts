// What the examples of several pushes show.
import type { ChannelInfo, ChatUser, Message } from "../chat/chat.ts";

export const EXAMPLE_ID = "0199c2a0-5f0e-7c3b-9a51-2f1f3a6f1a10";
export const EXAMPLE_CHANNEL_ID = "0199c2a0-6a00-7d10-8c11-0d5c6f1a2b3c";
export const EXAMPLE_TIME = "2026-01-15T10:30:00.000Z";

export const exampleUser: ChatUser & { id: string } = {
  id: "0199c2a0-1111-7c3b-9a51-2f1f3a6f1a10",
  username: "ana",
  display_name: "Ana Ruiz",
  avatar_url: null,
  is_bot: false,
};

export const exampleMessage: Message = {
  id: EXAMPLE_ID,
  channel_id: EXAMPLE_CHANNEL_ID,
  seq: 42,
  user: exampleUser,
  content: "The new menu is ready, @luis. **Please have a look.**",
  message_type: "text",
  reply_to_id: null,
  root_id: null,
  reply_count: 0,
  last_reply_at: null,
  attachments: [],
  cards: [],
  reactions: [],
  mentions: [{ type: "user", id: "0199c2a0-2222-7c3b-9a51-2f1f3a6f1a10", username: "luis" }],
  previews: [],
  system: null,
  is_pinned: false,
  created_at: EXAMPLE_TIME,
  edited_at: null,
  is_deleted: false,
  client_id: null,
};

export const exampleChannel: ChannelInfo = {
  id: EXAMPLE_CHANNEL_ID,
  name: "general",
  description: "What concerns everybody",
  topic: "",
  type: "public",
  created_by: exampleUser.id,
  created_at: "2026-01-15T09:00:00.000Z",
  is_archived: false,
  history: "all",
  policy: {},
  is_default: false,
  auto_archive_days: null,
  member_count: 12,
};
