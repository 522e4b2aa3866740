// Statements on media, their blobs and the organisation's usage. Every function takes the organisation.
import { type Queryable, type Sql, sql } from "../../db/sql.ts";

export type MediaKind = "image" | "video" | "audio" | "file";

/** One file as a person knows it. */
export interface MediaRow {
  id: string;
  organization_id: string;
  /** null: made by the server. */
  owner_id: string | null;
  filename: string;
  mime_type: string;
  size: number;
  /** Pixels, of images as they are shown. */
  width: number | null;
  height: number | null;
  /** Of the stored bytes, in hex. */
  sha256: string;
  kind: MediaKind;
  encrypted: boolean;
  created_at: Date;
}

/** With where its bytes are. */
export interface StoredMedia extends MediaRow {
  blob_id: string;
  storage_key: string;
  thumb_key: string | null;
  thumb_size: number | null;
  thumb_type: string | null;
}

export interface BlobRow {
  id: string;
  organization_id: string;
  sha256: string;
  size: number;
  storage_key: string;
  thumb_key: string | null;
  thumb_size: number | null;
  thumb_type: string | null;
}

const COLUMNS: Sql = sql`m.id, m.organization_id, m.owner_id, m.filename, m.mime_type, m.size, m.width, m.height,
  m.sha256, m.kind, m.encrypted, m.created_at`;
const BLOB: Sql = sql`b.id as blob_id, b.storage_key, b.thumb_key, b.thumb_size, b.thumb_type`;

export async function mediaById(db: Queryable, organizationId: string, id: string): Promise<StoredMedia | undefined> {
  return await db.maybe<StoredMedia>(sql`select ${COLUMNS}, ${BLOB} from media m join media_blobs b on b.id = m.blob_id
    where m.organization_id = ${organizationId} and m.id = ${id}`);
}

/**
 * Finished uploads of that person, in the order of `ids`; those that do not exist or are somebody else's are left out.
 * Inside a transaction the rows stay until its end: what is about to refer to them is safe from the sweep.
 */
export async function findUploads(
  tx: Queryable,
  organizationId: string,
  ownerId: string | null,
  ids: string[],
): Promise<MediaRow[]> {
  if (ids.length === 0) return [];
  const rows = await tx.rows<MediaRow>(sql`select ${COLUMNS} from media m
    where m.organization_id = ${organizationId} and m.owner_id is not distinct from ${ownerId}::uuid
      and m.id = any(${ids}::uuid[]) order by m.id for share of m`);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Takes the blob with this content for one more medium, if there is one. */
export async function takeBlob(tx: Queryable, organizationId: string, sha256: string): Promise<BlobRow | undefined> {
  return await tx.maybe<BlobRow>(sql`update media_blobs set refs = refs + 1
    where organization_id = ${organizationId} and sha256 = ${sha256} returning *`);
}

/** Adds a blob; when one with this content came in the meantime, that one is taken instead and answered. */
export async function insertBlob(tx: Queryable, blob: BlobRow): Promise<BlobRow> {
  return await tx.one<BlobRow>(sql`insert into media_blobs
    (id, organization_id, sha256, size, storage_key, thumb_key, thumb_size, thumb_type, refs)
    values (${blob.id}, ${blob.organization_id}, ${blob.sha256}, ${blob.size}, ${blob.storage_key}, ${blob.thumb_key},
      ${blob.thumb_size}, ${blob.thumb_type}, 1)
    on conflict (organization_id, sha256) do update set refs = media_blobs.refs + 1 returning *`);
}

export async function insertMedia(tx: Queryable, row: MediaRow, blobId: string): Promise<void> {
  await tx.run(sql`insert into media
    (id, organization_id, owner_id, blob_id, filename, mime_type, size, width, height, sha256, kind, encrypted,
      created_at, used_at)
    values (${row.id}, ${row.organization_id}, ${row.owner_id}, ${blobId}, ${row.filename}, ${row.mime_type}, ${row.size},
      ${row.width}, ${row.height}, ${row.sha256}, ${row.kind}, ${row.encrypted}, ${row.created_at}, ${row.created_at})`);
}

/** Bytes that the organisation has in the storage. */
export async function usedBytes(db: Queryable, organizationId: string): Promise<number> {
  const row = await db.maybe<{ bytes: number }>(
    sql`select bytes from media_usage where organization_id = ${organizationId}`,
  );
  return row?.bytes ?? 0;
}

/** Counts bytes in (or, negative, out); answers the sum. */
export async function countBytes(tx: Queryable, organizationId: string, bytes: number): Promise<number> {
  const row = await tx.one<{ bytes: number }>(sql`insert into media_usage (organization_id, bytes)
    values (${organizationId}, greatest(${bytes}::bigint, 0))
    on conflict (organization_id) do update set bytes = greatest(media_usage.bytes + ${bytes}::bigint, 0)
    returning bytes`);
  return row.bytes;
}

/** Says which bytes must go from the storage, and when at the earliest. */
export async function addGarbage(tx: Queryable, keys: string[], removeAfter: Date): Promise<void> {
  if (keys.length === 0) return;
  await tx.run(sql`insert into media_garbage (storage_key, remove_after)
    select key, ${removeAfter}::timestamptz from unnest(${keys}::text[]) as key
    on conflict (storage_key) do update set remove_after = excluded.remove_after`);
}

export async function dropGarbage(tx: Queryable, keys: string[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.run(sql`delete from media_garbage where storage_key = any(${keys}::text[])`);
}

/**
 * Removes media and gives their blobs back; blobs that nobody has any more go, and their bytes are marked to go.
 * @returns ids that were removed
 */
export async function deleteMediaRows(
  tx: Queryable,
  organizationId: string,
  ids: string[],
  now: Date,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const gone = await tx.rows<{ id: string; blob_id: string }>(sql`delete from media
    where organization_id = ${organizationId} and id = any(${ids}::uuid[]) returning id, blob_id`);
  if (gone.length === 0) return [];
  await tx.run(sql`update media_blobs b set refs = b.refs - given.n
    from (select blob, count(*)::int as n from unnest(${
    gone.map((g) => g.blob_id)
  }::uuid[]) as blob group by blob) given
    where b.id = given.blob and b.organization_id = ${organizationId}`);
  const blobs = await tx.rows<BlobRow>(sql`delete from media_blobs
    where organization_id = ${organizationId} and id = any(${gone.map((g) => g.blob_id)}::uuid[]) and refs <= 0
    returning *`);
  if (blobs.length > 0) {
    const keys = blobs.flatMap((b) => b.thumb_key ? [b.storage_key, b.thumb_key] : [b.storage_key]);
    await addGarbage(tx, keys, now);
    await countBytes(tx, organizationId, -blobs.reduce((sum, b) => sum + b.size + (b.thumb_size ?? 0), 0));
  }
  return gone.map((g) => g.id);
}
