// The messages between db/embedded.ts and db/pglite_worker.ts.

export type ToWorker =
  /** Makes a new database in the folder. Answer: ready or fatal; the worker is of no further use. */
  | { kind: "create"; dataDir: string }
  /** First message otherwise. `dataDir` null: a new database in memory. Answer: ready or fatal. */
  | { kind: "open"; dataDir: string | null }
  /** Wire protocol of one or more statements; each such message gets exactly one `wire` back, in order. */
  | { kind: "wire"; bytes: Uint8Array<ArrayBuffer> }
  /** Checkpoint and end. Answer: closed. */
  | { kind: "close" };

export type FromWorker =
  | { kind: "ready" }
  | { kind: "wire"; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "closed" }
  /** The engine cannot go on. */
  | { kind: "fatal"; message: string };
