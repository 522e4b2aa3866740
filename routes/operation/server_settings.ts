// What this server is set to, for the owners of the organisation that it was set up with.
import type { App } from "../../features/context.ts";
import { listServerSettings } from "../../features/health/mod.ts";
import { serverSettingList } from "../../protocol/operation/server_settings.ts";
import { answer, createRouter, endpoint, type Router } from "../http/helpers.ts";

export function serverSettingRoutes(_app: App): Router {
  const router = createRouter();
  router.openapi(
    endpoint({
      access: "user",
      needs: "server.settings",
      errors: [404],
      method: "get",
      path: "/admin/settings",
      tags: ["Process"],
      summary: "Every setting of the server, its value and where that comes from",
      description:
        "For owners of the organisation that the server was set up with. The values of secrets are not told.",
      responses: {
        200: answer(serverSettingList, "The settings", {
          items: [{
            name: "port",
            flag: "--port",
            env: "PULPO_PORT",
            help: "TCP port; 0 picks a free one",
            value: "8080",
            origin: "default",
            secret: false,
            is_set: true,
          }],
        }),
      },
    }),
    async (c) => c.json({ items: await listServerSettings(c.var.ctx) }, 200),
  );
  return router;
}
