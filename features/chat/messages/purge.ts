// Erasing what belonged to channels that are gone. The channel itself went at once; its messages go in batches, so that no
// transaction is long. The nightly run finds what a crash left.
import { sql } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import type { JobRule } from "../../define.ts";
import { removeAbout } from "../../notifications/mod.ts";
import { deleteMessages } from "./retention.ts";

const BATCH = 500;

async function purge(app: App, organizationId: string, channelId: string): Promise<void> {
  for (;;) {
    const rows = await app.db.rows<{ id: string }>(sql`
      select id from messages where channel_id = ${channelId} and organization_id = ${organizationId}
        and not exists (select 1 from channels where id = ${channelId})
      limit ${BATCH}`);
    if (rows.length === 0) return;
    const ids = rows.map((row) => row.id);
    await removeAbout(app, organizationId, ids);
    await app.db.withTx((tx) => deleteMessages(tx, organizationId, ids));
  }
}

export const purgeJob: JobRule<{ organization_id: string; channel_id: string }> = {
  name: "chat.purge_channel",
  retryLimit: 5,
  handle: (app, { organization_id, channel_id }) => purge(app, organization_id, channel_id),
};

/** Messages whose channel is gone, after a crash between the two. */
export const purgeSweepJob: JobRule = {
  name: "chat.purge_sweep",
  retryLimit: 2,
  cron: "41 3 * * *",
  handle: async (app) => {
    const orphans = await app.db.rows<{ organization_id: string; channel_id: string }>(sql`
      select distinct x.organization_id, x.channel_id from messages x
      where not exists (select 1 from channels c where c.id = x.channel_id) limit 100`);
    for (const orphan of orphans) await purge(app, orphan.organization_id, orphan.channel_id);
  },
};
