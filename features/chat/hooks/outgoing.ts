// Chat events for outgoing webhooks: those of public channels, and only for webhooks that name the type. What is said in private
// and direct channels never leaves through a webhook that an administrator made.
import { sql } from "../../../db/sql.ts";
import { deliverEvents } from "../../notifications/mod.ts";
import type { Consumer } from "../../define.ts";
import { CHANNEL_EVENTS } from "../../../protocol/pushes/chat.ts";
import { channels } from "../../../protocol/wire/channels.ts";

const TYPES: ReadonlySet<string> = new Set(CHANNEL_EVENTS);

export const webhookConsumer: Consumer = {
  name: "chat.webhooks",
  async handle(app, events) {
    const chat = events.filter((event) => TYPES.has(event.type) && channels.chat.idOf(event.channel) !== null);
    if (chat.length === 0) return;
    const ids = [...new Set(chat.map((event) => channels.chat.idOf(event.channel)!))];
    const rows = await app.db.rows<{ id: string }>(sql`
      select id from channels where id = any(${ids}::uuid[]) and type = 'public'
        and organization_id in (select organization_id from outgoing_webhooks where enabled)`);
    const open = new Set(rows.map((row) => row.id));
    await deliverEvents(app, chat.filter((event) => open.has(channels.chat.idOf(event.channel)!)), { named: true });
  },
};
