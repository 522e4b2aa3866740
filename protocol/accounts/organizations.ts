// What an operator says of an organisation on the command line.
import { z } from "zod";
import { email, username } from "./accounts.ts";
import { domainName } from "../domain_name.ts";
import { shownName } from "../names.ts";

/** Empty: none. */
const domain = z.union([z.literal("").transform(() => null), domainName]);
const plan = z.union([z.literal("").transform(() => null), shownName(60)]);

export const createOrganizationInput = z.strictObject({
  name: shownName(200),
  email,
  username,
  password: z.string().min(1).max(1024),
  domain: domain.default(null),
  plan: plan.default(null),
});
export type CreateOrganizationInput = z.infer<typeof createOrganizationInput>;

export const setOrganizationInput = z.strictObject({
  name: shownName(200),
  domain,
  plan,
  is_active: z.boolean(),
}).partial().refine((input) => Object.keys(input).length > 0, {
  path: ["name"],
  message: "say what to set: --name, --domain, --plan, --disable or --enable",
});
export type SetOrganizationInput = z.infer<typeof setOrganizationInput>;
