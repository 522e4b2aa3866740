// Runs an admin command where it can run: in the server that holds the data folder, asked over loopback and signed with the
// installation's secret, or directly on the database when no server is running.
import { DataDirLocked } from "../db/lock.ts";
import { DATABASE_MS, openDatabase } from "../db/open.ts";
import { features } from "../features/mod.ts";
import type { Config } from "../kernel/config.ts";
import { AppError } from "../kernel/errors.ts";
import { deriveKeys, type Keys } from "../kernel/keys.ts";
import { createRateLimits } from "../kernel/rate_limit.ts";
import { StopList } from "../kernel/stop_list.ts";
import { askServer, type CommandFiles } from "./ask_server.ts";
import { buildApp } from "../server/build_app.ts";
import type { AdminCommand } from "../server/commands/host.ts";
import { runAdminCommand } from "../server/commands/run.ts";
import { requireInstallation, requireTables } from "./installation.ts";
import { noRealtime } from "../server/no_realtime.ts";
import { checkSecret, loadSecret } from "../server/secret.ts";
import { showProgress } from "./progress.ts";
import { loggerOf } from "./settings.ts";

export interface AdminOptions extends CommandFiles {
  /** Makes an installation where there is none; otherwise nothing is created. */
  create?: boolean;
}

/** Runs the command and returns the text to print. */
export async function admin(config: Config, command: AdminCommand, options: AdminOptions = {}): Promise<string> {
  if (!options.create) await requireInstallation(config);
  const keys = await deriveKeys(await loadSecret(config));
  try {
    return await runDirectly(config, keys, command, options);
  } catch (error) {
    if (error instanceof DataDirLocked) return await askServer(config, keys, command, options);
    throw error;
  }
}

async function runDirectly(
  config: Config,
  keys: Keys,
  command: AdminCommand,
  { create, takes, gives }: AdminOptions,
): Promise<string> {
  const log = loggerOf({ ...config, logLevel: "warn" });
  const down = new StopList();
  const database = await openDatabase({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, pool: 2, log });
  down.add("database", (ms) => database.close(ms), DATABASE_MS);
  try {
    if (!create) await requireTables(database.db, config);
    await database.migrate();
    await checkSecret(database.db, keys);
    // Without a server around it: nobody is connected, and no job runs.
    const app = buildApp({
      config,
      log,
      keys,
      database,
      features,
      realtime: noRealtime,
      jobs: { enqueue: () => Promise.reject(new AppError("unavailable", "Jobs need the running server.")) },
      limits: await createRateLimits({ log }),
      publicUrl: () => config.publicUrl ?? `http://localhost:${config.port}`,
    }, down);
    const flags = takes === undefined ? command.flags : { ...command.flags, file: takes };
    return await runAdminCommand({ app, database, alone: showProgress }, { ...command, flags }, gives);
  } finally {
    await down.run(log);
  }
}
