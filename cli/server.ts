// The composition root: builds every part in order, connects them, and takes them down in reverse. Nothing is started by
// import. Order: secret → database → migrations → keys → bus and hub → features' App → jobs and consumers → HTTP.
import { type Database, openDatabase, type OpenOptions } from "../db/open.ts";
import { pruneEvents } from "../db/event_log.ts";
import { startAnalytics } from "../features/analytics/mod.ts";
import type { App } from "../features/context.ts";
import { closeAccounts, createFirstOwner, markSeen } from "../features/accounts/mod.ts";
import { startScheduler } from "../features/chat/mod.ts";
import type { Feature, JobRule } from "../features/define.ts";
import { startDashboards } from "../features/health/mod.ts";
import { useHookTargets } from "../features/notifications/mod.ts";
import { openStorage } from "../features/media/mod.ts";
import { features } from "../features/mod.ts";
import type { Config } from "../kernel/config.ts";
import { listenHttp } from "../kernel/http_listener.ts";
import { deriveKeys } from "../kernel/keys.ts";
import { LoadMeter } from "../kernel/load.ts";
import type { Logger } from "../kernel/log.ts";
import { buildPermissionTable } from "../kernel/permissions.ts";
import { closeFolders } from "../kernel/private_files.ts";
import { createRateLimits } from "../kernel/rate_limit.ts";
import type { Broker } from "../realtime/broker.ts";
import { Hub } from "../realtime/hub.ts";
import { MemoryBroker } from "../realtime/memory_broker.ts";
import { realtimePort } from "../realtime/port.ts";
import { acceptStream } from "../realtime/sse.ts";
import { acceptWebSocket } from "../realtime/websocket.ts";
import { API_BASE, createHttpApp } from "../routes/app.ts";
import { readPath } from "../routes/base_path.ts";
import { carriesFile } from "../routes/body_limit.ts";
import { consoleRoutes } from "../routes/console.ts";
import { Metrics, openApiInfo, processRoutes } from "../routes/process.ts";
import type { Router } from "../routes/helpers.ts";
import { type RealtimeEdge, realtimeRoutes } from "../routes/realtime.ts";
import { type Consumers, startConsumers } from "../workers/consumers.ts";
import { openJobs } from "../workers/jobs.ts";
import { createMailer } from "../workers/mailer.ts";
import { createSms } from "../workers/sms.ts";
import { createImageTool } from "../workers/images.ts";
import { createPasswordHasher } from "../workers/passwords.ts";
import { publishAddress } from "./ask_server.ts";
import { systemRoutes } from "./system_routes.ts";
import { createBroker } from "./broker.ts";
import { followControlEvents } from "./control.ts";
import { createGateway } from "./gateway.ts";
import { acquaintances, furnish, invitable, leave, mediaInUse, regroup, welcome } from "./feature_hooks.ts";
import { commandLine } from "./command_line.ts";
import { checkSecret, loadSecret } from "./secret.ts";
import { listenForSockets } from "./ws_listener.ts";

export interface ServerOptions {
  config: Config;
  log: Logger;
  /** Tests move the clock. */
  now?: () => Date;
  /** Tests put two instances on one in-process bus. */
  broker?: Broker;
  /** Tests bring databases that are made from a template. */
  open?: (options: OpenOptions) => Promise<Database>;
  /** Tests bring features besides those of the product, for their channels and frames. */
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
}

const SHUTDOWN_STEP_MS = 3000;

/**
 * Starts everything and listens.
 * @throws ConfigError, DataDirLocked, MigrationError, SecretMismatch, or the error of the address that cannot be listened on.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log } = options;
  const started = performance.now();
  const keys = await deriveKeys(await loadSecret(config));
  let hub: Hub | undefined;
  let consumers: Consumers | undefined;
  const database = await (options.open ?? openDatabase)({
    databaseUrl: config.databaseUrl,
    dataDir: config.dataDir,
    pool: config.databasePool,
    floorBytes: config.diskFloorBytes,
    log,
    onCommitted: (events) => {
      hub?.publish(events);
      consumers?.kick();
    },
  });
  const down: (() => unknown)[] = [() => database.close()];
  try {
    const { db, eventSource } = database;
    const ran = await database.migrate();
    if (ran.length) log.info("database migrated", { migrations: ran.length });
    await checkSecret(db, keys);

    const broker = options.broker ?? await createBroker(config, keys.fingerprint, log);
    hub = new Hub({
      source: eventSource,
      broker,
      log,
      budget: {
        total: config.maxConnections,
        perPerson: config.maxConnectionsPerPerson,
        perOrganization: config.maxConnectionsPerOrganization ||
          Math.ceil(config.maxConnections / (config.registration === "open" ? 2 : 1)),
      },
      maxUnknown: config.maxUnauthenticated,
      sweepMs: broker instanceof MemoryBroker && !options.broker ? 5000 : 500,
    });
    const load = new LoadMeter();
    await closeFolders(config.dataDir);
    const limits = await createRateLimits({ redisUrl: config.redisUrl, log, perMinute: config.rateLimits });
    const passwords = createPasswordHasher({ log, cost: options.passwordCost });
    const mailer = createMailer(config);
    const images = createImageTool({ log });
    down.push(() => load.close(), () => limits.close(), () => passwords.close(), () => mailer.close());
    down.push(() => images.close());

    let publicUrl = config.publicUrl ?? "";
    const jobs = await openJobs<App>({ db, log }, [...features.flatMap((f) => f.jobs ?? []), pruneJob]);
    down.push(() => jobs.stop(SHUTDOWN_STEP_MS));
    const app: App = {
      config,
      db,
      log,
      realtime: realtimePort(hub),
      jobs,
      mailer,
      sms: createSms(config, log),
      keys,
      passwords,
      limits,
      storage: openStorage(config),
      images,
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
      load,
      uptimeSeconds: () => (performance.now() - started) / 1000,
      publicUrl: () => publicUrl,
      now: options.now ?? (() => new Date()),
    };
    useHookTargets(app, features.flatMap((f) => f.hookTargets ?? []));
    down.push(() => closeAccounts(app));

    down.push(() => hub!.close());
    await hub.start();
    await followControlEvents(app, hub);
    await createFirstOwner(app);

    const metrics = new Metrics();
    const pathOf = readPath(config.publicUrl);
    const http = createHttp(app, hub, database, metrics, [...features, ...options.features ?? []]);
    const handler = async (request: Request, info: Partial<Deno.ServeHandlerInfo<Deno.NetAddr>>) => {
      const begin = performance.now();
      const response = await http.fetch(request, info);
      metrics.request(request.method, response.status, performance.now() - begin);
      return response;
    };
    const server = listenHttp({
      hostname: config.host,
      port: config.port,
      log,
      takesLong: (request) => carriesFile(request.method, pathOf(request)),
      handler,
    });
    const url = `http://${
      config.host === "0.0.0.0" || config.host === "::" ? "localhost" : config.host
    }:${server.addr.port}`;
    publicUrl ||= url;
    down.push(await publishAddress(config, server.addr.port));
    const sockets = await listenForSockets(config, log, handler);
    down.push(() => sockets?.close());

    consumers = startConsumers(app, features.flatMap((f) => f.consumers ?? []));
    down.push(() => consumers!.stop());
    await jobs.start(app);
    const seen = setInterval(() => {
      for (const { actor } of hub!.connections) if (actor) markSeen(app, actor);
    }, 60_000);
    down.push(() => clearInterval(seen));
    down.push(startScheduler(app));
    down.push(startAnalytics(app));
    const stopDashboards = startDashboards(app);
    down.push(stopDashboards);
    // Streams keep `shutdown` waiting for ever: the hub ends ours first, whatever remains after the time is cut off.
    down.push(async () => {
      if (!await within(SHUTDOWN_STEP_MS, server.shutdown())) server.abort();
    });
    down.push(() => hub!.close());
    return { app, hub, url, socketUrl: sockets?.url, stop: once(() => takeDown(down, log)) };
  } catch (error) {
    await takeDown(down, log);
    throw error;
  }
}

/** Old events go once an hour; readers that come later fetch a snapshot. */
const pruneJob: JobRule = {
  name: "events.prune",
  retryLimit: 2,
  cron: "17 * * * *",
  handle: async (app) => {
    const pruned = await pruneEvents(app.db, app.config.eventRetentionHours);
    if (pruned) app.log.info("old events removed", { events: pruned });
  },
};

function createHttp(app: App, hub: Hub, database: Database, metrics: Metrics, features: readonly Feature[]) {
  const { config, log } = app;
  const gateway = createGateway(app, features);
  const limits = { sendQueueBytes: config.sendQueueBytes, maxSubscriptions: config.maxSubscriptions };
  const edge: RealtimeEdge = {
    authenticate: (token, peer) => gateway.authenticate(token, peer),
    socket: (request, peer, options) =>
      acceptWebSocket(
        request,
        hub,
        gateway,
        peer,
        { ...limits, ...options, messagesPerSecond: config.messagesPerSecond },
        log.child({ connection_id: peer.connectionId }),
      ),
    stream: (actor, peer, options) =>
      acceptStream(
        actor,
        hub,
        gateway,
        peer,
        { ...limits, ...options },
        log.child({ connection_id: peer.connectionId }),
      ),
  };
  let document: object | undefined;
  const http: Router = createHttpApp(app, {
    mount: [
      {
        path: "/",
        router: processRoutes(app, metrics, () => document ??= http.getOpenAPI31Document(openApiInfo(app.publicUrl()))),
      },
      { path: "/", router: realtimeRoutes(app, edge) },
      { path: API_BASE, router: realtimeRoutes(app, edge) },
      { path: "/", router: systemRoutes(app, database) },
      { path: "/", router: consoleRoutes(app) },
    ],
  });
  return http;
}

async function takeDown(steps: (() => unknown)[], log: Logger): Promise<void> {
  for (const step of steps.reverse()) {
    try {
      const done = await within(SHUTDOWN_STEP_MS, Promise.resolve(step()));
      if (!done) log.warn("a part takes too long to stop; going on without it");
    } catch (error) {
      log.warn("a part did not stop cleanly", { error });
    }
  }
}

/** Waits for the work, but not longer. @returns whether it was done in time. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), ms));
  return await Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => result ??= work();
}
