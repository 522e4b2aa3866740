// Tells people that somebody else added them to a channel. Reads `channel_added` on the people's own channels; whoever joined
// alone, or was put into a default channel by the server, hears nothing, and a direct conversation speaks for itself.
import { sql } from "../../../db/sql.ts";
import { channels } from "../../../protocol/wire/channels.ts";
import { MAX_USER_IDS } from "../../../protocol/notifications/notifications.ts";
import { type ChatNotification, NOTIFICATION_PUSH } from "../../../protocol/notifications/push.ts";
import type { App } from "../../context.ts";
import type { ConsumedEvent, Consumer } from "../../define.ts";
import { sendAsSystem } from "../../notifications/mod.ts";
import { languageOf, titleOf } from "./templates.ts";

interface Invite {
  eventId: number;
  organizationId: string;
  channelId: string;
  userId: string;
  by: string;
}

export const inviteConsumer: Consumer = {
  name: "chat.notify_invites",
  async handle(app, events) {
    const invites = events.flatMap((event) => inviteOf(event) ?? []);
    for (const group of Map.groupBy(invites, (i) => `${i.organizationId} ${i.channelId} ${i.by}`).values()) {
      await tell(app, group);
    }
  },
};

function inviteOf(event: ConsumedEvent): Invite | undefined {
  if (event.type !== "channel_added") return;
  const userId = event.channel.split(":")[1];
  const { channel_id, by } = event.push.data as { channel_id: string; by?: string | null };
  if (!userId || event.channel !== channels.userChat(userId) || !by || by === userId) return;
  return { eventId: event.id, organizationId: event.organizationId, channelId: channel_id, userId, by };
}

/** One channel, one inviter. */
async function tell(app: App, invites: readonly Invite[]): Promise<void> {
  const { organizationId, channelId, by } = invites[0]!;
  const people = await app.db.rows<
    { id: string; locale: string; name: string; username: string; display_name: string; avatar_url: string | null }
  >(sql`
    select u.id, u.locale, c.name, a.username, a.display_name, a.avatar_url
    from channels c
    join users a on a.id = ${by} and a.organization_id = c.organization_id
    join channel_members m on m.channel_id = c.id and m.user_id = any(${invites.map((i) => i.userId)}::uuid[])
      and m.notify <> 'none' and (m.muted_until is null or m.muted_until <= ${app.now()})
      and coalesce((m.permissions ->> 'read')::boolean, true)
    join users u on u.id = m.user_id and u.organization_id = c.organization_id and u.is_active
      and (u.banned_until is null or u.banned_until <= ${app.now()})
    where c.id = ${channelId} and c.organization_id = ${organizationId} and c.type <> 'direct'
      and c.archived_at is null
    order by u.id`);
  const events = new Map(invites.map((invite) => [invite.userId, invite.eventId]));
  for (const [language, group] of Map.groupBy(people, (person) => languageOf(person.locale))) {
    const { name, username, display_name, avatar_url } = group[0]!;
    const data: ChatNotification = {
      type: "channel_invite",
      channel_id: channelId,
      channel_name: name,
      message_id: null,
      root_id: null,
      sender: { id: by, username, display_name: display_name || username, avatar_url },
      excerpt: "",
    };
    for (let i = 0; i < group.length; i += MAX_USER_IDS) {
      const batch = group.slice(i, i + MAX_USER_IDS).map((person) => person.id);
      await sendAsSystem(app, organizationId, { id: by, name: data.sender.display_name }, {
        type: "channel_invite",
        pushType: NOTIFICATION_PUSH,
        message: titleOf({ type: "channel_invite" }, language, { user: data.sender.display_name, channel: name }),
        data,
        user_ids: batch,
        persist: true,
        dedupe_key: `chat:invite:${channelId}:${events.get(batch[0]!)}`,
      });
    }
  }
}
