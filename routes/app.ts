// The HTTP side put together: one Hono app with every endpoint. Order of a request: request id and access log, body
// limit, who calls and the general rate limit (edge.ts), then the endpoint's own checks (sign-in, JSON, Idempotency-Key,
// input). Errors become answers in one place (problems.ts). The API is never cached by anybody.
import type { App } from "../features/context.ts";
import { AppError } from "../kernel/errors.ts";
import { agentRoutes } from "./agents.ts";
import { analyticsRoutes } from "./analytics.ts";
import { auditRoutes } from "./audit.ts";
import { authRoutes } from "./auth.ts";
import { codeRoutes } from "./auth_codes.ts";
import { providerRoutes } from "./auth_providers.ts";
import { passkeyRoutes } from "./auth_passkeys.ts";
import { secondFactorRoutes } from "./auth_second_factor.ts";
import { authLinkRoutes } from "./auth_links.ts";
import { avatarRoutes } from "./avatars.ts";
import { chatChannelRoutes } from "./chat_channels.ts";
import { chatCommandRoutes, commandResponseRoutes } from "./chat_commands.ts";
import { chatMemberRoutes } from "./chat_members.ts";
import { chatExtrasRoutes } from "./chat_extras.ts";
import { chatMessageRoutes } from "./chat_messages.ts";
import { edge } from "./edge.ts";
import { contactRoutes } from "./contacts.ts";
import { credentialRoutes } from "./credentials.ts";
import type { HttpContext } from "./env.ts";
import { readPath } from "./base_path.ts";
import { createRouter, type Router } from "./helpers.ts";
import { inviteRoutes } from "./invites.ts";
import { mediaRoutes } from "./media.ts";
import { moderationRoutes } from "./moderation.ts";
import { notificationRoutes, notifyRoutes } from "./notifications.ts";
import { personalDataRoutes } from "./personal_data.ts";
import { organizationRoutes } from "./organization.ts";
import { problemResponse } from "./problems.ts";
import { roleRoutes } from "./roles.ts";
import { RememberingRouter } from "./router.ts";
import { pushRoutes } from "./push.ts";
import { scimRoutes } from "./scim.ts";
import { searchRoutes } from "./search.ts";
import { serverSettingRoutes } from "./server_settings.ts";
import { serviceAccountRoutes } from "./service_accounts.ts";
import { setupRoutes } from "./setup.ts";
import { transferRoutes } from "./transfer.ts";
import { userGroupRoutes } from "./user_groups.ts";
import { userRoutes } from "./users.ts";
import { hookRoutes, webhookRoutes } from "./webhooks.ts";

export const API_BASE = "/api/v1";

export interface HttpOptions {
  /** Further routers, mounted after the API: the process pages, the socket, the console. */
  mount?: { path: string; router: Router }[];
}

/** Serve it with `Deno.serve(options, (request, info) => http.fetch(request, info))`: handlers need the caller's address. */
export function createHttpApp(app: App, options: HttpOptions = {}): Router {
  const http = createRouter({ router: new RememberingRouter(), getPath: readPath(app.config.publicUrl) });
  http.use("*", edge(app, API_BASE));
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
  http.route(API_BASE, contactRoutes(app)); // before /users/{id}
  for (const routes of [authRoutes, credentialRoutes, userRoutes, organizationRoutes, auditRoutes, setupRoutes]) {
    http.route(API_BASE, routes(app));
  }
  for (const routes of [codeRoutes, providerRoutes]) http.route(API_BASE, routes(app));
  for (const routes of [secondFactorRoutes, passkeyRoutes]) http.route(API_BASE, routes(app));
  for (const routes of [roleRoutes, userGroupRoutes, serviceAccountRoutes]) http.route(API_BASE, routes(app));
  for (const routes of [authLinkRoutes, inviteRoutes]) http.route(API_BASE, routes(app));
  for (const routes of [notificationRoutes, webhookRoutes, pushRoutes]) http.route(API_BASE, routes(app));
  http.route(API_BASE, searchRoutes(app)); // before /messages/{id}
  for (const routes of [chatExtrasRoutes, chatCommandRoutes]) http.route(API_BASE, routes(app));
  for (const routes of [chatChannelRoutes, chatMemberRoutes, chatMessageRoutes, moderationRoutes]) {
    http.route(API_BASE, routes(app));
  }
  for (const routes of [analyticsRoutes, transferRoutes, personalDataRoutes, serverSettingRoutes]) {
    http.route(API_BASE, routes(app));
  }
  for (const routes of [mediaRoutes, avatarRoutes, agentRoutes]) http.route(API_BASE, routes(app));
  http.route("/", scimRoutes(app));
  // What other programs post to stands under the base and at the root.
  for (const routes of [notifyRoutes, hookRoutes, commandResponseRoutes]) {
    http.route(API_BASE, routes(app));
    http.route("/", routes(app));
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
