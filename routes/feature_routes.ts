// The endpoints of one feature. `Feature.routes` loads them when a server starts: a feature says where they are and knows nothing
// else of HTTP. Within a feature the first address that fits answers, so `/users/me` stands before `/users/{id}`.
import type { App } from "../features/context.ts";
import type { Router } from "./http/helpers.ts";

type Routes = (app: App) => Router;

export interface FeatureRoutes {
  /** Below API_BASE. */
  api?: Routes[];
  /** At the root. */
  root?: Routes[];
  /** What other programs post to: below API_BASE and at the root. */
  both?: Routes[];
  /** Requests below API_BASE whose bodies are files, as `PUT /media/uploads/{id}`; see file_requests.ts. */
  files?: string[];
}
