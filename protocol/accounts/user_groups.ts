// Groups of people on the wire: /user-groups.
import { z } from "zod";
import { username } from "./accounts.ts";
import { page, pageQuery, timestamp, uuid } from "../common.ts";
import { shownName } from "../names.ts";

export const MAX_GROUP_MEMBERS = 500;

const handle = username.transform((text) => text.toLowerCase()).meta({
  description: "What is written behind the @; not the name of a person. 2 to 32 letters, digits, _ . or -",
});
const userIds = z.array(uuid).max(MAX_GROUP_MEMBERS);

export const userGroup = z.object({
  id: uuid,
  name: z.string(),
  handle: z.string(),
  user_ids: z.array(uuid),
  created_at: timestamp,
  updated_at: timestamp,
}).meta({ id: "UserGroup" });
export type UserGroup = z.infer<typeof userGroup>;
export const userGroupPage = page(userGroup);

export const userGroupQuery = pageQuery.extend({
  q: z.string().trim().max(100).optional().meta({ description: "Part of the name or handle" }),
});
export type UserGroupQuery = z.infer<typeof userGroupQuery>;

export const createUserGroupBody = z.strictObject({
  name: shownName(100),
  handle,
  user_ids: userIds.default([]),
});
export type CreateUserGroupInput = z.infer<typeof createUserGroupBody>;

export const updateUserGroupBody = z.strictObject({ name: shownName(100), handle, user_ids: userIds }).partial();
export type UpdateUserGroupInput = z.infer<typeof updateUserGroupBody>;
