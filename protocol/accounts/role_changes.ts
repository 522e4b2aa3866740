// Roles as an organisation widens or narrows them, and the handing over of ownership (CONTRACT section 2).
import { z } from "zod";
import { uuid } from "../common.ts";

const permission = z.string().min(1).max(100);
const permissions = z.array(permission).max(200).default([]);

export const roleChange = z.strictObject({
  add: permissions.meta({ description: "What the role may do besides" }),
  remove: permissions.meta({ description: "What the role may not do any more" }),
}).meta({ id: "RoleChange" });
/** Permissions that a role has besides its own, and those that it lacks. */
export type RoleChange = z.infer<typeof roleChange>;

const changes = z.strictObject({
  owner: roleChange,
  admin: roleChange,
  moderator: roleChange,
  member: roleChange,
  viewer: roleChange,
  guest: roleChange,
}).partial();
export type RoleChanges = z.infer<typeof changes>;

export const organizationRoles = z.object({
  roles: changes.required().meta({
    description: "Every role; empty lists: as it comes. The owner's role stays as it is.",
  }),
  permissions: z.array(z.object({
    name: permission,
    roles: z.array(z.string()).meta({ description: "The roles that hold it as they come, without changes" }),
    for_guests: z.boolean().meta({ description: "Guests may hold it" }),
  })).meta({ description: "All permissions there are" }),
}).meta({ id: "OrganizationRoles" });
export type OrganizationRoles = z.infer<typeof organizationRoles>;

export const organizationRolesBody = z.strictObject({
  roles: changes.meta({ description: "Roles that are given are replaced as a whole, absent ones stay" }),
});
export type OrganizationRolesInput = z.infer<typeof organizationRolesBody>;

export const transferBody = z.strictObject({
  user_id: uuid.meta({ description: "The new owner: an active person of the organisation" }),
  password: z.string().min(1).max(1024).optional().meta({
    description: "The caller's own; needed when the sign-in was more than ten minutes ago",
  }),
});
export type TransferInput = z.infer<typeof transferBody>;
