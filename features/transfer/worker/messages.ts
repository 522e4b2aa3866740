// What the reading worker is asked and answers. One question at a time, each answered once.
import type { Finding, ImportSource } from "../../../protocol/operation/transfer.ts";
import type { Batch, Person } from "../import/assemble.ts";
import type { Directory } from "../archives/neutral.ts";
import type { ZipLimits } from "../archives/zip.ts";

/** How far an import has been written: `n` messages of the channel with this number in the directory. */
export interface Position {
  channel: number;
  n: number;
}

export interface StartInput {
  scope: string;
  /** Key there → person here. */
  people: [string, Person][];
  /** By number in the directory; null: left out. */
  channels: ({ id: string; name: string } | null)[];
  from: Position;
  links: boolean;
  /** Messages in one transaction. */
  batchSize: number;
  /** Nothing will be written: batches come without their rows. */
  dryRun: boolean;
}

export interface NextBatch extends Batch {
  /** Numbers of channels that are complete with this batch. */
  ended: number[];
  position: Position;
  bytesRead: number;
  /** All since the start, up to the end of this batch. */
  findings: Finding[];
}

export type Question =
  | {
    kind: "open";
    path: string;
    scratch: string;
    source: ImportSource;
    joinLeave: boolean;
    limits?: Partial<ZipLimits>;
  }
  | { kind: "start"; input: StartInput }
  | { kind: "next" }
  | { kind: "extract"; entry: string; target: string };

export interface Answers {
  open: Directory;
  start: null;
  /** null: everything has been read. */
  next: NextBatch | null;
  extract: number;
}

/** What the writing worker is asked: one entry after the other. */
export type WriteQuestion =
  | { kind: "begin"; path: string }
  | { kind: "entry"; name: string; time: number; compress: boolean }
  | { kind: "write"; data: string | Uint8Array }
  | { kind: "end" }
  | { kind: "finish" };

export interface WriteAnswers {
  begin: null;
  entry: null;
  write: null;
  end: { bytes: number; sha256: string };
  finish: { size: number; sha256: string };
}

/** `archive`: the archive is to blame, and the text is for people. */
export type ArchiveRefusal = { archive: boolean };
