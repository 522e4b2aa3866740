// The end of files: somebody removes one, another feature removes what hung on its rows, or nobody has referred to it for
// 24 hours. Rows go in a transaction, which marks the bytes; the bytes go after it, and a sweep repeats what failed.
import { atLeast, authorize, requireUser } from "../../kernel/actor.ts";
import { AppError, notFound } from "../../kernel/errors.ts";
import { sql, type Tx } from "../../db/sql.ts";
import { writeAudit } from "../audit/mod.ts";
import type { App, Ctx } from "../context.ts";
import type { JobRule } from "../define.ts";
import { partsFolder, removeFiles } from "./receive.ts";
import { deleteMediaRows, mediaById } from "./store.ts";

const UNUSED_MS = 24 * 3_600_000;
const BATCH = 200;
/** Storage keys that one round of the sweep removes side by side. */
const SIDE_BY_SIDE = 8;

/**
 * Removes media of the organisation for good, whoever refers to them: for features whose rows are gone.
 * @returns how many there were
 */
export async function deleteMedia(app: App, organizationId: string, ids: string[]): Promise<number> {
  let count = 0;
  for (let at = 0; at < ids.length; at += BATCH) {
    const part = ids.slice(at, at + BATCH);
    const now = app.now();
    count += (await app.db.withTx((tx) => deleteMediaRows(tx, organizationId, part, now))).length;
  }
  await removeGarbage(app);
  return count;
}

/** Owner or administrator. @throws AppError `not_found`, `conflict` when a message or another thing uses it */
export async function removeMedium(
  ctx: Ctx,
  id: string,
  mayRead: (row: { id: string }) => Promise<boolean>,
): Promise<void> {
  authorize(ctx.actor, "media.upload");
  const { app, actor } = ctx;
  const userId = requireUser(actor);
  const medium = await mediaById(app.db, actor.organizationId, id);
  if (!medium) throw notFound("file");
  if (medium.owner_id !== userId && !(atLeast(actor.role, "admin") && await mayRead(medium))) throw notFound("file");
  await app.db.withTx(async (tx) => {
    if ((await lockMedia(tx, actor.organizationId, [id])).length === 0) throw notFound("file");
    if ((await app.mediaInUse(tx, actor.organizationId, [id])).size > 0) {
      throw new AppError("conflict", "The file is used, in a message for instance. Remove that first.");
    }
    await deleteMediaRows(tx, actor.organizationId, [id], app.now());
    await writeAudit(tx, ctx, {
      action: "media.deleted",
      subject_type: "media",
      subject_id: id,
      details: { filename: medium.filename, size: medium.size, owner_id: medium.owner_id },
    });
  });
  await removeGarbage(app);
}

/** Waits for whoever is about to refer to them (`findUploads`), so that the question who uses them has one answer. */
async function lockMedia(tx: Tx, organizationId: string, ids: string[]): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(sql`select id from media
    where organization_id = ${organizationId} and id = any(${ids}::uuid[]) order by id for update`);
  return rows.map((row) => row.id);
}

export const sweepJob: JobRule = {
  name: "media.sweep",
  retryLimit: 2,
  cron: "*/20 * * * *",
  async handle(app) {
    const removed = await removeUnused(app);
    const abandoned = await removeAbandoned(app);
    await removeGarbage(app);
    if (removed || abandoned) app.log.info("unused files removed", { files: removed, uploads: abandoned });
  },
};

/** Media that nobody has referred to for 24 hours. @returns how many went */
export async function removeUnused(app: App): Promise<number> {
  const before = new Date(app.now().getTime() - UNUSED_MS);
  let removed = 0;
  while (true) {
    const due = await app.db.rows<{ id: string; organization_id: string }>(sql`
      select id, organization_id from media where used_at <= ${before} order by used_at, id limit ${BATCH}`);
    const byOrganization = Map.groupBy(due, (row) => row.organization_id);
    for (const [organizationId, rows] of byOrganization) {
      removed += await app.db.withTx(async (tx) => {
        const ids = await lockMedia(tx, organizationId, rows.map((row) => row.id));
        const used = await app.mediaInUse(tx, organizationId, ids);
        if (used.size > 0) {
          await tx.run(sql`update media set used_at = ${app.now()}
            where organization_id = ${organizationId} and id = any(${[...used]}::uuid[])`);
        }
        return (await deleteMediaRows(tx, organizationId, ids.filter((id) => !used.has(id)), app.now())).length;
      });
    }
    if (due.length < BATCH) return removed;
  }
}

/** Uploads on which nothing has happened for 24 hours, with the bytes that had come. @returns how many went */
export async function removeAbandoned(app: App): Promise<number> {
  const before = app.now().getTime() - UNUSED_MS;
  const count = await app.db.run(sql`delete from media_uploads where updated_at <= ${new Date(before)}`);
  const folder = await partsFolder(app);
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    const stat = await Deno.stat(path).catch(() => undefined);
    if (stat?.isFile && (stat.mtime?.getTime() ?? 0) <= before) await removeFiles(path);
  }
  return count;
}

/** Removes the bytes that are marked and due. What the storage does not remove now stays marked for the next time. */
export async function removeGarbage(app: App): Promise<void> {
  const seen = new Set<string>();
  while (true) {
    const due = await app.db.rows<{ storage_key: string }>(sql`select storage_key from media_garbage
      where remove_after <= ${app.now()} order by remove_after, storage_key limit ${BATCH}`);
    const fresh = due.map((row) => row.storage_key).filter((key) => !seen.has(key));
    if (fresh.length === 0) return;
    for (let at = 0; at < fresh.length; at += SIDE_BY_SIDE) {
      const part = fresh.slice(at, at + SIDE_BY_SIDE);
      part.forEach((key) => seen.add(key));
      const done = await Promise.all(part.map((key) =>
        app.storage.remove(key).then(() => key, (error) => {
          app.log.warn("a file could not be removed from the storage; it is tried again", { error });
        })
      ));
      const keys = done.filter((key) => key !== undefined);
      if (keys.length > 0) {
        await app.db.run(sql`delete from media_garbage where storage_key = any(${keys}::text[])`);
      }
    }
  }
}
