// The endpoints of notifications: the inbox, sending, webhooks both ways, Web Push.
import type { FeatureRoutes } from "../feature_routes.ts";
import { notificationRoutes, notifyRoutes } from "./notifications.ts";
import { pushRoutes } from "./push.ts";
import { hookRoutes, webhookRoutes } from "./webhooks.ts";

export const routes: FeatureRoutes = {
  api: [notificationRoutes, webhookRoutes, pushRoutes],
  both: [notifyRoutes, hookRoutes],
};
