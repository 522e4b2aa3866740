// The endpoints of accounts: people, sessions and tokens, the organisation.
import type { FeatureRoutes } from "../feature_routes.ts";
import { credentialRoutes } from "../http/credentials.ts";
import { authRoutes } from "./auth.ts";
import { codeRoutes } from "./auth_codes.ts";
import { authLinkRoutes } from "./auth_links.ts";
import { passkeyRoutes } from "./auth_passkeys.ts";
import { providerRoutes } from "./auth_providers.ts";
import { secondFactorRoutes } from "./auth_second_factor.ts";
import { contactRoutes } from "./contacts.ts";
import { inviteRoutes } from "./invites.ts";
import { organizationRoutes } from "./organization.ts";
import { roleRoutes } from "./roles.ts";
import { scimRoutes } from "./scim.ts";
import { serviceAccountRoutes } from "./service_accounts.ts";
import { setupRoutes } from "./setup.ts";
import { userGroupRoutes } from "./user_groups.ts";
import { userRoutes } from "./users.ts";

export const routes: FeatureRoutes = {
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
};
