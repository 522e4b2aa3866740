// An archive through the real reading worker, without a server: what people, channels and rows it makes of it.
import type { ImportSource } from "../../protocol/operation/transfer.ts";
import type { FileRow } from "../../features/transfer/import/assemble.ts";
import { Findings } from "../../features/transfer/archives/neutral.ts";
import { mergeFindings } from "../../features/transfer/import/report.ts";
import { ReadWorker } from "../../features/transfer/worker/client.ts";
import type { NextBatch } from "../../features/transfer/worker/messages.ts";
import { type ArchiveContent, zipOf } from "./transfer_archives.ts";

// deno-lint-ignore no-explicit-any
export type ReadRow = Record<string, any>;

export interface ReadArchive {
  counts: NextBatch["counts"];
  findings: Record<string, number>;
  channels: { key: string; name: string; type: string; topic: string; description: string; strangers?: string[] }[];
  /** By the channel's name, in their order. */
  rows: Record<string, ReadRow[]>;
  edits: ReadRow[];
  files: FileRow[];
}

/** Everybody in the archive who is no bot has an account. */
export async function readArchive(
  source: ImportSource,
  content: ArchiveContent | Uint8Array,
  joinLeave = false,
): Promise<ReadArchive> {
  const folder = await Deno.makeTempDir(), path = `${folder}/archive`;
  await Deno.writeFile(path, content instanceof Uint8Array ? content : await zipOf(content));
  const worker = new ReadWorker();
  try {
    const directory = await worker.ask({ kind: "open", path, scratch: `${folder}/lines`, source, joinLeave });
    const ids = directory.channels.map((_, i) => `00000000-0000-7000-8000-${String(i).padStart(12, "0")}`);
    await worker.ask({
      kind: "start",
      input: {
        scope: "test",
        people: directory.users.filter((u) => !u.is_bot).map((
          u,
          i,
        ) => [u.key, { id: `person-${i}`, username: u.username }]),
        channels: directory.channels.map((channel, i) => ({ id: ids[i]!, name: channel.name })),
        from: { channel: 0, n: 0 },
        links: false,
        batchSize: 7,
        dryRun: false,
      },
    });
    const out: ReadArchive = {
      counts: {} as never,
      findings: {},
      channels: directory.channels,
      rows: {},
      edits: [],
      files: [],
    };
    let findings = new Findings().list();
    for (let batch = await worker.ask({ kind: "next" }); batch; batch = await worker.ask({ kind: "next" })) {
      for (const [name, n] of Object.entries(batch.counts)) {
        (out.counts as unknown as Record<string, number>)[name] =
          ((out.counts as unknown as Record<string, number>)[name] ?? 0) + n;
      }
      for (const row of JSON.parse(batch.messages) as ReadRow[]) {
        const name = directory.channels[ids.indexOf(row.channel_id)]!.name;
        (out.rows[name] ??= []).push(row);
      }
      out.edits.push(...JSON.parse(batch.edits));
      out.files.push(...batch.files);
      findings = mergeFindings([], batch.findings);
    }
    out.findings = Object.fromEntries(findings.map((f) => [f.code, f.count]));
    return out;
  } finally {
    worker.close();
    await Deno.remove(folder, { recursive: true });
  }
}
