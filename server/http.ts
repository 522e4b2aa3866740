// The HTTP side of the running server: the API, the socket and streams, the process pages, the command line's way in and
// the console, behind one listener.
import type { Database } from "../db/open.ts";
import type { App } from "../features/context.ts";
import { createGateway } from "../features/gateway.ts";
import { listenHttp } from "../kernel/http_listener.ts";
import type { Hub } from "../realtime/hub.ts";
import { API_BASE, createHttpApp, featureRoutes, filesOf, type HttpOptions } from "../routes/app.ts";
import { readPath } from "../routes/http/base_path.ts";
import { consoleRoutes } from "../routes/http/console.ts";
import type { Router } from "../routes/http/helpers.ts";
import { Metrics, openApiInfo, processRoutes } from "../routes/operation/process.ts";
import { realtimeRoutes } from "../routes/operation/realtime.ts";
import { ARCHIVE_REQUEST, commandRoutes } from "./commands/routes.ts";
import { listenForSockets } from "./ws_listener.ts";

/** Requests under way get so long at most when the server stops. */
const REQUESTS_MS = 3_000;

export interface HttpSide {
  /** Where the one port listens. */
  readonly addr: Deno.NetAddr;
  /** Where the second listener takes WebSockets, when there is one. */
  readonly socketUrl: string | undefined;
  /** Takes nothing more, waits for the requests under way, and cuts off what remains. @param ms at most so long */
  stop(ms: number): Promise<void>;
}

/** Listens where the settings say. @throws the error of an address that cannot be listened on */
export async function serveHttp(app: App, hub: Hub, database: Database): Promise<HttpSide> {
  const { config, log } = app;
  const metrics = new Metrics();
  const pathOf = readPath(config.publicUrl);
  const routes = await featureRoutes(app);
  const isFile = filesOf(routes, [ARCHIVE_REQUEST]);
  const http = createHttp(app, hub, database, metrics, { routes, isFile });
  const handler = async (request: Request, info: Partial<Deno.ServeHandlerInfo<Deno.NetAddr>>) => {
    const begin = performance.now();
    const response = await http.fetch(request, info);
    metrics.request(request.method, response.status, performance.now() - begin);
    return response;
  };
  const sockets = await listenForSockets(app, handler);
  try {
    const server = listenHttp({
      hostname: config.host,
      port: config.port,
      log,
      takesLong: (request) => isFile(request.method, pathOf(request)),
      handler,
    });
    const stop = async (ms: number) => {
      // Streams keep `shutdown` waiting for ever: the hub has ended ours, whatever remains after the time is cut off.
      const late = setTimeout(() => server.abort(), Math.min(ms, REQUESTS_MS));
      await Promise.all([sockets?.close(), server.shutdown()]).finally(() => clearTimeout(late));
    };
    return { addr: server.addr, socketUrl: sockets?.url, stop };
  } catch (error) {
    await sockets?.close();
    throw error;
  }
}

function createHttp(app: App, hub: Hub, database: Database, metrics: Metrics, options: HttpOptions) {
  const gateway = createGateway(app, app.features);
  let document: object | undefined;
  const http: Router = createHttpApp(app, {
    ...options,
    mount: [
      {
        path: "/",
        router: processRoutes(app, metrics, () => document ??= http.getOpenAPI31Document(openApiInfo(app.publicUrl()))),
      },
      { path: "/", router: realtimeRoutes(app, hub, gateway) },
      { path: API_BASE, router: realtimeRoutes(app, hub, gateway) },
      { path: "/", router: commandRoutes(app, database) },
      { path: "/", router: consoleRoutes(app) },
    ],
  });
  return http;
}
