// The endpoints of what runs the server: the audit log, settings, figures, moving data in and out.
import { personalDataRoutes } from "../accounts/personal_data.ts";
import type { FeatureRoutes } from "../feature_routes.ts";
import { analyticsRoutes } from "./analytics.ts";
import { auditRoutes } from "./audit.ts";
import { serverSettingRoutes } from "./server_settings.ts";
import { transferRoutes } from "./transfer.ts";

export const audit: FeatureRoutes = { api: [auditRoutes] };
export const health: FeatureRoutes = { api: [serverSettingRoutes] };
export const analytics: FeatureRoutes = { api: [analyticsRoutes] };
export const transfer: FeatureRoutes = { api: [transferRoutes, personalDataRoutes] };
