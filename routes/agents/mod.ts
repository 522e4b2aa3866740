// The endpoints of agents.
import type { FeatureRoutes } from "../feature_routes.ts";
import { agentRoutes } from "./agents.ts";

export const routes: FeatureRoutes = { api: [agentRoutes] };
