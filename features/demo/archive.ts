// The story as an archive in the format of our own export, for the import to read.
// @ts-types="@types/yazl"
import yazl from "yazl";
import { Buffer } from "node:buffer";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Story } from "./story.ts";

/** @param at when it was made */
export async function writeArchive(path: string, story: Story, at: Date): Promise<void> {
  const zip = new yazl.ZipFile();
  const add = (name: string, bytes: Uint8Array) =>
    zip.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name, { mtime: at });
  for (const name of ["users", "channels", "members", "messages"] as const) {
    add(`${name}.ndjson`, new TextEncoder().encode(story[name].map((row) => JSON.stringify(row) + "\n").join("")));
  }
  for (const { id, file } of story.files) add(`files/${id}`, file.bytes);
  add(
    "manifest.json",
    new TextEncoder().encode(JSON.stringify({ format: "pulpo-export", version: 1, created_at: at.toISOString() })),
  );
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path, { mode: 0o600 }));
}
