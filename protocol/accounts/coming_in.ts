// Coming in, on the wire (CONTRACT section 2): invitations, passwords that were forgotten, and people who wait to be let in.
import { z } from "zod";
import { email, role, user, username } from "./accounts.ts";
import { page, timestamp, uuid } from "../common.ts";

/** Tokens of links; only so long that nothing else fits. */
const token = z.string().min(1).max(200);
const WEEK = 604_800;

export const inviteBody = z.object({
  email: email.optional().meta({
    description: "Only this address can use it; it gets a mail when the server can send",
  }),
  role: role.default("member"),
  uses: z.number().int().min(1).max(1000).default(1),
  expires_in: z.number().int().min(60).max(90 * 86_400).default(WEEK).meta({ description: "Seconds" }),
  channel_ids: z.array(uuid).max(50).default([]).meta({ description: "Channels that whoever comes is put in as well" }),
}).refine((body) => body.email === undefined || body.uses === 1, {
  path: ["uses"],
  message: "an invitation for one address has one use",
});
export type InviteInput = z.infer<typeof inviteBody>;

export const newInvite = z.object({
  id: uuid,
  token: z.string().meta({ description: "Shown this once" }),
  url: z.string(),
  expires_at: timestamp,
  mailed: z.boolean(),
}).meta({ id: "NewInvite" });
export type NewInvite = z.infer<typeof newInvite>;

export const invite = z.object({
  id: uuid,
  email: z.string().nullable(),
  role,
  uses: z.number().int(),
  uses_left: z.number().int(),
  channel_ids: z.array(uuid),
  created_by: z.object({ id: uuid, username: z.string(), display_name: z.string() }).nullable().meta({
    description: "null: made on the command line of the server",
  }),
  created_at: timestamp,
  expires_at: timestamp,
  state: z.enum(["open", "used_up", "over"]),
}).meta({ id: "Invite" });
export type Invite = z.infer<typeof invite>;
export const invitePage = page(invite);

export const inviteLookBody = z.object({ invite: token });
/** What an invitation says to whoever holds it. */
export const inviteShown = z.object({
  organization: z.string(),
  role,
  invited_by: z.string().nullable(),
  email: z.string().nullable(),
  expires_at: timestamp,
}).meta({ id: "InviteShown" });
export type InviteShown = z.infer<typeof inviteShown>;

export const resetBody = z.object({ email });
export const linkBody = z.object({ token });
export const resetConfirmBody = z.object({ token, new_password: z.string().min(1, "must not be empty").max(1024) });

/** What a link for one person says to whoever holds it. */
export const linkShown = z.object({
  username,
  email: z.string().nullable(),
  organization: z.string(),
  first: z.boolean().meta({ description: "The account has no password yet" }),
}).meta({ id: "LinkShown" });
export type LinkShown = z.infer<typeof linkShown>;

export const accountLink = z.object({
  url: z.string().meta({ description: "Shown this once" }),
  expires_at: timestamp,
}).meta({ id: "AccountLink" });
export type AccountLink = z.infer<typeof accountLink>;

/** The answer to a new account: one without a password has an invitation. */
export const createdUser = user.extend({
  invitation: z.object({ mailed: z.boolean(), url: z.string().optional(), expires_at: timestamp }).optional().meta({
    description: "Without a password: mailed, or, where the server sends no mail, a link to hand on",
  }),
}).meta({ id: "CreatedUser" });
export type CreatedUser = z.infer<typeof createdUser>;

export const accountOptions = z.object({
  registration: z.enum(["closed", "invite", "open"]),
  mail: z.boolean().meta({ description: "Forgotten passwords can be set anew by mail" }),
  organization: z.string().nullable().meta({
    description: "Who registers without naming a new organisation comes into this one; null: there is no such one",
  }),
}).meta({ id: "AccountOptions" });
export type AccountOptions = z.infer<typeof accountOptions>;

/** Somebody who has registered and waits. */
export const signUp = z.object({
  id: uuid,
  email: z.string().nullable(),
  username: z.string(),
  pending: z.enum(["email", "approval"]).meta({ description: "For the address to be confirmed, or for an approval" }),
  email_verified: z.boolean(),
  created_at: timestamp,
}).meta({ id: "SignUp" });
export type SignUp = z.infer<typeof signUp>;
export const signUpPage = page(signUp);

/** Registered, but not in yet. */
export const waiting = z.object({ pending: z.enum(["email", "approval"]) }).meta({ id: "Waiting" });
export const confirmBody = z.object({
  token,
  password: z.string().min(1, "must not be empty").max(1024).optional().meta({
    description: "The one that was chosen with the registration: it stays. Without it, it does not",
  }),
});
export const confirmed = z.object({
  pending: z.enum(["approval"]).nullable(),
  set_password: z.object({ token: z.string(), expires_at: timestamp }).nullable().meta({
    description: "Good at /auth/reset-password/confirm: the password of the registration is gone, choose one",
  }),
}).meta({ id: "EmailConfirmed" });
export type Confirmed = z.infer<typeof confirmed>;
