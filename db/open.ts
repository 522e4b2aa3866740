// Opens the database the settings ask for. The usual order of the composition root:
//
//   const database = await openDatabase({ databaseUrl, dataDir, pool, log });   // may throw DataDirLocked
//   await database.migrate();                                                    // may throw MigrationError
//   const hub = new Hub({ source: database.eventSource, … });
//   database.db.onCommitted(hub.publish);
//   …
//   await database.close();
//
// Without `databaseUrl` the data folder is locked for this process and the embedded database lives in `<dataDir>/db`.
import type { Logger } from "../kernel/log.ts";
import { type EmbeddedDb, openEmbedded } from "./embedded.ts";
import { createEventSource, type EventSource } from "./event_log.ts";
import { type DataDirLock, lockDataDir } from "./lock.ts";
import { startMaintenance } from "./maintenance.ts";
import { migrate } from "./migrate.ts";
import { openServer } from "./server.ts";
import { explainMigration } from "./server_refusal.ts";
import { copyDatabase, saveDataDir } from "./snapshot.ts";
import type { Db, Queryable } from "./sql.ts";

export interface OpenOptions {
  /** postgres://…; absent: embedded. */
  databaseUrl?: string;
  /** Folder of the embedded database, its lock and the copies made before migrations; ":memory:" keeps nothing. */
  dataDir: string;
  /** Connections to a server; default 10. */
  pool?: number;
  log: Logger;
  /** A new embedded database may come with its tables; default true. A restore of an older backup needs one without. */
  template?: boolean;
  /** The embedded database refuses writes while less is free on its disk; default 0: never. */
  floorBytes?: number;
}

export interface Database {
  readonly db: Db;
  readonly eventSource: EventSource;
  /** Runs missing migrations; copies embedded data that is about to be changed. Returns the names of what ran. */
  migrate(): Promise<string[]>;
  /**
   * Runs `body` over one unchanging view of all data, for as long as it takes, while others keep reading and writing. On
   * the embedded database that is a copy of its files (made while writers wait), in memory only a long transaction.
   */
  snapshot<T>(body: (view: Queryable) => Promise<T>): Promise<T>;
  /**
   * Lets running work end, writes the embedded database's files and gives the folder free. What still runs when half of the
   * time is over is cut off: its transaction is rolled back.
   * @param ms default 10 s
   */
  close(ms?: number): Promise<void>;
}

/** What closing is owed when a server stops: enough for the embedded database to write its files. */
export const DATABASE_MS = 3_000;

export async function openDatabase(options: OpenOptions): Promise<Database> {
  const { log } = options;
  if (options.databaseUrl) {
    const { databaseUrl } = options;
    const db = await openServer({ databaseUrl, pool: options.pool ?? 10, log });
    return {
      db,
      eventSource: createEventSource(db),
      migrate: () => migrate(db, { log }).catch((error) => Promise.reject(explainMigration(error, databaseUrl))),
      snapshot: (body) => readOnly(db, body),
      close: (ms) => db.close(ms),
    };
  }
  const inMemory = options.dataDir === ":memory:";
  const lock = inMemory ? undefined : lockDataDir(options.dataDir);
  try {
    const directory = inMemory ? null : `${options.dataDir}/db`;
    const db = await openEmbedded({
      directory,
      log,
      template: options.template,
      floorBytes: options.floorBytes,
    });
    return embeddedDatabase(db, options, lock);
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function embeddedDatabase(db: EmbeddedDb, { dataDir, log }: OpenOptions, lock: DataDirLock | undefined): Database {
  const maintenance = startMaintenance(db, log);
  return {
    db,
    eventSource: createEventSource(db),
    migrate: () =>
      migrate(db, {
        log,
        beforeChange: async (next) => {
          if (lock) log.info("Data copied before the update", { folder: await saveDataDir(db, dataDir, next) });
        },
      }),
    async snapshot(body) {
      if (!lock) return await readOnly(db, body);
      const copy = `${dataDir}/backups/.snapshot-${crypto.randomUUID()}`;
      try {
        await copyDatabase(db, `${dataDir}/db`, copy);
        const view = await openEmbedded({ directory: copy, log });
        try {
          return await readOnly(view, body);
        } finally {
          await view.close();
        }
      } finally {
        await Deno.remove(copy, { recursive: true }).catch(() => {});
      }
    },
    async close(ms) {
      maintenance.stop();
      await db.close(ms);
      lock?.release();
    },
  };
}

function readOnly<T>(db: Db, body: (view: Queryable) => Promise<T>): Promise<T> {
  return db.withTx(body, { begin: "begin isolation level repeatable read read only", timeoutMs: Infinity });
}
