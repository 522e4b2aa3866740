// Runs an admin command where it can run: in the server that holds the data folder, asked over loopback and signed with the
// installation's secret, or directly on the database when no server is running.
import type { MiddlewareHandler } from "hono";
import { DataDirLocked } from "../db/lock.ts";
import { type Database, openDatabase } from "../db/open.ts";
import type { App } from "../features/context.ts";
import { closeAccounts } from "../features/accounts/mod.ts";
import { openStorage } from "../features/media/mod.ts";
import { features } from "../features/mod.ts";
import type { Config } from "../kernel/config.ts";
import { AppError } from "../kernel/errors.ts";
import { bodyArrived } from "../kernel/http_listener.ts";
import { constantTimeEqual } from "../kernel/ids.ts";
import { deriveKeys, type Keys } from "../kernel/keys.ts";
import { LoadMeter } from "../kernel/load.ts";
import type { Logger } from "../kernel/log.ts";
import { buildPermissionTable } from "../kernel/permissions.ts";
import { createRateLimits } from "../kernel/rate_limit.ts";
import { createMailer } from "../workers/mailer.ts";
import { createSms } from "../workers/sms.ts";
import { createImageTool } from "../workers/images.ts";
import { createPasswordHasher } from "../workers/passwords.ts";
import type { HttpEnv } from "../routes/env.ts";
import { createRouter, type Router } from "../routes/helpers.ts";
import { type AdminCommand, runAdminCommand } from "./admin_commands.ts";
import { UsageError } from "./args.ts";
import { requireInstallation, requireTables } from "./installation.ts";
import { noRealtime } from "./no_realtime.ts";
import { checkSecret, loadSecret } from "./secret.ts";
import { loggerOf } from "./settings.ts";
import { acquaintances, furnish, mediaInUse, welcome } from "./feature_hooks.ts";
import { commandLine } from "./command_line.ts";

const PATH = "/api/v1/system/commands";
const MAX_AGE_MS = 60_000;
/** How long the running server may take. A backup of millions of rows is no matter of seconds. */
const ANSWER_MS = 60_000, BACKUP_MS = 12 * 3_600_000;
const addressFile = (config: Config) => `${config.dataDir}/server.url`;

/**
 * Runs the command and returns the text to print.
 * @param options.create makes an installation where there is none; otherwise nothing is created
 */
export async function admin(
  config: Config,
  command: AdminCommand,
  options: { create?: boolean } = {},
): Promise<string> {
  if (!options.create) await requireInstallation(config);
  const keys = await deriveKeys(await loadSecret(config));
  try {
    return await runDirectly(config, keys, command, options.create ?? false);
  } catch (error) {
    if (error instanceof DataDirLocked) return await askServer(config, keys, command);
    throw error;
  }
}

async function runDirectly(config: Config, keys: Keys, command: AdminCommand, create: boolean): Promise<string> {
  const log = loggerOf({ ...config, logLevel: "warn" });
  const database = await openDatabase({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, pool: 2, log });
  try {
    if (!create) await requireTables(database.db, config);
    await database.migrate();
    await checkSecret(database.db, keys);
    const app = await offlineApp(config, database, keys, log);
    try {
      return await runAdminCommand({ app, database, alone: true }, command);
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
    acquaintances: (db, organizationId, userId) => acquaintances(app, db, organizationId, userId),
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

// ---- the way through a running server

async function askServer(config: Config, keys: Keys, command: AdminCommand): Promise<string> {
  const url = await Deno.readTextFile(addressFile(config)).catch(() => {
    throw new UsageError(
      "A Pulpo server holds the data folder but has not said where it listens. Is it still starting?",
      1,
    );
  });
  const body = JSON.stringify(command);
  const time = String(Date.now());
  const signature = await keys.mac("system-command", `${time}.${body}`);
  const response = await fetch(new URL(PATH, url.trim()), {
    method: "POST",
    headers: { "content-type": "application/json", "x-pulpo-system": `${time}.${signature}` },
    body,
    signal: AbortSignal.timeout(command.name === "backup" ? BACKUP_MS : ANSWER_MS),
  });
  const answer = await response.json() as { output?: string; detail?: string };
  if (!response.ok) throw new UsageError(answer.detail ?? `the server answered ${response.status}`, 1);
  return answer.output ?? "";
}

/** Tells later commands where this server listens. Only needed where they cannot open the database themselves. */
export async function publishAddress(config: Config, port: number): Promise<() => void> {
  if (config.databaseUrl) return () => {};
  const host = ["0.0.0.0", "::"].includes(config.host) ? "127.0.0.1" : config.host;
  await Deno.writeTextFile(addressFile(config), `http://${host}:${port}\n`, { mode: 0o600 });
  return () => Deno.removeSync(addressFile(config));
}

/** The server's side. Not in the OpenAPI document: only programs that can read the secret can call it. */
export function systemRoutes(app: App, database: Database): Router {
  const router = createRouter();
  router.post(PATH, onlyOnce(app), async (c) => {
    const command: AdminCommand = await c.req.json();
    bodyArrived(c.req.raw); // a backup takes as long as it takes
    const output = await runAdminCommand({ app, database, alone: false }, command);
    return c.json({ output });
  });
  return router;
}

/** From this machine, with a fresh signature that was not used before. */
function onlyOnce(app: App): MiddlewareHandler<HttpEnv> {
  const used = new Map<string, number>();
  return async (c, next) => {
    const [time = "", signature = ""] = (c.req.header("x-pulpo-system") ?? "").split(".", 2);
    const age = Math.abs(Date.now() - Number(time));
    const expected = await app.keys.mac("system-command", `${time}.${await c.req.text()}`);
    for (const [key, at] of used) if (Date.now() - at > 2 * MAX_AGE_MS) used.delete(key);
    if (!(age < MAX_AGE_MS) || !constantTimeEqual(signature, expected) || used.has(signature)) {
      throw new AppError("not_found", "There is nothing at this address.");
    }
    used.set(signature, Date.now());
    await next();
  };
}
