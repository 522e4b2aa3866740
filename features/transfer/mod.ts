// Moving in and out: imports from Slack, Mattermost and Pulpo, exports of everything. docs/moving_in.md, export_format.md.
import { sql } from "../../db/sql.ts";
import { authorize, may } from "../../kernel/actor.ts";
import { channels } from "../../protocol/wire/channels.ts";
import type { App } from "../context.ts";
import { defineFeature, type JobRule } from "../define.ts";
import { removeExpired } from "./export/archive.ts";
import { EXPORT_JOB, workOnExport } from "./export/exports.ts";
import { enqueue, IMPORT_JOB, workOnImport } from "./import/imports.ts";
import { PERSONAL_JOB, workOnPersonalExport } from "./export/personal.ts";
import { sweepReceived } from "./import/received.ts";

export type { OpenExport } from "./export/archive.ts";
export { deleteExport, getExport, listExports, openExport, startExport, workOnExport } from "./export/exports.ts";
export { receiveArchive, receivedArchive, removeReceived } from "./import/received.ts";
export { cancelImport, getImport, listImports, startImport, workOnImport } from "./import/imports.ts";
export {
  deletePersonalExport,
  listPersonalExports,
  openPersonalExport,
  startPersonalExport,
} from "./export/personal.ts";

interface RunJob {
  run_id: string;
}

const importJob: JobRule<RunJob> = {
  name: IMPORT_JOB,
  retryLimit: 5,
  async handle(app, { run_id }, { lastAttempt }) {
    if (!await workOnImport(app, run_id, lastAttempt)) await enqueue(app, IMPORT_JOB, run_id);
  },
};

const exportJob: JobRule<RunJob> = {
  name: EXPORT_JOB,
  retryLimit: 2,
  async handle(app, { run_id }, { lastAttempt }) {
    await workOnExport(app, run_id, lastAttempt);
  },
};

const personalJob: JobRule<RunJob> = {
  name: PERSONAL_JOB,
  retryLimit: 2,
  async handle(app, { run_id }, { lastAttempt }) {
    await workOnPersonalExport(app, run_id, lastAttempt);
  },
};

const JOB_OF: Record<string, string> = { import: IMPORT_JOB, export: EXPORT_JOB, personal: PERSONAL_JOB };

/** What nobody works on is taken up again; archives whose time is over go. */
const sweepJob: JobRule = {
  name: "transfer.sweep",
  retryLimit: 0,
  cron: "* * * * *",
  handle: sweep,
};

async function sweep(app: App): Promise<void> {
  const rows = await app.db.rows<{ id: string; kind: string }>(sql`
    select id, kind from transfer_runs where status in ('queued', 'running')
      and (leased_until is null or leased_until < ${app.now()}) order by id limit 100`);
  for (const { id, kind } of rows) await enqueue(app, JOB_OF[kind]!, id);
  await removeExpired(app);
  await sweepReceived(app);
}

export const transferFeature = defineFeature({
  name: "transfer",
  routes: () => import("../../routes/operation/mod.ts").then((m) => m.transfer),
  permissions: { "chat.import": "owner", "chat.export": "owner" },
  channels: [{
    channel: channels.transfers,
    authorize(ctx) {
      if (!may(ctx.actor, "chat.import")) authorize(ctx.actor, "chat.export");
    },
  }],
  jobs: [importJob, exportJob, personalJob, sweepJob],
  mediaUsers: async (db, organizationId, ids) =>
    (await db.rows<{ media_id: string }>(sql`
      select distinct media_id from transfer_runs where organization_id = ${organizationId}
        and media_id = any(${ids}::uuid[]) and status in ('queued', 'running')`)).map((row) => row.media_id),
});
