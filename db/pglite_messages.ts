// The messages between db/embedded.ts and db/pglite_worker.ts.

export type ToWorker =
  /** First message. `dataDir` null: in memory. Answer: ready or fatal. An empty folder is initialised. */
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
