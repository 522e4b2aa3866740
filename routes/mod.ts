// The endpoints of every feature, in one explicit list by its name. A feature cannot name them itself: it knows nothing of
// HTTP, only the edge knows features. Within a feature the first address that fits answers, so `/users/me` stands before
// `/users/{id}`.
import type { App } from "../features/context.ts";
import { agentRoutes } from "./agents/agents.ts";
import { analyticsRoutes } from "./operation/analytics.ts";
import { auditRoutes } from "./operation/audit.ts";
import { authRoutes } from "./accounts/auth.ts";
import { codeRoutes } from "./accounts/auth_codes.ts";
import { authLinkRoutes } from "./accounts/auth_links.ts";
import { passkeyRoutes } from "./accounts/auth_passkeys.ts";
import { providerRoutes } from "./accounts/auth_providers.ts";
import { secondFactorRoutes } from "./accounts/auth_second_factor.ts";
import { avatarRoutes } from "./accounts/avatars.ts";
import { chatChannelRoutes } from "./chat/channels.ts";
import { chatCommandRoutes, commandResponseRoutes } from "./chat/commands.ts";
import { chatExtrasRoutes } from "./chat/extras.ts";
import { chatMemberRoutes } from "./chat/members.ts";
import { chatMessageRoutes } from "./chat/messages.ts";
import { contactRoutes } from "./accounts/contacts.ts";
import { credentialRoutes } from "./http/credentials.ts";
import type { Router } from "./http/helpers.ts";
import { inviteRoutes } from "./accounts/invites.ts";
import { mediaRoutes } from "./chat/media.ts";
import { moderationRoutes } from "./chat/moderation.ts";
import { notificationRoutes, notifyRoutes } from "./notifications/notifications.ts";
import { organizationRoutes } from "./accounts/organization.ts";
import { personalDataRoutes } from "./accounts/personal_data.ts";
import { pushRoutes } from "./notifications/push.ts";
import { roleRoutes } from "./accounts/roles.ts";
import { scimRoutes } from "./accounts/scim.ts";
import { searchRoutes } from "./chat/search.ts";
import { serverSettingRoutes } from "./operation/server_settings.ts";
import { serviceAccountRoutes } from "./accounts/service_accounts.ts";
import { setupRoutes } from "./accounts/setup.ts";
import { transferRoutes } from "./operation/transfer.ts";
import { userGroupRoutes } from "./accounts/user_groups.ts";
import { userRoutes } from "./accounts/users.ts";
import { hookRoutes, webhookRoutes } from "./notifications/webhooks.ts";

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
