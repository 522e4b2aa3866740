// What drafts, scheduled messages, commands, automatic archiving and default channels bring to the feature, in one list.
import type { Queryable } from "../../../db/sql.ts";
import { sql } from "../../../db/sql.ts";
import type { App } from "../../context.ts";
import type { Feature, JobRule } from "../../define.ts";
import { autoArchive } from "../channels/auto_archive.ts";
import { chatHookTarget } from "../commands/chat_hooks.ts";
import { sweepResponses } from "../commands/calls.ts";
import { defaultChannelsConsumer, fillDefaultJob } from "../channels/default_channels.ts";
import { clearDraftsConsumer, sweepDrafts } from "./drafts.ts";
import { sweepScheduled } from "../scheduled/sender.ts";

const autoArchiveJob: JobRule = {
  name: "chat.auto_archive",
  retryLimit: 2,
  cron: "23 * * * *",
  handle: (app) => autoArchive(app),
};

const sweepJob: JobRule = {
  name: "chat.sweep_extras",
  retryLimit: 2,
  cron: "41 * * * *",
  async handle(app: App) {
    await sweepDrafts(app);
    await sweepScheduled(app);
    await sweepResponses(app);
  },
};

export const extras = {
  consumers: [clearDraftsConsumer, defaultChannelsConsumer],
  jobs: [autoArchiveJob, fillDefaultJob, sweepJob],
  hookTargets: [chatHookTarget],
} satisfies Partial<Feature>;

/** Files in drafts, and in scheduled messages that are still to be sent. */
export async function mediaInExtras(db: Queryable, organizationId: string, ids: readonly string[]): Promise<string[]> {
  const wanted = sql`unnest(${ids}::text[]) as w (id)`;
  const rows = await db.rows<{ id: string }>(sql`
    select w.id from ${wanted}
    where exists (select 1 from scheduled_messages s where s.organization_id = ${organizationId} and s.status <> 'sent'
        and s.attachments @> jsonb_build_array(w.id))
      or exists (select 1 from chat_drafts d where d.organization_id = ${organizationId}
        and d.attachments @> jsonb_build_array(w.id))`);
  return rows.map((row) => row.id);
}
