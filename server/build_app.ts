// Makes the features' App from its parts: for the server, for commands that work without one, and for tests. What the App
// opens itself (workers, mailer, counters) it adds to the list of what is to be stopped.
import type { Database } from "../db/open.ts";
import type { App } from "../features/context.ts";
import type { Feature } from "../features/define.ts";
import { openStorage } from "../features/media/mod.ts";
import type { Config } from "../kernel/config.ts";
import type { Keys } from "../kernel/keys.ts";
import { LoadMeter } from "../kernel/load.ts";
import type { Logger } from "../kernel/log.ts";
import { buildPermissionTable } from "../kernel/permissions.ts";
import type { Jobs, Realtime } from "../kernel/ports.ts";
import type { RateLimits } from "../kernel/rate_limit.ts";
import type { StopList } from "../kernel/stop_list.ts";
import { createImageTool } from "../workers/images.ts";
import { createMailer } from "../workers/mailer.ts";
import { createPasswordHasher } from "../workers/passwords.ts";
import { createSms } from "../workers/sms.ts";
import { commandLine } from "./command_line.ts";
import { featureHooks } from "./feature_hooks.ts";

export interface AppParts {
  config: Config;
  log: Logger;
  keys: Keys;
  database: Pick<Database, "db" | "snapshot">;
  features: readonly Feature[];
  realtime: Realtime;
  jobs: Jobs;
  limits: RateLimits;
  /** The address people use. */
  publicUrl(): string;
  /** When the process began to start, by performance.now(); default: now. */
  started?: number;
  /** Tests move the clock. */
  now?: () => Date;
  /** log2 of bcrypt's rounds; tests take the least there is. */
  passwordCost?: number;
}

export function buildApp(parts: AppParts, down: StopList): App {
  const { config, log, database, features, limits, started = performance.now() } = parts;
  const load = new LoadMeter();
  const passwords = createPasswordHasher({ log, cost: parts.passwordCost });
  const mailer = createMailer(config);
  const images = createImageTool({ log });
  for (const [name, part] of Object.entries({ load, limits, passwords, mailer, images })) {
    down.add(name, () => part.close());
  }
  const app: App = {
    config,
    features,
    db: database.db,
    log,
    keys: parts.keys,
    realtime: parts.realtime,
    jobs: parts.jobs,
    limits,
    load,
    passwords,
    mailer,
    images,
    sms: createSms(config, log),
    storage: openStorage(config),
    ...featureHooks(features, () => app),
    permissionTable: buildPermissionTable(features),
    snapshot: (body) => database.snapshot(body),
    commandLine: (command) => commandLine(config, command),
    uptimeSeconds: () => (performance.now() - started) / 1000,
    publicUrl: parts.publicUrl,
    now: parts.now ?? (() => new Date()),
  };
  for (const feature of features) {
    if (feature.close) down.add(`memory of ${feature.name}`, () => feature.close!(app));
  }
  return app;
}
