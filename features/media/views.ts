// Files as they go over the wire.
import type { Media } from "../../protocol/chat/media.ts";
import type { MediaRow } from "./store.ts";

/** Where a file is fetched from; relative to the server's address. */
function mediaUrl(id: string): string {
  return `/api/v1/media/${id}`;
}

export function toMedia(row: MediaRow): Media {
  const url = mediaUrl(row.id);
  return {
    id: row.id,
    filename: row.filename,
    mime_type: row.mime_type,
    size: row.size,
    width: row.width,
    height: row.height,
    kind: row.kind,
    sha256: row.sha256,
    url,
    thumbnail_url: row.kind === "image" ? `${url}?size=thumb` : null,
    created_at: row.created_at.toISOString(),
  };
}
