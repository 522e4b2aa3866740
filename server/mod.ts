// The composition root: builds every part in order, connects them, and takes them down in reverse. Nothing is started by
// import. Order: secret → database → migrations → keys → bus and hub → features' App → HTTP → features → consumers and jobs.
import { type Database, DATABASE_MS, openDatabase, type OpenOptions } from "../db/open.ts";
import { createFirstOwner } from "../features/accounts/mod.ts";
import type { App } from "../features/context.ts";
import type { Feature } from "../features/define.ts";
import { features as productFeatures } from "../features/mod.ts";
import type { Config } from "../kernel/config.ts";
import { deriveKeys } from "../kernel/keys.ts";
import type { Logger } from "../kernel/log.ts";
import { closeFolders } from "../kernel/private_files.ts";
import { createRateLimits } from "../kernel/rate_limit.ts";
import { StopList } from "../kernel/stop_list.ts";
import type { Broker } from "../realtime/broker.ts";
import type { Hub } from "../realtime/hub.ts";
import { realtimePort } from "../realtime/port.ts";
import { startConsumers } from "../workers/consumers.ts";
import { openJobs } from "../workers/jobs.ts";
import { buildApp } from "./build_app.ts";
import { publishAddress } from "./commands/asking.ts";
import { followControlEvents } from "./control.ts";
import { serveHttp } from "./http.ts";
import { createHub } from "./hub.ts";
import { pruneJob } from "./prune_events.ts";
import { checkSecret, loadSecret } from "./secret.ts";

export interface ServerOptions {
  config: Config;
  log: Logger;
  /** Tests move the clock. */
  now?: () => Date;
  /** Tests put two instances on one in-process bus. */
  broker?: Broker;
  /** Tests bring databases that are made from a template. */
  open?: (options: OpenOptions) => Promise<Database>;
  /** Tests bring features besides those of the product. */
  features?: readonly Feature[];
  /** log2 of bcrypt's rounds; tests take the least there is. */
  passwordCost?: number;
}

export interface RunningServer {
  readonly app: App;
  readonly hub: Hub;
  /** Where it listens: http://127.0.0.1:8080. */
  readonly url: string;
  /** Where the second listener takes WebSockets, when there is one: http://127.0.0.1:8081, unix:/run/pulpo/ws.sock. */
  readonly socketUrl: string | undefined;
  /** Takes everything down within 10 s: sockets get 1012, streams end, running jobs finish, the database closes. */
  stop(): Promise<void>;
  /** While it stops: waits for nothing more than what must be. */
  hurry(): void;
}

/** Running jobs are owed this, and so are consumers. They get more when nothing else takes long. */
const JOBS_MS = 1_500;

/**
 * Starts everything and listens.
 * @throws ConfigError, DataDirLocked, MigrationError, SecretMismatch, or the error of the address that cannot be listened on.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { log } = options;
  const down = new StopList();
  try {
    const started = await start(options, down);
    return { ...started, stop: () => down.run(log), hurry: () => down.hurry() };
  } catch (error) {
    await down.run(log);
    throw error;
  }
}

async function start(options: ServerOptions, down: StopList): Promise<Omit<RunningServer, "stop" | "hurry">> {
  const { config, log } = options;
  const started = performance.now();
  const features = [...productFeatures, ...options.features ?? []];

  // The installation: its secret, and a database that is of this version and this secret.
  const keys = await deriveKeys(await loadSecret(config));
  const database = await (options.open ?? openDatabase)({
    databaseUrl: config.databaseUrl,
    dataDir: config.dataDir,
    pool: config.databasePool,
    floorBytes: config.diskFloorBytes,
    log,
  });
  const { db } = database;
  down.add("database", (ms) => database.close(ms), DATABASE_MS);
  const ran = await database.migrate();
  if (ran.length) log.info("database migrated", { migrations: ran.length });
  await checkSecret(db, keys);
  await closeFolders(config.dataDir);

  // What is committed is pushed, here and over the bus.
  const hub = await createHub({ config, log, keys, source: database.eventSource, broker: options.broker });
  const stopHub = () => hub.close();
  down.add("connections", stopHub);
  db.onCommitted(hub.publish);

  // The features' App; jobs can be asked for from now on, and are worked on last.
  const jobs = await openJobs<App>({ db, log }, [...features.flatMap((f) => f.jobs ?? []), pruneJob]);
  const stopJobs = (ms: number) => jobs.stop(ms);
  down.add("jobs", stopJobs, JOBS_MS);
  let publicUrl = config.publicUrl ?? "";
  const app = buildApp({
    config,
    log,
    keys,
    database,
    features,
    realtime: realtimePort(hub),
    jobs,
    limits: await createRateLimits({ redisUrl: config.redisUrl, log, perMinute: config.rateLimits }),
    publicUrl: () => publicUrl,
    started,
    now: options.now,
    passwordCost: options.passwordCost,
  }, down);
  await hub.start();
  await followControlEvents(app, hub);
  await createFirstOwner(app);

  // People and programs come in.
  const http = await serveHttp(app, hub, database);
  down.add("http", http.stop);
  const { port } = http.addr;
  const url = `http://${["0.0.0.0", "::"].includes(config.host) ? "localhost" : config.host}:${port}`;
  publicUrl ||= url;
  for (const feature of features) {
    const stop = feature.start?.(app);
    if (stop) down.add(`feature ${feature.name}`, stop);
  }
  down.add("address file", await publishAddress(config, port));

  // What follows from events and what was put off is worked on.
  const consumers = startConsumers(app, features.flatMap((f) => f.consumers ?? []));
  db.onCommitted(consumers.kick);
  await jobs.start(app);

  // What brings work in stops before what does it, and that before the features that it uses.
  down.add("jobs", stopJobs, JOBS_MS);
  down.add("consumers", () => consumers.stop(), JOBS_MS);
  down.add("http", http.stop);
  down.add("connections", stopHub);
  return { app, hub, url, socketUrl: http.socketUrl };
}
