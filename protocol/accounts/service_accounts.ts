// Accounts of programs on the wire: /service-accounts.
import { z } from "zod";
import { role, username } from "./accounts.ts";
import { page, timestamp, uuid } from "../common.ts";
import { shownName } from "../names.ts";

/** A program has no say over the organisation as a whole. */
const serviceRole = role.exclude(["owner"]);

export const serviceAccount = z.object({
  id: uuid,
  username: z.string(),
  display_name: z.string(),
  role,
  is_active: z.boolean(),
  tokens: z.number().int().meta({ description: "How many API tokens it has" }),
  last_used_at: timestamp.nullable().meta({ description: "When one of its tokens was used last" }),
  created_at: timestamp,
}).meta({ id: "ServiceAccount" });
export type ServiceAccount = z.infer<typeof serviceAccount>;
export const serviceAccountPage = page(serviceAccount);

export const createServiceAccountBody = z.strictObject({
  username,
  display_name: shownName(100).optional(),
  role: serviceRole.default("member"),
});
export type CreateServiceAccountInput = z.infer<typeof createServiceAccountBody>;

export const updateServiceAccountBody = z.strictObject({
  username,
  display_name: shownName(100),
  role: serviceRole,
  is_active: z.boolean(),
}).partial();
export type UpdateServiceAccountInput = z.infer<typeof updateServiceAccountBody>;
