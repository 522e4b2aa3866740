// Moving in and out: imports from Slack, Mattermost and Pulpo, exports of everything. docs/moving_in.md, export_format.md.
import { sql } from "../../db/sql.ts";
import { authorize, may } from "../../kernel/actor.ts";
import type { App } from "../context.ts";
import { defineFeature, type JobRule } from "../define.ts";
import { EXPORT_JOB, removeExpired, workOnExport } from "./exports.ts";
import { enqueue, IMPORT_JOB, workOnImport } from "./imports.ts";
import { sweepReceived } from "./received.ts";

export {
  deleteExport,
  getExport,
  listExports,
  type OpenExport,
  openExport,
  startExport,
  workOnExport,
} from "./exports.ts";
export { receiveArchive, receivedArchive, removeReceived } from "./received.ts";
export { cancelImport, getImport, listImports, startImport, workOnImport } from "./imports.ts";

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
  for (const { id, kind } of rows) await enqueue(app, kind === "import" ? IMPORT_JOB : EXPORT_JOB, id);
  await removeExpired(app);
  await sweepReceived(app);
}

export const transferFeature = defineFeature({
  name: "transfer",
  permissions: { "chat.import": "owner", "chat.export": "owner" },
  channels: [{
    pattern: /^transfers$/,
    authorize(ctx) {
      if (!may(ctx.actor, "chat.import")) authorize(ctx.actor, "chat.export");
    },
  }],
  jobs: [importJob, exportJob, sweepJob],
  mediaUsers: async (db, organizationId, ids) =>
    (await db.rows<{ media_id: string }>(sql`
      select distinct media_id from transfer_runs where organization_id = ${organizationId}
        and media_id = any(${ids}::uuid[]) and status in ('queued', 'running')`)).map((row) => row.media_id),
});
