// Messages in which the server tells what happened in a channel. Consoles word them in the reader's language; `content` is
// for everybody else.
import { newId } from "../../../kernel/ids.ts";
import type { Tx } from "../../../db/sql.ts";
import type { SystemEvent } from "../../../protocol/chat/chat.ts";
import type { ChannelRow } from "../channels/store.ts";
import { insertMessages } from "./write.ts";
import { SERVER_NAME } from "./views.ts";

/** Adds one; in the transaction of the change that it tells of. */
export async function systemMessage(
  tx: Tx,
  channel: Pick<ChannelRow, "id" | "organization_id" | "type">,
  event: SystemEvent,
  now: Date,
): Promise<void> {
  await insertMessages(tx, [{
    id: newId(),
    organizationId: channel.organization_id,
    channelId: channel.id,
    direct: false,
    userId: null,
    senderName: null,
    author: { id: null, username: SERVER_NAME, display_name: SERVER_NAME, avatar_url: null, is_bot: false },
    replyTo: null,
    messageType: "system",
    content: wording(event),
    mentions: [],
    attachments: [],
    props: { system: event },
    clientId: null,
    createdAt: now,
  }]);
}

function wording({ event, user, actor, group, value }: SystemEvent): string {
  const who = actor?.username ?? user?.username ?? SERVER_NAME;
  switch (event) {
    case "channel_created":
      return `${who} created the channel.`;
    case "user_joined":
      return `${user?.username} joined.`;
    case "user_left":
      return `${user?.username} left.`;
    case "user_added":
      return `${who} added ${user?.username}.`;
    case "user_removed":
      return `${who} removed ${user?.username}.`;
    case "group_added":
      return `${who} added the group @${group?.handle}: ${value} ${value === "1" ? "person" : "people"}.`;
    case "group_removed":
      return `${who} removed the group @${group?.handle}.`;
    case "channel_renamed":
      return `${who} renamed the channel to ${value}.`;
    case "topic_changed":
      return value ? `${who} set the topic: ${value}` : `${who} removed the topic.`;
    case "description_changed":
      return `${who} changed the description.`;
    case "type_changed":
      return `${who} made the channel ${value}.`;
    case "channel_archived":
      return actor ? `${who} archived the channel.` : "The channel was archived, because nobody wrote in it any more.";
    case "channel_unarchived":
      return `${who} brought the channel back from the archive.`;
    case "archive_notice":
      return `Nobody has written here for long: the channel will be archived in ${value} days. Any message keeps it.`;
    case "message_pinned":
      return `${who} pinned a message.`;
  }
}
