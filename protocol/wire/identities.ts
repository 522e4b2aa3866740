// Ways to sign in, and accounts at providers (OpenID Connect), on the wire.
import { z } from "zod";
import { page, timestamp, uuid } from "../common.ts";

/** A path of the console; anything else would send people somewhere else after signing in. */
export const returnTo = z.string().max(2000).regex(
  // Ranges, not \p{Cc}: other programs read the document too, and not all know Unicode's classes.
  // deno-lint-ignore no-control-regex
  /^\/(?![/\\])[^\s\\\x00-\x1f\x7f-\x9f]*$/,
  "a path of the console, such as /chat",
);

export const signInWays = z.object({
  items: z.array(z.object({ id: z.string(), label: z.string() })).meta({
    description: "Providers; each one begins at `/auth/oauth/{id}/start`",
  }),
  codes: z.object({ phone: z.boolean(), email: z.boolean() }).meta({ description: "One-time codes that can be sent" }),
  registration: z.enum(["closed", "invite", "open"]),
}).meta({ id: "SignInWays" });
export type SignInWays = z.infer<typeof signInWays>;

export const identity = z.object({
  id: uuid,
  provider: z.string(),
  label: z.string(),
  name: z.string().nullable().meta({ description: "What the provider calls the person" }),
  created_at: timestamp,
  last_used_at: timestamp.nullable(),
}).meta({ id: "Identity" });
export type Identity = z.infer<typeof identity>;
export const identityPage = page(identity);

export const linkIdentityBody = z.object({
  provider: z.string().min(1).max(50),
  return_to: returnTo.default("/profile"),
});
export const beginSignInBody = z.strictObject({
  invite: z.string().min(1).max(200).meta({
    description: "The token of an invitation, which is used for a new account",
  }),
  return_to: returnTo.default("/"),
});
export const linkBegun = z.object({ url: z.string().meta({ description: "Where the browser goes next" }) })
  .meta({ id: "LinkBegun" });
