// Removes what has been kept long enough, every night: messages channel by channel in small transactions, then files.
// Repeating is harmless: each round asks anew what is left. When much went, the disk space is given back: an embedded
// database is packed, which holds up everything else for a moment; a database server has its autovacuum.
import { sql } from "../../db/sql.ts";
import { writeAudit } from "../audit/mod.ts";
import { deleteMessages, emptyMessages, expiredMessages, removeFiles, settleChannel } from "../chat/mod.ts";
import type { App } from "../context.ts";
import type { JobRule } from "../define.ts";
import { deleteMedia } from "../media/mod.ts";
import { removeAbout } from "../notifications/mod.ts";
import { beforeOf, type ChannelLimit, limitsSql, storedRules } from "./retention_rules.ts";

const BATCH = 200;
/** Packing pays when at least so many messages went, and at least this share of all. */
const PACK_FROM = 1_000;
const PACK_SHARE = 0.2;
const CHAT_TABLES = [
  "messages",
  "message_edits",
  "message_reactions",
  "message_mentions",
  "message_attachments",
  "thread_members",
  "search.messages",
  "media",
  "media_blobs",
];

interface Removed {
  messages: number;
  files: number;
  bytes: number;
}

export const retentionJob: JobRule = {
  name: "analytics.retention",
  retryLimit: 2,
  cron: "23 1 * * *",
  async handle(app) {
    const removed = await runRetention(app);
    if (removed.messages + removed.files > 0) await app.jobs.enqueue(reclaimJob.name, { messages: removed.messages });
  },
};

/** Applies the rules of all organisations. @returns what went */
export async function runRetention(app: App): Promise<Removed> {
  const total: Removed = { messages: 0, files: 0, bytes: 0 };
  const organizations = await app.db.rows<{ organization_id: string }>(sql`
    select organization_id from chat_retention where messages_days is not null or files_days is not null
    union select organization_id from chat_retention_channels where days is not null`);
  for (const { organization_id } of organizations) {
    const removed = await runOrganization(app, organization_id);
    total.messages += removed.messages;
    total.files += removed.files;
    total.bytes += removed.bytes;
  }
  return total;
}

async function runOrganization(app: App, organizationId: string): Promise<Removed> {
  const removed: Removed = { messages: 0, files: 0, bytes: 0 };
  const rules = await storedRules(app.db, organizationId);
  const now = app.now();
  const limits = await app.db.rows<ChannelLimit>(sql`
    select l.* from ${limitsSql(organizationId, rules, now)} l
    where exists (select 1 from messages x where x.channel_id = l.channel_id and x.created_at < l.before)`);
  for (const limit of limits) await removeMessages(app, organizationId, limit, removed);
  if (rules.files_days !== null) {
    await removeOldFiles(app, organizationId, beforeOf(rules.files_days, now), removed);
  }
  await app.db.withTx(async (tx) => {
    await tx.run(sql`
      update chat_retention set ran_at = ${app.now()}, removed_messages = ${removed.messages},
        removed_files = ${removed.files}, freed_bytes = ${removed.bytes}
      where organization_id = ${organizationId}`);
    if (removed.messages + removed.files === 0) return;
    const ctx = { app, requestId: "retention", ip: null, userAgent: null, log: app.log };
    const server = { organizationId, id: null, name: "system", kind: "system" as const };
    await writeAudit(tx, ctx, { action: "retention.ran", details: { ...removed } }, server);
  });
  return removed;
}

async function removeMessages(app: App, organizationId: string, limit: ChannelLimit, removed: Removed): Promise<void> {
  const { channel_id: channelId, before } = limit;
  for (;;) {
    const rows = await expiredMessages(app.db, organizationId, channelId, before, BATCH);
    if (rows.length === 0) break;
    const ids = (keeps: boolean) => rows.filter((row) => row.keeps === keeps).map((row) => row.id);
    const files = await app.db.withTx(async (tx) => [
      ...await emptyMessages(tx, organizationId, ids(true), app.now()),
      ...await deleteMessages(tx, organizationId, ids(false)),
    ]);
    await removeAbout(app, organizationId, rows.map((row) => row.id));
    removed.messages += rows.length;
    await removeUnusedFiles(app, organizationId, files, removed);
  }
  await app.db.withTx((tx) => settleChannel(tx, organizationId, channelId));
}

async function removeOldFiles(app: App, organizationId: string, before: Date, removed: Removed): Promise<void> {
  for (;;) {
    const rows = await app.db.rows<{ id: string }>(sql`
      select m.id from media m where m.organization_id = ${organizationId} and m.created_at < ${before}
        and exists (select 1 from message_attachments a where a.media_id = m.id)
      limit ${BATCH}`);
    if (rows.length === 0) return;
    const files = await app.db.withTx((tx) => removeFiles(tx, organizationId, rows.map((r) => r.id), app.now()));
    await removeUnusedFiles(app, organizationId, files, removed);
  }
}

/** Files that no message shows any more, nor a draft or anything else. */
async function removeUnusedFiles(app: App, organizationId: string, ids: string[], removed: Removed): Promise<void> {
  if (ids.length === 0) return;
  const used = await app.mediaInUse(app.db, organizationId, ids);
  const gone = ids.filter((id) => !used.has(id));
  const { bytes } = await app.db.one<{ bytes: number }>(sql`
    select coalesce(sum(size), 0)::int8 as bytes from media
    where organization_id = ${organizationId} and id = any(${gone}::uuid[])`);
  removed.files += await deleteMedia(app, organizationId, gone);
  removed.bytes += bytes;
}

/** Gives the space of removed rows back. On a server autovacuum makes it usable again. */
export const reclaimJob: JobRule<{ messages: number }> = {
  name: "analytics.reclaim",
  retryLimit: 2,
  async handle(app, { messages }) {
    if (app.db.kind !== "embedded") return;
    const { left } = await app.db.one<{ left: number }>(sql`select count(*)::int8 as left from messages`);
    const pack = messages >= PACK_FROM && messages >= (messages + left) * PACK_SHARE;
    const started = performance.now();
    for (const table of CHAT_TABLES) await app.db.exec(`vacuum (${pack ? "full, " : ""}analyze) ${table}`);
    await app.db.exec("checkpoint");
    app.log.info("space of removed messages is free again", {
      packed: pack,
      ms: Math.round(performance.now() - started),
    });
  },
};
