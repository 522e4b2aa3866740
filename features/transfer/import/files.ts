// Files of imported messages: taken from the archive or downloaded, stored as media, put in the place of their link. Each
// file is one transaction; what fails stays a link and is reported. Addresses with keys in them are forgotten afterwards.
import { json, type Queryable, sql } from "../../../db/sql.ts";
import { AppError } from "../../../kernel/errors.ts";
import { getOutbound } from "../../../kernel/outbound.ts";
import type { Attachment } from "../../../protocol/chat/chat.ts";
import { type MediaRow, storeBytes } from "../../media/mod.ts";
import type { App } from "../../context.ts";
import type { FileRow } from "./assemble.ts";
import type { ReadWorker } from "../worker/client.ts";

type WaitingFile = FileRow & { organization_id: string };

const AT_ONCE = 4;
const DOWNLOAD_MS = 120_000;
/** A download is in memory until it is stored. */
const MAX_DOWNLOAD = 100 * 1024 * 1024;
const REDIRECTS = 3;

export async function insertFiles(
  tx: Queryable,
  organizationId: string,
  runId: string,
  files: readonly FileRow[],
): Promise<void> {
  if (files.length === 0) return;
  await tx.run(sql`
    insert into transfer_files (id, organization_id, run_id, message_id, channel_id, owner_id, position, filename, mime_type,
      size, entry, url, placeholder)
    select n.id, ${organizationId}, ${runId}, n.message_id, n.channel_id, n.owner_id, n.position, n.filename, n.mime_type,
      n.size, n.entry, n.url, n.placeholder
    from jsonb_to_recordset(${json(files)}) as n (id uuid, message_id uuid, channel_id uuid, owner_id uuid,
      position smallint, filename text, mime_type text, size bigint, entry text, url text, placeholder text)
    where not exists (select from message_attachments a where a.message_id = n.message_id and a.position = n.position)
    on conflict (id) do update set state = 'waiting', run_id = excluded.run_id, entry = excluded.entry, url = excluded.url
      where transfer_files.state = 'failed'`);
}

export async function countWaiting(db: Queryable, organizationId: string, runId: string): Promise<number> {
  const { count } = await db.one<{ count: number }>(sql`select count(*)::int as count from transfer_files
    where organization_id = ${organizationId} and run_id = ${runId} and state = 'waiting'`);
  return count;
}

export interface FilesResult {
  stored: number;
  failed: { name: string; error: string }[];
}

/** The next few files. Undefined when none wait. @param folder for what is unpacked */
export async function fetchSome(
  app: App,
  organizationId: string,
  runId: string,
  worker: ReadWorker,
  folder: string,
): Promise<FilesResult | undefined> {
  const rows = await app.db.rows<WaitingFile>(sql`
    select id, organization_id, message_id, channel_id, owner_id, position, filename, mime_type, size, entry, url, placeholder
    from transfer_files where organization_id = ${organizationId} and run_id = ${runId} and state = 'waiting'
    order by id limit 40`);
  if (rows.length === 0) return undefined;
  // Files of one message one after the other, so that they keep their order.
  const groups = [...Map.groupBy(rows, (row) => row.message_id).values()];
  const result: FilesResult = { stored: 0, failed: [] };
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let group = groups.shift(); group; group = groups.shift()) {
      for (const row of group.sort((a, b) => a.position - b.position)) {
        try {
          await place(app, row, await fetchOne(app, row, worker, folder));
          result.stored++;
        } catch (error) {
          // No room, no storage: the run fails and goes on here later.
          if (error instanceof AppError && (error.code === "unavailable" || error.code === "timeout")) throw error;
          const text = error instanceof AppError
            ? error.detail
            : error instanceof Error
            ? error.message
            : String(error);
          await app.db.run(sql`update transfer_files set state = 'failed', error = ${text.slice(0, 500)}, url = null
            where id = ${row.id} and organization_id = ${organizationId}`);
          result.failed.push({ name: row.filename, error: text });
        }
      }
    }
  }));
  return result;
}

async function fetchOne(app: App, row: WaitingFile, worker: ReadWorker, folder: string): Promise<MediaRow> {
  const about = {
    filename: row.filename,
    mimeType: row.mime_type === "application/octet-stream" ? undefined : row.mime_type,
  };
  const limit = app.config.mediaLimitBytes;
  if ((row.size ?? 0) > limit) throw new AppError("too_large", `It has ${row.size} bytes; this server takes ${limit}.`);
  if (row.entry !== null) {
    const target = `${folder}/${row.id}`;
    try {
      await worker.ask({ kind: "extract", entry: row.entry, target });
      const file = await Deno.open(target);
      return await storeTyped(app, row, about, () => file.readable, async () => (await Deno.open(target)).readable);
    } finally {
      await Deno.remove(target).catch(() => {});
    }
  }
  const bytes = await download(app, row.url ?? "", Math.min(limit, MAX_DOWNLOAD));
  return await storeTyped(app, row, about, () => bytes, () => Promise.resolve(bytes));
}

/** What an archive says of a file's type is often wrong: then the bytes decide. */
async function storeTyped(
  app: App,
  row: WaitingFile,
  about: { filename: string; mimeType?: string },
  first: () => ReadableStream<Uint8Array> | Uint8Array,
  again: () => Promise<ReadableStream<Uint8Array> | Uint8Array>,
): Promise<MediaRow> {
  try {
    return await storeBytes(app, row.organization_id, row.owner_id, about, first());
  } catch (error) {
    if (!(error instanceof AppError && error.code === "unsupported_file" && about.mimeType)) throw error;
    return await storeBytes(app, row.organization_id, row.owner_id, { filename: about.filename }, await again());
  }
}

async function download(app: App, address: string, limit: number): Promise<Uint8Array> {
  const { webhookPrivate, registration } = app.config;
  const allowPrivate = webhookPrivate === "allow" || (webhookPrivate === "auto" && registration !== "open");
  let url = address;
  for (let i = 0; i <= REDIRECTS; i++) {
    const page = await getOutbound({
      url,
      headers: { accept: "*/*", "user-agent": "Pulpo import" },
      timeoutMs: DOWNLOAD_MS,
      maxResponseBytes: limit,
      allowPrivate,
      wants: (status) => status === 200,
    });
    const { status, headers } = page;
    if (status >= 300 && status < 400 && headers.location && URL.canParse(headers.location, url)) {
      url = new URL(headers.location, url).href;
      continue;
    }
    if (status !== 200) throw new Error(`The address answered with status ${status}.`);
    if (page.cut) throw new Error(`It is larger than ${limit} bytes.`);
    // Slack answers with its sign-in page when the key in the address is no longer good.
    if (/^text\/html/.test(headers["content-type"] ?? "") && !/\.html?$/i.test(new URL(address).pathname)) {
      throw new Error("The address answered with a web page instead of the file.");
    }
    return page.bytes;
  }
  throw new Error("The address leads from one place to the next without end.");
}

async function place(app: App, row: WaitingFile, media: MediaRow): Promise<void> {
  const url = `/api/v1/media/${media.id}`;
  const attachment: Attachment = {
    id: media.id,
    filename: media.filename,
    mime_type: media.mime_type,
    size: media.size,
    url,
    thumbnail_url: media.kind === "image" ? `${url}?size=thumb` : null,
    width: media.width,
    height: media.height,
  };
  await app.db.withTx(async (tx) => {
    const taken = await tx.run(sql`update transfer_files set state = 'done', url = null
      where id = ${row.id} and organization_id = ${row.organization_id} and state = 'waiting'`);
    if (!taken) return;
    await tx.run(sql`
      update messages set attachments = attachments || jsonb_build_array(${json(attachment)}), has_file = true,
        message_type = case when message_type = 'system' then 'system'
          when ${media.kind} = 'image' and message_type <> 'file' then 'image' else 'file' end,
        content = btrim(replace(content, ${row.placeholder}, ''), E'\n')
      where id = ${row.message_id} and organization_id = ${row.organization_id}`);
    await tx.run(sql`
      insert into message_attachments (message_id, media_id, position, organization_id, channel_id)
      values (${row.message_id}, ${media.id}, ${row.position}, ${row.organization_id}, ${row.channel_id})
      on conflict do nothing`);
  });
}
