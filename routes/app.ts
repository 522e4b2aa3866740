// The HTTP side put together: one Hono app with every endpoint. Order of a request: request id and access log, body
// limit, who calls and the general rate limit (edge.ts), then the endpoint's own checks (sign-in, JSON, Idempotency-Key,
// input). Errors become answers in one place (problems.ts). The API is never cached by anybody.
import type { App } from "../features/context.ts";
import { AppError } from "../kernel/errors.ts";
import type { FeatureRoutes } from "./feature_routes.ts";
import { edge } from "./http/edge.ts";
import type { HttpContext } from "./http/env.ts";
import { readPath } from "./http/base_path.ts";
import { fileRequests, type IsFileRequest } from "./http/file_requests.ts";
import { createRouter, type Router } from "./http/helpers.ts";
import { problemResponse } from "./http/problems.ts";
import { RememberingRouter } from "./http/router.ts";

export const API_BASE = "/api/v1";

export interface HttpOptions {
  /** Of the features: `featureRoutes`. */
  routes: readonly FeatureRoutes[];
  /** Further routers, mounted after the API: the process pages, the socket, the console. */
  mount?: { path: string; router: Router }[];
  isFile: IsFileRequest;
}

/** The endpoints of all features, in the order of their list. */
export async function featureRoutes({ features }: App): Promise<FeatureRoutes[]> {
  return (await Promise.all(features.map((feature) => feature.routes?.()))).filter((routes) => routes !== undefined);
}

/** @param more requests besides those of the features, below API_BASE */
export function filesOf(routes: readonly FeatureRoutes[], more: readonly string[] = []): IsFileRequest {
  return fileRequests(API_BASE, [...routes.flatMap(({ files = [] }) => files), ...more]);
}

/** Serve it with `Deno.serve(options, (request, info) => http.fetch(request, info))`: handlers need the caller's address. */
export function createHttpApp(app: App, options: HttpOptions): Router {
  const http = createRouter({ router: new RememberingRouter(), getPath: readPath(app.config.publicUrl) });
  http.use("*", edge(app, API_BASE, options.isFile));
  http.onError((error, c) => problemResponse(c, error));
  http.notFound((c) => otherMethod(http, c));
  http.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "An access token (JWT, 15 minutes) or an API token (pulpo_…).",
  });
  http.openAPIRegistry.registerComponent("securitySchemes", "cookie", {
    type: "apiKey",
    in: "cookie",
    name: "pulpo_access",
    description: "The console's session. Unsafe methods also need the header X-CSRF-Token.",
  });
  for (const { api = [], root = [], both = [] } of options.routes) {
    for (const routes of [...api, ...both]) http.route(API_BASE, routes(app));
    for (const routes of [...root, ...both]) http.route("/", routes(app));
  }
  for (const { path, router } of options.mount ?? []) http.route(path, router);
  return http;
}

/** The methods that the address has endpoints for. GET brings HEAD with it. */
function methodsAt(http: Router, path: string): string[] {
  return ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((method) =>
    // A middleware is registered for ALL methods, the console answers any GET; only an endpoint names method and path.
    http.router.match(method, path)[0].some(([[, route]]) => route.method !== "ALL" && !/^\/?\*$/.test(route.path))
  ).flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method]);
}

/** What no endpoint took: OPTIONS tells the methods, any other one is a 405 with `Allow`; 404 where there is no address. */
function otherMethod(http: Router, c: HttpContext): Response {
  const methods = methodsAt(http, c.req.path);
  if (methods.length === 0) return problemResponse(c, new AppError("not_found", "There is nothing at this address."));
  const allow = [...methods, "OPTIONS"].join(", ");
  if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  return problemResponse(
    c,
    new AppError("method_not_allowed", `This address takes ${methods.join(", ")}.`, { headers: { allow } }),
  );
}
