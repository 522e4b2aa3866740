// The endpoints of every feature, in one explicit list by its name. A feature cannot name them itself: it knows nothing of
// HTTP, only the edge knows features. Within a feature the first address that fits answers, so `/users/me` stands before
// `/users/{id}`.
import type { App } from "../features/context.ts";
import { agentRoutes } from "./agents.ts";
import { analyticsRoutes } from "./analytics.ts";
import { auditRoutes } from "./audit.ts";
import { authRoutes } from "./auth.ts";
import { codeRoutes } from "./auth_codes.ts";
import { authLinkRoutes } from "./auth_links.ts";
import { passkeyRoutes } from "./auth_passkeys.ts";
import { providerRoutes } from "./auth_providers.ts";
import { secondFactorRoutes } from "./auth_second_factor.ts";
import { avatarRoutes } from "./avatars.ts";
import { chatChannelRoutes } from "./chat_channels.ts";
import { chatCommandRoutes, commandResponseRoutes } from "./chat_commands.ts";
import { chatExtrasRoutes } from "./chat_extras.ts";
import { chatMemberRoutes } from "./chat_members.ts";
import { chatMessageRoutes } from "./chat_messages.ts";
import { contactRoutes } from "./contacts.ts";
import { credentialRoutes } from "./credentials.ts";
import type { Router } from "./helpers.ts";
import { inviteRoutes } from "./invites.ts";
import { mediaRoutes } from "./media.ts";
import { moderationRoutes } from "./moderation.ts";
import { notificationRoutes, notifyRoutes } from "./notifications.ts";
import { organizationRoutes } from "./organization.ts";
import { personalDataRoutes } from "./personal_data.ts";
import { pushRoutes } from "./push.ts";
import { roleRoutes } from "./roles.ts";
import { scimRoutes } from "./scim.ts";
import { searchRoutes } from "./search.ts";
import { serverSettingRoutes } from "./server_settings.ts";
import { serviceAccountRoutes } from "./service_accounts.ts";
import { setupRoutes } from "./setup.ts";
import { transferRoutes } from "./transfer.ts";
import { userGroupRoutes } from "./user_groups.ts";
import { userRoutes } from "./users.ts";
import { hookRoutes, webhookRoutes } from "./webhooks.ts";

type Routes = (app: App) => Router;

export interface FeatureRoutes {
  /** Below API_BASE. */
  api: Routes[];
  /** At the root. */
  root?: Routes[];
  /** What other programs post to: below API_BASE and at the root. */
  both?: Routes[];
  /** Requests below API_BASE whose bodies are files, as `PUT /media/uploads/{id}`; see file_requests.ts. */
  files?: string[];
}

/** By the feature's name. A feature without endpoints of its own has no entry. */
export const routesOf: Record<string, FeatureRoutes> = {
  accounts: {
    api: [
      contactRoutes,
      authRoutes,
      credentialRoutes,
      userRoutes,
      organizationRoutes,
      setupRoutes,
      codeRoutes,
      providerRoutes,
      secondFactorRoutes,
      passkeyRoutes,
      roleRoutes,
      userGroupRoutes,
      serviceAccountRoutes,
      authLinkRoutes,
      inviteRoutes,
    ],
    root: [scimRoutes],
  },
  audit: { api: [auditRoutes] },
  health: { api: [serverSettingRoutes] },
  notifications: {
    api: [notificationRoutes, webhookRoutes, pushRoutes],
    both: [notifyRoutes, hookRoutes],
  },
  media: {
    api: [mediaRoutes, avatarRoutes],
    files: [
      "POST /media/upload",
      "PUT /media/upload",
      "PUT /media/uploads/{id}",
      "PUT /users/{id}/avatar",
    ],
  },
  agents: { api: [agentRoutes] },
  chat: {
    api: [
      searchRoutes,
      chatExtrasRoutes,
      chatCommandRoutes,
      chatChannelRoutes,
      chatMemberRoutes,
      chatMessageRoutes,
    ],
    both: [commandResponseRoutes],
  },
  moderation: { api: [moderationRoutes] },
  analytics: { api: [analyticsRoutes] },
  transfer: { api: [transferRoutes, personalDataRoutes] },
};
