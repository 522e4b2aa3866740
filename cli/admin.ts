// Runs an admin command where it can run: in the server that holds the data folder, asked over loopback and signed with the
// installation's secret, or directly on the database when no server is running.
import { DataDirLocked } from "../db/lock.ts";
import { type Database, openDatabase } from "../db/open.ts";
import type { App } from "../features/context.ts";
import { closeAccounts } from "../features/accounts/mod.ts";
import { openStorage } from "../features/media/mod.ts";
import { features } from "../features/mod.ts";
import type { Config } from "../kernel/config.ts";
import { AppError } from "../kernel/errors.ts";
import { deriveKeys, type Keys } from "../kernel/keys.ts";
import { LoadMeter } from "../kernel/load.ts";
import type { Logger } from "../kernel/log.ts";
import { buildPermissionTable } from "../kernel/permissions.ts";
import { createRateLimits } from "../kernel/rate_limit.ts";
import { createMailer } from "../workers/mailer.ts";
import { createSms } from "../workers/sms.ts";
import { createImageTool } from "../workers/images.ts";
import { createPasswordHasher } from "../workers/passwords.ts";
import { type AdminCommand, runAdminCommand } from "./admin_commands.ts";
import { askServer, type CommandFiles } from "./ask_server.ts";
import { requireInstallation, requireTables } from "./installation.ts";
import { noRealtime } from "./no_realtime.ts";
import { checkSecret, loadSecret } from "./secret.ts";
import { loggerOf } from "./settings.ts";
import { acquaintances, furnish, invitable, leave, mediaInUse, regroup, welcome } from "./feature_hooks.ts";
import { commandLine } from "./command_line.ts";

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
  const database = await openDatabase({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, pool: 2, log });
  try {
    if (!create) await requireTables(database.db, config);
    await database.migrate();
    await checkSecret(database.db, keys);
    const app = await offlineApp(config, database, keys, log);
    try {
      const flags = takes === undefined ? command.flags : { ...command.flags, file: takes };
      return await runAdminCommand({ app, database, alone: true }, { ...command, flags }, gives);
    } finally {
      await closeAccounts(app);
      app.load.close();
      app.limits.close();
      app.passwords.close();
      app.images.close();
    }
  } finally {
    await database.close();
  }
}

/** The features' App without a server around it: nobody is connected, and no job runs. */
async function offlineApp(config: Config, database: Database, keys: Keys, log: Logger): Promise<App> {
  const app: App = {
    config,
    db: database.db,
    log,
    keys,
    realtime: noRealtime,
    jobs: { enqueue: () => Promise.reject(new AppError("unavailable", "Jobs need the running server.")) },
    mailer: createMailer(config),
    sms: createSms(config, log),
    passwords: createPasswordHasher({ log }),
    limits: await createRateLimits({ log }),
    storage: openStorage(config),
    images: createImageTool({ log }),
    mediaInUse,
    furnish: (tx, organization) => furnish(app, tx, organization),
    welcome: (tx, person) => welcome(app, tx, person),
    leave: (tx, organizationId, userId) => leave(app, tx, organizationId, userId),
    regroup,
    acquaintances: (db, organizationId, userId) => acquaintances(app, db, organizationId, userId),
    invitable: (db, actor, ids) => invitable(app, db, actor, ids),
    commandLine: (command) => commandLine(config, command),
    snapshot: (body) => database.snapshot(body),
    permissionTable: buildPermissionTable(features),
    load: new LoadMeter(),
    uptimeSeconds: () => 0,
    publicUrl: () => config.publicUrl ?? `http://localhost:${config.port}`,
    now: () => new Date(),
  };
  return app;
}
