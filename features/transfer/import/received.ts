// Archives that the command line brings to a running server, which reads nothing outside of its own folders: they lie in the
// data folder until their import has ended.
import { basename } from "node:path";
import { sql } from "../../../db/sql.ts";
import { AppError } from "../../../kernel/errors.ts";
import { newId } from "../../../kernel/ids.ts";
import { PRIVATE_FOLDER } from "../../../kernel/private_files.ts";
import type { App } from "../../context.ts";
import { receive } from "../../media/mod.ts";

const NAME = /^received-[0-9a-f-]{36}$/;
/** Brought, but never imported. */
const FORGOTTEN_MS = 24 * 3600_000;

const folderOf = (app: App) => `${app.config.dataDir}/transfer`;

/**
 * @param size bytes that must come
 * @returns the name to ask for
 * @throws AppError bad_request when fewer came; too_large, timeout, unavailable
 */
export async function receiveArchive(app: App, stream: ReadableStream<Uint8Array>, size: number): Promise<string> {
  const name = `received-${newId()}`, path = `${folderOf(app)}/${name}`;
  await Deno.mkdir(folderOf(app), PRIVATE_FOLDER);
  try {
    const came = await receive(path, stream, { limit: size });
    if (came !== size) throw new AppError("bad_request", `Only ${came} of ${size} bytes of the archive came.`);
    return name;
  } catch (error) {
    await removeReceived(app, path);
    throw error;
  }
}

/** Where it lies. @throws AppError not_found */
export function receivedArchive(app: App, name: string): string {
  if (!NAME.test(name)) throw new AppError("not_found", "There is no such archive.");
  return `${folderOf(app)}/${name}`;
}

/** Files of other places stay: they are the caller's. */
export async function removeReceived(app: App, path: string): Promise<void> {
  const name = basename(path);
  if (NAME.test(name) && path === `${folderOf(app)}/${name}`) await Deno.remove(path).catch(() => {});
}

export async function sweepReceived(app: App): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folderOf(app))).catch(() => []);
  for (const { name } of entries) {
    const path = `${folderOf(app)}/${name}`;
    const { mtime } = await Deno.stat(path).catch(() => ({ mtime: null }));
    if (!NAME.test(name) || !mtime || app.now().getTime() - mtime.getTime() < FORGOTTEN_MS) continue;
    const run = await app.db.maybe(sql`select 1 from transfer_runs
      where path = ${path} and status in ('queued', 'running')`);
    if (!run) await removeReceived(app, path);
  }
}
