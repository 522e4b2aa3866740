// Texts of the administration. See messages.ts.
import { accessMessages } from "../../messages/access.ts";
import { administrationMessages } from "../../messages/administration.ts";
import { analyticsMessages } from "../../messages/analytics.ts";
import { auditMessages } from "../../messages/audit.ts";
import { moderationMessages } from "../../messages/moderation.ts";
import { organizationMessages } from "../../messages/organization.ts";
import { serverSettingMessages } from "../../messages/server_settings.ts";
import { tokenMessages } from "../../messages/tokens.ts";
import { transferMessages } from "../../messages/transfer.ts";
import { usersHooksMessages } from "../../messages/users_hooks.ts";
import type { Texts } from "../../messages/texts.ts";

export default {
  ...accessMessages,
  ...administrationMessages,
  ...analyticsMessages,
  ...auditMessages,
  ...moderationMessages,
  ...organizationMessages,
  ...serverSettingMessages,
  ...tokenMessages,
  ...transferMessages,
  ...usersHooksMessages,
} satisfies Texts;
