// Accounts on the wire (CONTRACT section 2): what is sent to /auth, /users, /organization and /setup, and what comes back.
import { z } from "zod";
import { isBlank } from "../texts.ts";
import { domainName } from "../domain_name.ts";
import { shownName } from "../names.ts";
import { page, pageQuery, timeInput, timestamp, uuid } from "../common.ts";
import { FEATURE_NAMES } from "../operation/feature_names.ts";
import { organizationSettings, organizationSettingsBody } from "./organization_settings.ts";
import { role } from "./roles.ts";
import { secondStep } from "./second_factor.ts";

export { role };
export const status = z.enum(["online", "away", "busy", "offline"]);
export type UserStatus = z.infer<typeof status>;

/** Sign-in names: 2 to 32 letters, digits, `_`, `.` and `-`, the first one a letter or digit. */
export const username = z.string().regex(/^[a-z0-9][a-z0-9_.-]{1,31}$/i, "2 to 32 letters, digits, _ . or -");
export const email = z.string().trim().max(254).pipe(z.email("an e-mail address"));
/** Length and quality are judged by the action (`weak_password`); here only what no password may exceed. */
const password = z.string().min(1, "must not be empty").max(1024);
const displayName = shownName(100);
const locale = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "a language tag such as en or es-ES").max(35);
const avatarUrl = z.union([z.url({ protocol: /^https$/ }).max(2000), z.string().regex(/^\/[^/\\].{0,1999}$/)]);
const MAX_STATUS_TEXT = 140;
/** One line: no control characters, nothing that turns the direction of what stands beside it, no gaps. */
const statusText = z.string().max(4 * MAX_STATUS_TEXT, `at most ${MAX_STATUS_TEXT} characters`).transform(oneLine)
  .pipe(z.string().max(MAX_STATUS_TEXT));

function oneLine(text: string): string {
  const line = text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ")
    .replace(/\s+/g, " ").trim();
  return isBlank(line) ? "" : line;
}

export const user = z.object({
  id: uuid,
  email: z.string().nullable().meta({
    description: "Only for the person and for those who manage users; null also for people who came by telephone",
  }),
  username: z.string(),
  display_name: z.string(),
  avatar_url: z.string().nullable(),
  role,
  permissions: z.array(z.string()).optional().meta({ description: "Own profile only" }),
  phone: z.string().nullable().optional().meta({ description: "Own profile only; E.164" }),
  organization: z.object({ id: uuid, name: z.string() }),
  status,
  status_text: z.string().nullable(),
  status_until: timestamp.nullable().meta({ description: "When the status ends by itself and is `online` again" }),
  locale: z.string().meta({ description: "Of mails, notifications and the console" }),
  locale_chosen: z.boolean().optional().meta({
    description: "Own profile only; false: `locale` follows the browser that signs in",
  }),
  is_active: z.boolean(),
  created_at: timestamp,
  last_seen_at: timestamp.nullable(),
  second_factor: z.boolean().optional().meta({
    description: "Only for the person and for those who manage users: signing in asks for a second step",
  }),
  passkeys: z.int().optional().meta({ description: "As second_factor: how many passkeys the person has" }),
  second_factor_required: z.boolean().optional().meta({
    description: "Own profile only; true: this session may do nothing but set up a second factor",
  }),
  second_factor_due: timestamp.nullable().optional().meta({
    description: "Own profile only: until when the person's role still works without a second factor",
  }),
  switched_off: z.array(z.enum(FEATURE_NAMES)).optional().meta({
    description: "Own profile only: the parts that the organisation has switched off",
  }),
}).meta({ id: "User" });
export type User = z.infer<typeof user>;
export const userPage = page(user);

export const tokenPair = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.number().int().meta({ description: "Seconds until the access token ends" }),
  user,
}).meta({ id: "TokenPair" });

/** The answer instead of a token pair when the session is kept in cookies (`X-Pulpo-Session: cookie`). */
export const cookieSession = z.object({ token_type: z.literal("Cookie"), expires_in: z.number().int(), user })
  .meta({ id: "CookieSession" });

export const registerBody = z.object({
  email,
  username,
  password,
  invite: z.string().max(200).optional(),
  organization_name: shownName(200).optional(),
});
export type RegisterInput = z.infer<typeof registerBody>;

export const loginBody = z.object({
  email: z.string().trim().min(1).max(254).optional(),
  username: z.string().trim().min(1).max(254).optional(),
  password,
  ...secondStep,
}).refine((b) => b.email !== undefined || b.username !== undefined, {
  path: ["email"],
  message: "email or username is required",
});
export type LoginInput = z.infer<typeof loginBody>;

export const refreshBody = z.object({ refresh_token: z.string().min(1).max(512).optional() });

export const profileBody = z.object({
  email,
  username,
  display_name: displayName,
  avatar_url: avatarUrl.nullable(),
  locale,
  current_password: password.meta({
    description: "Needed to change the e-mail address; accounts without a password need a fresh sign-in instead",
  }),
}).partial();
export type ProfileInput = z.infer<typeof profileBody>;

export const changePasswordBody = z.object({
  current_password: password.optional().meta({
    description: "Absent for the first password of an account, which needs a fresh sign-in instead",
  }),
  new_password: password,
});

export const session = z.object({
  id: uuid,
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  device: z.string().nullable().meta({ description: "The program and its system in short, as the program says it" }),
  method: z.enum(["password", "code", "passkey", "provider", "registration"]).nullable().meta({
    description: "How it was begun; null: not noted",
  }),
  created_at: timestamp,
  last_seen_at: timestamp,
  expires_at: timestamp.meta({ description: "When it ends if it is not used" }),
  current: z.boolean(),
}).meta({ id: "Session" });
export type Session = z.infer<typeof session>;
export const sessionPage = page(session);

export const apiToken = z.object({
  id: uuid,
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  created_at: timestamp,
  last_used_at: timestamp.nullable(),
  expires_at: timestamp.nullable(),
}).meta({ id: "ApiToken" });
export type ApiToken = z.infer<typeof apiToken>;
export const apiTokenPage = page(apiToken);
export const newApiToken = apiToken.extend({ token: z.string().meta({ description: "Shown this once" }) })
  .meta({ id: "NewApiToken" });
export const createTokenBody = z.object({
  name: shownName(100),
  scopes: z.array(z.string().min(1).max(100)).min(1).max(100),
  expires_at: timeInput.optional(),
});
export type CreateTokenInput = z.infer<typeof createTokenBody>;

export const ticket = z.object({ ticket: z.string(), expires_in: z.number().int() }).meta({ id: "Ticket" });
export const scopeList = z.object({ items: z.array(z.string()) });
export const roleList = z.object({ items: z.array(z.object({ role, permissions: z.array(z.string()) })) });

export const createUserBody = z.object({
  email,
  username,
  password: password.optional(),
  role: role.default("member"),
  display_name: displayName.optional(),
  locale: locale.optional(),
});
export type CreateUserInput = z.infer<typeof createUserBody>;

export const updateUserBody = z.object({
  email,
  username,
  password,
  role,
  display_name: displayName,
  avatar_url: avatarUrl.nullable(),
  locale,
  is_active: z.boolean(),
}).partial();
export type UpdateUserInput = z.infer<typeof updateUserBody>;

export const userQuery = pageQuery.extend({
  q: z.string().trim().max(100).optional().meta({
    description: "Part of the name, display name or (for managers) e-mail",
  }),
  role: role.optional(),
});
export type UserQuery = z.infer<typeof userQuery>;

export const statusBody = z.object({
  status,
  text: statusText.nullable().optional().meta({
    description: "What stands beside the name, at most 140 characters; null or empty removes it, absent keeps it",
  }),
  until: timeInput.nullable().optional().meta({
    description: "When status and text end by themselves; at most a year from now. Absent or null: they stay.",
  }),
});
export type StatusInput = z.infer<typeof statusBody>;
/** The WebSocket frame of the same action. */
export const presenceFrame = statusBody.extend({
  type: z.literal("presence"),
  id: z.union([z.string(), z.number()]).optional(),
});

/** What is shown of a person now. */
const presenceUser = z.object({
  id: uuid,
  status: status.meta({ description: "`offline` without an open connection, and for those who hide" }),
  status_text: z.string().nullable(),
  status_until: timestamp.nullable(),
  username: z.string().optional().meta({ description: "Absent when the account is gone" }),
  display_name: z.string().optional(),
  avatar_url: z.string().nullable().optional(),
});
/** Data of the push `presence` on the channel of that name. */
export const presencePush = z.object({ users: z.array(presenceUser) });
export type PresencePush = z.infer<typeof presencePush>;

export const organization = z.object({
  id: uuid,
  name: z.string(),
  domain: z.string().nullable().meta({ description: "What its people's addresses end in" }),
  plan: z.string().nullable().meta({ description: "A label that the operator of the server gives" }),
  created_at: timestamp,
  users: z.number().int().meta({ description: "People, without programs; for a guest those of their channels" }),
  settings: organizationSettings.optional().meta({ description: "For those who manage the organisation" }),
}).meta({ id: "Organization" });
export type Organization = z.infer<typeof organization>;
export const organizationBody = z.object({
  name: shownName(200).optional(),
  domain: domainName.nullable().optional(),
  settings: organizationSettingsBody.optional().meta({
    description: "Sections that are given are replaced as a whole; absent ones stay",
  }),
});
export type OrganizationInput = z.infer<typeof organizationBody>;

export const setupState = z.object({
  needed: z.boolean(),
  command: z.string().optional().meta({
    description: "While it is needed: the command that prints a new set-up link, as it is typed on this machine.",
  }),
});
export const setupBody = z.object({
  token: z.string().min(1).max(200),
  email,
  username,
  password,
  organization_name: shownName(200),
});
export type SetupInput = z.infer<typeof setupBody>;
